"""What a night leaves: its record, refusals, knobs, cut-offs, and scores of which the latest night's count."""

from __future__ import annotations

from datetime import datetime

import pytest
from partial_frames import partial

from pbis.core.errors import MalformedFile
from pbis.core.frames import COMPONENT, SCORE, SCORE_INPUT
from pbis.core.scoring.score import score
from pbis.scores import load_sets
from warehouse import (
    ScoreSettings,
    begin_night,
    end_night,
    load_cutoffs,
    load_scores,
    nights_before,
    record_refusal,
    score_input,
    scores_came,
    scores_moved,
    set_settings,
)

AT = datetime(2026, 3, 11, 2)


def test_a_night_without_an_end_is_unfinished(con):
    assert begin_night(con, "one", AT) is True
    assert begin_night(con, "one", AT) is False
    begin_night(con, "two", AT)
    end_night(con, "one", AT, "done", {"plates": 3, "analytes": 21})
    rows = con.execute("select night_id, state, counts from night order by sequence").fetchall()
    assert rows == [("one", "done", '{"analytes": 21, "plates": 3}'), ("two", "unfinished", None)]


def test_a_refusal_is_recorded_once_a_night(con):
    error = MalformedFile("bad cell", file="p.csv", line=7, expected="a number", found="x")
    for night in ("one", "one", "two"):
        record_refusal(con, night, error, AT, kind="plates", name="p.csv", sha256="ab")
    rows = con.execute("select night_id, reason, line, message from refused_file order by 1").fetchall()
    message = "p.csv, line 7: bad cell; expected a number; found x"
    assert rows == [("one", "MalformedFile", 7, message), ("two", "MalformedFile", 7, message)]


def test_knobs_are_appended_only_where_they_change(con):
    settings = "select window_days, il12_analyte, repeat_cv_pct from score_setting"
    assert con.execute(settings).fetchone() == (7, "IL-12p70", 25.0)
    set_settings(con, ScoreSettings(window_days=14))
    count = con.execute("select count(*) from store.setting").fetchone()
    set_settings(con, ScoreSettings(window_days=14))
    assert con.execute("select count(*) from store.setting").fetchone() == count
    set_settings(con, ScoreSettings(window_days=3, il12_analyte="IL-12p40"))
    assert con.execute(settings).fetchone() == (3, "IL-12p40", 25.0)


def test_defaults_of_the_view_are_those_of_the_settings(con):
    before = con.execute("select * from score_setting").fetchone()
    set_settings(con, ScoreSettings())
    assert con.execute("select * from score_setting").fetchone() == before


def test_cutoffs_are_stored_once_a_version(con):
    sets = list(load_sets().values())
    assert load_cutoffs(con, sets, "one") == len(sets)
    assert load_cutoffs(con, sets, "two") == 0
    row = con.execute(
        "select value_text, unit from cutoff_current where cutoff_set = 'pbis-2025-as-published' and component = 'il2'"
    ).fetchone()
    assert row == ("3.2", "ng/mL")


@pytest.fixture
def scored(lab):
    """P1: NLR positive, IL-2 5 pg/mL; P2: NLR and CRP positive; P3: nothing was sent."""
    lab.treatments("subject | started\nP1 | 2026-03-10 09:00\nP2 | 2026-03-10 09:00\nP3 | 2026-03-10 09:00")
    lab.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00\nS2 | P2 | 2026-03-08 08:00")
    lab.plate("specimen | analyte | value\nS1 | IL-2 | 5\nS1 | IL-12p70 | 4\nS2 | IL-2 | 5\nS2 | IL-12p70 | 4")
    return lab


def night_of(lab, name, inputs):
    begin_night(lab.con, name, AT)
    frames = score(inputs, list(load_sets().values()), "pbis-2025-il2-pgml")
    return load_scores(lab.con, name, frames.score, frames.component, inputs)


def with_labs(lab):
    """The inputs, with counts and CRP as a laboratory would have sent them."""
    values = {("P1", "neutrophils"): ("7.0", "10*9/L"), ("P1", "lymphocytes"): ("2.0", "10*9/L")}
    values |= {("P2", "neutrophils"): ("7.0", "10*9/L"), ("P2", "lymphocytes"): ("2.0", "10*9/L")}
    values |= {("P1", "crp"): ("0.1", "mg/dL"), ("P2", "crp"): ("0.5", "mg/dL")}
    rows = score_input(lab.con).to_pylist()
    for row in rows:
        if (row["subject_id"], row["measure"]) in values:
            text, unit = values[row["subject_id"], row["measure"]]
            row.update(value_op="=", value_text=text, unit=unit, reason=None)
    return SCORE_INPUT.table({name: [row[name] for row in rows] for name in SCORE_INPUT.names})


def test_scores_of_a_night_are_loaded_once(scored):
    inputs = with_labs(scored)
    assert night_of(scored, "one", inputs) is True
    assert night_of(scored, "one", inputs) is False
    assert scored.con.execute("select count(*) from store.score").fetchone() == (9,)


