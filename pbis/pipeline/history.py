"""Plates against the plates before them: after the load, over everything that stands, once for each state of it.

What a trend says depends on other plates, so it is kept by night and never changes what is stored of a plate. What it does to the
verdicts of a plate is stored beside them, and the views say which of the two stands (reading_standing and its sisters).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

import warehouse
from pbis.core.decision import Decision, digest
from pbis.core.frames import (
    BRIDGE,
    TREND_ANALYTE_VERDICT,
    TREND_JUDGEMENT,
    TREND_PLATE_VERDICT,
    TREND_READING_STATE,
)
from pbis.core.frames.model import FrameSpec
from pbis.core.frames.trend import SERIES
from pbis.core.measures import group as by
from pbis.core.trends.kept_series import table_of
from pbis.core.trends.lots import heads
from pbis.core.trends.state import TrendState, in_order, only_controls, shown
from pbis.core.trends.trend import follow
from pbis.core.verdicts.decided import kept
from pbis.core.verdicts.with_trends import OwnFrames, judge_with_trends, judgement_id, speaking
from pbis.pipeline.context import Night
from pbis.pipeline.decisions import decisions_about
from pbis.pipeline.followed_links import FollowedLink, add_link, links, points_of, recent_points
from pbis.pipeline.going_on import GoingOn, PlatesStanding, going_on, standing
from pbis.pipeline.guides import with_guides
from pbis.pipeline.holding import standing_holds
from pbis.pipeline.stages import Followed, Loaded, Told
from pbis.version import __version__


def follow_plates(night: Night, before: Loaded) -> Followed:
    """Hold all standing plates against their history, unless that was done for exactly these plates, rules and decisions; then say
    which alarms stand."""
    night, notes = with_guides(night)
    basis = _basis(night)
    followed = _follow(night, basis) if warehouse.trend_basis(night.con) != basis else None
    return Followed(
        told=before.told + Told(notes=notes),
        inbox=before.inbox,
        imports=before.imports,
        due=before.due,
        plates=before.plates,
        alarms=tuple(warehouse.trend_alarms(night.con, night.night_id)),
        followed=followed,
    )


def follow_again(night: Night) -> TrendState:
    """All series as they stand, for pages of a night that changed nothing about them: those that a killed night still owes."""
    night, _ = with_guides(night)
    basis = warehouse.trend_basis(night.con)
    chain = links(night.site.path("state"), basis)
    kept = points_of(chain) if chain and chain[-1].basis == basis else None
    return TrendState(_from_the_first(night)) if kept is None else TrendState(in_order(kept))


def _from_the_first(night: Night) -> pa.Table:
    """TREND of all series, nothing of it taken from earlier nights."""
    import expectations

    suite = night.settings.suite
    return follow(warehouse.qc_history(night.con), expectations.trend_settings(suite), suite.guide_sets).point


def _follow(night: Night, basis: str) -> TrendState:
    now = standing(night)
    further = going_on(night, now)
    made = None if further is None else _follow_further(night, basis, now, further)
    return made or _follow_all(night, basis, now)


def _follow_all(night: Night, basis: str, now: PlatesStanding) -> TrendState:
    """All plates, from the first of each series."""
    import expectations

    suite = night.settings.suite
    history, bridge = warehouse.qc_history(night.con), warehouse.bridge_results(night.con)
    found = expectations.judge_trend(history, bridge, suite)
    finding = kept(found.finding, _decisions(night))
    load = warehouse.TrendLoad(
        basis, suite.trend_hash, history.num_rows, finding, found.baseline, found.judged, **_judge_anew(night, finding)
    )
    link = FollowedLink(
        basis, None, now.rests_on, now.plates, table_of(found.state), heads(history), found.judged, history.num_rows
    )
    _leave(night, link, found.point)
    warehouse.load_trend(night.con, night.night_id, load)
    return TrendState(found.point)


def _follow_further(night: Night, basis: str, now: PlatesStanding, further: GoingOn) -> TrendState | None:
    """The plates that are new, held against what earlier nights left; what these said of the others stands. None where a check could
    not run, which is said of all plates."""
    import expectations

    suite, said = night.settings.suite, further.said
    found = expectations.judge_trend(further.history, BRIDGE.empty(), suite, further.before)
    if not found.is_whole or "error" in pc.unique(said.finding.column("severity")).to_pylist():
        return None
    finding = kept(found.finding, _decisions(night))
    own = _judge_anew(night, finding)
    load = warehouse.TrendLoad(
        basis,
        suite.trend_hash,
        said.point_count + further.history.num_rows,
        pa.concat_tables([said.finding, finding]),
        pa.concat_tables([_others(said.baseline, found.baseline), found.baseline]),
        expectations.judged_together(said.judged, found.judged, suite),
        **own | {"judgement": pa.concat_tables([said.judgement, own["judgement"]])},
    )
    known = {name for link in further.chain for name in link.plates}
    plates = {name: told for name, told in now.plates.items() if name not in known}
    link = FollowedLink(
        basis,
        further.chain[-1].basis,
        now.rests_on,
        plates,
        table_of(found.state),
        heads(further.history),
        found.judged,
        further.history.num_rows,
    )
    _leave(night, link, found.point)
    warehouse.load_trend(night.con, night.night_id, load)
    return _shown_of(night, further.chain, shown(found.point))


def _shown_of(night: Night, chain: Sequence[FollowedLink], new: pa.Table) -> TrendState:
    """What pages show of the new plates; of the others, and of all controls, where one asks. Damaged files are followed anew."""
    from pbis.report.trend import SHOWN

    def whole() -> pa.Table:
        kept = points_of(chain)
        return _from_the_first(night) if kept is None else in_order(pa.concat_tables([kept, new]))

    def controls() -> pa.Table:
        kept = points_of(chain, controls=True)
        return only_controls(_from_the_first(night) if kept is None else in_order(pa.concat_tables([kept, new])))

    recent = recent_points(chain, new, SHOWN)
    if recent is None:
        return TrendState(_from_the_first(night))
    plates = zip(new.column("assay_id").to_pylist(), new.column("plate_number").to_pylist(), strict=True)
    return TrendState(in_order(pa.concat_tables([recent, new])), frozenset(plates), whole, controls)


def _others(before: pa.Table, now: pa.Table) -> pa.Table:
    """Baselines of the series that have no plate tonight."""
    return before.filter(pa.array(by.match(before, now, SERIES) < 0))


def _leave(night: Night, link: FollowedLink, point: pa.Table) -> None:
    """What the next night goes on from, before the store says that the plates are followed: a night that is killed between the two
    leaves a link too many, which nobody reads, and no link too few. A dry run leaves nothing."""
    if not night.options.is_dry_run:
        add_link(night.site.path("state"), link, shown(point))


def _decisions(night: Night) -> dict[str, Sequence[Decision]]:
    """Standing decisions by run, for all plates that stand."""
    return {run.run_id: decisions_about(night, run.run_id, run.content) for run in warehouse.current_runs(night.con)}


def _judge_anew(night: Night, finding: pa.Table) -> dict[str, pa.Table]:
    """Which judgement stands for which assay, and the verdicts of those judgements that no earlier night has stored."""
    known, told = warehouse.judgements(night.con), speaking(finding)
    said = dict(warehouse.wordings(night.con))
    judgement, anew = [], {}
    for assay_id in sorted(set(told.column("assay_id").to_pylist())):
        mine = told.filter(pc.equal(told.column("assay_id"), assay_id))
        name = judgement_id(assay_id, mine, __version__, said.get(assay_id, ""))
        judgement.append((assay_id, mine.column("run_id")[0].as_py(), name))
        if name not in known:
            anew[assay_id] = (name, mine)
    columns = list(zip(*judgement, strict=True)) or [(), (), ()]
    standing = TREND_JUDGEMENT.table(dict(zip(TREND_JUDGEMENT.names, map(list, columns), strict=True)))
    return {"judgement": standing} | _verdicts(night, anew)


def _verdicts(night: Night, anew: Mapping[str, tuple[str, pa.Table]]) -> dict[str, pa.Table]:
    """Verdicts of assays (assay_id -> name of the judgement, trend findings), a shard of plates in memory at a time."""
    made, size = {name: [spec.empty()] for name, spec in _JUDGED.items()}, night.site.file.runner.shard_size
    asked = list(anew)
    for start in range(0, len(asked), size):
        names = asked[start : start + size]
        trends = pa.concat_tables([anew[assay_id][1] for assay_id in names])
        verdicts = judge_with_trends(_own(night, names), trends)  # at once: judging one plate costs as much as ten
        tables = (verdicts.analyte, verdicts.plate, verdicts.reading_state)
        for (key, spec), table in zip(_JUDGED.items(), tables, strict=True):
            judgement = pa.array([anew[assay_id][0] for assay_id in table.column("assay_id").to_pylist()], pa.string())
            made[key].append(table.append_column("judgement_id", judgement).select(spec.names).cast(spec.schema))
    return {key: pa.concat_tables(tables) for key, tables in made.items()}


_JUDGED: dict[str, FrameSpec] = {
    "analyte_verdict": TREND_ANALYTE_VERDICT,
    "plate_verdict": TREND_PLATE_VERDICT,
    "reading_state": TREND_READING_STATE,
}


def _own(night: Night, assay_ids: list[str]) -> OwnFrames:
    names = ("result", "curve", "finding", "judged", "reading_state")
    return OwnFrames(**warehouse.frames_of(night.con, "assay_id", assay_ids, names))


def _basis(night: Night) -> str:
    decided = digest([one for own in night.decisions.values() for one in own])
    parts = (
        warehouse.standing_assays(night.con),
        night.settings.suite.trend_hash,
        __version__,
        decided,
        *standing_holds(night),
        *warehouse.wordings(night.con),
    )
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
