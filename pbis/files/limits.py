"""What opening a file may take, in one place; and the refusal of a workbook that takes more, or that is not to be opened at all.

docs/files.md names every limit with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1024 * 1024
CSV_INSTEAD = "save the sheet as CSV, or export the CSV again"


@dataclass(frozen=True)
class Limits:
    """The defaults are those of a plate: a 384-well export with 20 blocks has 9,000 rows.

    memory, unpacked, xls_bytes, directory: bytes. cpu_seconds: of the child's own work; seconds: of the wall clock, on a busy
    machine. processes: more than itself that the child may start. parts: of the archive. rows, columns, cells: of one sheet.
    text_columns, text_rows: cells of a line and lines of delimited text, columns of a Parquet table. xml_elements, xml_depth: of an XML file.
    parquet_rows: of a Parquet table; parquet_items: of any list in its own description, before that is believed.
    """

    memory: int = 420 * MEGABYTE
    cpu_seconds: int = 5
    seconds: float = 20.0
    processes: int = 0
    parts: int = 1000
    directory: int = MEGABYTE
    unpacked: int = 64 * MEGABYTE
    xls_bytes: int = 16 * MEGABYTE
    sheets: int = 600
    rows: int = 20_000
    columns: int = 2_000
    cells: int = 2_000_000
    text_columns: int = 16_384
    text_rows: int = 1_000_000
    xml_elements: int = 1_000_000
    xml_depth: int = 40
    parquet_rows: int = 50_000_000
    parquet_items: int = 100_000


PLATE = Limits()
LAYOUT = Limits(rows=100_000, cpu_seconds=20, seconds=60.0)  # 250 plates of 384 wells in one list
TABLE = Limits(  # a million rows of ten cells: 300 MB unpacked, 1.4 GB and half a minute while they are read
    memory=2048 * MEGABYTE,
    cpu_seconds=120,
    seconds=300.0,
    parts=2000,
    unpacked=400 * MEGABYTE,
    rows=1_048_576,  # what a sheet can hold
    columns=16_384,
    cells=20_000_000,
)


class Refused(Exception):
    """The workbook is not to be opened: message, expected, found, hint."""

    def __init__(self, message: str, expected: str | None = None, found: str | None = None, hint: str = CSV_INSTEAD):
        super().__init__(message)
        self.reason = {"message": message, "expected": expected, "found": found, "hint": hint}
