"""A release that takes over what has not changed holds what one made from nothing holds, shares its parts, and is made again of them."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest

from pbis.config import ReleaseSection
from pbis.core.errors import IntegrityError, UsageError
from warehouse import Anchors, connect, open_parts, publish, query_published, read_manifest, release_database, sha256_of
from warehouse.ddl import quoted
from warehouse.part_ranges import CLOSED, LARGEST, SMALL, Span, spans

NOTHING = ReleaseSection()
FIRST = """specimen | analyte | value
S1 | IL-2 | 7.5
S1 | IL-6 | <3.2
TUBE77X | IL-2 | 4"""
SECOND = """specimen | analyte | value
S3 | IL-2 | 8.5
TUBE77X | IL-6 | 5"""


def rows_of(path: Path) -> dict[str, object]:
    """Table -> its sorted rows; views and all comments as they stand; the name of the release aside."""
    with closing(duckdb.connect(str(path), read_only=True)) as con:
        names = con.execute(
            "select schema_name, table_name from duckdb_tables() where table_name <> 'release'"
        ).fetchall()
        found: dict[str, object] = {
            f"{schema}.{name}": con.execute(f"from {schema}.{quoted(name)} order by all").fetchall()
            for schema, name in sorted(names)
        }
        found["words"] = con.execute(
            "select table_name, column_name, data_type, comment from duckdb_columns() where not internal and column_name <> 'effect_1'"
            " order by all"
        ).fetchall()
        found["grains"] = con.execute(
            "select table_name, comment from duckdb_tables() union all select view_name, comment from duckdb_views() where not internal"
            " order by all"
        ).fetchall()
        return found


class Nights:
    """A warehouse that is published night by night."""

    def __init__(self, folder: Path) -> None:
        self.working, self.releases, self.fresh = folder / "working.duckdb", folder / "releases", folder / "fresh"

    def publish(self, name: str, declared: ReleaseSection = NOTHING, *, is_sealed: bool = True) -> Path:
        """The folder of the release."""
        manifest = self.releases / "current" / "manifest.json"
        before = sha256_of(manifest) if manifest.is_file() and is_sealed else ""
        return publish(self.working, self.releases, name, declared, Anchors("b", "s", before)).parent

    def from_nothing(self, name: str) -> Path:
        """The same, of the store alone."""
        return publish(self.working, self.fresh, name).parent

    def copied(self, folder: Path) -> set[str]:
        """Parts of the release that are files of their own."""
        return {path.name for path in (folder / "parts").iterdir() if path.stat().st_nlink == 1}


@pytest.fixture(scope="module")
def first_night(new_lab, tmp_path_factory):
    nights = Nights(tmp_path_factory.mktemp("nights"))
    lab = new_lab(nights.working)
    lab.treatments("subject | started\nP1 | 2026-03-10 09:00")
    lab.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    lab.plate(FIRST)
    lab.con.close()
    nights.publish("n1")
    return nights, lab


@pytest.fixture
def lab(first_night):
    """The laboratory, to load more."""
    return replace(first_night[1], counter=dict(first_night[1].counter))


@pytest.fixture
def nights(first_night, tmp_path):
    folder = shutil.copytree(first_night[0].working.parent, tmp_path / "own", symlinks=True)
    return Nights(folder)


def add(nights, lab, **what):
    """Load more, each by the name of the lab's own method."""
    lab.con = connect(nights.working)
    for name, text in what.items():
        getattr(lab, name)(text)
    lab.con.close()


def test_what_has_not_changed_is_shared_and_a_release_is_made_again_of_its_parts(nights, tmp_path):
    first = nights.releases / "n1"
    was = rows_of(first / "pbis.duckdb")
    with connect(nights.working) as con:
        con.execute("insert into store.setting by name select 'more' as name, '1' as value, 99 as sequence")
    second = nights.publish("n2")
    assert nights.copied(second) == {"release-0000000000.parquet", "setting-0000000000.parquet"}
    assert not (first / "pbis.duckdb").exists()
    target = tmp_path / "again.duckdb"
    assert rows_of(open_parts(first, target)) == was
    assert query_published(target, "select release from release").to_pylist() == [{"release": "n1"}]
    with pytest.raises(UsageError, match="is there already"):
        open_parts(first, target)
    shutil.rmtree(first)  # what shares its parts loses nothing
    (second / "pbis.duckdb").unlink()
    with release_database(second) as path:
        assert query_published(path, "select count(*) as n from result_all").to_pylist() == [{"n": 3}]
    assert not path.exists()
    (second / read_manifest(second).parts[0].file).unlink()
    with pytest.raises(IntegrityError, match=r"found no file.*nothing was written"):
        open_parts(second, tmp_path / "more.duckdb")
    assert not list(tmp_path.glob("*more*"))


