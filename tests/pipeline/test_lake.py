"""A site with a lake: true releases in it, read on a machine that has nothing but site.toml; nights while PostgreSQL is away."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
from click.testing import CliRunner, Result
from postgres import PostgresServer
from small_site import put_plate, write_small_site

import warehouse
from pbis.cli import commands
from pbis.config import Lake, Site, load_site
from pbis.core.errors import ConfigError, IntegrityError, SiteTrouble, UsageError
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.doctor import ATTENTION, look_at_site
from pbis.pipeline.kept_releases import prune
from pbis.pipeline.lake import bring_now, follow_releases, lake_faults
from pbis.pipeline.lake_folder import require_folder
from pbis.pipeline.lake_reader import releases_in_lake
from pbis.pipeline.last_night import read_nights
from pbis.pipeline.ledger import read_ledger
from pbis.pipeline.message import subject_of, text_of
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import asked_place, published_file, run_query
from pbis.pipeline.rebuilding import rebuild
from pbis.pipeline.site_files import require_inside
from pbis.pipeline.verifying import verify

READ = ("result", "score", "plate", "dictionary", "v1.score")
COUNTS = "select (select count(*) from result) as results, (select count(*) from score) as scores, (select release from release) as release"


def with_lake(root: Path, catalog: str, data: Path) -> Site:
    """The site as its laboratory would have it with a lake."""
    file = root / "site.toml"
    was = 'warehouse = "warehouse/working.duckdb"'
    text = (
        file.read_text()
        .replace('lake_data = ""', f'lake_data = "{data}"')
        .replace('engine = "prefect"', 'engine = "plain"')
    )
    file.write_text(text.replace(was, f'warehouse = "ducklake:postgres:{catalog}"'))
    return load_site(root)


def night(site: Site, day: int) -> Outcome:
    return run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, day, 3))


def say(*words: str) -> Result:
    return CliRunner().invoke(commands, words)


def _told(con: warehouse.Connection, view: str) -> tuple[list[str], int, int]:
    """Columns, rows, and a hash of all cells whatever their order."""
    columns = [name for name, *_ in con.execute(f"describe {view}").fetchall()]
    row = con.execute(f"select count(*), sum(hash(t)::hugeint) from {view} as t").fetchone()
    assert row is not None
    return columns, *row


@dataclass
class Laboratory:
    """site: on the machine of the nights; reader: a folder with site.toml alone, as another machine has it."""

    site: Site
    reader: Path
    postgres: PostgresServer


@pytest.fixture(scope="module")
def laboratory(eight_plates: Path, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    """A site that ran without a lake, and has one from now on."""
    folder = tmp_path_factory.mktemp("laboratory")
    shutil.copytree(eight_plates, folder / "site", symlinks=True)
    (folder / "lake").mkdir()
    site = with_lake(folder / "site", postgres.database(f"site_{uuid4().hex}"), folder / "lake")
    (folder / "reader").mkdir()
    shutil.copy2(site.root / "site.toml", folder / "reader")
    return Laboratory(site, folder / "reader", postgres)


def test_what_was_released_is_read_alike_on_a_machine_that_has_site_toml_alone(laboratory: Laboratory) -> None:
    site, reader = laboratory.site, laboratory.reader
    assert [*bring_now(site).release] == ["2026-01-05-1"]
    with asked_place(reader) as place, closing(warehouse.open_published(place, for_people=True)) as con:
        there = {view: _told(con, view) for view in READ}
    with closing(warehouse.open_published(published_file(site.root), for_people=True)) as con:
        assert there == {view: _told(con, view) for view in READ}
    assert lake_faults(site, read_ledger(site.path("state"))) == ([], [])


def test_a_machine_with_site_toml_alone_says_what_the_lake_holds_and_what_is_not_its_own(
    laboratory: Laboratory,
) -> None:
    site, reader = laboratory.site, laboratory.reader
    bring_now(site)
    listed = say("release", "list", "--site", str(reader))
    assert listed.output == (
        "this machine has none of the site's releases; its lake holds:\n  release 2026-01-05-1 is snapshot 1\n"
    )
    assert json.loads(say("release", "list", "--json", "--site", str(reader)).output) == {
        "releases": [],
        "lake": {"2026-01-05-1": 1},
    }
    opened = say("release", "open", "2026-01-05-1", "--site", str(reader), "-o", str(reader / "then.duckdb"))
    assert (type(opened.exception), "ask its lake: pbis sql --release 2026-01-05-1" in str(opened.exception)) == (
        UsageError,
        True,
    )
    status = say("status", "--site", str(reader))
    assert isinstance(status.exception, UsageError)
    assert "nights run on another machine" in str(status.exception)
    own = json.loads(say("release", "list", "--json", "--site", str(site.root)).output)
    assert ([each["name"] for each in own["releases"]], own["lake"]) == (["2026-01-05-1"], {"2026-01-05-1": 1})
    assert "in lake" in say("release", "list", "--site", str(site.root)).output


def test_a_release_that_is_damaged_keeps_none_in_the_lake_that_is_to_go(
    eight_plates: Path, postgres: PostgresServer, tmp_path: Path
) -> None:
    shutil.copytree(eight_plates, tmp_path / "site", symlinks=True)
    for day in (6, 7):
        put_plate(tmp_path / "site" / "inbox", day + 3)
        night(load_site(tmp_path / "site"), day)
    (tmp_path / "lake").mkdir()
    site = with_lake(tmp_path / "site", postgres.database(f"site_{uuid4().hex}"), tmp_path / "lake")
    newest = site.path("releases") / "2026-01-07-1"
    newest.rename(tmp_path / "aside")
    assert [*bring_now(site).release] == ["2026-01-05-1", "2026-01-06-1"]
    (tmp_path / "aside").rename(newest)
    before, after = (warehouse.read_manifest(newest.with_name(name)) for name in ("2026-01-06-1", "2026-01-07-1"))
    assert before is not None
    assert after is not None
    own = newest / next(part.file for part in after.parts if part.sha256 not in {each.sha256 for each in before.parts})
    own.chmod(0o600)
    own.write_bytes(own.read_bytes()[:-1] + b"?")
    prune(site.root, 2, "A. Name", lambda: datetime(2026, 1, 8, 9), is_dry_run=False)
    with pytest.raises(IntegrityError, match="nothing went into the lake"):
        bring_now(site)
    assert [*releases_in_lake(site)] == ["2026-01-06-1"]


def test_a_night_without_postgres_is_done_says_so_and_exits_8(laboratory: Laboratory) -> None:
    site, reader = laboratory.site, laboratory.reader
    assert site.lake is not None
    bring_now(site)
    laboratory.postgres.stop()
    try:
        missed = say("night", "--site", str(site.root))
        backlog = say("reprocess", "--all", "--site", str(site.root))
        status = say("status", "--site", str(site.root))
        kept = read_nights(site.path("state")).last  # type: ignore[union-attr]
        elsewhere = say("sql", "--site", str(reader), "select 1")
        looked = {each.name: each for each in look_at_site(site, datetime(2026, 1, 6, 9))}["lake"]
        (fault,), _ = lake_faults(site, read_ledger(site.path("state")))
    finally:
        laboratory.postgres.start()
    assert missed.exit_code == 8, missed.output
    assert "nothing new" in missed.output
    assert "PostgreSQL does not answer" in missed.output
    assert "the next night or pbis release lake brings it" in missed.output
    assert (backlog.exit_code, "next night or pbis release lake brings it" in backlog.output) == (8, True)
    assert (kept.exit_code, kept.lake) == (8, "away"), "what a message, the log and the metrics are made of"
    assert "not in the lake" in subject_of(kept)
    assert "the release is not in the lake yet (exit code 8)" in text_of(kept, site.time_zone)
    assert "its release is not in the lake (exit code 8" in status.output
    assert isinstance(elsewhere.exception, SiteTrouble)
    assert (looked.state, "PostgreSQL does not answer" in looked.said) == (ATTENTION, True)
    assert (fault.kind, fault.expected) == ("lake", "a lake that can be read")
    told = say("release", "lake", "--site", str(site.root))
    assert (told.exit_code, told.output) == (0, "release 2026-01-05-1 is snapshot 1\n")


def test_a_machine_without_the_extra_is_told_before_a_night_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = with_lake(write_small_site(tmp_path / "site", 0).root, "dbname=lake", tmp_path)
    monkeypatch.setattr("duckdb.__version__", "1.5.99")
    refused = say("night", "--site", str(site.root))
    assert isinstance(refused.exception, ConfigError)
    assert refused.exception.exit_code == 4
    assert 'pip install --upgrade "pbis[lake]"' in str(refused.exception)
    assert not site.path("warehouse").exists()
    require_inside(site)  # a lake lies outside of a site that can be copied


def test_a_lake_of_another_site_is_refused_and_nothing_mixed(
    laboratory: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_now(laboratory.site)
    assert laboratory.site.lake is not None
    other = write_small_site(tmp_path / "other", 0)
    other = with_lake(other.root, laboratory.site.lake.catalog, laboratory.site.lake.data)
    (other.path("state")).mkdir(exist_ok=True)
    with pytest.raises(IntegrityError, match="expected a release of this site's ledger, found release 2026-01"):
        bring_now(other)
    told = follow_releases(other)
    assert told is not None
    assert (told.exit_code, told.brought) == (7, ())


def test_a_folder_of_another_site_is_refused_though_each_has_a_database(tmp_path: Path) -> None:
    """Sites have tables that are the same bytes: what one takes away the other would lack."""
    lake, mine, theirs = Lake("dbname=own", tmp_path), {"2026-01-05-1": "a" * 64}, {"2026-01-05-1": "b" * 64}
    for sealed in (mine, mine, mine | {"2026-01-06-1": "c" * 64}):
        require_folder(lake, sealed, lambda: True)
    with pytest.raises(IntegrityError, match=r"belongs-to.txt: .* found release 2026-01-05-1 of another"):
        require_folder(lake, theirs, lambda: True)


def test_a_share_that_is_not_mounted_gets_no_release_and_loses_none(laboratory: Laboratory) -> None:
    assert laboratory.site.lake is not None
    data, aside = laboratory.site.lake.data, laboratory.site.lake.data.with_name("aside")
    bring_now(laboratory.site)
    data.rename(aside)
    try:
        with pytest.raises(SiteTrouble, match="expected the folder of the lake, found none; mount the share"):
            bring_now(laboratory.site)
        assert not data.exists()
        data.mkdir()
        with pytest.raises(SiteTrouble, match="found another folder under its name; mount the share there"):
            bring_now(laboratory.site)
        assert [*data.iterdir()] == []
        data.rmdir()
    finally:
        aside.rename(data)
    assert bring_now(laboratory.site).brought == ()


@pytest.mark.prove
@pytest.mark.timeout(3000)
def test_lake_story(
    laboratory: Laboratory,
) -> None:
    """What was released before the lake comes into it; a night without PostgreSQL is done and
    says 8; the next brings what it missed; a release that is taken away goes from the lake."""
    site, reader = laboratory.site, laboratory.reader
    assert [*bring_now(site).release] == ["2026-01-05-1"]
    own = run_query(site.root, COUNTS).to_pylist()
    assert run_query(reader, COUNTS).to_pylist() == own

    put_plate(site.path("inbox"), 9)
    with asked_place(reader) as early:
        laboratory.postgres.stop()
        try:
            missed = night(site, 6)
            elsewhere = say("sql", "--site", str(reader), "select 1")
        finally:
            laboratory.postgres.start()
        assert missed.lake is not None
        assert (missed.state, missed.lake.exit_code) == ("done", 8)
        assert "PostgreSQL does not answer" in missed.notes[-1]
        assert "the next night or pbis release lake brings it" in missed.notes[-1]
        assert (elsewhere.exit_code, type(elsewhere.exception).__name__) == (1, "SiteTrouble")
        assert run_query(reader, COUNTS).to_pylist() == own
        assert lake_faults(site, read_ledger(site.path("state")))[1] == [
            "release 2026-01-06-1 is not in the lake yet; the next night or pbis release lake brings it"
        ]

        after = night(site, 7)
        assert (after.state, after.lake and after.lake.brought) == ("nothing_new", ("2026-01-06-1",))
        now = run_query(site.root, COUNTS).to_pylist()
        assert run_query(reader, COUNTS).to_pylist() == now != own
        assert warehouse.query_published(early, COUNTS).to_pylist() == own, "who asked before keeps what it asked"
    assert run_query(reader, COUNTS, "2026-01-05-1").to_pylist() == own
    assert lake_faults(site, read_ledger(site.path("state"))) == ([], [])

    prune(site.root, 1, "A. Name", lambda: datetime(2026, 1, 8, 9), is_dry_run=False)
    assert [*bring_now(site).release] == ["2026-01-06-1"]
    refused = say("sql", "--site", str(reader), "--release", "2026-01-05-1", "select 1")
    assert "there is no such release in the lake" in str(refused.exception)


@pytest.mark.prove
@pytest.mark.timeout(3000)
def test_lake_of_a_rebuilt_site_has_the_same_rows_and_costs_a_night_half_at_most(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    """Five nights of a site with a lake and of its twin without: the same results, half more CPU at most after the first; rebuilt from its
    archive and brought into a lake of its own, every table of results has the same rows."""
    sites, spent = {}, {}
    for name in ("file", "lake"):
        site = write_small_site(tmp_path / name, 0)
        catalog, data = postgres.database(f"{name}_{uuid4().hex}"), tmp_path / f"data_{name}"
        data.mkdir()
        sites[name] = with_lake(site.root, catalog, data) if name == "lake" else load_site(plain(site.root))
        spent[name] = 0.0
    for day in range(1, 6):
        for name, site in sites.items():
            put_plate(site.path("inbox"), day)
            began = time.process_time()
            outcome = night(site, day)
            spent[name] += time.process_time() - began if day > 1 else 0.0
            assert outcome.lake is None or (outcome.lake.trouble, len(outcome.lake.release)) == ("", day)
    hashes = {name: results_of(site) for name, site in sites.items()}
    assert hashes["lake"] == hashes["file"]
    print({name: round(value, 1) for name, value in spent.items()})
    assert spent["lake"] <= 1.5 * spent["file"]

    old = sites["lake"]
    done = rebuild(old, tmp_path / "again", Silent())
    assert done.differs == ()
    assert old.lake is not None
    catalog, data = postgres.database(f"again_{uuid4().hex}"), tmp_path / "data_again"
    data.mkdir()
    file = tmp_path / "again" / "site.toml"
    file.write_text(file.read_text().replace(old.lake.catalog, catalog).replace(str(old.lake.data), str(data)))
    again = load_site(tmp_path / "again")
    assert again.lake is not None
    held = bring_now(again).release
    assert [*held] == [*releases_in_lake(old)]
    rows = []
    for lake in (old.lake, again.lake):
        with warehouse.open_lake(lake, is_reader=True) as con:
            there = {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}
            rows.append({name: _told(con, f"store.{name}") for name in warehouse.TABLES_OF_RESULTS if name in there})
    assert rows[0] == rows[1] != {}
    assert verify(again, None, lambda: datetime(2026, 1, 9)).faults == []


def plain(root: Path) -> Path:
    """The site with the engine of the tests, and no lake."""
    file = root / "site.toml"
    file.write_text(file.read_text().replace('engine = "prefect"', 'engine = "plain"'))
    return root


def results_of(site: Site) -> dict[str, str]:
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        return warehouse.result_hashes(con)
