"""The columns of a flat INTELLIFLEX export that speak of the whole run: fields of the run, lots, calibration.

Such a table has no header lines: every row repeats them. Where a frame asks for the source line of such a fact, it is the
fact's column, counted from 1; the readings keep their lines.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from pbis.core.frames import CALIBRATION, HEADER, LOT
from pbis.files.date_order import DateCell, DateOrder, Evidence, decide
from pbis.files.moment import day, parse
from pbis.readers.kit.document import Document
from pbis.readers.kit.notes import Notes

_CALIBRATIONS = (
    ("CALIBRATION STATE", "CALIBRATION TIMESTAMP", "calibration"),
    ("VERIFICATION STATE", "VERIFICATION TIMESTAMP", "verification"),
    ("FLUIDICS VER STATE", "FLUIDICS VER TIMESTAMP", "fluidics"),
)
_LOTS = ("CALIBRATION LOT", "VERIFICATION LOT", "FLUIDICS 1 VER LOT", "FLUIDICS 2 VER LOT")
_STATES = {"calibrated": "passed", "verified": "passed", "passed": "passed", "overdue": "expired", "expired": "expired"}
_NOTHING = frozenset({"", "n/a", "nan", "none"})


@dataclass(frozen=True)
class RunColumns:
    """Distinct values of every column that is not an analyte's; columns by upper-case name, `at` is their place from 1."""

    file: str
    values: Mapping[str, Sequence[str]]
    at: Mapping[str, int]
    order: DateOrder

    def get(self, name: str) -> str | None:
        """The only value of a column, or the first of several; None where it is empty or absent."""
        found = [value for value in self.values.get(name, ()) if value.casefold() not in _NOTHING]
        return found[0] if found else None


def run_columns(
    document: Document, header: Sequence[str], rows: Sequence[Sequence[str]], lines: Sequence[int]
) -> RunColumns:
    """Gather the columns. Raises AmbiguousValue where dates prove two orders."""
    file = document.name
    values = {
        name: tuple(dict.fromkeys(row[i].strip() for row in rows))
        for i, name in enumerate(header)
        if not name.startswith("R") or ":" not in name
    }
    bare = RunColumns(file, values, {name: i + 1 for i, name in enumerate(header)}, DateOrder(None, ""))
    first = lines[0] if lines else 1
    order = decide(
        Evidence(
            file,
            None,
            export=None,
            start=_cell(bare, "PLATE START", first),
            stop=_cell(bare, "PLATE END", first),
            calibrated=[cell for _, name, _ in _CALIBRATIONS if (cell := _cell(bare, name, first))],
            other=[cell for lot in _LOTS if (cell := _cell(bare, f"{lot} EXPIRATION", first))],
            declared=document.order.told,
            declared_by="a decision",
            last_word=document.order.site,
        )
    )
    return RunColumns(file, values, bare.at, order)


def header_frame(run_id: str, columns: RunColumns, per_well: frozenset[str]) -> pa.Table:
    """run_header: the columns that every row repeats, all their distinct values joined."""
    names = [name for name in columns.values if name and name not in per_well]
    return HEADER.table(
        {
            "run_id": [run_id] * len(names),
            "source_line": [columns.at[name] for name in names],
            "key": names,
            "value": [" | ".join(filter(None, columns.values[name])) or None for name in names],
        }
    )


def calibration_frame(run_id: str, columns: RunColumns, notes: Notes) -> pa.Table:
    """calibration: state and time of calibration, verification and fluidics; all but a pass is noted."""
    known = [entry for entry in _CALIBRATIONS if columns.get(entry[0])]
    states = [_STATES.get((columns.get(name) or "").casefold(), "failed") for name, _, _ in known]
    for (name, _, _), state in zip(known, states, strict=True):
        if state != "passed":
            notes.add(f"calibration_{state}", f"{name}: {columns.get(name)}", columns.at[name])
    return CALIBRATION.table(
        {
            "run_id": [run_id] * len(known),
            "source_line": [columns.at[name] for name, _, _ in known],
            "name": [name for name, _, _ in known],
            "kind": [kind for _, _, kind in known],
            "state": states,
            "performed_at": [parse(columns.get(at) or "", columns.order.order) for _, at, _ in known],
            "value": [columns.get(name) for name, _, _ in known],
        }
    )


def lot_frame(run_id: str, columns: RunColumns, notes: Notes) -> pa.Table:
    """lot: calibrator, verifier and fluidics lots with their expiry."""
    known = [lot for lot in _LOTS if columns.get(lot)]
    for lot in known:
        if (columns.get(f"{lot} EXPIRED") or "").casefold() == "true":
            notes.add("lot_expired", f"{lot} {columns.get(lot)} had expired", columns.at[lot])
    return LOT.table(
        {
            "run_id": [run_id] * len(known),
            "source_line": [columns.at[lot] for lot in known],
            "lot_kind": ["calibrator"] * len(known),
            "label": known,
            "lot_number": [columns.get(lot) for lot in known],
            "expires_on": [day(columns.get(f"{lot} EXPIRATION") or "", columns.order.order) for lot in known],
            "expires_text": [columns.get(f"{lot} EXPIRATION") for lot in known],
        },
        absent=("lot_name", "manufacturer", "machine_serial", "result"),
    )


def _cell(columns: RunColumns, name: str, line: int) -> DateCell | None:
    text = columns.get(name)
    return DateCell(line, text) if text else None
