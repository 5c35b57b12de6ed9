"""Worklists: plates, tubes and visits that were planned, each with the day by which it is expected; CSV or a workbook."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.extract import Extract
from pbis.clinical.moments import read_moments
from pbis.clinical.notes import with_notes
from pbis.clinical.shapes import shape_of
from pbis.clinical.table import read_table
from pbis.core.frames import EXPECTED_WORK
from pbis.core.kept import Readable
from pbis.labs import LabsMap

NAMES = ("plate", "barcode", "subject")


def read_worklist(file: Readable, labs_map: LabsMap, time_zone: ZoneInfo) -> pa.Table:
    """Read a worklist into frames.EXPECTED_WORK. Raises MalformedFile where a row names no plate, tube or subject, or no day."""
    extract = read_table(file, shape_of("worklists", labs_map))
    due: list[date | None] = (
        read_moments(extract, "due_on", time_zone, labs_map.date_order).at.cast(pa.date32()).to_pylist()
    )
    _require(extract, due)
    named = {name: pc.if_else(pc.equal(extract.columns[name], ""), None, extract.columns[name]) for name in NAMES}
    columns = {
        "file_id": pa.repeat(extract.file_id, extract.row_count),
        "source_line": extract.lines,
        "plate": named["plate"],
        "specimen_id": named["barcode"],
        "subject_id": named["subject"],
        "due_on": due,
    }
    return with_notes(EXPECTED_WORK.table(columns), extract)


def _require(extract: Extract, due: list[date | None]) -> None:
    """A row of nothing, or for no day, would never be missed: refused with its line."""
    texts = [extract.columns[name].to_pylist() for name in NAMES]
    for row, cells in enumerate(zip(*texts, strict=True)):
        if not any(cells):
            raise extract.malformed(
                row, "the row plans nothing", expected="a plate, a barcode or a subject", found="none of them"
            )
        if due[row] is None:
            raise extract.malformed(
                row, "the row has no day", expected="due_on as a date, like 2026-11-30", found="none that can be read"
            )
