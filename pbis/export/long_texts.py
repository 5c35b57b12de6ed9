"""Texts that are longer than a form holds go on in columns of their own, so that nothing is cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pyarrow as pa

from pbis.export.model import ExportColumn, ExportTable
from pbis.files.table_out import without_controls

# Bytes of UTF-8 that a text may have. xpt: the format; dta: a text of 2,045 bytes or more is read as empty by haven; sav: the
# format's 32,767; xlsx: a cell ends at 32,767 letters, and the writer cuts there without a word.
LONGEST: Mapping[str, int] = MappingProxyType({"xpt": 200, "dta": 2_000, "sav": 32_000, "xlsx": 32_000})


def fitted(table: ExportTable, form: str) -> ExportTable:
    """The table with each text in as many columns as the longest needs, detail, detail_2, detail_3: a text is their parts in a row.

    Control characters are shown as their codes, since they would end a text; csv has its own rule for both.
    """
    longest = LONGEST.get(form)
    if longest is None:
        return table
    taken = {name for column in table.columns for name in (column.name, column.short)}
    columns: list[ExportColumn] = []
    data: list[pa.ChunkedArray | pa.Array] = []
    for column in table.columns:
        whole = table.rows.column(column.name)
        parts = _parts(whole, longest) if column.kind == "text" else [whole]
        columns += [_named(column, place, taken) for place in range(len(parts))]
        data += parts
    return replace(table, columns=tuple(columns), rows=pa.table(data, names=[column.name for column in columns]))


def _parts(whole: pa.ChunkedArray, longest: int) -> list[pa.ChunkedArray | pa.Array]:
    texts = [None if text is None else without_controls(text) for text in whole.to_pylist()]
    if all(text is None or len(text) * 4 <= longest or len(text.encode()) <= longest for text in texts):
        return [pa.array(texts, pa.string())]
    split = [[] if text is None else _split(text, longest) for text in texts]
    most = max(len(each) for each in split)
    return [
        pa.array([each[place] if place < len(each) else None for each in split], pa.string()) for place in range(most)
    ]


def _split(text: str, longest: int) -> list[str]:
    """Pieces of at most so many bytes; no letter is cut, and none but the last ends with a blank, which these forms drop."""
    pieces, begin, size = [], 0, 0
    for place, letter in enumerate(text):
        bytes_ = len(letter.encode())
        if size + bytes_ > longest:
            end = _last_letter(text, begin, place)
            pieces.append(text[begin:end])
            begin, size = end, len(text[end:place].encode())
        size += bytes_
    return [*pieces, text[begin:]]


def _last_letter(text: str, begin: int, end: int) -> int:
    """Where a piece ends so that its last letter is no blank; as it was where it is all blanks."""
    last = end
    while last > begin and text[last - 1].isspace():
        last -= 1
    return last if last > begin else end


def _named(column: ExportColumn, place: int, taken: set[str]) -> ExportColumn:
    if place == 0:
        return column
    number = str(place + 1)
    name, short = f"{column.name}_{number}", column.short[: 8 - len(number)] + number
    for other in (name, short):
        if other in taken:
            raise ValueError(f"a part of {column.name} would be called {other}, as another column is")
        taken.add(other)
    label = f"{column.label[: 40 - len(number) - 3]} ({number})"
    return replace(column, name=name, short=short, label=label)
