"""Bytes of delimited text -> rows of cells, tokenised once, with the line of every row and how the text was written."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from pbis.core.errors import BeyondLimits, InputRefused, MalformedFile, UnrecognisedFormat
from pbis.files.delimiter import most_cells
from pbis.files.limits import PLATE, Limits
from pbis.files.quoted_rows import quoted_rows

_PIECE = 60_000  # bytes that are looked at together: what is made of them stays in the processor's cache
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Text:
    """Decoded text with line ends folded to '\\n', and how it was encoded."""

    name: str
    text: str
    encoding: str
    has_bom: bool


@dataclass(frozen=True)
class Sheet:
    """Rows of cells. `lines[i]` is the 1-based line on which row i begins; `line_count` counts the file's lines."""

    name: str
    rows: Sequence[list[str]]
    lines: Sequence[int]
    line_count: int
    encoding: str
    has_bom: bool
    delimiter: str
    is_quoted: bool


def decode(name: str, data: bytes) -> Text:
    """As `decoded`, with line ends folded."""
    text, encoding = decoded(name, _with_short_ends(data))
    folded = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    return Text(name, folded, encoding, data.startswith(_bom_bytes()))


def _with_short_ends(data: bytes) -> bytes:
    """ASCII of which every line ends in two characters, without the first of them, which costs a third of a replacement; else the
    bytes as they are."""
    if not data.isascii() or b"\r" not in data or data.endswith(b"\r"):
        return data
    signs = np.frombuffer(data, np.uint8)
    for begin in range(0, len(data) - 1, _PIECE):
        piece = signs[begin : begin + _PIECE + 1]
        if ((piece[:-1] == ord("\r")) > (piece[1:] == ord("\n"))).any():
            return data
    return data.translate(None, b"\r")


def decoded(
    name: str,
    data: bytes,
    refusal: type[InputRefused] = UnrecognisedFormat,
    *,
    few_nuls: bool = False,
    declared: str = "",
) -> tuple[str, str]:
    """Text as it stands, and its encoding: UTF-8 or UTF-16 by byte-order mark or by evidence, else UTF-8, else Windows-1252.

    refusal: what is raised for binary: a plate is of no known format then, a laboratory's table has a broken line.
    few_nuls: the caller refuses what holds a NUL alone, where they are fewer than one in a hundred characters.
    declared: the codec of what is neither UTF-8 nor UTF-16, as the site says it; Windows-1252 where it says none.
    """
    encoding = encoding_of(data)
    if declared and (encoding == "cp1252" or (b"\x1b" in data and declared.startswith("iso2022"))):
        encoding = declared
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise refusal(
            "is not text", file=name, line=line, expected=f"{encoding} text", hint="save it as UTF-8"
        ) from None
    if "\x00" in text and not (few_nuls and text.count("\x00") * 100 < len(text)):
        line = text[: text.index("\x00")].count("\n") + 1
        hint = "save it as text in UTF-8, or export the CSV again"
        raise refusal("is binary, not text", file=name, line=line, found="a NUL character", hint=hint)
    return text, "utf-8" if encoding == "utf-8-sig" else encoding


def tokenise(text: Text, delimiter: str, limits: Limits = PLATE) -> Sheet:
    """All rows of the text. Raises MalformedFile with the line where a quoted cell never ends, or a row is wider, or the text longer,
    than the limits."""
    _check_height(text, limits)
    quoted = quoted_rows(text.text, delimiter)
    if quoted is not None:
        for row in quoted.longer_than(limits.text_columns):
            check_width(text.name, quoted.page.line(row), row + 1, (delimiter,), limits)
        return _sheet(text, quoted, range(1, len(quoted) + 1), len(quoted), delimiter)
    lines = text.text.removesuffix("\n").split("\n")  # a StringIO would hold four bytes a character
    for at, line in enumerate(lines, 1):
        if len(line) > limits.text_columns:
            check_width(text.name, line, at, (delimiter,), limits)
    quick = csv.reader(lines, delimiter=delimiter)
    with suppress(csv.Error):
        rows = list(quick)
        if quick.line_num == len(rows):  # no cell runs over a line's end
            return _sheet(text, rows, list(range(1, len(rows) + 1)), len(rows), delimiter)
    return _slowly(text, delimiter)


def _check_height(text: Text, limits: Limits) -> None:
    """BeyondLimits where the text has more lines than the limits, before any is cut."""
    height = text.text.count("\n") if len(text.text) > limits.text_rows else 0
    if height > limits.text_rows:
        expected = f"at most {limits.text_rows} lines"
        raise BeyondLimits(
            "has too many lines", file=text.name, line=limits.text_rows + 1, expected=expected, found=str(height)
        )


def check_width(name: str, line: str, at: int, among: Sequence[str], limits: Limits) -> None:
    """BeyondLimits where the line may have more cells than the limits, before it is cut."""
    width = most_cells(line, among)
    if width > limits.text_columns:
        expected = f"at most {limits.text_columns} cells"
        raise BeyondLimits("a row has too many cells", file=name, line=at, expected=expected, found=str(width))


def _slowly(text: Text, delimiter: str) -> Sheet:
    """Row by row, where cells hold line ends or cannot be read."""
    reader = csv.reader(io.StringIO(text.text, newline=""), delimiter=delimiter)
    rows: list[list[str]] = []
    lines: list[int] = []
    begins = 1
    try:
        for row in reader:
            rows.append(row)
            lines.append(begins)
            if reader.line_num != begins:
                _check_multiline(text.name, row, begins, reader.line_num)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise MalformedFile(
            "a cell cannot be read", file=text.name, line=begins, expected="a closed cell", found=str(error)
        ) from None
    return _sheet(text, rows, lines, begins - 1, delimiter)


def _sheet(text: Text, rows: Sequence[list[str]], lines: Sequence[int], count: int, delimiter: str) -> Sheet:
    is_quoted = text.text[:65536].lstrip().startswith('"')
    return Sheet(text.name, rows, lines, count, text.encoding, text.has_bom, delimiter, is_quoted)


def _check_multiline(name: str, row: list[str], begins: int, ends: int) -> None:
    """A line end inside a cell is legal only in free text of a line or two; else a quote was left open."""
    if ends - begins > 20 or any("DataType:" in cell for cell in row if "\n" in cell):
        raise MalformedFile(
            "a quoted cell is never closed",
            file=name,
            line=begins,
            expected="a closing quote",
            found="other rows in it",
        )


def _bom_bytes() -> tuple[bytes, ...]:
    return tuple(mark for mark, _ in _BOMS)


def encoding_of(data: bytes) -> str:
    """By byte-order mark, by the NULs of UTF-16, else UTF-8 where that can be, else Windows-1252."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding
    if data.isascii() and b"\x00" not in data[:4096]:
        return "utf-8"
    head = data[:4096]
    nuls = head.count(b"\x00")
    if nuls > len(head) // 4:
        return "utf-16-le" if head[1::2].count(b"\x00") > nuls // 2 else "utf-16-be"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
