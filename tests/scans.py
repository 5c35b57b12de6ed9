"""How many rows of a table the questions of a night take out of it, by step: what costs grow with, whatever the machine."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import duckdb
import pytest

from pbis.pipeline.context import Silent

Scans = Counter[tuple[str, str]]


class Steps(Silent):
    """Knows which step is at work."""

    def __init__(self) -> None:
        self.now = "opening"

    def step(self, name: str, total: int) -> None:
        self.now = name


class Counted:
    """A real connection whose profile of each question is added up before the next one."""

    def __init__(self, con: duckdb.DuckDBPyConnection, steps: Steps, scans: Scans) -> None:
        self._con, self._steps, self._scans, self._step = con, steps, scans, ""
        con.execute("set enable_profiling = 'no_output'")

    def execute(self, *asked: Any) -> Counted:
        self._add()
        self._con.execute(*asked)
        self._step = self._steps.now
        return self

    def cursor(self) -> Counted:
        return Counted(self._con.cursor(), self._steps, self._scans)

    def close(self) -> None:
        self._add()
        self._con.close()

    def __enter__(self) -> Counted:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._con, name)

    def _add(self) -> None:
        if self._step:
            for table, count in _of_tables(json.loads(self._con.get_profiling_information(format="json"))):
                self._scans[self._step, table] += count
        self._step = ""


def _of_tables(node: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    table = dict(node.get("extra_info") or {}).get("Table")
    if table:
        yield str(table).rpartition(".")[2], int(node["operator_cardinality"])
    for child in node.get("children", ()):
        yield from _of_tables(child)


@contextmanager
def counted() -> Iterator[tuple[Steps, Scans]]:
    """Within it every connection counts: what to tell the night by, and (step, table) -> rows."""
    steps, scans, connect = Steps(), Counter(), duckdb.connect
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duckdb, "connect", lambda *a, **k: Counted(connect(*a, **k), steps, scans))
        yield steps, scans
