"""Codes of wells in a drawn layout: S1, ES2, C1, B, X3, U4, as INTELLIFLEX tables and Bio-Plex Manager call them.

A barcode may look so too. Codes are therefore codes of a whole plate: one that calls standards both Standard1 and S1, or has more
levels than a ladder holds, is refused, because there `S1` may be somebody's tube.
"""

from __future__ import annotations

from collections.abc import Mapping

from pbis.readers.kit.well_types import role_of
from pbis.readers.layouts.cells import LayoutSheet, role_and_label

_MOST_LEVELS = 16  # kits have 5 to 12 standards; a plate of samples called S1 to S40 has more
_NUMBERED = ("standard", "qc_control")


def code_of(text: str) -> tuple[str | None, str | None]:
    """'S1' -> (standard, 'S1'), 'S' -> (standard, None), 'X3' -> (unknown, None); (None, None) for what is no code."""
    role = role_of(text)
    is_named = role in _NUMBERED and text[-1:].isdigit()
    return role, text if is_named else None


def check_codes(contents: Mapping[str, str], lines: Mapping[str, tuple[LayoutSheet, int]]) -> None:
    """contents: well -> what the untitled grid of one plate says. Raises MalformedFile at a code that may be a barcode."""
    codes = {well: role for well, text in contents.items() if (role := _numbered_role(text))}
    words = {role: text for text in contents.values() if (role := role_and_label(text)[0])}
    clash = next((well for well, role in codes.items() if role in words), None)
    if clash is not None:
        sheet, line = lines[clash]
        expected = f"one way to call a {codes[clash]}, as {words[codes[clash]]!r}; or a grid titled role"
        raise sheet.refuse(line, clash, expected, repr(contents[clash]))
    levels: set[str] = set()
    for well, role in codes.items():
        levels |= {contents[well].replace(" ", "").upper()} if role == "standard" else set()
        if len(levels) > _MOST_LEVELS:
            sheet, line = lines[well]
            expected = f"at most {_MOST_LEVELS} standards; or specimens in a grid titled specimen"
            raise sheet.refuse(line, well, expected, repr(contents[well]))


def _numbered_role(text: str) -> str | None:
    """The role of a code that stands for a reagent. 'Blank 1' is a word and a code: no clash with itself."""
    return code_of(text)[0] if role_and_label(text)[0] is None and code_of(text)[0] != "unknown" else None
