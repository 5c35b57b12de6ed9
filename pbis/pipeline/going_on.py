"""Whether a night can go on following plates where the one before left off, and with what.

It can where what was followed then stands unchanged (plates, the lots and times that decide to which series they belong, decisions
about them, wording, rules, program) and what is new comes after it: in each series, among the plates of an instrument, and among
those that have a number of it. Where a plate of some night is another now, as one about which somebody decided, that night's plates and
those of the nights after it count as new. Where nothing stands, all plates are followed from the first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

import warehouse
from pbis.core.decision import digest
from pbis.core.frames.trend import SERIES
from pbis.core.measures import group as by
from pbis.core.trends.kept_series import states_of
from pbis.core.trends.lots import rows_of
from pbis.core.trends.series import Moment, SeriesState
from pbis.pipeline.context import Night
from pbis.pipeline.decisions import decisions_about
from pbis.pipeline.followed_links import FollowedLink, links
from pbis.version import __version__

if TYPE_CHECKING:
    import expectations


@dataclass(frozen=True)
class GoingOn:
    """chain: what earlier nights left and stands; history: frames.HISTORY of the plates that are new; before: what they are held against;
    said: what was found of the plates of the chain."""

    chain: tuple[FollowedLink, ...]
    history: pa.Table
    before: expectations.PlatesBefore
    said: warehouse.SaidTrend


@dataclass(frozen=True)
class PlatesStanding:
    """All plates that are followed tonight. plates: name -> all that decides about it; rests_on: what counts for all of them."""

    plates: Mapping[str, str]
    assay_of: Mapping[str, str]
    rests_on: str


def standing(night: Night) -> PlatesStanding:
    """As the warehouse and the decisions have them."""
    said = dict(warehouse.wordings(night.con))
    decided = {
        run.run_id: digest(about)
        for run in (warehouse.current_runs(night.con) if night.decisions else ())
        if (about := decisions_about(night, run.run_id, run.content))
    }
    plates, assay_of = {}, {}
    for one in warehouse.followed_plates(night.con):
        name = f"{one.assay_id}/{one.plate_number}"
        plates[name] = _named(one.told, said.get(one.assay_id, ""), decided.get(one.run_id, ""))
        assay_of[name] = one.assay_id
    rests_on = _named(night.settings.suite.trend_hash, __version__)
    return PlatesStanding(plates, assay_of, rests_on)


def _named(*parts: str) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def going_on(night: Night, now: PlatesStanding) -> GoingOn | None:
    """None where the plates have to be followed from the first."""
    basis = warehouse.trend_basis(night.con)
    chain = links(night.site.path("state"), basis)
    if not chain or chain[-1].basis != basis or chain[-1].rests_on != now.rests_on:
        return None
    stands = next((at for at, link in enumerate(chain) if not link.plates.items() <= now.plates.items()), len(chain))
    chain, gone = chain[:stands], chain[stands:]
    known = {name for link in chain for name in link.plates}
    assays = {now.assay_of[name] for name in now.plates if name not in known}
    if not chain or assays & _assays(known) or warehouse.is_bridged(night.con, assays):
        return None
    history = warehouse.history_of(night.con, assays)
    if _is_named(history, night):
        return None
    before, said = _before(night, chain, history), _said(night, chain, gone, history)
    return None if before is None or said is None else GoingOn(tuple(chain), history, before, said)


def _assays(plates: Iterable[str]) -> set[str]:
    return {name.partition("/")[0] for name in plates}


def _said(
    night: Night, chain: Sequence[FollowedLink], gone: Sequence[FollowedLink], history: pa.Table
) -> warehouse.SaidTrend | None:
    """What was found of the plates of the chain, without what was found of those that are gone. None where a series of the chain had
    plates that are gone and has no new one: what would stand of it is kept nowhere."""
    said = warehouse.said_trend(night.con)
    if not gone:
        return said
    touched = pa.concat_tables([link.series.select(SERIES) for link in gone])
    ended = touched.filter(pa.array(by.match(touched, history, SERIES) < 0))
    if ended.num_rows and (by.match(ended, pa.concat_tables([link.series for link in chain]), SERIES) >= 0).any():
        return None
    assays = pa.array(sorted(_assays(name for link in chain for name in link.plates)), pa.string())
    return warehouse.SaidTrend(
        point_count=sum(link.count for link in chain),
        finding=_among(said.finding, assays),
        baseline=said.baseline.filter(pa.array(by.match(said.baseline, touched, SERIES) < 0)),
        judged=_judged(night, chain),
        judgement=_among(said.judgement, assays),
    )


def _among(table: pa.Table, assays: pa.Array) -> pa.Table:
    return table.filter(pc.is_in(table.column("assay_id"), assays))


def _judged(night: Night, chain: Sequence[FollowedLink]) -> pa.Table:
    import expectations

    suite = night.settings.suite
    return reduce(
        lambda so_far, link: expectations.judged_together(so_far, link.judged, suite), chain[1:], chain[0].judged
    )


def _is_named(history: pa.Table, night: Night) -> bool:
    """Whether a person named one of the plates for a guide set: those before it are then held against others."""
    named = {run for guide in night.settings.suite.guide_sets for run in guide.runs}
    return not named.isdisjoint(history.column("run_id").to_pylist())


def _before(night: Night, chain: Sequence[FollowedLink], history: pa.Table) -> expectations.PlatesBefore | None:
    """What the plates are held against; None where one of them comes before a plate that was followed already."""
    import expectations

    wanted = {tuple(row.values()) for row in _distinct(history, SERIES)}
    kept = pa.concat_tables([link.series for link in chain])
    state = states_of(kept, sorted(wanted))
    heads = pa.concat_tables([link.head for link in chain])
    again = rows_of(heads, warehouse.same_numbers(night.con, history))
    if not (_are_later(history, state) and _are_later_on_line(history, heads) and _are_later_than(history, again)):
        return None
    return expectations.PlatesBefore(state, pa.concat_tables([heads, again]))


def _are_later(history: pa.Table, state: Mapping[tuple[str, ...], SeriesState]) -> bool:
    """Whether each plate comes after the last one of its series."""
    rows = _distinct(history, (*SERIES, "started_at", "run_id", "plate_number"))
    for row in (each for each in rows if each["started_at"] is not None):
        last = getattr(state.get(tuple(row[name] for name in SERIES)), "last", None)
        if last is not None and _moment(row) <= last:
            return False
    return True


def _are_later_on_line(history: pa.Table, heads: pa.Table) -> bool:
    """Whether each plate comes after the last one of its kit on its instrument."""
    columns = ("instrument", "kit", "started_at", "run_id", "plate_number")
    last: dict[tuple[str, str], Moment] = {}
    for row in (each for each in _distinct(heads, columns) if each["started_at"] is not None):
        line = (row["instrument"], row["kit"])
        last[line] = max(last.get(line, _moment(row)), _moment(row))
    new = [each for each in _distinct(history, columns) if each["started_at"] is not None]
    return all(_moment(row) > last[line] for row in new if (line := (row["instrument"], row["kit"])) in last)


def _are_later_than(history: pa.Table, again: pa.Table) -> bool:
    """Whether all plates that have a number of the new ones are earlier than all of these; one without a time is not."""
    if not again.num_rows:
        return True
    first: datetime | None = pc.min(history.column("started_at")).as_py()
    last: datetime | None = pc.max(again.column("started_at")).as_py()
    return again.column("started_at").null_count == 0 and (first is None or (last is not None and last < first))


def _moment(row: Mapping[str, Any]) -> Moment:
    return row["started_at"], row["run_id"], row["plate_number"]


def _distinct(table: pa.Table, names: Sequence[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = table.select(list(names)).group_by(list(names)).aggregate([]).to_pylist()
    return [{name: row[name] for name in names} for row in rows]
