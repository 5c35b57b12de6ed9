"""What is exported: columns that say what they hold, and the rows that must be of these kinds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

import pyarrow as pa

# Kind -> Arrow type. There is none for decimals, which some writers turn into text and others into another number, and none for
# stamps, of which those in whole seconds are written as 1970 (findings/): a release has exact text and study days.
KINDS: Mapping[str, pa.DataType] = MappingProxyType(
    {"whole": pa.int64(), "number": pa.float64(), "text": pa.string(), "yes_no": pa.bool_()}
)
DAYS = "study days; 0 is the day of the first dose, negative before; a release has no dates"


@dataclass(frozen=True)
class ExportColumn:
    """name: as in every form but transport files, which take short (8 characters); label: at most 40 characters; kind: of KINDS;
    words: name of the list of its closed words (words.toml), '' for none."""

    name: str
    short: str
    kind: str
    label: str
    words: str = ""


@dataclass(frozen=True)
class ExportTable:
    """title: what the rows are; rows: Arrow, its columns those of `columns` in their order; days: how its study days are counted."""

    name: str
    title: str
    columns: tuple[ExportColumn, ...]
    rows: pa.Table
    days: str = DAYS

    def __post_init__(self) -> None:
        expected = [(each.name, KINDS[each.kind]) for each in self.columns]
        found = [(field.name, field.type) for field in self.rows.schema]
        if expected != found:
            wrong = [
                f"{name}: expected {kind}, found {dict(found).get(name, 'no such column')}"
                for name, kind in expected
                if (name, kind) not in found
            ]
            raise TypeError(f"rows of {self.name}: {'; '.join(wrong) or 'columns in another order, or more of them'}")


@dataclass(frozen=True)
class ExportAbout:
    """Where rows come from. began_at: when the release's night began, UTC; the only time that is written into any file."""

    release: str
    began_at: datetime
    what: str
    program: str
    study: str

    def rows(self, count: int, days: str) -> list[tuple[str, str]]:
        """Name and value, for a codebook."""
        return [
            ("release", self.release),
            ("release_began_at", f"{self.began_at:%Y-%m-%dT%H:%M:%SZ}"),
            ("what", self.what),
            ("rows", str(count)),
            ("program", f"pbis {self.program}"),
            ("days", days),
        ]
