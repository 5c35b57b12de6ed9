"""A lake: releases as snapshots, parts as its files, and what happens where PostgreSQL, the folder or another writer comes in between.

The releases are of two tables of the test's own, so that each costs a tenth of a second; true releases go into a lake in
tests/pipeline/test_lake.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pytest
from postgres import PostgresServer

import warehouse
from pbis import packages
from pbis.config import Lake
from pbis.core.errors import ConfigError, IntegrityError, SiteTrouble, UsageError
from warehouse import lake_leaving
from warehouse.connect import connect
from warehouse.lake import META, lost
from warehouse.lake_reader import require_asking
from warehouse.lake_snapshots import files_of
from warehouse.publish import NO_ANCHORS as NOTHING
from warehouse.release_manifest import write_manifest
from warehouse.release_open import BETWEEN, SECTION, sections, write_shape
from warehouse.release_parts import write_parts

PLATE = "create table plate as select 'LOAD_' || i as plate, i as number from range(1, {}) as r(i)"
SCORE = "create table score as select {} as score, 'P1' as subject_id"


@pytest.fixture
def lake(postgres: PostgresServer, tmp_path: Path) -> Lake:
    data = tmp_path / "lake"
    data.mkdir()
    return Lake(postgres.database(f"lake_{uuid4().hex}"), data)


@pytest.fixture
def at(lake: Lake) -> Iterator[AtHand]:
    with warehouse.open_lake(lake, is_reader=False) as con:
        yield AtHand(lake, con)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Path]:
    """make(name, statements...) -> the folder of a release of these tables, and views on them."""

    def made(name: str, *statements: str) -> Path:
        folder = tmp_path / "releases" / name
        folder.mkdir(parents=True)
        with closing(connect(folder / warehouse.FILE_NAME)) as con:
            con.execute("create schema internal")
            views = [each for each in statements if each.startswith("create or replace view")]
            for each in statements:
                if each not in views:
                    con.execute(each)
                if each.startswith("create table"):
                    con.execute(f"comment on table {each.split()[2]} is 'of a test'")
            _write_shape(con, folder / warehouse.SHAPE, views)
            parts = write_parts(con, folder, {}, None)
        write_manifest(folder, name, {}, parts, "", NOTHING)
        return folder

    return made


def _write_shape(con: duckdb.DuckDBPyConnection, path: Path, views: list[str]) -> None:
    """As of a release, with these views for those that stand on tables of its own."""
    write_shape(con, path)
    tables, _, _, words = sections(path.read_text("utf-8"))
    path.write_text(
        SECTION.join([BETWEEN.join(tables), "", BETWEEN.join(views), BETWEEN.join(words)]), encoding="utf-8"
    )


class AtHand:
    """A lake with one connection for a whole test: to open one takes a fifth of a second of its own."""

    def __init__(self, lake: Lake, con: duckdb.DuckDBPyConnection) -> None:
        self.lake, self.con = lake, con

    def bring(self, *folders: Path) -> None:
        for folder in folders:
            warehouse.bring_release(self.con, self.lake, folder)

    def asked(self, query: str) -> list[Any]:
        return self.con.execute(query).fetchall()

    def releases(self) -> dict[str, int]:
        return {each.release: each.number for each in warehouse.snapshots(self.con) if each.release}

    def faults(self, *folders: Path) -> list[tuple[str, str, str]]:
        """Of the snapshots of these releases."""
        own = {each.release: each for each in warehouse.snapshots(self.con)}
        found = []
        for folder in folders:
            manifest = warehouse.read_manifest(folder)
            assert manifest is not None
            found += list(warehouse.snapshot_faults(self.con, self.lake, own[folder.name], manifest, {}))
        return found


class Watched:
    """A connection that calls `seen` when its work is whole and not committed yet."""

    def __init__(self, con: duckdb.DuckDBPyConnection, seen: Callable[[], None]) -> None:
        self._con, self._seen = con, seen

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)

    def execute(self, query: str, *values: Any) -> Any:
        if query == "commit":
            self._seen()
        return self._con.execute(query, *values)


def test_each_release_is_a_snapshot_and_a_part_that_is_the_same_is_not_written_again(
    at: AtHand, make: Callable[..., Path]
) -> None:
    first = make("2026-01-05-1", PLATE.format(4), SCORE.format(2))
    second = make("2026-01-06-1", PLATE.format(4), SCORE.format(3))
    at.bring(first, second)
    held = at.releases()
    assert [*held] == ["2026-01-05-1", "2026-01-06-1"]
    assert at.asked("select score from score") == [(3,)]
    assert at.asked(f"select score from score at (version => {held['2026-01-05-1']})") == [(2,)]
    assert at.asked("select count(*), sum(number) from plate") == [(3, 6)]
    assert len([*(at.lake.data / "2026-01-05-1").iterdir()]) == 2
    assert [path.name.partition("-")[0] for path in (at.lake.data / "2026-01-06-1").iterdir()] == ["score"]
    assert at.faults(first, second) == []
    at.bring(second)  # a second time it is no other snapshot, and nothing twice
    assert at.releases() == held


def test_a_table_of_few_rows_that_is_replaced_is_not_in_the_lake_twice(at: AtHand, make: Callable[..., Path]) -> None:
    """Rows deleted from a small file are by default noted in the catalogue, while the file stays (ducklake of 1.5.5)."""
    folders = [make(f"2026-01-0{day}-1", SCORE.format(day)) for day in range(1, 6)]
    at.bring(*folders)
    assert at.faults(*folders) == []
    (file,) = files_of(at.con, at.releases()["2026-01-05-1"])
    assert (file.table, file.rows, file.is_cut) == ("score", 1, False)


def test_a_table_whose_columns_are_others_is_made_anew_and_the_release_before_keeps_its_own(
    at: AtHand, make: Callable[..., Path]
) -> None:
    first = make("2026-01-05-1", PLATE.format(4), SCORE.format(2), "create table gone as select 1 as one")
    told = "comment on column score.mark is 'at a cut or not'"
    second = make("2026-01-06-1", PLATE.format(4), "create table score as select 3 as score, false as mark", told)
    at.bring(first, second)
    held = at.releases()
    assert at.asked("from score") == [(3, False)]
    assert at.asked(f"from score at (version => {held['2026-01-05-1']})") == [(2, "P1")]
    words = "select comment from duckdb_columns() where column_name = 'mark' and database_name = 'lake'"
    assert at.asked(words) == [("at a cut or not",)]
    names = "select table_name from duckdb_tables() where database_name = 'lake' order by 1"
    assert at.asked(names) == [("plate",), ("score",)]
    assert at.faults(first, second) == []


def test_a_view_called_as_a_table_of_another_schema_stays_one_where_columns_of_others_change(
    at: AtHand, make: Callable[..., Path]
) -> None:
    """As the view clinical_lab on store.clinical_lab does when a first plate brings columns of the wide table."""
    alike = ("create schema kept", "create table kept.lab as select 2 as value")
    view = "create or replace view lab as from kept.lab"
    first = make("2026-01-05-1", *alike, SCORE.format(2), view)
    second = make("2026-01-06-1", *alike, "create table score as select 3 as score, false as mark", view)
    at.bring(first, second)
    assert [*at.releases()] == [first.name, second.name]
    assert [name for name, *_ in at.asked("describe lab")] == ["value"]
    assert at.asked("from score") == [(3, False)]
    assert at.faults(first, second) == []


def test_a_reader_in_the_middle_of_a_publish_sees_the_release_before(at: AtHand, make: Callable[..., Path]) -> None:
    first, second = make("2026-01-05-1", SCORE.format(2)), make("2026-01-06-1", SCORE.format(3))
    at.bring(first)
    seen: list[Any] = []
    with warehouse.open_lake(at.lake, is_reader=True) as early:
        early.execute("begin transaction")
        seen += early.execute("select score from score").fetchall()
        with warehouse.open_lake(at.lake, is_reader=True) as late:
            watched = Watched(at.con, lambda: seen.extend(late.execute("select score from score").fetchall()))
            warehouse.bring_release(watched, at.lake, second)  # type: ignore[arg-type]
        seen += early.execute("select score from score").fetchall()  # which began before, and stays with it
    assert seen == [(2,), (2,), (2,)]
    assert at.asked("select score from score") == [(3,)]


def test_postgres_that_is_lost_in_the_middle_leaves_the_release_before_and_the_next_time_brings_it(
    lake: Lake, make: Callable[..., Path], postgres: PostgresServer
) -> None:
    first, second = make("2026-01-05-1", PLATE.format(9), SCORE.format(2)), make("2026-01-06-1", SCORE.format(3))
    try:
        with warehouse.open_lake(lake, is_reader=False) as con:
            warehouse.bring_release(con, lake, first)
            watched = Watched(con, postgres.stop)
            reader = warehouse.open_published(warehouse.ReleaseInLake(lake, 1))
            with pytest.raises(SiteTrouble, match=r"^lake lake_\w+ on .*: PostgreSQL does not answer") as caught:
                warehouse.bring_release(watched, lake, second)  # type: ignore[arg-type]
            with closing(reader), pytest.raises(duckdb.Error) as broken:
                reader.execute("select score from score").fetchall()
            assert "PostgreSQL does not answer" in str(lost(lake, broken.value))
    finally:
        postgres.start()
    assert caught.value.exit_code == 8
    (copied,) = (lake.data / second.name).iterdir()
    made = copied.stat().st_mtime_ns, copied.stat().st_ino
    with warehouse.open_lake(lake, is_reader=False) as con:
        at = AtHand(lake, con)
        assert [*at.releases()] == ["2026-01-05-1"]
        assert at.asked("select score from score") == [(2,)]
        at.bring(second)
        assert at.asked("select score from score") == [(3,)]
        assert at.faults(first, second) == []
    assert (copied.stat().st_mtime_ns, copied.stat().st_ino) == made, "what was copied already is taken up"


def test_a_part_that_is_not_what_was_published_does_not_go_into_the_lake(at: AtHand, make: Callable[..., Path]) -> None:
    folder = make("2026-01-05-1", SCORE.format(2))
    (part,) = (folder / "parts").iterdir()
    part.chmod(0o640)
    part.write_bytes(part.read_bytes()[:-1] + b"!")
    with pytest.raises(IntegrityError, match=r"score-0000000000.parquet: expected sha256 .*nothing went into the lake"):
        at.bring(folder)
    assert at.releases() == {}


def test_verify_reads_every_file_and_names_what_is_changed_gone_or_of_another_writer(
    at: AtHand, make: Callable[..., Path]
) -> None:
    folder = make("2026-01-05-1", PLATE.format(4), SCORE.format(2), "create table third as select 1 as one")
    at.bring(folder)
    plate, score, _ = sorted((at.lake.data / folder.name).iterdir())
    plate.chmod(0o640)
    plate.write_bytes(plate.read_bytes()[:-1] + b"!")
    score.unlink()
    assert at.asked("select count(*) from score") == [(1,)], "a lake counts without looking"
    assert [(what, found == "no file") for what, _, found in at.faults(folder)] == [
        ("parts/plate-0000000000.parquet", False),
        ("parts/score-0000000000.parquet", True),
    ]
    assert warehouse.foreign_snapshots(warehouse.snapshots(at.con)) == []
    at.con.execute("insert into third values (2)")
    (other,) = warehouse.foreign_snapshots(warehouse.snapshots(at.con))
    assert (other.number, other.release) == (at.releases()[folder.name] + 1, "")


def test_a_release_that_goes_takes_its_own_files_a_day_later_and_no_shared_one(
    at: AtHand, make: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make("2026-01-05-1", PLATE.format(4), SCORE.format(2))
    second = make("2026-01-06-1", PLATE.format(4), SCORE.format(3))
    at.bring(first, second)

    def forget(*names: str) -> None:
        going = [each for each in warehouse.snapshots(at.con) if each.release in names]
        warehouse.forget_snapshots(at.con, at.lake, going)

    forget("2026-01-05-1")
    assert [*at.releases()] == ["2026-01-06-1"]
    assert len([*(at.lake.data / "2026-01-05-1").iterdir()]) == 2, "a reader may be at them"
    monkeypatch.setattr(lake_leaving, "_ONE_DAY", "now() + interval '1 day'")
    forget()
    assert [path.name.partition("-")[0] for path in (at.lake.data / "2026-01-05-1").iterdir()] == ["plate"]
    assert at.asked("select sum(number), any_value(score) from plate, score") == [(6, 3)]
    assert at.faults(second) == []


def test_who_is_at_a_release_that_goes_is_told_so(at: AtHand, make: Callable[..., Path]) -> None:
    at.bring(make("2026-01-05-1", SCORE.format(2)), make("2026-01-06-1", SCORE.format(3)))
    place = warehouse.ReleaseInLake(at.lake, at.releases()["2026-01-05-1"])
    with closing(warehouse.open_published(place, for_people=True)) as con:
        assert con.execute("select score from score").fetchall() == [(2,)]
        going = [each for each in warehouse.snapshots(at.con) if each.release == "2026-01-05-1"]
        warehouse.forget_snapshots(at.con, at.lake, going)
        with pytest.raises(duckdb.Error) as broken:
            con.execute("select score from score").fetchall()
        with pytest.raises(SiteTrouble, match="this release was taken out of the lake meanwhile; ask again"):
            warehouse.ask(con, "select score from score", place)
    assert "this release was taken out of the lake meanwhile; ask again" in str(lost(at.lake, broken.value))


def test_what_was_copied_of_a_release_that_never_came_goes_with_it(at: AtHand, make: Callable[..., Path]) -> None:
    """PostgreSQL was away between copy and commit, and before it came back a person withdrew: nothing of that may stay on the share."""
    first, second = make("2026-01-05-1", SCORE.format(2)), make("2026-01-06-1", SCORE.format(3))
    third = make("2026-01-07-1", SCORE.format(4))
    at.bring(first)

    def away() -> None:
        raise SiteTrouble("PostgreSQL does not answer")

    with warehouse.open_lake(at.lake, is_reader=False) as con, pytest.raises(SiteTrouble):
        warehouse.bring_release(Watched(con, away), at.lake, second)  # type: ignore[arg-type]
    assert len([*(at.lake.data / second.name).iterdir()]) == 1
    (at.lake.data / second.name / ".half.partial").touch()
    at.bring(third)
    (going,) = (each for each in warehouse.snapshots(at.con) if each.release == first.name)
    warehouse.forget_snapshots(at.con, at.lake, [going], [first.name, second.name])
    assert sorted(path.name for path in at.lake.data.iterdir()) == [first.name, third.name], (
        "a reader may be at the first"
    )
    assert at.faults(third) == []


def test_a_catalogue_keeps_no_value_of_a_row_that_no_snapshot_shows(at: AtHand, make: Callable[..., Path]) -> None:
    """DuckLake only widens what it notes of a table's columns: the study id of a person who withdrew would stand there for ever."""
    who = "create table score as select 2 as score, subject_id from (values {}) as t(subject_id)"
    first = make("2026-01-05-1", who.format("('A-gone'), ('P5'), ('Z-gone')"))
    second = make("2026-01-06-1", who.format("('P5'), ('P6')"))
    third = make("2026-01-07-1", who.format("('P6'), ('P7')"))
    at.bring(first, second)
    noted = f"select min_value, max_value from {META}.ducklake_table_column_stats where column_id = 2"
    assert at.asked(noted) == [("A-gone", "Z-gone")]
    going = [each for each in warehouse.snapshots(at.con) if each.release == first.name]
    warehouse.forget_snapshots(at.con, at.lake, going)
    assert at.asked(noted) == [(None, None)]
    with warehouse.open_lake(at.lake, is_reader=False) as con:
        later = AtHand(at.lake, con)
        later.bring(third)
        assert "gone" not in str(
            later.asked(f"from {META}.ducklake_table_column_stats, {META}.ducklake_file_column_stats")
        )
        assert later.asked("select subject_id from score where subject_id > 'P6' order by 1") == [("P7",)]
        assert later.asked("select min(subject_id), max(subject_id), count(*) from score") == [("P6", "P7", 2)]
        assert later.faults(second, third) == []


