"""What the score is computed from: the join rules of the views, as one declared frame.

The views build on each other, so asking for the last one computes the first ones many times. Here each is computed once, in
the order of their numbers, into a temporary table of the same name, from the very text of the view; views that hold more
than the score reads are cut down to what it does, and a long one that one other alone asks stays a view, a temporary one. What a
night tells of replaced results is computed in the same way.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pyarrow as pa

from pbis.core.frames import CONTROL_PAIR, SCORE_INPUT
from warehouse.among import is_named_among
from warehouse.append import Connection
from warehouse.by_visit import FILLED, FOUND_LATER, KEPT, VisitBasis, visit_basis
from warehouse.connect import use_internal
from warehouse.load_night import ScoreSettings, set_settings
from warehouse.shapes import view_files

_OF_THE_SCORE = "where analyte in (select analyte from analyte_for_score)"
_DOUBTING = "where rule = 'plausibility'"
# View -> what the score reads of it; every other view up to pbis_input is computed whole.
CUT_DOWN = {
    "trend_reading_state": _OF_THE_SCORE,
    "result_all": f"{_OF_THE_SCORE} and well_role = 'unknown'",
    "lab_version": "semi join lab_part on lab_part.analyte = lab_version.analyte",
    "qc_history": _OF_THE_SCORE,
    "finding_standing": _DOUBTING,
    "qc_flag": _DOUBTING,
}
# Of the readings, the columns that replicate_result reads: the others, as many again, were copied for nobody.
_READ = {
    "result_all": "run_id, assay_id, plate, plate_number, well, well_role, specimen_id, analyte, dilution_factor, qc_state, reportable, reasons, status,"
    " value_op, value_num, value_bound, unit, ci_low, ci_high, ci_shared"
}
# Joined to them by the same key: DuckDB hands the condition on the analyte to the side that has it first, and not to these.
_JOINED = {"result_all": "from store.reading_state"}
# Views with rows for every plate of the archive.
_LONG = ("finding_standing", "trend_reading_state", "result_all", "followed_plate", "qc_history")
_ASKED = re.compile(r"\b(?:from|join)\s+(\w+)\b(?!\.)")
LAST = "pbis_input"
VISIT = "visit"
MARKED = ("subject_population", "implausible_value")
CONTROLS = "control_pair"
ORDERS = {"subject_population": "subject_id", CONTROLS: "assay_id, plate_number, measure"}
_VIEW = re.compile(r"^create or replace view (\w+) as\n(.*?);(?: +--.*)?$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class ScoreBasis:
    """input: frames.SCORE_INPUT, sorted by its key. population, implausible: the views subject_population and implausible_value,
    from which marks are made. controls: frames.CONTROL_PAIR, from which follows by what plates of a lot differ. visits: the same of
    draws that the score does not take; None where there are none."""

    input: pa.Table
    population: pa.Table
    implausible: pa.Table
    controls: pa.Table
    visits: VisitBasis | None = None


def score_input(con: Connection, settings: ScoreSettings | None = None) -> pa.Table:
    """frames.SCORE_INPUT: six measures for each treated subject, sorted by subject and measure.

    Settings, where given, are stored first, since the views read them.
    """
    with _computed(con, settings, LAST) as session:
        return _inputs(_table(session, LAST))


def score_basis(con: Connection, settings: ScoreSettings | None = None) -> ScoreBasis:
    """The same with what marks are made from, with the controls, and with the draws that the score does not take."""
    with _computed(con, settings, VISIT, LAST, *MARKED, CONTROLS) as session:
        taken, controls = _inputs(_table(session, LAST)), _table(session, CONTROLS)
        controls = CONTROL_PAIR.check(controls.select(CONTROL_PAIR.names).cast(CONTROL_PAIR.schema))
        population, implausible = (_table(session, name) for name in MARKED)
        visits = visit_basis(session, _again(), MARKED)
        return ScoreBasis(taken, population, implausible, controls, visits)


def _inputs(table: pa.Table) -> pa.Table:
    joined = {name: table.column(name) for name in SCORE_INPUT.names if name not in FOUND_LATER}
    return SCORE_INPUT.table(joined, absent=FOUND_LATER)


@contextmanager
def _computed(con: Connection, settings: ScoreSettings | None, *wanted: str) -> Iterator[Connection]:
    """A session that has each wanted view, and those that it is built from, as temporary tables, which end with it."""
    if settings is not None:
        set_settings(con, settings)
    with computed(con, *wanted) as session:
        yield session


def _table(session: Connection, name: str) -> pa.Table:
    """A computed view in the order of its key."""
    return session.execute(f"from {name} order by {ORDERS.get(name, 'subject_id, measure')}").to_arrow_table()


def _again() -> list[tuple[str, str]]:
    """What is computed anew where its inputs are filled by visit."""
    return list(built_on(FILLED, steps(LAST, *MARKED), KEPT))


@contextmanager
def computed(con: Connection, *lasts: str, only: Collection[str] = ()) -> Iterator[Connection]:
    """A session in which these views are tables, and all that they build on, each computed once; the tables end with it. only: those of
    them that become tables, where the others hold much of which little is asked. A long one that is asked once stays a view.

    A chain of ten views costs 0.1 s in this way, and 0.6 s where the last is asked and DuckDB binds the first ones again and again.
    """
    with con.cursor() as session:
        use_internal(session)
        made = [(name, body) for name, body in steps(*lasts) if not only or name in only]
        named = _named(session) if any(_OF_THE_SCORE in body for _, body in made) else ""
        streamed = _streamed(made, lasts)
        for name, body in made:
            form = "view" if name in streamed else "table"
            session.execute(f"create temp {form} {name} as {body.replace(_OF_THE_SCORE, named)}")
        yield session


def _streamed(made: Sequence[tuple[str, str]], lasts: Collection[str]) -> set[str]:
    """Those of the long ones that are asked once, by one other: the rows go through that one, and are held nowhere."""
    asked = Counter(name for own, body in made for name in _ASKED.findall(body) if name != own)
    return {name for name in _LONG if asked[name] == 1 and name not in lasts}


def _named(session: Connection) -> str:
    """The same by the names of the analytes: DuckDB looks for these while it reads, and for the rows of a table behind its joins."""
    rows = session.execute("select distinct analyte from analyte_for_score where analyte is not null")
    return f"where {is_named_among('analyte', [name for (name,) in rows.fetchall()])}"


def steps(*lasts: str) -> Iterator[tuple[str, str]]:
    """Name and query of each view that the named ones (pbis_input where none is named) are built from, and of them, in the order
    of dependence; of those that hold more than the score reads, what it does."""
    for name, body in whole_views(*lasts):
        if name in _JOINED:
            body = body.replace(f"({_JOINED[name]})", f"({_JOINED[name]} {_OF_THE_SCORE})")
        if name in CUT_DOWN:
            body = f"with whole as ({body}) select {_READ.get(name, '*')} from whole as {name} {CUT_DOWN[name]}"
        yield name, body


def built_on(
    ground: Collection[str], made: Iterable[tuple[str, str]], kept: Collection[str] = ()
) -> Iterator[tuple[str, str]]:
    """Those of the views, in the order of dependence, that rest on one of the ground; not on it by those that are kept as they are alone."""
    changed = {*ground}
    for name, body in made:
        if name not in ground and name not in kept and _read(body) & changed:
            changed.add(name)
            yield name, body


def whole_views(*lasts: str) -> Iterator[tuple[str, str]]:
    """The same with each view as it is written."""
    texts = [_VIEW.search(path.read_text("utf-8")) for path in view_files()]
    bodies = {found[1]: found[2] for found in texts if found}
    wanted = set(lasts or (LAST,))
    names = list(bodies)
    for place in reversed(range(len(names))):  # a view reads only views that come before it
        if names[place] in wanted:
            wanted |= _read(bodies[names[place]]) & set(names[:place])
    for name in [name for name in names if name in wanted]:
        yield name, bodies[name]


def _read(body: str) -> set[str]:
    """Names after `from` or `join`: views and the query's own parts; tables of the store are not among them."""
    return set(_ASKED.findall(body))
