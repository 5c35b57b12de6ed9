"""The text beside a file in quarantine: one sentence, then the cells as a table, then steps to take; read at seven in the morning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pbis.core.errors import InputRefused
from pbis.core.wrong_cell import WrongCell

MOST_CELLS = 200  # rows of the table; the count stands in the sentence
_HEADS = ("line", "where", "expected", "found")


def why_text(opening: str, errors: Sequence[InputRefused], steps: Iterable[str], foot: Iterable[str] = ()) -> str:
    """opening: what was refused and when. errors: why, each in a block of its own. steps: what to do, numbered after the hints of the
    errors. foot: lines at the end, for programs."""
    lines = [opening]
    for error in errors:
        lines += ["", f"why: {error.brief}", *_cells(error)]
    hints = dict.fromkeys(error.hint for error in errors if error.hint)
    lines += ["", "What to do"]
    lines += [f"  {number}. {_sentence(step)}" for number, step in enumerate((*hints, *steps), 1)]
    return "\n".join((*lines, "", *foot)) + "\n"


def _cells(error: InputRefused) -> list[str]:
    cells = error.wrong_cells
    if not cells:
        return []
    if len(cells) == 1:
        return ["", *_upright(cells[0])]
    shown = [_texts(cell) for cell in cells[:MOST_CELLS]]
    filled = [at for at in range(len(_HEADS)) if any(row[at] for row in shown)]
    table = [[row[at] for at in filled] for row in (_HEADS, *shown)]
    widths = [max(len(row[at]) for row in table) for at in range(len(filled))]
    lines = [
        "  " + "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in table
    ]
    more = len(cells) - MOST_CELLS
    return ["", *lines, *([f"  and {more} more"] if more > 0 else [])]


def _upright(cell: WrongCell) -> list[str]:
    """One place, a line for each thing that is known of it: the texts may be long."""
    width = max(map(len, _HEADS))
    return [f"  {head.ljust(width)}  {text}" for head, text in zip(_HEADS, _texts(cell), strict=True) if text]


def _texts(cell: WrongCell) -> tuple[str, str, str, str]:
    line = "" if cell.line is None else str(cell.line)
    what, expected, found = (" ".join(text.split()) for text in cell[1:])
    return line, what, expected, found


def _sentence(text: str) -> str:
    """With a capital and a full stop; a command that ends it stays as it can be pasted."""
    whole = " ".join(text.split())
    begun = whole if not whole[:1].islower() or whole.startswith("pbis ") else whole[0].upper() + whole[1:]
    return begun if begun.endswith((".", "!", "?", '"')) or "pbis " in begun else begun + "."
