"""What a cell of the plate map calls its well, in six signs."""

from __future__ import annotations

from itertools import takewhile
from typing import Any

LONGEST_LABEL = 6


def well_labels(described: dict[str, dict[str, Any]]) -> dict[str, str]:
    """What fits into a cell: S3, C1, Bkg, or the part of a sample's name in which it differs from the others."""
    fixed = {well: _fixed_label(row) for well, row in described.items()}
    samples = {
        well: str(described[well].get("sample_label") or "no name") for well, label in fixed.items() if not label
    }
    start = _shared_start(set(samples.values()))
    return {well: label or _tail(samples[well][start:]) for well, label in fixed.items()}


def _shared_start(names: set[str]) -> int:
    """How many signs all names begin with, digits kept; 0 where every name fits anyway."""
    if len(names) < 2 or max(map(len, names)) <= LONGEST_LABEL:
        return 0
    pairs = zip(min(names), max(names), strict=False)
    shared = "".join(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return len(shared.rstrip("0123456789"))


def _fixed_label(row: dict[str, Any]) -> str:
    """The short name of what is not a sample; empty for a sample."""
    role = row.get("well_role")
    if role == "standard" and row.get("standard_level") is not None:
        return f"S{row['standard_level']}"
    if role == "qc_control" and row.get("reagent_label"):
        return _tail(str(row["reagent_label"]).replace("Control", "C"))
    return "Bkg" if role == "background" else ""


def _tail(name: str) -> str:
    """The end of a long name: that is where samples of one plate differ."""
    return name if len(name) <= LONGEST_LABEL else f"…{name[1 - LONGEST_LABEL :]}"
