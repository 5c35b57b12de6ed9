"""Layouts drawn as the plate: columns 1 to 12 (24), rows A to H (P), what the well holds in the cell.

A grid may have a title, in its corner, in the row above it, or as the sheet's name: role, specimen, label or dilution say what
its cells are; `plate,P1` or any other title names the plate. The cells of a grid without such a title say what lies in the
well: Standard1, Control2, Background, a code (pbis.readers.layouts.codes), or a specimen's barcode. Other short words (K, NC, St1)
are refused there: a barcode may look so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pbis.readers.layouts.cells import LayoutRow, LayoutSheet, barcode, column_of, role_and_label
from pbis.readers.layouts.cells import name as named
from pbis.readers.layouts.codes import check_codes, code_of

_ROW = re.compile(r"[A-Pa-p]", re.ASCII)
_SHORT = re.compile(r"(s|st|std|c|ctl|ctrl|qc|b|bg|bk|bkg|blk|nc|pc|k|x|u)\s*\d*", re.IGNORECASE | re.ASCII)
_FIELDS = ("role", "specimen", "label", "dilution")
CONTENT = "content"


@dataclass(frozen=True)
class DrawnGrid:
    """Where a grid stands: its header row, the column of its row letters, how many columns it counts."""

    row: int
    column: int
    width: int


@dataclass
class Drawn:
    """The grids of one plate: field -> well -> text, and where a well was first met."""

    fields: dict[str, dict[str, str]] = field(default_factory=dict)
    lines: dict[str, tuple[LayoutSheet, int]] = field(default_factory=dict)


def holds_grid(sheet: LayoutSheet) -> bool:
    """True where a row counts 1, 2, ... and the next begins with A."""
    return next(_grids(sheet), None) is not None


def grid_rows(sheets: Sequence[LayoutSheet]) -> Iterator[LayoutRow]:
    """The wells of all grids, those of one plate laid over each other. Raises MalformedFile at cells that say nothing known."""
    plates: dict[str, Drawn] = {}
    for sheet in sheets:
        _gather(sheet, plates)
    for name, drawn in plates.items():
        if not {"role", "label"} & set(drawn.fields):
            check_codes(drawn.fields.get(CONTENT, {}), drawn.lines)
        for well, (sheet, line) in drawn.lines.items():
            yield _well(sheet, name, well, line, {key: cells.get(well, "") for key, cells in drawn.fields.items()})


def _gather(sheet: LayoutSheet, plates: dict[str, Drawn]) -> None:
    plate, used = "", 0
    for grid in _grids(sheet):
        name, plate = _title(sheet, grid, used, plate)
        used = _draw(sheet, grid, name, plates.setdefault(plate, Drawn()))
    stray = next((i for i in range(used, len(sheet.rows)) if any(c.strip() for c in sheet.rows[i])), None)
    if stray is not None:
        found = repr(" ".join(sheet.rows[stray]).strip())
        raise sheet.refuse(sheet.lines[stray], "", "nothing after the last grid", found)


def _grids(sheet: LayoutSheet) -> Iterator[DrawnGrid]:
    for i in range(len(sheet.rows) - 1):
        cells = [cell.strip() for cell in sheet.rows[i]]
        start = cells.index("1") if "1" in cells else -1
        if start < 1:
            continue
        width = next((n for n in range(len(cells) - start) if cells[start + n] != str(n + 1)), len(cells) - start)
        if width >= 2 and sheet.cell(i + 1, start - 1).upper() == "A":
            yield DrawnGrid(i, start - 1, width)


def _title(sheet: LayoutSheet, grid: DrawnGrid, used: int, plate: str) -> tuple[str, str]:
    """What the grid's cells are and the plate they are of; rows between grids that are no titles are refused."""
    words = [(grid.row, sheet.cell(grid.row, grid.column))]
    for i in range(used, grid.row):
        filled = [cell.strip() for cell in sheet.rows[i] if cell.strip()]
        if len(filled) == 2 and column_of(filled[0].rstrip(":")) == "plate":
            plate = named(sheet, sheet.lines[i], "plate", filled[1])
        elif len(filled) == 1:
            words.append((i, filled[0]))
        elif filled:
            raise sheet.refuse(sheet.lines[i], "", "a title, plate and its name, or a grid", repr(" ".join(filled)))
    if column_of(sheet.title) in _FIELDS and len(words) == 1 and not words[0][1]:
        words = [(grid.row, sheet.title)]
    name = CONTENT
    for i, word in words:
        key, _, rest = word.partition(":")
        if column_of(key) in _FIELDS and not rest.strip():
            name = _once(sheet, i, name, str(column_of(key)))
        elif column_of(key) == "plate" and rest.strip():
            plate = rest.strip()
        elif word and column_of(word) not in ("plate", "well") and not set(word) <= set("<>/\\|-"):
            plate = word
    return name, plate


