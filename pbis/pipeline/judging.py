"""One validation for the night, then doubts about wells, then what people decided, then verdicts."""

from __future__ import annotations

from pbis.core.frames import SPECS, WELL
from pbis.core.frames.model import concat
from pbis.core.measures.qc import CheckFrames
from pbis.core.trends.points import points
from pbis.core.verdicts.decided import decided
from pbis.core.verdicts.doubted import doubted
from pbis.core.verdicts.roll_up import roll_up
from pbis.pipeline.context import Night
from pbis.pipeline.decisions import by_run


def check_plates(night: Night) -> None:
    """One validation for the night, then what people decided, then verdicts."""
    import expectations

    assert night.frames is not None
    frames = check_frames(night)
    checked = expectations.judge(frames, night.settings.suite)
    night.trend_point = points(frames)
    found = doubted(checked.finding, frames, night.settings.suite_hash)
    night.finding = decided(found, frames, by_run(night), night.settings.suite_hash)
    night.judged = checked.judged
    night.verdicts = roll_up(night.frames.result, night.finding, night.frames.curve, checked.judged)


def check_frames(night: Night) -> CheckFrames:
    """What the checks look at: the night's results, curves and raw frames, and which assay belongs to which run."""
    assert night.frames is not None
    raw = {name: concat(SPECS[spec], [getattr(p.used, name) for p in night.plates]) for name, spec in _RAW.items()}
    return CheckFrames(
        result=night.frames.result,
        curve=night.frames.curve,
        level=night.frames.level,
        well=concat(WELL, [p.well for p in night.plates]),
        run=tuple(p.read.run for p in night.plates),
        assay_of_run={p.job.run_id: p.assay_id for p in night.plates},
        panels={p.job.run_id: night.settings.panel for p in night.plates},
        **raw,
    )


_RAW = {
    "reading": "reading",
    "reagent": "reagent",
    "calibration": "calibration",
    "lot": "lot",
    "analyte": "analyte_run",
}
