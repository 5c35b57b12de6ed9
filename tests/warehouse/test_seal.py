"""The program's own views are known again however DuckDB spells them; a changed one is named."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from warehouse import connect
from warehouse.migrate import migrate
from warehouse.seal import changed_views


@pytest.fixture(scope="module")
def rewritten(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse whose catalog was written three times: lists of excluded and replaced columns come out in another order."""
    folder = tmp_path_factory.mktemp("rewritten")
    with closing(connect(folder / "a0.duckdb")) as con:
        migrate(con)
    for number in range(3):
        with closing(connect(folder / f"a{number}.duckdb")) as con:
            con.execute(f"attach '{folder / f'a{number + 1}.duckdb'}' as copy")
            con.execute(f"copy from database a{number} to copy")
    return folder / "a3.duckdb"


def test_views_in_another_spelling_are_the_programs_own(rewritten: Path) -> None:
    with closing(connect(rewritten)) as con:
        assert changed_views(con) == []


@pytest.mark.parametrize(
    ("view", "was", "now"),
    [
        ("placed_lab", "moved.collected_at", '"version".collected_at'),
        ("placed_lab", "is_disputed OR", "is_disputed AND"),
    ],
)
def test_a_view_that_says_something_else_is_named(rewritten: Path, view: str, was: str, now: str) -> None:
    with closing(connect(rewritten)) as con:
        (said,) = con.execute(
            "select sql from duckdb_views() where schema_name = 'internal' and view_name = $1", [view]
        ).fetchone() or ("",)
        changed = said.replace("CREATE VIEW", "CREATE OR REPLACE VIEW", 1).replace(was, now)
        assert changed.count(now) > said.count(now)
        con.execute("begin")
        con.execute(changed)
        assert changed_views(con) == [f"internal.{view}"]
        con.execute("rollback")
