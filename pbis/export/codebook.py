"""What a file of rows means: where it is from, its columns, and the closed words with their numbers; rows of one table."""

from __future__ import annotations

from collections.abc import Iterator

from pbis.export.model import ExportAbout, ExportTable
from pbis.export.words import codes, meaning

HEADER = ("part", "column", "name_in_xpt", "kind", "code", "word", "meaning")
_YES_NO = (("0", "no"), ("1", "yes"))


def codebook(table: ExportTable, about: ExportAbout) -> list[tuple[str, ...]]:
    """Rows below HEADER: part `about` (column is a name of a fact), `column`, and `word` (one a closed word of a column)."""
    facts = [("about", name, "", "", "", "", said) for name, said in about.rows(table.rows.num_rows, table.days)]
    columns = [("column", each.name, each.short, each.kind, "", "", each.label) for each in table.columns]
    return [*facts, *columns, *_words(table)]


def _words(table: ExportTable) -> Iterator[tuple[str, ...]]:
    for column in table.columns:
        if column.words:
            found = codes(column.words, table.rows.column(column.name).unique().to_pylist())
            for word, code in found.items():
                yield ("word", column.name, column.short, column.kind, str(code), word, meaning(word))
        elif column.kind == "yes_no":
            for code_, word in _YES_NO:
                yield ("word", column.name, column.short, column.kind, code_, word, "")
