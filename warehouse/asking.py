"""Questions of the program's own about a release: a file of queries/ each, with parameters, so that no word of a person becomes SQL."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from warehouse.append import Connection
from warehouse.query import open_published, own_questions

_QUERIES = Path(__file__).parent / "queries"


def ask_release(path: Path, name: str, about: Mapping[str, Any]) -> pa.Table:
    """The answer of the release at `path` to queries/<name>.sql. about: its parameters. UsageError where an earlier build published it
    without what is asked."""
    return ask_together(path, {name: about})[name]


def ask_together(path: Path, asked: Mapping[str, Mapping[str, Any]]) -> dict[str, pa.Table]:
    """The same for several questions, by name, each with its parameters: opening a release costs as much as a short answer."""
    with closing(open_published(path)) as con, own_questions(con):
        return {name: _answer(con, name, about) for name, about in asked.items()}


def _answer(con: Connection, name: str, about: Mapping[str, Any]) -> pa.Table:
    return con.execute((_QUERIES / f"{name}.sql").read_text("utf-8"), dict(about)).to_arrow_table()
