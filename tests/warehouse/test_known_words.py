"""What is kept of the words of large tables gives what asking them whole gives, whatever came since, and is let go where it could not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from pbis.config import ReleaseSection
from pbis.core.frames.model import Column
from warehouse import closed_words_of, connect, keep_words_of, known_words, publish
from warehouse.erase import Erased, erase
from warehouse.known_words import Place, known_until, words_of
from warehouse.migrate import migrate
from warehouse.tables import TABLES

LABEL = "reading.sample_label"
NOBODY = Erased(frozenset(), str, lambda _: False)


def place_of(name: str) -> Place:
    table, _, column = name.partition(".")
    (found,) = (each for each in TABLES[table].columns if each.name == column)
    return table, found


@pytest.fixture
def con(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[duckdb.DuckDBPyConnection]:
    """A store with two readings, of whose words all are kept as soon as there is one more."""
    monkeypatch.setattr(known_words, "MANY", 1)
    with closing(connect(tmp_path / "working.duckdb")) as con:
        migrate(con)
        add(con, "A. Meier", "Standard1")
        yield con


def add(con: duckdb.DuckDBPyConnection, *labels: str) -> None:
    """Readings with these labels, and nothing else that is told."""
    wanted = [_value(each) for each in TABLES["reading"].columns]
    query = f"insert into store.reading by name select {', '.join(wanted)} from (select unnest($1::varchar[]) as label)"
    con.execute(query, [list(labels)])


def _value(column: Column) -> str:
    shown = "label" if column.name == "sample_label" else "null" if column.is_nullable else "'1'"
    return f"{shown} as {column.name}"


def words(con: duckdb.DuckDBPyConnection) -> list[str]:
    return words_of(con, place_of(LABEL), known_until(con))


def test_what_came_since_is_asked_beside_what_is_kept(con: duckdb.DuckDBPyConnection) -> None:
    keep_words_of(con)
    assert known_until(con)[LABEL] == 2
    add(con, "B. Schulz", "A. Meier")
    assert words(con) == words_of(con, place_of(LABEL), {}) == ["A. Meier", "B. Schulz", "Standard1"]
    keep_words_of(con)
    assert known_until(con)[LABEL] == 4
    assert words(con) == ["A. Meier", "B. Schulz", "Standard1"]


def test_a_kept_word_is_closed_as_one_that_is_asked(con: duckdb.DuckDBPyConnection) -> None:
    whole = closed_words_of(con, ReleaseSection()).found
    keep_words_of(con)
    assert closed_words_of(con, ReleaseSection()).found == whole
    assert "A. Meier" in whole["reading", "sample_label"]


def test_few_new_rows_write_nothing(con: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_words, "MANY", 3)
    keep_words_of(con)
    assert known_until(con) == {}
    add(con, "C")
    keep_words_of(con)
    assert known_until(con)[LABEL] == 3


def test_rows_that_were_taken_out_leave_nothing_known(con: duckdb.DuckDBPyConnection) -> None:
    keep_words_of(con)
    con.execute("delete from store.reading where sample_label = 'A. Meier'")
    add(con, "B. Schulz")
    assert LABEL not in known_until(con)
    assert words(con) == ["B. Schulz", "Standard1"]


def test_another_question_is_asked_of_all_rows(con: duckdb.DuckDBPyConnection) -> None:
    """A build that looks at other cells, or shows a column otherwise, takes no word of the one before for its own."""
    keep_words_of(con)
    con.execute("update internal.word_until set question = question || ' and true'")
    con.execute("update internal.word_seen set word = 'of the build before'")
    assert words(con) == ["A. Meier", "Standard1"]
    keep_words_of(con)
    assert words(con) == ["A. Meier", "Standard1"]


def test_what_is_erased_is_kept_nowhere(con: duckdb.DuckDBPyConnection) -> None:
    keep_words_of(con)
    erase(con, NOBODY)
    kept = "select count(*) from duckdb_tables() where table_name in ('word_seen', 'word_until')"
    assert con.execute(kept).fetchone() == (0,)
    assert words(con) == ["A. Meier", "Standard1"]


def test_a_release_has_none_of_it(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    keep_words_of(con)
    con.close()
    with closing(duckdb.connect(str(publish(tmp_path / "working.duckdb", tmp_path / "releases", "first")))) as release:
        tables = release.execute("select table_name from duckdb_tables()").fetchall()
    assert not {"word_seen", "word_until"} & {name for (name,) in tables}
