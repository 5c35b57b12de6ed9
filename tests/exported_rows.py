"""Rows for exports that hold what goes wrong in one form or another, and how each form is read back by a reader that others wrote."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import python_calamine

from pbis.export.columns import COLUMNS
from pbis.export.model import KINDS, ExportAbout

ABOUT = ExportAbout("2026-03-05-1", datetime(2026, 3, 5, 2, 0, 7), "labs", "9.9", "HCC-01")
ZERO_OF_PANDAS = 16.0**-65  # how pandas reads every 0 of a transport file
# Rows of labs: a bound, a zero, a third, text that a spreadsheet would run, signs beyond ASCII, and at the end rows of blank texts.
LABS: tuple[dict[str, Any], ...] = (
    {"subject_id": "P1", "study_day": -1, "value": 0.3, "value_op": "<", "value_text": "0.3", "is_used": True, "status": "final"},
    {"subject_id": "P2", "study_day": 0, "value": 0.0, "value_op": "=", "value_text": "0.000", "is_used": False, "reason": "qns"},
    {"subject_id": "=1+1", "value": 1 / 3, "value_op": ">=", "value_text": "0.3333333333333333", "unit": "µg/L", "detail": "≥ 5"},
    {"subject_id": "007", "source_line": 2**31, "value_reported": "<5", "status": "preliminary", "detail": "ends\x00here"},
    {},
    {},
)  # fmt: skip


def rows_of(what: str, given: tuple[dict[str, Any], ...] = LABS) -> pa.Table:
    """The table of a release's question, with the sequence number that it gives."""
    numbered = [{"seq": number, **row} for number, row in enumerate(given, 1)]
    return pa.table({c.name: pa.array([row.get(c.name) for row in numbered], KINDS[c.kind]) for c in COLUMNS[what]})


def read_csv(path: Path) -> list[list[Any]]:
    return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def read_sheet(path: Path, name: str) -> list[list[Any]]:
    return python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_name(name).to_python()


def read_xpt(path: Path) -> pd.DataFrame:
    found = pd.read_sas(path, format="xport", encoding="utf-8")
    return found.replace(ZERO_OF_PANDAS, 0.0)