def test_a_night_publishes_what_a_whole_copy_would_hold(nights, lab):
    labels = "select distinct sample_label from result_all order by all"
    add(
        nights,
        lab,
        plate=SECOND,
        labs="subject | analyte | specimen | drawn | value\nP1 | CRP | | 2026-03-08 08:00 | 5",
        treatments="subject | started\nP1 | 2026-03-12 09:00",  # the days of a patient move
    )
    second = nights.publish("n2")
    assert rows_of(second / "pbis.duckdb") == rows_of(nights.from_nothing("n2") / "pbis.duckdb")
    assert "TUBE77X" not in query_published(second / "pbis.duckdb", labels).column(0).to_pylist()
    add(
        nights, lab, specimens="specimen | subject | drawn\nTUBE77X | P2 | 2026-03-08 09:00"
    )  # a label becomes a barcode
    third = nights.publish("n3")
    assert rows_of(third / "pbis.duckdb") == rows_of(nights.from_nothing("n3") / "pbis.duckdb")
    assert "TUBE77X" in query_published(third / "pbis.duckdb", labels).column(0).to_pylist()
    assert "result-0000000000.parquet" in nights.copied(third)


def test_what_may_be_shown_no_more_or_was_taken_out_is_not_in_the_file(nights):
    shown = nights.publish("n2", ReleaseSection(words=("TUBE77X",)))
    assert b"TUBE77X" in (shown / "pbis.duckdb").read_bytes()
    with connect(nights.working) as con:
        con.execute("delete from store.result where analyte = 'IL-6'")
    closed = nights.publish("n3")
    assert b"TUBE77X" not in b"".join(path.read_bytes() for path in closed.rglob("*") if path.is_file())
    assert query_published(closed / "pbis.duckdb", "select distinct analyte from result_all").num_rows == 1


def test_nothing_is_taken_over_of_a_release_that_was_not_sealed_so(nights):
    file = nights.releases / "n1" / "parts" / "result-0000000000.parquet"
    file.chmod(0o600)
    file.write_bytes(b"PAR1 of somebody else")
    second = nights.publish("n2", is_sealed=False)
    assert pq.read_table(second / "parts" / "result-0000000000.parquet").num_rows == 3
    with closing(duckdb.connect(str(second / "pbis.duckdb"))) as con:
        con.execute("update store.result set mfi = 1")
    third = nights.publish("n3")  # its manifest is sealed, its database is another: made from nothing
    assert query_published(third / "pbis.duckdb", "from store.result where mfi = 1").num_rows == 0


def test_a_part_is_sorted_named_in_the_manifest_and_the_same_when_it_is_made_again(nights):
    first, again = nights.releases / "n1", nights.from_nothing("n1")
    files = json.loads((first / "manifest.json").read_text())["files"]
    for part in read_manifest(first).parts:
        data = (first / part.file).read_bytes()
        assert data == (again / part.file).read_bytes()
        assert files[part.file] == hashlib.sha256(data).hexdigest()
        assert pq.read_metadata(first / part.file).num_rows == part.span.rows
        assert (first / part.file).stat().st_mode & 0o222 == 0
    wells = pq.read_table(first / "parts" / "result-0000000000.parquet").select(["assay_id", "plate_number", "well"])
    assert wells.to_pylist() == sorted(wells.to_pylist(), key=lambda row: tuple(row.values()))
    package = json.loads((first / "datapackage.json").read_text())
    assert {path for each in package["resources"] for path in each["path"]} == {
        p.file for p in read_manifest(first).parts
    }
    assert {each["name"]: each["schema"].get("primaryKey") for each in package["resources"]}["run"] == ["run_id"]


@pytest.mark.parametrize("step", [1, 300, 4000, 78_720, 393_600])
def test_a_table_is_cut_into_few_parts_of_which_a_night_writes_few(step):
    cut: list[Span] = []
    written = 0
    for rows in range(step, 20 * 393_600 + 1 if step > 4000 else 200 * step + 1, step):
        now = spans(rows, cut)
        assert [span.first for span in now] == [0, *(span.end for span in now)][:-1]
        assert now[-1].end == rows
        written += sum(span.rows for span in set(now) - set(cut))
        cut = now
    assert len(cut) <= rows / CLOSED + 10
    assert max(span.rows for span in cut) <= LARGEST
    assert written <= rows * 6 or rows <= 200 * SMALL
    assert spans(0) == []
    assert spans(5, [Span(0, 9)]) == [Span(0, 5)]


def test_parts_are_read_by_polars_as_the_database_has_them(nights):
    """Another reader of Parquet than those that wrote and checked it: every row of every table."""
    first = nights.releases / "n1"
    files: dict[str, list[str]] = {}
    for part in read_manifest(first).parts:
        files.setdefault(part.table, []).append(part.file)
    assert {"store.result", "store.curve"} <= files.keys()
    with closing(duckdb.connect(str(first / "pbis.duckdb"), read_only=True)) as con:
        for table, parts in files.items():
            found = pl.concat([pl.read_parquet(first / file) for file in parts])
            wanted = con.execute(f"select {', '.join(found.columns)} from {table}").fetchall()
            assert sorted(map(repr, found.rows())) == sorted(map(repr, wanted)), table
