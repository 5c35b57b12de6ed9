"""What a guide set would change before it is chosen: the limits that the next plate meets, and the verdicts of plates that stand."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

import warehouse
from pbis.config import Site, load_site
from pbis.core.decision import Decision
from pbis.core.words import plural
from pbis.pipeline.effect import Effect
from pbis.pipeline.lock import Turn
from pbis.pipeline.previewing import supposed
from pbis.pipeline.publishing import declared
from pbis.pipeline.supposing import SHORT

NUMBERS = ("mean", "sd", "limit_low", "limit_high")
Limits = Mapping[str, Any]  # kind, plate_count, and NUMBERS in the value's unit, null where there are too few plates


@dataclass(frozen=True)
class LimitsMoved:
    """A series (analyte, instrument, method) with the limits that its next plate meets, before and after."""

    analyte: str
    instrument: str
    method: str
    before: Limits
    after: Limits

    @property
    def is_other(self) -> bool:
        """Some number is another."""
        return any(self.before.get(name) != self.after.get(name) for name in NUMBERS)


@dataclass(frozen=True)
class GuideEffect:
    """limits: of all series that the choice is about; effect: verdicts, results and scores."""

    limits: tuple[LimitsMoved, ...]
    effect: Effect


def preview_guide(
    root: Path, event: Decision, clock: Callable[[], datetime], *, turn: Turn = SHORT, of: Decision | None = None
) -> GuideEffect:
    """event: of choosing_guide.choose_guide or withdraw_guide with is_dry_run; of: the choice that the latter takes back. Raises what previewing.preview_of raises."""
    site = load_site(root)
    with supposed(site, [event], clock, turn=turn) as (before, after, notes):
        effect = Effect(**warehouse.effects(before, after), notes=notes)
        was, now = (_baselines(site, path, of or event) for path in (before, after))
        return GuideEffect(tuple(_moved(was, now)), effect)


def limits_words(limits: Sequence[LimitsMoved]) -> list[str]:
    """A line a series."""
    lines = []
    for one in limits:
        where = f"{one.analyte} on {one.instrument}"
        if not one.is_other:
            lines.append(f"limits of {where}: stay {said(one.before)}")
        else:
            lines.append(f"limits of {where}: {said(one.before)} -> {said(one.after)}")
    return lines


def said(limits: Limits) -> str:
    """Mean, SD and limits in words."""
    if limits.get("mean") is None:
        return "none, too few plates"
    mean, sd, low, high = (f"{limits[name]:.4g}" if limits.get(name) is not None else "none" for name in NUMBERS)
    count = limits.get("plate_count")
    of = "" if count is None else f" of {plural(round(count), 'plate')}"
    return f"mean {mean}, SD {sd}, {low} to {high}{of}"


def _baselines(site: Site, path: Path, event: Decision) -> dict[tuple[str, str, str], Limits]:
    """Rows of TREND_BASELINE of the charts that the event is about, lots and instruments called as a release calls them."""
    facts, analyte = event.facts, event.target.analyte
    with closing(warehouse.connect(path, read_only=True)) as con:
        table = warehouse.said_trend(con).baseline
        words = warehouse.closed_words_of(con, declared(site))
    rows = table.filter(pc.equal(table.column("metric"), facts["control"])).to_pylist()
    mine = [row for row in rows if analyte in (None, row["analyte"]) and words.sentence(row["lot"]) == facts["lot"]]
    return {(row["analyte"], words.cell("serial", row["instrument"]), row["method"]): row for row in mine}


def _moved(
    before: Mapping[tuple[str, str, str], Limits], after: Mapping[tuple[str, str, str], Limits]
) -> list[LimitsMoved]:
    return [LimitsMoved(*key, before.get(key, {}), after.get(key, {})) for key in sorted(before.keys() | after.keys())]