def test_views_show_the_latest_night(scored):
    night_of(scored, "one", with_labs(scored))
    night_of(scored, "two", score_input(scored.con))
    assert scored.con.execute("select count(*) from store.score where \"group\" = 'high'").fetchone() != (0,)
    assert scored.con.execute("select count(*) from score where \"group\" = 'high'").fetchone() == (0,)
    assert scored.con.execute("select count(*) from store.score").fetchone() == (18,)
    assert scored.con.execute("select count(*) from score").fetchone() == (9,)


def test_side_by_side_names_whom_the_reading_of_il2_decides(scored):
    night_of(scored, "one", with_labs(scored))
    rows = scored.con.execute(
        'select subject_id, "group", group_count > 1, il2_reading_matters from score_side_by_side order by 1'
    ).fetchall()
    assert rows[0] == ("P1", "high", True, True)  # NLR alone: IL-2 decides
    assert rows[1] == ("P2", "high", False, False)  # NLR and CRP suffice
    assert rows[2][3] is False


def test_a_failure_leaves_no_half_night(scored):
    inputs = with_labs(scored)
    frames = score(inputs, list(load_sets().values()), "pbis-2025-il2-pgml")
    with pytest.raises(ValueError, match="schema differs"):
        load_scores(scored.con, "one", frames.score, frames.score, inputs)
    stored = [scored.con.execute(f"select count(*) from store.{n}").fetchone() for n in ("score", "score_input")]
    assert stored == [(0,), (0,)]


def test_empty_scores_are_fine(con):
    begin_night(con, "one", AT)
    assert load_scores(con, "one", SCORE.empty(), COMPONENT.empty(), SCORE_INPUT.empty()) is True
    assert con.execute("select count(*) from score_side_by_side").fetchone() == (0,)


def test_what_moved_since_the_night_before_is_told_with_what_changed(scored):
    night_of(scored, "one", with_labs(scored))
    night_of(scored, "two", score_input(scored.con))
    moved = scores_moved(scored.con, "two")
    groups = {(row["subject_id"], row["was_group"], row["group"]) for row in moved}
    before, now = (
        dict(scored.con.execute(f"select subject_id, \"group\" from store.score where is_site_set and night_id = '{name}'").fetchall())
        for name in ("one", "two")
    )  # fmt: skip
    assert groups == {(name, before[name], now[name]) for name in before if before[name] != now[name]}
    assert {row["subject_id"] for row in moved} == {"P1", "P2"}
    crp = next(row for row in moved if (row["subject_id"], row["measure"]) == ("P2", "crp"))
    assert (crp["was_text"], crp["value_text"], crp["reason"] is None) == ("0.5", None, False)
    assert {row["measure"] for row in moved} == {"crp", "neutrophils", "lymphocytes"}  # what stayed is no cause
    assert scores_moved(scored.con, "one") == []
    assert scores_moved(scored.con, "three") == []


def site_scores(lab, name, groups):
    """A night that leaves these groups (subject -> group) under the site's set; under another all are low."""
    begin_night(lab.con, name, AT)
    rows = [
        {"subject_id": subject, "cutoff_set": cuts, "is_site_set": cuts == "site", "group": group if cuts == "site" else "low"}
        | {"score_min": 0, "score_max": 4, "is_near_cut": False}
        for subject, group in groups.items()
        for cuts in ("site", "other")
    ]  # fmt: skip
    taken = [{"subject_id": subject, "measure": "crp", "is_same_day_unordered": False} for subject in groups]
    made, inputs = (
        partial(spec, {k: [row[k] for row in own] for k in own[0]})
        for spec, own in ((SCORE, rows), (SCORE_INPUT, taken))
    )
    load_scores(lab.con, name, made, COMPONENT.empty(), inputs)


def test_who_is_scored_first_and_who_no_longer_is_counted(lab):
    """Of those whom the night scored: nobody who is listed as not_scored, by whatever other set."""
    site_scores(lab, "one", {"P1": "high", "P2": "indeterminate", "P3": "not_scored"})
    site_scores(lab, "two", {"P1": "not_scored", "P2": "low", "P3": "not_scored"})
    begin_night(lab.con, "kept", AT)  # a night that left no scores, since nothing had changed
    site_scores(lab, "three", {"P1": "high", "P3": "low", "P4": "not_scored"})
    site_scores(lab, "four", {"P1": "not_scored", "P3": "not_scored"})
    site_scores(lab, "five", {"P1": "low", "P3": "not_scored"})
    told = {
        name: tuple(scores_came(lab.con, name).values()) for name in ("one", "two", "kept", "three", "four", "five")
    }
    assert told == {"one": (2, 0), "two": (0, 1), "kept": (0, 0), "three": (2, 1), "four": (0, 2), "five": (1, 0)}


def test_nights_before_are_the_latest_first(con):
    for name in ("one", "two", "three"):
        begin_night(con, name, AT)
    assert [row["night_id"] for row in nights_before(con, "three", 14)] == ["two", "one"]
    assert [row["night_id"] for row in nights_before(con, "three", 1)] == ["two"]
    assert nights_before(con, "one", 14) == []
