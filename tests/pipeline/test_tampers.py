"""Whatever is changed behind the service's back is named by `pbis verify`: a table of tampers, each on a copy of one small site."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from made_once import Once

import warehouse
from pbis.config import Site, load_site
from pbis.core.decision import EXCLUDE, Decision
from pbis.core.errors import IntegrityError
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.decision_log import append, read_log
from pbis.pipeline.ledger import ledger_path, read_ledger
from pbis.pipeline.night import run_plain
from pbis.pipeline.verify_store import copied, score_faults
from pbis.pipeline.verifying import Verified, verify

Tamper = Callable[[Site], None]
SEEN, UNSEEN = 0, 2  # of four decisions the second night saw two
NIGHTS = ("2026-01-05-1", "2026-01-06-1")


def at(day: int, hour: int = 3) -> Callable[[], datetime]:
    return lambda: datetime(2026, 1, day, hour)


def look(site: Site) -> Verified:
    return verify(site, 0, at(8))


@pytest.fixture(scope="session")
def decided(copy_site: Callable[..., Site], once: Once) -> Path:
    """A site with a plate and clinical files: a night, two decisions, a night, two more decisions; to be copied."""
    return (
        once("decided", lambda folder: _decide(copy_site(folder / "site", plates=("HCC7P_20250915_P01.csv",)))) / "site"
    )


def _decide(site: Site) -> None:
    run_plain(site, NightOptions(), Silent(), at(5))
    shutil.copytree(site.path("warehouse").parent, site.root / "older")
    for count, well in enumerate(("D5", "E5", "D6", "E6")):
        if count == UNSEEN:
            run_plain(site, NightOptions(), Silent(), at(6))
        asked = Request(EXCLUDE, "A. Name", "bubble", "seen in the well", "HCC7P_20250915_P01", well=well)
        decide(site.root, asked, at(5 + count, 12))
    shutil.move(site.root / "older", site.root.parent / "older")


@pytest.fixture
def site(decided: Path, tmp_path: Path) -> Site:
    shutil.copytree(decided.parent / "older", tmp_path / "older")
    return load_site(Path(shutil.copytree(decided, tmp_path / "site", symlinks=True)))


# --- the log -----------------------------------------------------------------------------------------------------------


def raw(site: Site, *statements: str) -> None:
    with closing(sqlite3.connect(site.path("decisions"))) as con:
        for trigger in ("decision_is_not_changed", "decision_is_not_deleted"):
            con.execute(f"drop trigger {trigger}")
        for statement in statements:
            con.execute(statement)
        con.commit()


def written_anew(site: Site, events: list[Decision]) -> None:
    """A log of these events with a chain of its own that is right."""
    log = site.path("decisions")
    log.unlink()
    for event in events:
        append(log, event)


def changed(event: Decision) -> Decision:
    return replace(event, reason="another reason")


def log_tampers(where: int) -> dict[str, Tamper]:
    """The eight of the log, on events that a night saw or that none saw yet."""
    first, second = where + 1, where + 2

    def anew(change: Callable[[list[Decision]], list[Decision]]) -> Tamper:
        return lambda site: written_anew(site, change(list(read_log(site.path("decisions")))))

    def swapped(events: list[Decision]) -> list[Decision]:
        times = [event.decided_at for event in events]
        events[where], events[where + 1] = events[where + 1], events[where]
        return [replace(event, decided_at=time) for event, time in zip(events, times, strict=True)]

    return {
        "edited": lambda site: raw(site, f"update decision set reason = 'x' where sequence = {first}"),
        "deleted": lambda site: raw(site, f"delete from decision where sequence = {first}"),
        "reordered": anew(swapped),
        "truncated": lambda site: raw(site, f"delete from decision where sequence >= {second}"),
        "replaced": anew(lambda events: [*events[:where], changed(events[where]), *events[where + 1 :]]),
        "chained_anew": anew(lambda events: [*events[:where], *map(changed, events[where:])]),
        "older_copy": anew(lambda events: events[:first]),
        "of_another_site": anew(lambda events: [replace(one, author="B. Name") for one in events[: where + 2]]),
    }


# --- the database ------------------------------------------------------------------------------------------------------


def sql(*statements: str) -> Tamper:
    def run(site: Site) -> None:
        with closing(warehouse.connect(site.path("warehouse"))) as con:
            for statement in statements:
                con.execute(statement)

    return run


def older_file(site: Site) -> None:
    shutil.rmtree(site.path("warehouse").parent)
    shutil.move(site.root.parent / "older", site.path("warehouse").parent)


DATABASE: dict[str, Tamper] = {
    "value": sql("update store.result set mfi = mfi + 1 where well = 'D5' and analyte = 'IL-2'"),
    "deleted_rows": sql("delete from store.clinical_lab where source_line between 10 and 12"),
    "deleted_run": sql("delete from store.run"),
    "older_file": older_file,
    "emptied_table": sql("delete from store.treatment"),
    "view": sql("create or replace view subject_start as select * from store.treatment limit 3"),
    "hand_made_row": sql("insert into store.refusal select * replace ('by-hand' as night_id) from store.refusal",
                         "insert into store.score select * replace ('P0000' as subject_id) from store.score limit 1"),
    "missing": lambda site: site.path("warehouse").unlink(),
}  # fmt: skip


# --- archive, releases, pages ------------------------------------------------------------------------------------------


def archived(site: Site, kind: str) -> Path:
    return next(path for path in sorted((site.path("archive") / kind).rglob("*")) if path.is_file())


def rewrite(path: Path, data: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(data)


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    rewrite(path, bytes(data))


def archive_tampers(kind: str) -> dict[str, Tamper]:
    def extra(site: Site) -> None:
        path = site.path("archive") / kind / "ab" / ("ab" * 32)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")

    return {
        "byte": lambda site: flipped(archived(site, kind)),
        "cut": lambda site: rewrite(archived(site, kind), archived(site, kind).read_bytes()[:-40]),
        "gone": lambda site: archived(site, kind).unlink(),
        "extra": extra,
    }


def current(site: Site, name: str) -> Path:
    return (site.path("releases") / "current").resolve() / name


OTHERS: dict[str, Tamper] = {
    "release_database": lambda site: flipped(current(site, "pbis.duckdb")),
    "release_gone": lambda site: shutil.rmtree(site.path("releases") / NIGHTS[0]),
    "page_changed": lambda site: flipped(next((site.path("reports") / "plates").glob("*.html"))),
    "index_gone": lambda site: (site.path("reports") / "index.html").unlink(),
}

TAMPERS: dict[str, tuple[str, Tamper]] = {
    **{f"log_seen_{name}": ("decisions", act) for name, act in log_tampers(SEEN).items()},
    **{f"log_unseen_{name}": ("decisions", act) for name, act in log_tampers(UNSEEN).items()},
    **{f"database_{name}": ("warehouse", act) for name, act in DATABASE.items()},
    **{f"plate_{name}": ("archive", act) for name, act in archive_tampers("plates").items()},
    **{f"clinical_{name}": ("archive", act) for name, act in archive_tampers("labs").items()},
    **{name: (name.partition("_")[0].replace("index", "page"), act) for name, act in OTHERS.items()},
}
QUICK = ("log_seen_edited", "log_unseen_chained_anew", "log_unseen_truncated", "database_value", "database_view", "clinical_extra", "page_changed")  # fmt: skip


def named(site: Site, name: str) -> None:
    """After the tamper a fault of its kind is told, in one line that says expected and found."""
    kind, act = TAMPERS[name]
    act(site)
    found = verify(site, None, at(8)) if name.endswith(("byte", "cut")) else look(site)
    sentences = [fault.sentence for fault in found.faults]
    assert any(fault.kind == kind for fault in found.faults), (name, sentences)
    assert all("expected" in line and "\n" not in line for line in sentences)


def test_a_site_that_nobody_touched_is_whole(site: Site) -> None:
    found = verify(site, None, at(8))
    assert ([each.sentence for each in found.faults], found.notes) == ([], [])
    assert found.counts == {
        "archived files": 14,
        "plates computed again": 1,
        "clinical files read again": 12,
        "nights": 2,
    }


@pytest.mark.parametrize("name", QUICK)
def test_a_tamper_is_named(name: str, site: Site) -> None:
    named(site, name)


@pytest.mark.prove
@pytest.mark.parametrize("name", TAMPERS)
def test_integrity_every_tamper_is_named(name: str, site: Site) -> None:
    named(site, name)


def test_there_are_36_of_them() -> None:
    assert len(TAMPERS) == 36


def test_a_changed_value_is_found_by_its_night_and_by_computing_it_again(site: Site) -> None:
    DATABASE["value"](site)
    faults = verify(site, None, at(8)).faults
    by_seal = [fault for fault in faults if fault.object == "store.result"]
    assert {fault.found for fault in by_seal} == {"other values in them"}
    assert by_seal[0].night == NIGHTS[0]
    (again,) = [fault for fault in faults if fault.object.startswith("store.result of run")]
    assert again.expected.startswith("mfi ")
    assert again.night == NIGHTS[1]


def test_scores_of_other_draws_are_computed_again_beside_those_of_baselines(site: Site) -> None:
    with copied(site, at(8)) as night:
        assert [*score_faults(night)] == []
        own = "where subject_id = (select min(subject_id) from store.visit_score)"
        night.con.execute(f"update store.visit_score set score_max = score_max + 1 {own} and night_id = '{NIGHTS[1]}'")
        (fault,) = score_faults(night)
        assert (fault.kind, fault.object, fault.night) == ("warehouse", "store.visit_score", NIGHTS[1])
        assert (fault.expected[:10], fault.found.isdigit()) == ("score_max ", True)
        night.con.execute("delete from store.visit_score")
        (fault,) = score_faults(night)
        assert (fault.expected.endswith(" rows"), fault.found) == (True, "0 rows")


def test_what_scores_are_made_from_is_computed_again(site: Site) -> None:
    changes = {
        "score_input": "ci_high = ci_high * 2 where ci_high is not null",
        "score_component": "flip_probability = 0.5 where flip_probability is not null",
        "visit_input": "value_text = '1' where value_text is not null",
    }
    with copied(site, at(8)) as night:
        for table, change in changes.items():
            night.con.execute(f"update store.{table} set {change} and night_id = '{NIGHTS[1]}'")
        faults = [*score_faults(night)]
    assert [fault.object for fault in faults] == [f"store.{table}" for table in changes]
    for fault, change in zip(faults, changes.values(), strict=True):
        assert (fault.kind, fault.night) == ("warehouse", NIGHTS[1])
        assert fault.expected.startswith(change.split()[0])


def test_a_log_that_lost_its_unseen_tail_stops_the_next_night(site: Site) -> None:
    log_tampers(UNSEEN)["truncated"](site)
    with pytest.raises(IntegrityError, match="event 4: expected"):
        run_plain(site, NightOptions(), Silent(), at(9))


def test_a_half_line_of_the_ledger_is_no_damage_and_a_changed_one_is(site: Site) -> None:
    path = ledger_path(site.path("state"))
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"kind": "nig')
    assert len(read_ledger(site.path("state"))) == whole.count(b"\n")
    path.write_bytes(whole.replace(NIGHTS[0].encode(), b"2026-01-05-2"))
    with pytest.raises(IntegrityError, match=r"line 1: expected the line that follows"):
        read_ledger(site.path("state"))
    assert any(fault.kind == "ledger" for fault in look(site).faults)


def test_a_ledger_that_is_gone_is_missed(site: Site) -> None:
    ledger_path(site.path("state")).unlink()
    assert [(fault.kind, fault.night) for fault in look(site).faults] == [("ledger", night) for night in NIGHTS]
