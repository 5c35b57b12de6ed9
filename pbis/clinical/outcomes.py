"""Outcome tables: survival and response by study id. What is no number, no yes or no, or no response is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa

from pbis.clinical.extract import Extract, Shape
from pbis.clinical.notes import with_notes
from pbis.clinical.table import read_table
from pbis.core.amount import Amount, parse_amount
from pbis.core.frames import OUTCOME
from pbis.labs import LabsMap

FLAGS = {"1": True, "true": True, "yes": True, "y": True, "0": False, "false": False, "no": False, "n": False}
RESPONSES = ("CR", "PR", "SD", "PD", "NE")
OPTIONAL = frozenset({"pfs_months", "progressed", "best_response"})


def read_outcomes(path: Path, labs_map: LabsMap) -> pa.Table:
    """Read outcomes into frames.OUTCOME; empty cells are null. Raises MalformedFile with line, column, expected and found."""
    extract = read_table(path, Shape("outcomes", labs_map.columns["outcomes"], OPTIONAL), labs_map.decimal_mark)
    extract.require("subject")
    mark = labs_map.decimal_mark
    columns = {
        "file_id": pa.repeat(extract.file_id, extract.row_count),
        "source_line": extract.lines,
        "subject_id": extract.columns["subject"],
        "os_months": _cells(extract, "os_months", lambda text: _months(text, mark), "months, zero or more"),
        "is_dead": _cells(extract, "dead", _flag, "1 or 0"),
        "pfs_months": _cells(extract, "pfs_months", lambda text: _months(text, mark), "months, zero or more"),
        "is_progressed": _cells(extract, "progressed", _flag, "1 or 0"),
        "best_response": _cells(extract, "best_response", _response, ", ".join(RESPONSES)),
    }
    return with_notes(OUTCOME.table(columns), extract)


def _cells(extract: Extract, field: str, read: Callable[[str], Any], expected: str) -> list[Any]:
    """Each cell read; `read` gives None for what it does not understand."""
    values = []
    for row, text in enumerate(extract.columns[field].to_pylist()):
        value = read(text) if text else None
        if text and value is None:
            raise extract.malformed(row, f"{field} cannot be read", expected=expected, found=repr(text[:20]))
        values.append(value)
    return values


def _months(text: str, decimal_mark: str) -> float | None:
    amount = parse_amount(text, decimal_mark)
    return float(amount.text) if isinstance(amount, Amount) and amount.op == "=" else None


def _flag(text: str) -> bool | None:
    return FLAGS.get(text.casefold())


def _response(text: str) -> str | None:
    return text.upper() if text.upper() in RESPONSES else None
