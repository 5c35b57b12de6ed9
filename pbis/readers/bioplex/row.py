"""What Bio-Plex Manager says of one well (or one set of replicate wells) and one analyte, whatever file it says it in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pbis.core.errors import MalformedFile
from pbis.core.frames import READING

_REGION = re.compile(r"(.+?)\s*\((\d+)\)", re.ASCII)
_WELL = re.compile(r"([A-P])0*([1-9]|1\d|2[0-4])", re.ASCII | re.IGNORECASE)
NUMBERS = (
    *("mfi", "bead_count", "net_mfi_reported", "result_reported", "recovery_reported_pct"),
    *("mean", "std_dev", "cv_pct", "trimmed_mean", "trimmed_std_dev"),
)
TEXTS = ("range_text", "comment")
assert set(NUMBERS + TEXTS) <= set(READING.names)


@dataclass(frozen=True)
class Place:
    """Where a row stands: the file, the sheet ('' for XML) and the row or line in it."""

    file: str
    sheet: str
    line: int

    def refuse(self, message: str, *, column: str = "", expected: str, found: str) -> MalformedFile:
        where = "/".join(part for part in (self.sheet, column) if part)
        return MalformedFile(
            message, file=self.file, line=self.line, column=where or None, expected=expected, found=found
        )


@dataclass(frozen=True)
class BioplexRow:
    """wells: one, or the replicates of which the values are means; code: type as written (S1, X14); values: target -> text.

    Targets are the names of the frame reading (NUMBERS, TEXTS) and expected, dilution, errors, total_events.
    """

    place: Place
    analyte: str
    code: str
    description: str
    wells: tuple[str, ...]
    location: str
    values: Mapping[str, str]
    region: str | None = None

    @property
    def is_mean(self) -> bool:
        return len(self.wells) > 1


@dataclass(frozen=True)
class Curve:
    """The standard curve of an analyte as the software wrote it: regression, equation text, coefficients A B C D F."""

    regression: str | None = None
    coefficients: Mapping[str, float] = field(default_factory=dict)
    unit: str | None = None
    min_bead_count: float | None = None


@dataclass(frozen=True)
class Fact:
    """A header or footer line: its source line counted through the whole file."""

    line: int
    key: str
    value: str | None


def region_of(analyte: str) -> str | None:
    """'IL-2 (38)' -> '38'."""
    match = _REGION.fullmatch(analyte.strip())
    return match.group(2) if match else None


def wells_of(place: Place, text: str) -> tuple[str, ...]:
    """'A3,B3' -> ('A3', 'B3'). Raises MalformedFile where a name is no well."""
    found = [_WELL.fullmatch(part.strip()) for part in text.split(",")]
    if not text.strip() or any(match is None for match in found):
        raise place.refuse(
            "a row names no well", column="Well", expected="A1, or A1,B1 for replicates", found=repr(text)
        )
    return tuple(f"{match.group(1).upper()}{int(match.group(2))}" for match in found if match)
