"""One validation for the night, then doubts about wells, then what people decided, then verdicts."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames import DOUBT, SPECS, WELL
from pbis.core.frames.model import concat
from pbis.core.measures.qc import CheckFrames
from pbis.core.trends.place import places
from pbis.core.trends.points import points
from pbis.core.verdicts.decided import decided
from pbis.core.verdicts.doubted import doubted
from pbis.core.verdicts.roll_up import roll_up
from pbis.pipeline.context import Night
from pbis.pipeline.decisions import by_run, pointless
from pbis.pipeline.stages import Assayed, Judged, ReadPlate, Told

ASSUMED = "dilution_assumed"  # said in the night's own words, not on the plate's page alone


def check(night: Night, before: Assayed) -> Judged:
    """One validation for the night, then what people decided, then verdicts."""
    import expectations

    suite_hash = night.settings.suite_hash
    frames = check_frames(night, before)
    checked = expectations.judge(frames, night.settings.suite)
    found = doubted(checked.finding, frames, suite_hash)
    finding = decided(found, frames, by_run(before.plates), suite_hash)
    return Judged(
        told=before.told + Told(pointless(before.plates) + assumed_dilutions(before.plates, finding)),
        inbox=before.inbox,
        imports=before.imports,
        due=before.due,
        plates=before.plates,
        frames=before.frames,
        finding=finding,
        judged=checked.judged,
        verdicts=roll_up(before.frames.result, finding, before.frames.curve, checked.judged),
        trend_point=points(frames),
        plate_place=places(before.frames.result),
    )


def assumed_dilutions(plates: Sequence[ReadPlate], finding: pa.Table) -> tuple[str, ...]:
    """A note for each plate whose samples are taken for undiluted because nobody says otherwise."""
    rule = finding.filter(pc.equal(finding.column("rule"), ASSUMED))
    said = dict(zip(rule.column("run_id").to_pylist(), rule.column("message").to_pylist(), strict=True))
    return tuple(f"{plate.job.name}: {said[plate.job.run_id]}" for plate in plates if plate.job.run_id in said)


def check_frames(night: Night, assayed: Assayed) -> CheckFrames:
    """What the checks look at: the night's results, curves and raw frames, and which assay belongs to which run."""
    plates = assayed.plates
    raw = {name: concat(SPECS[spec], [getattr(p.used, name) for p in plates]) for name, spec in _RAW.items()}
    return CheckFrames(
        result=assayed.frames.result,
        curve=assayed.frames.curve,
        level=assayed.frames.level,
        well=concat(WELL, [p.well for p in plates]),
        run=tuple(p.read.run for p in plates),
        assay_of_run={p.job.run_id: p.assay_id for p in plates},
        doubt=concat(DOUBT, [p.used.doubt for p in plates]),
        panels={p.job.run_id: p.panel for p in plates},
        **raw,
    )


_RAW = {
    "reading": "reading",
    "reagent": "reagent",
    "calibration": "calibration",
    "lot": "lot",
    "analyte": "analyte_run",
}
