"""Which sign parts the cells of a text file: one answer for plates, layouts, lot sheets and tables about patients."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable

DELIMITERS = (",", ";", "\t")
TABLE_DELIMITERS = (*DELIMITERS, "|")  # a bar parts columns in extracts of databases, and words in the titles of kits
LOOKED_AT = 65_536  # characters of a file's beginning


def sniff_delimiter(
    line: str, among: Iterable[str] = DELIMITERS, means: Callable[[tuple[str, ...]], int] | None = None
) -> str:
    """The delimiter of a line.

    means: how many of the line's cells mean something to who asks; the delimiter with the most wins. Where nobody says, or no
    cell means anything, it is the one behind the first cell, and a comma where the line has one cell.
    """
    signs = "".join(among)
    if means is not None:
        found = {sign: means(cells_of(line, sign)) for sign in signs}
        best = max(found, key=lambda sign: found[sign])
        if found[best]:
            return best
    match = re.match(rf'\s*(?:"[^"]*"|[^"{signs}]*)\s*([{signs}])', line)
    return match.group(1) if match else ","


def text_delimiter(text: str) -> str:
    """The delimiter of the first line that has one: a layout or a lot sheet may begin with a title alone."""
    lines = (line for line in text[:LOOKED_AT].split("\n") if any(sign in line for sign in DELIMITERS))
    return sniff_delimiter(next(lines, ""))


def first_line(text: str) -> str:
    """The first line with a sign on it."""
    begin, stop = 0, min(len(text), LOOKED_AT)
    while begin < stop:
        end = text.find("\n", begin, stop)
        line = text[begin : stop if end < 0 else end]
        if line.strip(' ",;\t'):
            return line
        begin += len(line) + 1
    return ""


def cells_of(text: str, delimiter: str) -> tuple[str, ...]:
    """The trimmed cells of one line."""
    return tuple(cell.strip() for cell in next(csv.reader([text], delimiter=delimiter), []))


def most_cells(line: str, among: Iterable[str] = TABLE_DELIMITERS) -> int:
    """At most so many cells has the line, whatever parts them; nothing is cut."""
    return 1 + max(line.count(sign) for sign in among)
