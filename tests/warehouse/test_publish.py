"""A release holds what may be seen, is put in place by one move, and leaves older readers theirs."""

from __future__ import annotations

import hashlib

import pytest

from pbis.core.errors import IntegrityError
from warehouse import connect, dictionary, publish, published_database, query_published
from warehouse.query import open_published
from warehouse.released import SHOWN_WHERE, WITHHELD_COLUMNS, WITHHELD_TABLES, released_columns
from warehouse.tables import TABLES
from warehouse.wide import column_names

PLATE = """specimen | analyte | value
S1 | IL-2 | 7.5
S1 | IL-6 | <3.2
S2 | IL-2 | LOW_BEADS"""


@pytest.fixture
def working(warehouse, lab):
    """A warehouse with one plate and one subject, closed."""
    lab.treatments("subject | started\nP1 | 2026-03-10 09:00")
    lab.specimens("specimen | subject | drawn\nS1 | P1 | 2026-03-08 08:00")
    lab.plate(PLATE)
    lab.con.close()
    return warehouse


def test_current_leads_to_the_release(working, tmp_path):
    path = publish(working, tmp_path / "releases", "2026-03-11")
    assert path == tmp_path / "releases" / "2026-03-11" / "pbis.duckdb"
    assert published_database(tmp_path / "releases").resolve() == path.resolve()
    assert query_published(path, "select release from release").to_pylist() == [{"release": "2026-03-11"}]
    leftovers = [p.name for p in (tmp_path / "releases").iterdir() if p.name.startswith(".")]
    assert leftovers == []


def test_views_answer_as_in_the_working_file(working, tmp_path):
    path = publish(working, tmp_path / "releases", "r")
    con = connect(working)
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
        assert query_published(path, told).equals(con.execute(told).to_arrow_table()), view
    con.close()


def test_a_reader_keeps_the_release_that_it_opened(working, tmp_path):
    releases = tmp_path / "releases"
    publish(working, releases, "first")
    reader = open_published(published_database(releases))
    before = reader.execute("select count(*) from result_all").fetchone()
    con = connect(working)
    con.execute("create table store.later (a integer)")
    con.close()
    publish(working, releases, "second")
    assert reader.execute("select count(*) from result_all").fetchone() == before
    reader.close()


def test_a_release_is_never_written_over(working, tmp_path):
    path = publish(working, tmp_path / "releases", "r")
    before = {p: p.read_bytes() for p in path.parent.rglob("*") if p.is_file()}
    con = connect(working)
    con.execute("delete from store.result")
    con.close()
    with pytest.raises(IntegrityError, match="a release is never written over"):
        publish(working, tmp_path / "releases", "r")
    (tmp_path / "releases" / "empty").mkdir()
    with pytest.raises(IntegrityError, match="never written over"):
        publish(working, tmp_path / "releases", "empty")
    assert {p: p.read_bytes() for p in path.parent.rglob("*") if p.is_file()} == before
    assert (tmp_path / "releases" / "current").readlink().name == "r"


def test_older_releases_stay(working, tmp_path):
    releases = tmp_path / "releases"
    for name in ("2026-03-11", "2026-03-12"):
        publish(working, releases, name)
    assert sorted(p.name for p in releases.iterdir()) == ["2026-03-11", "2026-03-12", "current"]
    assert (releases / "current").readlink().name == "2026-03-12"


def test_an_interrupted_release_is_swept_away(working, tmp_path):
    partial = tmp_path / "releases" / ".r.partial"
    partial.mkdir(parents=True)
    (partial / "pbis.duckdb").write_bytes(b"half")
    (tmp_path / "releases" / ".current.partial").symlink_to("nowhere")
    path = publish(working, tmp_path / "releases", "r")
    assert query_published(path, "select count(*) as n from result").to_pylist() == [{"n": 2}]


def test_people_and_machines_are_not_in_the_file(working, tmp_path):
    path = publish(working, tmp_path / "releases", "r")
    columns = query_published(path, "select table_name || '.' || column_name as c from duckdb_columns()")[
        "c"
    ].to_pylist()
    withheld = {f"{table}.{column}" for table, names in WITHHELD_COLUMNS.items() for column in names}
    assert not withheld & set(columns)
    assert not {c.partition(".")[0] for c in columns} & WITHHELD_TABLES
    released = [p for p in path.parent.rglob("*") if p.is_file()]
    assert len(released) == 6  # the manifest among them
    for secret in (b"Olga", b"LAB-PC-7"):
        assert secret in working.read_bytes()
        assert not any(secret in p.read_bytes() for p in released)


def test_what_is_withheld_exists():
    assert set(TABLES) >= WITHHELD_TABLES | set(WITHHELD_COLUMNS)
    for table, names in WITHHELD_COLUMNS.items():
        assert names <= set(TABLES[table].names)
    for table, columns in SHOWN_WHERE.items():
        assert set(columns) <= set(released_columns(table))
    assert "operator" not in released_columns("run")
    assert released_columns("run_header") == []


def test_everything_published_has_a_comment(working, tmp_path):
    con = open_published(publish(working, tmp_path / "releases", "r"))
    assert dictionary.uncommented(con) == []
    con.close()


def test_parquet_is_byte_identical_between_releases(working, tmp_path):
    def hashes(name):
        folder = publish(working, tmp_path / "releases", name).parent / "parquet"
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir()}

    one = hashes("one")
    assert one == hashes("two")
    assert sorted(one) == ["plate.parquet", "result.parquet", "score.parquet", "score_input.parquet"]


def test_wide_table(working, tmp_path):
    path = publish(working, tmp_path / "releases", "r")
    rows = query_published(path, 'select specimen_id, "IL-2", "IL-6", "IL-6 reported" from result_wide').to_pylist()
    assert rows == [
        {"specimen_id": "S1", "IL-2": 7.5, "IL-6": None, "IL-6 reported": "<3.2"},
        {"specimen_id": "S2", "IL-2": None, "IL-6": None, "IL-6 reported": None},
    ]


def test_wide_columns_of_hostile_names(warehouse, lab, tmp_path):
    names = ['a"; drop table x; --', "o'neil", "IL-2", "il-2", "plate"]
    lab.plate("specimen | analyte | value\n" + "\n".join(f"S1 | {name} | 5" for name in names))
    lab.con.close()
    path = publish(warehouse, tmp_path / "releases", "r")
    assert query_published(path, "select count(*) as n from result_wide").to_pylist() == [{"n": 1}]
    assert column_names(["IL-2", "il-2", "plate"]) == {"IL-2": "IL-2", "il-2": "il-2 (2)", "plate": "plate (2)"}
    con = open_published(path)
    assert dictionary.uncommented(con) == []
    con.close()
