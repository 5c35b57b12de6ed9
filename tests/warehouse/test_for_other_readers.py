"""What people meet who read our files with other programs (docs/readers.md): what we keep from them, and what our own SQL keeps clear of."""

from __future__ import annotations

import re
import shutil
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from warehouse import connect
from warehouse.publish import PARQUET, write_release
from warehouse.publishable import strange_doubles

ROOT = Path(__file__).parents[2]
SQL = sorted((ROOT / "warehouse").rglob("*.sql"))
# What answers otherwise in another version of DuckDB, or without a word by the order of rows.
AVOIDED = {
    r"\basof\b": "an ASOF join with conditions on both tables gave another answer in 1.5.5 than in 1.4.4",
    r"\bmerge\s+into\b": "two source rows of one key are both taken, one after the other or twice",
    r"\bmad\s*\(": "of DECIMAL it is 0 where half the step is lost",
    r"\b(median|quantile\w*)\s*\((?![^)]*::double)": "of DECIMAL it cuts digits: cast to double first",
    r"\bexport\s+database\b": "it drops comments",
    r"\(\s*\w+\s*->|,\s*\w+\s*->": "2.0 refuses lambdas with an arrow: write lambda x: ...",
    r"\bread_csv(_auto)?\s*\((?![^)]*(columns|all_varchar))": "automatic detection turns F into false and guesses day and month",
    r"storage_compatibility_version": "files are written in the form of 1.4, which one place says",
}
# Questions to public views, which have no DECIMAL (their columns are held to types by a test of their own).
TYPED = ("examples",)
DOCUMENTED = re.compile(r"```sql\n(.*?)```|\"(select .*?[^\\])\"", re.DOTALL | re.IGNORECASE)
# A text that holds a number, on either side of an operator that compares or computes, or added up.
UNTYPED = re.compile(
    r"(\b\w*_text\b(?!::)\s*(<|>|\+|\*|/|\bbetween\b))|((<|>|\+|\*|/)=?\s*(\w+\.)?\w*_text\b(?!::))|\b(sum|avg|min|max|median|order by)\s*\(?\s*(\w+\.)?\w*_text\b(?!::)",
    re.IGNORECASE,
)


def code_of(path: Path) -> str:
    return re.sub(r"--.*", "", path.read_text("utf-8"))


@pytest.mark.parametrize("pattern", AVOIDED, ids=AVOIDED.values())
def test_our_sql_keeps_clear_of_what_answers_otherwise_elsewhere(pattern: str) -> None:
    texts = {path.name: code_of(path) for path in SQL if path.parent.name not in TYPED}
    texts |= {path.name: path.read_text("utf-8") for path in sorted((ROOT / "warehouse").glob("*.py"))}
    found = [name for name, text in texts.items() if re.search(pattern, text, re.IGNORECASE)]
    assert found == (["connect.py"] if "storage" in pattern else [])


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        ("from a asof join b on a.t >= b.t and a.k = b.k", 1), ("MERGE INTO t USING s", 1), ("median(x)", 1), ("median(x::double)", 0),
        ("mad(x)", 1), ("list_filter(l, x -> x <> '')", 1), ("list_filter(l, lambda x: x <> '')", 0), ("read_csv('a.csv')", 1),
        ("read_csv('a.csv', all_varchar = true)", 0), ("export database 'x'", 1),
    ],
)  # fmt: skip
def test_the_rules_see_what_they_are_for(text: str, patterns: int) -> None:
    assert sum(re.search(pattern, text, re.IGNORECASE) is not None for pattern in AVOIDED) == patterns


def documented() -> list[str]:
    """Every query that a page shows, and the files of example queries."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    found = [sql for page in pages for pair in DOCUMENTED.findall(page.read_text("utf-8")) for sql in pair if sql]
    return found + [code_of(path) for path in sorted((ROOT / "docs").rglob("*.sql"))]


def test_every_documented_query_states_the_types_of_its_numbers() -> None:
    queries = documented()
    assert len(queries) > 3
    assert [query for query in queries if UNTYPED.search(query)] == []


@pytest.mark.parametrize(
    ("query", "is_untyped"),
    [
        ("select * from score_input where value_text > 5", True), ("select sum(value_text) from lab", True),
        ("select value_text::double from lab where 5 < value_text::double", False), ("select * from x order by x.value_text", True),
        ("select value_text from lab", False), ("select 1 where 3 < l.value_text", True),
    ],
)  # fmt: skip
def test_a_number_in_a_text_is_seen(query: str, is_untyped: bool) -> None:
    assert (UNTYPED.search(query) is not None) is is_untyped


@pytest.fixture(scope="module")
def released(empty_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database of a release of a site without anything."""
    folder = tmp_path_factory.mktemp("released")
    return write_release(Path(shutil.copy(empty_warehouse, folder / "working.duckdb")), folder / "releases", "first")


def test_parquet_has_no_decimals_one_resolution_and_columns_that_may_all_be_empty(released: Path) -> None:
    files = sorted(released.parent.rglob("*.parquet"))
    assert {path.stem for path in files} >= set(PARQUET)
    for path in files:
        file = pq.ParquetFile(path)
        kinds = {str(field.type) for field in file.schema_arrow}
        assert not {kind for kind in kinds if kind.startswith("decimal")}  # 3.2 would be read as 3.1999999999999997
        assert {kind for kind in kinds if kind.startswith("timestamp")} <= {
            "timestamp[us]"
        }  # of seconds some writers make 1970
        columns = [file.schema.column(place) for place in range(len(file.schema))]
        assert {column.max_definition_level for column in columns} == {1}, path  # whatever the night's rows hold


def test_a_release_is_written_in_the_form_of_the_first_version_that_reads_all(released: Path, tmp_path: Path) -> None:
    for path in (released, tmp_path / "new.duckdb"):
        with closing(connect(path)) as con:
            (tags,) = con.execute("select tags from duckdb_databases() where path is not null").fetchone() or ({},)
        assert tags == {"storage_version": "v1.4.0+"}


def test_a_number_that_is_none_is_greater_than_every_cut_and_is_never_published() -> None:
    with closing(duckdb.connect()) as con:
        con.execute("create schema store; create table store.score_component (value double, cut double)")
        con.execute("insert into store.score_component values ('nan', 3.2), (1, 3.2)")
        assert con.execute("select count(*) from store.score_component where value > cut").fetchone() == (1,)
        (sentence,) = strange_doubles(con)
    assert sentence == "score_component.value: expected numbers; found NaN, an infinity or -0.0 in 1 rows"
