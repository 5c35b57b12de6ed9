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
    "background": _Doubt(
        "background_unknown",
        "Net MFI without known background wells",
        "background wells whose mean is Median - Net MFI",
        "give a layout that names the background wells",
        is_about_plate=True,
    ),
}


def doubted(finding: pa.Table, frames: CheckFrames, suite_hash: str) -> pa.Table:
    """FINDING with a row for every doubt about a well, or about a plate; unchanged where there is none."""
    held = frames.well.filter(pc.is_valid(frames.well.column("doubt")))
    rows = {tuple(row[name] for name in _KEY): row for row in _rows(held, frames, suite_hash)}
    if not rows:
        return finding
    made = FINDING.table({name: [row.get(name) for row in rows.values()] for name in FINDING.names})
    return in_order(concat(FINDING, [finding, made]))


_KEY = ("assay_id", "rule", "unit_of_judgement", "plate_number", "well")


def _rows(held: pa.Table, frames: CheckFrames, suite_hash: str) -> Iterator[Row]:
    for well in held.to_pylist():
        for kind in well["doubt"].split("; "):
            doubt = DOUBTS[kind]
            yield {
                "assay_id": frames.assay_of_run[well["run_id"]],
                "run_id": well["run_id"],
                "plate_number": well["plate_number"],
                "rule": doubt.rule,
                "severity": "fail" if doubt.is_about_plate else "warn",
                "unit_of_judgement": "plate" if doubt.is_about_plate else "well",
                "well": None if doubt.is_about_plate else well["well"],
                "replicate_group": None if doubt.is_about_plate else well["replicate_group"],
                "observed_text": doubt.observed,
                "limit_text": doubt.limit,
                "effect": "fail_plate" if doubt.is_about_plate else "hold_well",
                "action": doubt.action,
                "source": "the export and its layout",
                "message": well["doubt_reason"],
                "suite_hash": suite_hash,
            }