def _once(sheet: LayoutSheet, row: int, name: str, found: str) -> str:
    if name != CONTENT:
        raise sheet.refuse(sheet.lines[row], "", f"one title, {name}", found)
    return found


def _draw(sheet: LayoutSheet, grid: DrawnGrid, name: str, drawn: Drawn) -> int:
    """Take the cells of a grid; returns the row after it. Letters must go up; empty cells are holes."""
    if name in drawn.fields:
        raise sheet.refuse(sheet.lines[grid.row], "", f"one grid of {name} a plate", "a second")
    cells = drawn.fields[name] = {}
    expected = ord("A")
    row = grid.row + 1
    while row < len(sheet.rows) and _ROW.fullmatch(sheet.cell(row, grid.column)):
        letter = sheet.cell(row, grid.column).upper()
        if ord(letter) != expected:
            raise sheet.refuse(sheet.lines[row], "", f"row {chr(expected)}", f"row {letter}")
        beyond = [
            c for i, c in enumerate(sheet.rows[row]) if c.strip() and not grid.column <= i <= grid.column + grid.width
        ]
        if beyond:
            raise sheet.refuse(sheet.lines[row], "", "cells under the grid's columns only", repr(beyond[0]))
        for n in range(1, grid.width + 1):
            text = sheet.cell(row, grid.column + n)
            if text:
                cells[f"{letter}{n}"] = text
                drawn.lines.setdefault(f"{letter}{n}", (sheet, sheet.lines[row]))
        expected += 1
        row += 1
    return row


def _well(sheet: LayoutSheet, plate: str, well: str, line: int, texts: dict[str, str]) -> LayoutRow:
    content = texts.get(CONTENT, "")
    role, label = _role(sheet, well, line, texts)
    is_barcode = role in (None, "unknown") and role_and_label(content)[0] is None
    if role == "unknown" and not (texts.get("role") or texts.get("label")):
        is_barcode = False  # the role was read from the content itself
    name = texts.get("specimen", "") or (content if is_barcode else "")
    return LayoutRow(
        source_line=line,
        plate=plate,
        plate_number=1,
        well=well,
        well_role=role or "unknown",
        specimen_id=barcode(sheet, line, name),
        reagent_label=texts.get("label")
        or label
        or (content if role in ("standard", "qc_control") and content else None),
        dilution_text=texts.get("dilution", ""),
    )


def _role(sheet: LayoutSheet, well: str, line: int, texts: dict[str, str]) -> tuple[str | None, str | None]:
    """Role and reagent of a well, None for a specimen. Raises MalformedFile where the cells leave it open."""
    content = texts.get(CONTENT, "")
    written = texts.get("role", "") or texts.get("label", "") or content
    role, label = role_and_label(written)
    if role is None:
        role, label = code_of(written)
    if role is None and texts.get("role"):
        raise sheet.refuse(line, well, "standard, qc_control, background or unknown", repr(texts["role"]))
    is_vague = written == content and role in ("standard", "qc_control") and not label and _SHORT.fullmatch(content)
    if is_vague or (role is None and _SHORT.fullmatch(content)):
        expected = "Standard1, Control1, Background, S1, C1, B, X1 or a barcode; or a grid titled role"
        raise sheet.refuse(line, well, expected, repr(content))
    if role is None and texts.get("label"):
        raise sheet.refuse(line, well, "a label such as Standard1, or a grid titled role", repr(texts["label"]))
    if role is None and not (content or texts.get("specimen")):
        raise sheet.refuse(line, well, "what the well holds", "a dilution alone")
    if "role" in texts and not texts["role"]:
        raise sheet.refuse(line, well, "a role in the grid titled role", "none")
    return role, label
