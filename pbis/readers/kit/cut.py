"""A copy that ends early says so: a refusal at the very end of a file that lacks its footer is that of a truncated copy."""

from __future__ import annotations

from pbis.core.errors import BeyondLimits, MalformedFile

AGAIN = "copy or export it again"
_FOOTERS = ("-- CRC --", "--DOCUMENT SIGNATURE--")  # whatever stands before one is whole


def last_line(text: str) -> int:
    """1-based number of the last line that is not blank."""
    return text.rstrip().count("\n") + 1


def require_end(file: str, text: str) -> None:
    """Raise MalformedFile where a text without a footer ends in the middle of a line: its last cell may be the half of one."""
    if text.endswith("\n") or any(mark in text for mark in _FOOTERS):
        return
    raise MalformedFile(
        "the export was cut off: its last line has no end, so its last cell may be half of one",
        file=file,
        line=last_line(text),
        expected="a line end, or the footer",
        found=repr(text[-20:]),
        hint=AGAIN,
    )


def as_cut(error: MalformedFile, text: str) -> MalformedFile:
    """The refusal in the words of a truncated copy where it is about the last line of a text without a footer; else as it is."""
    if error.line is None or error.line < last_line(text) or "cut off" in error.message + (error.hint or ""):
        return error
    if isinstance(error, BeyondLimits) or any(mark in text for mark in _FOOTERS):
        return error
    return MalformedFile(
        f"the export was cut off, or its end is damaged: {error.message}",
        file=error.file,
        line=error.line,
        column=error.column,
        expected=error.expected,
        found=error.found,
        hint=AGAIN,
    )
