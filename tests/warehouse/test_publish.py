"""A release holds what may be seen, is put in place by one move, and leaves older readers theirs."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pbis.config import ReleaseSection
from pbis.core.errors import IntegrityError
from warehouse import connect, dictionary, open_parts, publish, published_database, query_published
from warehouse.explain import QUERIES
from warehouse.query import open_published
from warehouse.released import SHOWN_WHERE, WITHHELD_COLUMNS, WITHHELD_TABLES, released_columns
from warehouse.shapes import internal_texts, public_texts
from warehouse.tables import TABLES
from warehouse.wide import column_names

PLATE = """specimen | analyte | value
S1 | IL-2 | 7.5
S1 | IL-6 | <3.2
S2 | IL-2 | LOW_BEADS"""


OWN_LABELS = ReleaseSection(
    labels_name_nobody=True
)  # so that S2, of which no specimen table knows, is told apart in words


@dataclass(frozen=True)
class Published:
    """A warehouse with one plate and one subject, closed, published as `first` over the rest of a release that broke off,
    and, with a table more, as `second`. seen: what a reader who opened the first saw before the second and after it."""

    working: Path
    releases: Path
    first: Path
    second: Path
    seen: tuple[Any, Any]


@pytest.fixture(scope="module")
def published(new_lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("published")
    working, releases = folder / "working.duckdb", folder / "releases"
    lab = new_lab(working)
    lab.treatments("subject | started\nP1 | 2026-03-10 09:00")
    lab.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    lab.plate(PLATE)
    lab.con.close()
    (releases / ".first.partial").mkdir(parents=True)
    (releases / ".first.partial" / "pbis.duckdb").write_bytes(b"half")
    (releases / ".current.partial").symlink_to("nowhere")
    first = publish(working, releases, "first", OWN_LABELS)
    reader = open_published(published_database(releases))
    before = reader.execute("select count(*) from result_all").fetchone()
    con = connect(working)
    con.execute("create table store.later (a integer)")
    con.execute("create view by_hand as select operator from store.run")
    con.close()
    second = publish(working, releases, "second", OWN_LABELS)
    after = reader.execute("select count(*) from result_all").fetchone()
    reader.close()
    assert not first.exists()  # it is made again of its parts
    return Published(working, releases, open_parts(first.parent, folder / "first.duckdb"), second, (before, after))


def test_current_leads_to_the_release(published):
    assert published.second == published.releases / "second" / "pbis.duckdb"
    assert published_database(published.releases).resolve() == published.second.resolve()
    for name in ("first", "second"):
        path = getattr(published, name)
        assert query_published(path, "select release from release").to_pylist() == [{"release": name}]


def test_a_release_has_the_views_of_the_program_each_of_which_can_be_read(published):
    con = open_published(published.second)
    views = con.execute("select schema_name, view_name from duckdb_views() where not internal order by all").fetchall()
    of = {schema: {name for each, name in views if each == schema} for schema in ("internal", "main", "v1")}
    assert of["internal"] | {"given_away_lab"} == set(internal_texts())
    assert of["main"] == {*public_texts(), "result_wide"}
    assert len(views) == sum(map(len, of.values()))
    for schema, view in views:
        con.execute(f'describe from {schema}."{view}"')
    tables = {name for (name,) in con.execute("select table_name from duckdb_tables()").fetchall()}
    assert not tables & {"later", "run_header"}
    con.close()


def test_views_answer_as_in_the_working_file(published):
    con = connect(published.working)
    for view in (
        "result_all",
        "result",
        "plate",
        "analyte",
        "exclusion",
        "pbis_input",
        "current_assay",
        "standard_curve",
    ):
        told = f"select columns(name -> name not in ('collected_at', 'treatment_started_on')) from {view} order by all"
        assert query_published(published.second, told).equals(con.execute(told).to_arrow_table()), view
    con.close()


def test_a_reader_keeps_the_release_that_it_opened(published):
    assert published.seen == ((3,), (3,))


def test_a_release_is_never_written_over(published, tmp_path):
    working = Path(shutil.copy(published.working, tmp_path / "working.duckdb"))
    releases = Path(shutil.copytree(published.releases, tmp_path / "releases", symlinks=True))
    before = {p: p.read_bytes() for p in releases.rglob("*") if p.is_file()}
    con = connect(working)
    con.execute("delete from store.result")
    con.close()
    with pytest.raises(IntegrityError, match="a release is never written over"):
        publish(working, releases, "second")
    (releases / "empty").mkdir()
    with pytest.raises(IntegrityError, match="never written over"):
        publish(working, releases, "empty")
    assert {p: p.read_bytes() for p in releases.rglob("*") if p.is_file()} == before
    assert (releases / "current").readlink().name == "second"


def test_older_releases_stay_and_an_interrupted_one_is_swept_away(published):
    assert sorted(p.name for p in published.releases.iterdir()) == ["current", "first", "second"]
    assert (published.releases / "current").readlink().name == "second"
    assert query_published(published.first, "select count(*) as n from result").to_pylist() == [{"n": 2}]


def test_people_and_machines_are_not_in_the_file(published):
    path = published.first
    columns = query_published(path, "select table_name || '.' || column_name as c from duckdb_columns()")[
        "c"
    ].to_pylist()
    withheld = {f"{table}.{column}" for table, names in WITHHELD_COLUMNS.items() for column in names}
    assert not withheld & set(columns)
    assert not {c.partition(".")[0] for c in columns} & WITHHELD_TABLES
    folder = published.releases / "first"
    released = [path, *(p for p in folder.rglob("*") if p.is_file())]
    assert sorted(p.name for p in folder.iterdir()) == [
        "CHANGES.md", "datapackage.json", "dictionary.csv", "dictionary.html", "manifest.json", "parquet", "parts", "shape.sql",
    ]  # fmt: skip
    for secret in (b"Olga", b"LAB-PC-7"):
        assert secret in published.working.read_bytes()
        assert not any(secret in p.read_bytes() for p in released)


def test_what_is_withheld_exists():
    assert set(TABLES) >= WITHHELD_TABLES | set(WITHHELD_COLUMNS)
    for table, names in WITHHELD_COLUMNS.items():
        assert names <= set(TABLES[table].names)
    for table, columns in SHOWN_WHERE.items():
        assert set(columns) <= set(released_columns(table))
    assert "operator" not in released_columns("run")
    assert released_columns("run_header") == []


def test_everything_published_has_a_comment(published):
    con = open_published(published.first)
    assert dictionary.uncommented(con) == []
    con.close()


def test_parquet_is_byte_identical_between_releases(published):
    one, two = (
        {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in (published.releases / name / "parquet").iterdir()}
        for name in ("first", "second")
    )
    assert one == two
    assert sorted(one) == ["plate.parquet", "score.parquet", "score_input.parquet"]


def test_wide_table(published):
    wide = "select specimen_id, il_2, il_6, il_6_display from result_wide"
    assert query_published(published.first, wide).to_pylist() == [
        {"specimen_id": "S1", "il_2": 7.5, "il_6": None, "il_6_display": "<3.2"},
        {"specimen_id": "S2", "il_2": None, "il_6": None, "il_6_display": None},
    ]


def test_the_wide_table_has_the_analytes_of_specimen_results(lab):
    lab.plate("specimen | analyte | value\nS1 | IL-2 | 7.5\nS1 | IL-6 | <3.2")
    lab.plate("specimen | analyte | value\nS2 | IL-8 | 5\nS3 | TNF | 5")
    lab.con.execute("update store.result set specimen_id = null where specimen_id in ('S2', 'S3')")
    lab.con.execute("update store.result set well_role = 'background' where analyte = 'IL-6'")
    lab.con.execute("update store.well set doubt = 'label' where specimen_id = 'S2'")  # a layout names whose it may be
    found = lab.con.execute((QUERIES / "wide_analyte.sql").read_text("utf-8")).fetchall()
    assert found == lab.con.execute("select distinct analyte from specimen_result order by 1").fetchall()
    assert found == [("IL-2",), ("IL-8",)]


def test_wide_columns_of_hostile_names(warehouse, lab, tmp_path):
    names = ['a"; drop table x; --', "o'neil", "IL-2", "il-2", "plate"]
    lab.plate("specimen | analyte | value\n" + "\n".join(f"S1 | {name} | 5" for name in names))
    lab.con.close()
    path = publish(warehouse, tmp_path / "releases", "r")
    assert query_published(path, "select count(*) as n from result_wide").to_pylist() == [{"n": 1}]
    assert query_published(path, "select count(*) as n from v1.result_wide").to_pylist() == [{"n": 1}]
    assert column_names(["IL-2", "il-2", "plate", "6Ckine", "é"]) == {
        "IL-2": "il_2",
        "il-2": "il_2_2",
        "plate": "plate_2",
        "6Ckine": "analyte_6ckine",
        "é": "analyte",
    }
    con = open_published(path)
    assert dictionary.uncommented(con) == []
    con.close()
