"""Does a workbook hold its sheets to their end: a sheet an analyte, its wells and, below them, its curve, as on the other sheets."""

from __future__ import annotations

from collections.abc import Mapping

from pbis.files.book import Book, BookSheet
from pbis.readers.bioplex.row import BioplexRow, Curve, Place, region_of
from pbis.readers.bioplex.sheet import Content
from pbis.readers.kit.cut import AGAIN


def require_whole(book: Book, found: Content) -> None:
    """Raise MalformedFile for a sheet of an analyte that ends before its wells or among them."""
    for sheet in found.ignored:
        if sheet.rows and region_of(sheet.name) is not None:  # named as the others are: an analyte and its bead region
            raise _cut(book, sheet, len(sheet.rows), "the header of its wells")
    for table in found.tables:
        if not table.rows and len({one.sheet.name for one in found.tables}) > 1:
            raise _cut(book, table.sheet, len(table.sheet.rows), "a row a well")
    _require_wells(book, found)


def _require_wells(book: Book, found: Content) -> None:
    """A sheet without the curve that others have, and without wells that these have."""
    by_analyte: dict[str, list[BioplexRow]] = {}
    for row in found.rows:
        by_analyte.setdefault(row.analyte, []).append(row)
    fitted = [name for name in by_analyte if _has_curve(found.curves, name)]
    for name, rows in by_analyte.items():
        if name in fitted or not fitted:
            continue
        there = {well for row in rows for well in row.wells}
        model = by_analyte[fitted[0]]
        missing = [well for row in model for well in row.wells if well not in there]
        if missing:
            place = rows[-1].place
            sheet = next(sheet for sheet in book.sheets if sheet.name == place.sheet)
            raise _cut(book, sheet, place.line, f"well {missing[0]} and a curve, as for {fitted[0]}")


def _has_curve(curves: Mapping[str, Curve], analyte: str) -> bool:
    return bool(curves.get(analyte, Curve()).regression)


def _cut(book: Book, sheet: BookSheet, line: int, expected: str) -> Exception:
    error = Place(book.name, sheet.name, line).refuse(
        "the sheet was cut off", expected=expected, found="the end of the sheet"
    )
    error.hint = AGAIN
    return error
