"""What doubts about wells do: each becomes a finding, so that page, tables and explanations show it as they show every other.

A doubt (frames.WELL.doubt) is no rule of a suite: nothing is measured and no limit broken. Something that the well's numbers rest
on is not known, so nothing is computed (status HELD), and its finding holds the well until a person says more. Where that
concerns the plate as a whole, the plate fails until then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames import FINDING
from pbis.core.frames.model import concat
from pbis.core.measures.qc import CheckFrames
from pbis.core.plates.doubtful import EVENTS, LABEL, sentence
from pbis.core.verdicts.decided import in_order

Row = dict[str, Any]


@dataclass(frozen=True)
class _Doubt:
    """How a kind of doubt reads as a finding."""

    rule: str
    observed: str
    limit: str
    action: str
    is_about_plate: bool = False


DOUBTS = {
    "dilution": _Doubt(
        "dilution_unknown",
        "no dilution factor",
        "a factor above 0, as the plate's other samples have",
        "give the well's dilution in a layout, or correct the export",
    ),
    "label": _Doubt(
        "role_unknown",
        "a name that may mean background",
        "a sample, or a background that layout or Net MFI confirms",
        "say in a layout what the well holds",
    ),
    "cell": _Doubt(
        "cell_unreadable",
        "a median or count that is no number",
        "a number in every cell",
        "look at the export, then release the well or exclude it",
    ),
    "net": _Doubt(
        "net_differs",
        "a median that Net MFI contradicts",
        "Median less one number an analyte is Net MFI, in all wells",
        "look at the instrument's file, then release the well or exclude it, or export again",
    ),
    "background": _Doubt(
        "background_unknown",
        "Net MFI without known background wells",
        "background wells whose mean is Median - Net MFI",
        "give a layout that names the background wells",
        is_about_plate=True,
    ),
}

LABEL_DIFFERS = _Doubt(
    "label_differs",
    "two names for one well",
    "one name in every block",
    "say which specimen the well holds: pbis decide release",
)
EVENTS_DIFFER = _Doubt(
    "events_differ", "two numbers of events", "one number in every block", "none: medians are the readings"
)


def doubted(finding: pa.Table, frames: CheckFrames, suite_hash: str) -> pa.Table:
    """FINDING with a row for every doubt about a well, or about a plate; unchanged where there is none."""
    held = frames.well.filter(pc.is_valid(frames.well.column("doubt")))
    found = (*_rows(held, frames, suite_hash), *_events(frames, suite_hash))
    rows = {tuple(row[name] for name in _KEY): row for row in found}
    if not rows:
        return finding
    made = FINDING.table({name: [row.get(name) for row in rows.values()] for name in FINDING.names})
    return in_order(concat(FINDING, [finding, made]))


_KEY = ("assay_id", "rule", "unit_of_judgement", "plate_number", "well")


def _rows(held: pa.Table, frames: CheckFrames, suite_hash: str) -> Iterator[Row]:
    differs = {_well(row) for row in frames.doubt.to_pylist() if row["kind"] == LABEL}
    for well in held.to_pylist():
        for kind in well["doubt"].split("; "):
            doubt = LABEL_DIFFERS if kind == LABEL and _well(well) in differs else DOUBTS[kind]
            effect = "fail_plate" if doubt.is_about_plate else "hold_well"
            yield _finding(doubt, well, well["doubt_reason"], effect, frames, suite_hash)


def _events(frames: CheckFrames, suite_hash: str) -> Iterator[Row]:
    """Events decide nothing: a warning at the well, whatever it holds."""
    wells = {_well(row): row for row in frames.well.to_pylist()} if frames.doubt.num_rows else {}
    for doubt in frames.doubt.to_pylist():
        well = wells.get(_well(doubt))
        if doubt["kind"] == EVENTS and well is not None:
            file = next(run.file_name for run in frames.run if run.run_id == doubt["run_id"])
            yield _finding(EVENTS_DIFFER, well, sentence(file, doubt), "flag", frames, suite_hash)


def _well(row: Row) -> tuple[Any, ...]:
    return row["run_id"], row["plate_number"], row["well"]


def _finding(doubt: _Doubt, well: Row, message: str, effect: str, frames: CheckFrames, suite_hash: str) -> Row:
    is_about_plate = doubt.is_about_plate
    return {
        "assay_id": frames.assay_of_run[well["run_id"]],
        "run_id": well["run_id"],
        "plate_number": well["plate_number"],
        "rule": doubt.rule,
        "severity": "fail" if is_about_plate else "warn",
        "unit_of_judgement": "plate" if is_about_plate else "well",
        "well": None if is_about_plate else well["well"],
        "replicate_group": None if is_about_plate else well["replicate_group"],
        "observed_text": doubt.observed,
        "limit_text": doubt.limit,
        "effect": effect,
        "action": doubt.action,
        "source": "the export and its layout",
        "message": message,
        "suite_hash": suite_hash,
    }
