"""What the morning page says beside tonight: the site, the plates before, what moved since yesterday, earlier nights, what is left lying.

The last plates stand as a strip, a column a plate and a row an analyte; the rest are counted by month and listed on a page of their own, so
that the index stays small however many plates a site has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pbis.report.page import render
from pbis.report.text import month_mark

STRIP = 60  # plates of the strip: two or three months of a busy laboratory, and as many columns as a wide screen shows
STATES = ("held", "fail", "warn", "pass")
LIST_PAGE = "plates.html"
UNDATED = "without a date"


@dataclass(frozen=True)
class StripPlate:
    """A plate that stands: when it was read (`2026-03-09 14:05`, empty where unknown), its verdict, its page, and the verdict of each of
    its analytes, empty where the strip does not show it; review: state of its review, empty while nobody has decided."""

    plate: str
    read: str
    state: str
    report_path: str
    analytes: Mapping[str, str] = field(default_factory=dict)
    review: str = ""

    @property
    def month(self) -> str:
        return self.read[:7] or UNDATED


@dataclass(frozen=True)
class MovedScore:
    """A subject whose score or group is another than the night before: then, now, and what it was computed from that changed."""

    subject_id: str
    was: str
    now: str
    causes: tuple[str, ...]


@dataclass(frozen=True)
class EarlierNight:
    """A night before this one: how it ended and what it counted, in words. page: its own index where it still lies there."""

    night_id: str
    started: str
    state: str
    counted: str
    page: str = ""


@dataclass(frozen=True)
class LeftLying:
    """A refused file that still lies in quarantine: since which night, of which kind, and where beside its reason."""

    name: str
    kind: str
    night_id: str


@dataclass(frozen=True)
class KeptRelease:
    name: str
    is_current: bool


@dataclass(frozen=True)
class Morning:
    """plates: all that stand, latest reading last; list_page: of all of them, relative to the index. came, went: subjects scored for
    the first time, and no longer. release: what people read now, empty before the first."""

    site: str
    zone: str
    version: str
    release: str
    plates: tuple[StripPlate, ...] = ()
    list_page: str = LIST_PAGE
    moved: tuple[MovedScore, ...] = ()
    came: int = 0
    went: int = 0
    nights: tuple[EarlierNight, ...] = ()
    lying: tuple[LeftLying, ...] = ()
    releases: tuple[KeptRelease, ...] = ()


@dataclass(frozen=True)
class MonthLine:
    """Plates of a month, and how many of them have each verdict, in the order of STATES."""

    month: str
    plates: int
    counts: tuple[int, ...]


@dataclass(frozen=True)
class StripGrid:
    """columns: plates, latest last; lines: analyte and its verdict on each, empty where it was not measured."""

    columns: tuple[StripPlate, ...]
    lines: tuple[tuple[str, tuple[str, ...]], ...]


def strip(plates: Sequence[StripPlate]) -> StripGrid:
    """The last plates, as many as STRIP."""
    shown = tuple(plates[-STRIP:])
    names = sorted({name for plate in shown for name in plate.analytes})
    return StripGrid(shown, tuple((name, tuple(plate.analytes.get(name, "") for plate in shown)) for name in names))


def months(plates: Sequence[StripPlate]) -> list[MonthLine]:
    """The plates before those of the strip by month, latest first; those without a date last."""
    counted: dict[str, Counter[str]] = {}
    for plate in plates[: max(len(plates) - STRIP, 0)]:
        counted.setdefault(plate.month, Counter())[plate.state] += 1
    order = sorted(counted, key=lambda month: (month != UNDATED, month), reverse=True)
    return [MonthLine(month, counted[month].total(), tuple(counted[month][word] for word in STATES)) for month in order]


def plate_list(morning: Morning, basis: str = "") -> str:
    """The page of all plates by month, latest first; the index links to its months. basis: of the index beside it."""
    groups: dict[str, list[StripPlate]] = {}
    for plate in reversed(morning.plates):
        groups.setdefault(plate.month, []).append(plate)
    order = sorted(groups, key=lambda month: (month != UNDATED, month), reverse=True)
    context = {
        "title": f"All plates of {morning.site}",
        "basis": basis,
        "morning": morning,
        "groups": [(month, month_mark(month), groups[month]) for month in order],
    }
    return render("plates.html.j2", context)
