"""Other people's text on a page or a drawing, and the sign for what is not there."""

from __future__ import annotations

import unicodedata

DASH = "–"


def visible(value: str) -> str:
    """The text with what would hide or reorder it written out.

    Bidirectional overrides, zero-width signs, control characters and lone surrogates become <U+202E>, so that a
    sample named with them reads as what it is.
    """
    if value.isascii() and value.isprintable():
        return value
    return "".join(f"<U+{ord(c):04X}>" if _is_hidden(c) else c for c in value)


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in "\t\n"