def test_a_reader_asks_and_does_nothing_else(at: AtHand, make: Callable[..., Path]) -> None:
    at.bring(make("2026-01-05-1", SCORE.format(2)), make("2026-01-06-1", SCORE.format(3)))
    place = warehouse.ReleaseInLake(at.lake, at.releases()["2026-01-05-1"])
    with warehouse.stream_published(place, "select score from score", warehouse.QueryLimits()) as reader:
        assert reader.read_all().to_pylist() == [{"score": 2}]
    copying = f"copy (select 1) to '{at.lake.data}/own.csv'"
    with (
        pytest.raises(UsageError, match="a lake is asked"),
        warehouse.stream_published(place, copying, warehouse.QueryLimits()),
    ):
        pass
    with closing(warehouse.open_published(place, for_people=True)) as con:
        for asking in (
            "pivot score on subject_id using sum(score)",
            "describe score",
            "explain select 1",
            "summarize score",
        ):
            require_asking(con, asking)
            assert con.execute(asking).fetchall()
        for doing in (
            copying,
            "attach '/tmp/other.duckdb'",
            "drop table score",
            "create table own as select 1 as one",
            "set threads = 2",
        ):
            with pytest.raises(UsageError, match="a lake is asked"):
                require_asking(con, doing)
        for doing in (
            "drop table score",
            "from read_csv('/etc/passwd')",
            "attach '/tmp/other.duckdb'",
            "set threads = 2",
        ):
            with pytest.raises(duckdb.Error, match=r"read-only|disabled by configuration|locked"):
                con.execute(doing)
    assert not (at.lake.data / "own.csv").exists()


def test_a_machine_without_postgres_is_told_in_one_line() -> None:
    lake = Lake("dbname=lake host=127.0.0.1 port=1 user=pbis", Path("/nowhere"))
    with pytest.raises(
        SiteTrouble, match=r"^lake lake on 127.0.0.1: PostgreSQL does not answer \(.*refused\); look whether it runs"
    ):
        warehouse.open_lake(lake, is_reader=True).__enter__()


def test_extensions_are_loaded_by_path_and_a_wheel_of_another_duckdb_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [path.name for path in warehouse.lake_extensions()] == [
        "postgres_scanner.duckdb_extension",
        "ducklake.duckdb_extension",
    ]
    monkeypatch.setattr("duckdb.__version__", "1.5.99")
    with pytest.raises(
        ConfigError,
        match=r'expected the extension for DuckDB v1.5.99, found v1.5.\d+; .*pip install --upgrade "pbis\[lake\]"',
    ):
        warehouse.lake_extensions()
    monkeypatch.setattr(packages.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r'pip install "pbis\[lake\]"') as caught:
        warehouse.lake_extensions()
    assert caught.value.exit_code == 4
