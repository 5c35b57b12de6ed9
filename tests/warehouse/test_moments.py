"""Moments of the service's clock in the store: all in UTC, and wall times of an earlier build turned once, in their order."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from pbis.core.decision import Decision, Target
from pbis.core.errors import IntegrityError, MalformedFile
from pbis.core.frames.model import MOMENT
from warehouse import begin_night, end_night, past_nights, record_refusal
from warehouse.append import append_row
from warehouse.migrate import migrate
from warehouse.moments import _OF_A_NIGHT, TO_UTC, has_utc
from warehouse.released import _IN_A_SENTENCE, _WHO_AND_WHY
from warehouse.tables import TABLES

BERLIN = ZoneInfo("Europe/Berlin")
SUMMER = timezone(timedelta(hours=2))
DECIDED = dict.fromkeys(
    ("author", "kind", "plate_content", "plate", "cause", "reason"), "x"
) | dict.fromkeys(("well", "replicate_group", "analyte", "rule", "reverses", "told"))  # fmt: skip


def wall(hour: str) -> datetime:
    return datetime.fromisoformat(f"2026-10-25T{hour}")


def of_an_earlier_build(con):
    """Two nights, three refusals and two decisions around the hour that comes twice, as wall times of the site."""
    for night, began, ended in (("one", "02:40", "02:05"), ("two", "02:20", "03:15")):
        begin_night(con, night, wall(began))
        end_night(con, night, wall(ended), "done", {})
    error = MalformedFile("bad", file="p.csv")
    for night, name, at in (("one", "a", "02:50"), ("one", "b", "02:01"), ("two", "c", "02:30")):
        record_refusal(con, night, error, wall(at), kind="plates", name=name, sha256=name)
    for number, at in ((1, "02:55"), (2, "02:15")):
        own = {"sequence": number, "decision_id": f"d{number}", "previous_id": f"p{number}", "night_id": "two"}
        append_row(con, "decision", DECIDED | own | {"decided_at": wall(at), "plate_number": 1})
    con.execute("delete from store.warehouse_migration where name = $1", [TO_UTC])


def times(con, query):
    return {key: f"{at:%H:%M}" for key, at in con.execute(query).fetchall()}


def held(con):
    return [
        times(con, "select night_id, started_at from store.night"),
        times(con, "select night_id, finished_at from store.night_end"),
        times(con, "select name, refused_at from store.refusal"),
        times(con, "select sequence, decided_at from store.decision"),
    ]


def test_wall_times_are_turned_once_and_in_their_order(con):
    of_an_earlier_build(con)
    assert not has_utc(con)
    (found,) = {night.started_at for night in past_nights(con, BERLIN)[1:]}
    assert found.isoformat() == "2026-10-25T01:20:00+00:00"  # of a file that is not turned yet
    turned = [
        {"one": "00:40", "two": "01:20"},
        {"one": "01:05", "two": "02:15"},
        {"a": "00:50", "b": "01:01", "c": "01:30"},
        {1: "00:55", 2: "01:15"},
    ]
    with pytest.raises(IntegrityError, match="expected the site's time zone"):
        migrate(con)
    assert not has_utc(con)
    assert migrate(con, zone=BERLIN) == (TO_UTC,)
    assert held(con) == turned
    assert migrate(con, zone=BERLIN) == ()
    assert held(con) == turned
    assert has_utc(con)
    assert past_nights(con, BERLIN)[1].started_at == found


def test_what_is_written_now_is_utc_whatever_its_zone(con):
    begin_night(con, "one", wall("02:40").replace(tzinfo=SUMMER))
    assert times(con, "select night_id, started_at from night") == {"one": "00:40"}


def test_every_moment_of_the_service_is_turned_and_says_that_it_is_utc(con):
    own = {(table, column) for table, (column, _) in _OF_A_NIGHT.items()}
    own |= {("night", "started_at"), ("decision", "decided_at")}
    own |= {("plate_review", "reviewed_at"), ("plate_signature", "signed_at")}  # tables that never held wall times
    said = {(name, c.name): c.doc for name, spec in TABLES.items() for c in spec.columns if c.type == MOMENT}
    assert {key for key, doc in said.items() if doc.endswith("UTC")} == own
    comments = con.execute("select table_name, column_name, comment from duckdb_columns() where schema_name = 'store'")
    assert {(table, column) for table, column, words in comments.fetchall() if words and words.endswith("UTC")} == own


def test_no_other_moment_is_of_the_services_clock():
    """The rest was written by an instrument or a laboratory, and says so or is one of these."""
    said = {(name, c.name): c.doc for name, spec in TABLES.items() for c in spec.columns if c.type == MOMENT}
    others = {key for key, doc in said.items() if not re.search(r"(UTC|(instrument|site) wall time)$", doc)}
    assert others == set(), others


@pytest.mark.parametrize("hour", [0, 1, 9])
def test_a_release_finds_who_decided_also_in_the_hour_that_comes_twice(hour):
    at = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
    event = Decision(1, at, "A. Name", "exclude", Target("c", "P1"), "bubble", "seen by A. Name", zone=BERLIN)
    assert re.sub(_WHO_AND_WHY, r"\1 (\2)", f"well A1 excluded {event.words}") == "well A1 excluded (bubble)"
    assert (
        re.sub(_IN_A_SENTENCE, r"\1 (\2).", f"Fail: well A1 excluded {event.words}; x")
        == "Fail: well A1 excluded (bubble)."
    )
