"""Whether a night can go on following plates where the one before left off, and with what.

It can where what was followed then stands unchanged (plates, the lots and times that decide to which series they belong, decisions
about them, wording, rules, program) and what is new comes after it: in each series, among the plates of an instrument, and among
those that have a number of it. Else all plates are followed from the first.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

import warehouse
from pbis.core.decision import digest
from pbis.core.frames.trend import SERIES
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
    """chain: what earlier nights left; history: frames.HISTORY of the plates that are new; before: what they are held against."""

    chain: tuple[FollowedLink, ...]
    history: pa.Table
    before: expectations.JudgedBefore


@dataclass(frozen=True)
class StandingPlates:
    """All plates that are followed tonight. plates: name -> all that decides about it; rests_on: what counts for all of them."""

    plates: Mapping[str, str]
    assay_of: Mapping[str, str]
    rests_on: str


def standing(night: Night) -> StandingPlates:
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
    return StandingPlates(plates, assay_of, rests_on)


def _named(*parts: str) -> str:
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def going_on(night: Night, now: StandingPlates) -> GoingOn | None:
    """None where the plates have to be followed from the first."""
    chain = links(night.site.path("state"))
    if not chain or chain[-1].basis != warehouse.trend_basis(night.con) or chain[-1].rests_on != now.rests_on:
        return None
    known = {name: told for link in chain for name, told in link.plates.items()}
    if any(now.plates.get(name) != told for name, told in known.items()):
        return None
    fresh = [name for name in now.plates if name not in known]
    assays = {now.assay_of[name] for name in fresh}
    if assays & {name.partition("/")[0] for name in known} or warehouse.is_bridged(night.con, assays):
        return None
    history = warehouse.history_of(night.con, assays)
    if _is_named(history, night):
        return None
    before = _before(night, chain, history)
    return None if before is None else GoingOn(tuple(chain), history, before)


def _is_named(history: pa.Table, night: Night) -> bool:
    """Whether a person named one of the plates for a guide set: those before it are then held against others."""
    named = {run for guide in night.settings.suite.guide_sets for run in guide.runs}
    return not named.isdisjoint(history.column("run_id").to_pylist())


def _before(night: Night, chain: Sequence[FollowedLink], history: pa.Table) -> expectations.JudgedBefore | None:
    """What the plates are held against; None where one of them comes before a plate that was followed already."""
    import expectations

    wanted = {tuple(row.values()) for row in _distinct(history, SERIES)}
    kept = pa.concat_tables([link.series for link in chain])
    state = states_of(kept, sorted(wanted))
    heads = pa.concat_tables([link.head for link in chain])
    again = rows_of(heads, warehouse.same_numbers(night.con, history))
    if not (_are_later(history, state) and _are_later_on_line(history, heads) and _are_later_than(history, again)):
        return None
    return expectations.JudgedBefore(state, pa.concat_tables([heads, again]))


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
