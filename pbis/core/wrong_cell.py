"""One of the places that a refusal names."""

from __future__ import annotations

from typing import NamedTuple


class WrongCell(NamedTuple):
    """One place that cannot be right: `what` stands there, in words; line is None where the file as a whole is meant."""

    line: int | None
    what: str
    expected: str
    found: str
