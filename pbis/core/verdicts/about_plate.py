"""Findings about plates and their runs, and what findings make of the state of an object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

Row = dict[str, Any]


@dataclass(frozen=True)
class AboutPlates:
    """Findings about a plate by (assay_id, plate_number), those about a run under plate number None; information left out."""

    rows: Mapping[tuple[Any, ...], Sequence[Row]]

    @classmethod
    def among(cls, finding: pa.Table) -> AboutPlates:
        wanted = pc.is_in(finding.column("unit_of_judgement"), pa.array(["plate", "run"]))
        wanted = pc.and_(wanted, pc.not_equal(finding.column("severity"), "info"))
        names = ["assay_id", "plate_number", "rule", "severity", "effect", "message"]
        rows: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in finding.filter(wanted).select(names).to_pylist():
            rows[row["assay_id"], row["plate_number"]].append(row)
        return cls(rows)

    def of(self, assay_id: str, plate_number: int) -> list[Row]:
        """Those of a plate, then those of its run."""
        return [*self.rows.get((assay_id, plate_number), ()), *self.rows.get((assay_id, None), ())]


def state_of(findings: Sequence[Row], failing_effect: str) -> str:
    """fail, warn or pass, from the findings about one object."""
    if by_effect(findings, failing_effect):
        return "fail"
    return "warn" if any(row["severity"] in ("warn", "fail", "error") for row in findings) else "pass"


def by_effect(findings: Sequence[Row], failing_effect: str) -> list[Row]:
    """The findings that make their object fail."""
    return [row for row in findings if row["severity"] == "fail" and row["effect"] == failing_effect]
