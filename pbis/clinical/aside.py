"""What of a file is refused alone: the row, line or message that cannot be read, while the rest of its file is used.

One bad row is one bad row. A file as a whole is refused where too much of it is bad, since what is left could then mislead: more than
a share AND more than a number of its units, or all of them. What was refused becomes a file of its own that can be mended and
dropped again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from pbis.core.errors import MalformedFile


class RefusedUnit(msgspec.Struct, frozen=True):
    """A unit as it was sent. line: 1-based line of the file where it is wrong; the rest as in `pbis.core.errors.InputRefused`."""

    line: int
    data: bytes
    message: str
    expected: str | None = None
    found: str | None = None
    hint: str | None = None

    def error(self, name: str) -> MalformedFile:
        """The refusal of the unit; name: of its file."""
        return MalformedFile(
            self.message, file=name, line=self.line, expected=self.expected, found=self.found, hint=self.hint
        )


class Aside(msgspec.Struct, frozen=True):
    """Units that are refused alone. unit: what one is called; unit_count: how many the file has, these included; head: bytes that a
    file of units begins with, such as a table's header; suffix: of such a file's name."""

    unit: str
    unit_count: int
    units: tuple[RefusedUnit, ...]
    head: bytes = b""
    suffix: str = ".csv"

    @property
    def count_in_words(self) -> str:
        """`1 of 201 messages`."""
        return f"{len(self.units)} of {self.unit_count} {self.unit}{'' if self.unit_count == 1 else 's'}"


@dataclass(frozen=True)
class Allowed:
    """A file is used while at most `count` of its units are refused, or at most `pct` percent of them. Own choice: ten rows are what a
    person mends by hand, and past one in twenty it is the export that is wrong; a site may change both."""

    pct: float = 5.0
    count: int = 10


USUAL = Allowed()


def refused_unit(line: int, data: bytes, error: MalformedFile) -> RefusedUnit:
    """The unit with what the error says of it; line: of its beginning, for an error that names none."""
    return RefusedUnit(error.line or line, data, error.message, error.expected, error.found, error.hint)


def set_aside(units: Sequence[RefusedUnit], unit: str, unit_count: int, suffix: str, head: bytes = b"") -> Aside | None:
    """The units by their lines; None where there are none."""
    ordered = tuple(sorted(units, key=lambda each: each.line))
    return Aside(unit, unit_count, ordered, head, suffix) if ordered else None


def require_most(aside: Aside | None, name: str, allowed: Allowed) -> None:
    """Raises MalformedFile, by the first unit, where too many units are refused for the rest to be used."""
    if aside is None:
        return
    refused, whole = len(aside.units), aside.unit_count
    if refused < whole and (refused <= allowed.count or 100 * refused <= allowed.pct * whole):
        return
    error = aside.units[0].error(name)
    if refused > 1:
        error.message += f"; {aside.count_in_words} cannot be read, so the file as a whole is refused"
        error.args = (error.message,)
    raise error
