"""What must not change an outcome: the order of rows, files and messages; rows that have nothing to do with a subject."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pbis.core.scoring.score import score
from pbis.scores import load_sets
from warehouse import connect, score_input
from warehouse.scoring import CONTROLS, CUT_DOWN, FOUND_LATER, LAST, MARKED, computed, steps
from warehouse.shapes import internal_texts

SITE = "pbis-2025-il2-pgml"
SETS = tuple(load_sets().values())
START = "subject | started\nP1 | 2026-03-10 09:00\nP2 | 2026-03-11"
SPECIMENS = [
    "S1 | P1 | 2026-03-08 08:00",
    "S2 | P1 | 2026-03-04 08:00",
    "S3 | P2 | 2026-03-11 07:00",
    "S4 | P2 | 2026-03-11",
]
LABS = [
    "P1 | neutrophils | A1 | 2026-03-08 07:00 | 7    | final     | 2026-03-08 10:00",
    "P1 | lymphocytes | A1 | 2026-03-08 07:00 | 2    | final     | 2026-03-08 10:00",
    "P1 | lymphocytes | A1 | 2026-03-08 07:00 | 2.5  | corrected | 2026-03-08 12:00",
    "P1 | neutrophils | A2 | 2026-03-05 07:00 | 3    | final     | 2026-03-05 10:00",
    "P1 | lymphocytes | A2 | 2026-03-05 07:00 | 3    | final     | 2026-03-05 10:00",
    "P1 | crp         | A3 | 2026-03-07 07:00 | 0.2  | final     | 2026-03-07 10:00",
    "P1 | crp         | A3 | 2026-03-07 07:00 | 0.2  | cancelled | 2026-03-07 11:00",
    "P1 | crp         | A4 | 2026-03-09 07:00 | <0.3 | final     | 2026-03-09 10:00",
    "P2 | neutrophils | A5 | 2026-03-10 07:00 | 5    | final     | 2026-03-10 10:00",
    "P2 | lymphocytes | A6 | 2026-03-09 07:00 | 1    | final     | 2026-03-09 10:00",
    "P2 | crp         | A7 | 2026-03-10 07:00 | 1    | final     | 2026-03-10 10:00",
    "P2 | crp         | A7 | 2026-03-10 07:00 | 1    | final     | 2026-03-10 10:00",
    "P2 | crp         | A8 | 2026-02-01 07:00 | 9    | preliminary | 2026-02-01 10:00",
]
WELLS = [
    "S1 | IL-2 | 7.5 | 1",
    "S1 | IL-2 | 6.5 | 1",
    "S1 | IL-2 | <6.4 | 2",
    "S1 | IL-12p70 | 12 | 1",
    "S3 | IL-2 | <3.2 | 1",
]
REPEAT = ["S1 | IL-2 | 7.0 | 1", "S3 | IL-2 | 3.5 | 1", "S4 | IL-12p70 | >900 | 1"]
IRRELEVANT = {
    "specimens": "specimen | subject | drawn\nZ1 | P9 | 2026-03-08 08:00",
    "labs": "subject | analyte | specimen | drawn | value\nP9 | crp | Z1 | 2026-03-08 08:00 | 5\nP1 | albumin | A1 | 2026-03-08 07:00 | 40",
    "plate": "specimen | analyte | value\nZ1 | IL-2 | 50\nZ2 | IL-12p70 | 1\nS1 | IL-6 | 3",
    "treatments": "subject | started\nP9 | 2026-03-10",
    "far labs": "subject | analyte | specimen | drawn | value\nP1 | crp | Z3 | 2025-01-01 08:00 | 5\nP1 | neutrophils | Z4 | 2026-06-01 | 9",
}
IN_PLACE = settings(max_examples=6, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


def outcome(lab: Any, subjects: tuple[str, ...] = ("P1", "P2")) -> list[tuple[object, ...]]:
    """Value or reason of every measure, and the scores; without the keys of rows, which the order names."""
    table = score_input(lab.con)
    inputs = [
        tuple(
            row[name]
            for name in ("subject_id", "measure", "value_op", "value_text", "reason", "specimen_id", "collected_at")
        )
        for row in table.to_pylist()
        if row["subject_id"] in subjects
    ]
    scores = score(table, SETS, SITE).score.to_pylist()
    return [*inputs, *(tuple(row.values()) for row in scores if row["subject_id"] in subjects)]


def load(lab: Any, order: Any = None, split: int = 0) -> None:
    """The cohort, each table in an order of its own; split: the labs come in two files."""
    shuffled = {"labs": LABS, "specimens": SPECIMENS, "wells": WELLS, "repeat": REPEAT, "files": [0, 1, 2, 3, 4]}
    if order is not None:
        shuffled = {name: order.draw(st.permutations(rows)) for name, rows in shuffled.items()}
    head = "subject | analyte | specimen | drawn | value | status | issued\n"
    labs = [part for part in (shuffled["labs"][:split], shuffled["labs"][split:]) if part]
    work = [
        lambda: lab.treatments(START),
        lambda: lab.specimens("specimen | subject | drawn\n" + "\n".join(shuffled["specimens"])),
        lambda: [lab.labs(head + "\n".join(part)) for part in labs],
        lambda: lab.plate("specimen | analyte | value | dilution\n" + "\n".join(shuffled["wells"]), batch="first"),
        lambda: lab.plate("specimen | analyte | value | dilution\n" + "\n".join(shuffled["repeat"]), batch="second"),
    ]
    for number in shuffled["files"]:
        work[number]()


@pytest.fixture
def fresh(empty_warehouse: Path, tmp_path: Path, lab: Any) -> Any:
    """fresh(n) -> a laboratory with an empty warehouse of its own."""

    def make(name: object) -> Any:
        path = Path(shutil.copy(empty_warehouse, tmp_path / f"{name}.duckdb"))
        con = connect(path)
        con.execute("set threads = 1")
        return type(lab)(con)

    return make


def test_the_order_of_rows_and_files_does_not_change_the_outcome(fresh: Any) -> None:
    first = fresh("first")
    load(first)
    expected = outcome(first)
    assert {row[4] for row in expected if len(row) == 7} >= {None, "not_received"}
    counter = iter(range(1000))

    @IN_PLACE
    @given(st.data(), st.integers(0, len(LABS)))
    def check(order: Any, split: int) -> None:
        other = fresh(next(counter))
        load(other, order, split)
        assert outcome(other) == expected
        other.con.close()

    check()


def test_rows_that_have_nothing_to_do_with_a_subject_change_nothing_of_it(lab: Any) -> None:
    load(lab)
    expected = outcome(lab)
    for kind, text in IRRELEVANT.items():
        getattr(lab, kind.split()[-1])(text)
        assert outcome(lab) == expected, kind
    assert {subject for subject, _ in lab.inputs()} == {"P1", "P2", "P9"}


def test_the_same_message_again_changes_nothing(lab: Any) -> None:
    load(lab)
    expected = outcome(lab)
    lab.labs("subject | analyte | specimen | drawn | value | status | issued\n" + "\n".join(LABS))
    assert outcome(lab) == expected


def test_the_steps_give_what_the_views_say(lab: Any) -> None:
    """score_input computes each view once; the views, asked directly, must agree."""
    load(lab)
    stepwise = score_input(lab.con)
    assert all(stepwise.column(name).null_count == stepwise.num_rows for name in FOUND_LATER)
    joined = stepwise.drop_columns(FOUND_LATER)
    columns = ", ".join(joined.column_names)
    direct = lab.con.execute(f"select {columns} from {LAST} order by subject_id, measure").to_arrow_table()
    assert direct.cast(joined.schema).equals(joined)
    names = [name for name, _ in steps(LAST, CONTROLS, *MARKED)]
    assert set(CUT_DOWN) < set(names)
    assert "(from store.reading_state where analyte in " in dict(steps())["result_all"]  # as it stands in the view
    assert [name for name, _ in steps()][-1] == LAST
    with computed(lab.con, LAST) as session:
        taken = {name for name, *_ in session.execute("describe result_all").fetchall()}
    assert taken <= set(
        re.findall(r"\w+", internal_texts()["replicate_result"])
    )  # of the readings what their one reader reads
    assert lab.con.execute("select count(*) from duckdb_tables() where temporary").fetchone() == (0,)


def test_every_subject_of_any_file_has_all_six_measures(lab: Any) -> None:
    load(lab)
    lab.specimens("specimen | subject | drawn\nS9 | P7 | 2026-03-08 08:00")
    lab.treatments("subject | started\nP8 | ")
    rows = score_input(lab.con).to_pylist()
    assert {row["subject_id"] for row in rows} == {"P1", "P2", "P7", "P8"}
    assert len(rows) == 4 * 6
    assert {row["reason"] for row in rows if row["subject_id"] in ("P7", "P8")} == {"not_received"}


def test_limits_are_those_of_the_wells_that_hold_the_draw(lab: Any) -> None:
    load(lab)
    frames = score(score_input(lab.con), SETS, SITE)
    from warehouse import begin_night, load_scores

    begin_night(lab.con, "n", datetime(2026, 3, 12))
    load_scores(lab.con, "n", frames.score, frames.component, score_input(lab.con))
    found = lab.con.execute(
        "select plate, dilution_factor, lloq, kit_lots from score_limit where subject_id = 'P1' and measure = 'il2' order by all"
    ).fetchall()
    assert found == [(*plate, "K0001") for plate in (("first", 1.0, 3.2), ("first", 2.0, 6.4), ("second", 1.0, 3.2))]
