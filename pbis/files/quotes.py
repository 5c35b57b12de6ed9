"""Where the quotes of a text stand, and what stands between them: every quoted cell of the text in one Arrow array.

Quotes are looked for piece by piece, as bytes. A text of which every line is quoted cell by cell has its quotes in pairs, with one
delimiter or one line's end from each pair to the next; where that holds, no cell has a quote in it, and taking quotes,
delimiters and line ends out of the bytes leaves the cells, one behind the other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

_LONGEST = 131_072  # the csv module's limit of a cell
_MOST_CELLS = 20_000_000  # of the shortest cells 64 MB hold no more; 100 MB of places in memory
_PIECE = 60_000  # characters that are looked at together: what is made of them stays in the processor's cache
HIDING = np.zeros(256, np.bool_)  # bytes behind which a word may begin: blanks, and whatever is not ASCII
HIDING[: ord(" ") + 1] = HIDING[127:] = True
_ZERO = np.zeros(1, np.int64)
_QUOTE, _END = ord('"'), ord("\n")


@dataclass(frozen=True)
class Quotes:
    """cells: every quoted cell of a text. One entry a line in first (its first cell), width (how many it has, 0 where it is not
    quoted), lead (the first byte of its first cell, or of the line)."""

    cells: pa.Array
    first: Ints
    width: Ints
    lead: Bytes

    def may_be_blank(self, at: Ints) -> npt.NDArray[np.bool_]:
        """Whether the cells at these places are empty, or begin with a byte behind which blanks may go on."""
        _, offsets, data = self.cells.buffers()
        edges = np.frombuffer(offsets, np.int32)
        signs = np.frombuffer(data or b"\n", np.uint8)
        begins: npt.NDArray[np.int32] = edges[at]
        leads = HIDING[signs[np.minimum(begins, len(signs) - 1)]]
        ends: npt.NDArray[np.int32] = edges[at + 1]
        may_be: npt.NDArray[np.bool_] = leads | (begins == ends)
        return may_be


@dataclass(frozen=True)
class QuotedLines:
    """The lines of a text, in characters, and their quotes."""

    begins: Ints
    ends: Ints
    quotes: Quotes


def find_quotes(text: str, delimiter: str) -> QuotedLines | None:
    """None where a line is neither quoted cell by cell nor free of quotes, or a line or the text is too long. The text's last line
    end begins no line."""
    pieces: list[QuotedLines] = []
    begin = cells = 0
    while begin < len(text) or not pieces:
        end = text.find("\n", begin + _PIECE) + 1 or len(text)
        piece = _piece(text[begin:end], delimiter, begin, cells)
        if piece is None or cells > _MOST_CELLS:
            return None
        pieces.append(piece)
        begin, cells = end, cells + len(piece.quotes.cells)
    quotes = [piece.quotes for piece in pieces]
    first, width, lead = (np.concatenate([getattr(one, name) for one in quotes]) for name in ("first", "width", "lead"))
    begins, ends = (np.concatenate([getattr(piece, name) for piece in pieces]) for name in ("begins", "ends"))
    return QuotedLines(begins, ends, Quotes(pa.concat_arrays([one.cells for one in quotes]), first, width, lead))


def _piece(text: str, delimiter: str, begin: int, cells: int) -> QuotedLines | None:
    """The same of whole lines that begin at this character of the text, behind so many cells."""
    data = (text if text.endswith("\n") else f"{text}\n").encode()
    signs = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(signs == _END)
    begins = np.concatenate((_ZERO, ends[:-1] + 1))
    at = np.flatnonzero(signs == _QUOTE)
    before = np.searchsorted(at, begins)
    count = np.diff(before, append=len(at))
    found = _cells(data, signs, at, (begins, ends, count), delimiter)
    if found is None:
        return None
    lead = signs[begins + (count > 0)]
    if not text.isascii():
        inner = np.flatnonzero(signs & 0xC0 == 0x80)  # bytes within a character
        begins, ends = (places - np.searchsorted(inner, places) for places in (begins, ends))
    return QuotedLines(begins + begin, ends + begin, Quotes(found, before // 2 + cells, count // 2, lead))


def _cells(data: bytes, signs: Bytes, at: Ints, lines: tuple[Ints, Ints, Ints], delimiter: str) -> pa.Array | None:
    """What stands between the quotes at these places, where every line that has one begins and ends with one, and a delimiter, and
    nothing else, stands between one pair and the next; else None. lines: begins, ends, quotes in each."""
    begins, ends, count = lines
    is_quoted = count > 0
    first, last = begins[is_quoted], ends[is_quoted] - 1
    if (count & 1).any() or (ends - begins).max() > _LONGEST:
        return None
    if (signs[first] != _QUOTE).any() or (signs[last] != _QUOTE).any():
        return None
    opens, closes, marks = at[::2], at[1::2], max(len(at) // 2 - len(first), 0)
    is_mark = (opens[1:] - closes[:-1] == 2) & (signs[closes[:-1] + 1] == ord(delimiter))
    if np.count_nonzero(is_mark) != marks:
        return None
    offsets = np.zeros(len(opens) + 1, np.int32)
    np.cumsum(closes - opens - 1, out=offsets[1:])
    bare = np.flatnonzero(~is_quoted)
    if np.count_nonzero(signs == ord(delimiter)) == marks and (begins[bare] == ends[bare]).all():
        inner = data.translate(None, f'"\n{delimiter}'.encode())
    else:
        inner = _inner(signs, closes, zip(begins[bare].tolist(), ends[bare].tolist(), strict=True), delimiter.encode())
    return pa.StringArray.from_buffers(len(opens), pa.py_buffer(offsets), pa.py_buffer(inner))


def _inner(signs: Bytes, closes: Ints, bare: Iterable[tuple[int, int]], delimiter: bytes) -> bytes:
    """The same bytes where cells hold delimiters, or lines have no quotes (bare)."""
    own = signs.copy()
    own[closes + 1] = _END
    for begin, end in bare:
        own[begin:end] = _END
    own[own == ord(delimiter)] = 0  # only those within cells are left; no text holds a NUL
    return own.tobytes().translate(None, b'"\n').replace(b"\x00", delimiter)
