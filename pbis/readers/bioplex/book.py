"""Bio-Plex Manager workbooks (XLS, XLSX): its own equation and Obs Conc are kept as the reported curve and results."""

from __future__ import annotations

from pbis.core.plates.plate import PlateRead
from pbis.core.words import plural
from pbis.files.book import Book, BookSheet
from pbis.readers.bioplex.frames import Account, assemble
from pbis.readers.bioplex.sheet import Content, content, is_header
from pbis.readers.bioplex.whole import require_whole
from pbis.readers.kit.document import Document
from pbis.readers.kit.notes import Notes

FORMAT = "bioplex_workbook"
_HEADER_WITHIN = 60  # rows of a sheet in which its first table begins


def claims(document: Document) -> bool:
    """True for a workbook with a sheet that holds a table of wells as Bio-Plex Manager writes it."""
    return document.book is not None and any(_holds_table(sheet) for sheet in document.book.sheets)


def read(document: Document) -> PlateRead:
    """Read one workbook. Raises MalformedFile, AmbiguousValue or CorruptedLadder with sheet, row, expected and found."""
    assert document.book is not None
    found, notes = content(document.book), Notes()
    require_whole(document.book, found)
    return assemble(document, FORMAT, found, _account(document.book, found, notes), notes)


def _holds_table(sheet: BookSheet) -> bool:
    return any(is_header(sheet.row_text(i)) for i in range(min(len(sheet.rows), _HEADER_WITHIN)))


def _account(book: Book, found: Content, notes: Notes) -> list[Account]:
    """A line a table and a line a sheet without any; lines are counted through the workbook."""
    account = []
    for table in found.tables:
        offset = book.offset(table.sheet)
        note = f"sheet {table.sheet.name!r}, rows {table.header + 1} to {max((table.header, *table.rows)) + 1}"
        if table.ignored:
            note += f"; columns ignored: {', '.join(table.ignored)}"
            notes.add("column_ignored", f"columns ignored: {', '.join(table.ignored)}")
        first, last = offset + table.header + 1, offset + max((table.header, *table.rows)) + 1
        width = len(table.sheet.row_text(table.header))
        account.append(Account(table.sheet.name, first, last, len(table.rows), width, True, note))
    for sheet in found.ignored:
        offset, filled = book.offset(sheet), [row for row in sheet.rows if any(row)]
        if filled:
            notes.add(
                "sheet_ignored", f"sheet {sheet.name!r} holds no table of wells: {plural(len(filled), 'row')} ignored"
            )
            width = max(len(row) for row in filled)
            account.append(
                Account(
                    sheet.name, offset + 1, offset + len(sheet.rows), len(filled), width, False, "no table of wells"
                )
            )
    return sorted(account, key=lambda entry: entry.first_line)
