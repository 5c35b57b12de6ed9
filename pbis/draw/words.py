"""Other people's text on a page or a drawing, and the sign for what is not there."""

from __future__ import annotations

import unicodedata

DASH = "–"


def visible(value: str) -> str:
    """The text with what would hide or reorder it written out.

    Bidirectional overrides, zero-width signs, control characters and lone surrogates become <U+202E>, so that a
    sample named with them reads as what it is.
    """
    return value if value.isprintable() else value.translate(_WRITTEN_OUT)


class _WrittenOut(dict[int, str]):
    """Code of a sign -> what is written for it, looked up once a sign."""

    def __missing__(self, code: int) -> str:
        self[code] = f"<U+{code:04X}>" if _is_hidden(chr(code)) else chr(code)
        return self[code]


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in "\t\n"


_WRITTEN_OUT = _WrittenOut()
