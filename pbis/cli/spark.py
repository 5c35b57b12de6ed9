"""Numbers as a row of small marks: blocks of eight heights where the terminal can show them, plain ASCII elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO

BLOCKS = "▁▂▃▄▅▆▇█"
DIGITS = "12345678"
NONE_BLOCK, NONE_ASCII = "·", "."


def shows_blocks(stream: TextIO) -> bool:
    """Whether a stream is a terminal whose encoding has the blocks."""
    if not stream.isatty():
        return False
    try:
        (BLOCKS + NONE_BLOCK).encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def spark(values: Sequence[float | None], low: float, high: float, *, blocks: bool) -> str:
    """One mark a value, from `low` to `high` in eight steps; values beyond stand at the ends, None is a dot."""
    marks, none = (BLOCKS, NONE_BLOCK) if blocks else (DIGITS, NONE_ASCII)
    span = high - low
    return "".join(none if v is None else marks[_step(v - low, span)] for v in values)


def _step(above: float, span: float) -> int:
    share = above / span if span > 0 else 0.5
    return min(max(int(share * len(BLOCKS)), 0), len(BLOCKS) - 1)
