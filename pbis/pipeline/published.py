"""What people may ask: read-only SQL on the newest release, which they keep even while a night publishes the next."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pbis.config import load_site
from pbis.core.errors import IntegrityError, UsageError
from pbis.core.words import nearest

if TYPE_CHECKING:
    import pyarrow as pa

    import warehouse

_NAME = re.compile(r"[a-z_][a-z0-9_]*", re.ASCII)
_VIEWS = """
    select table_name as "view", comment as "what it holds"
    from (select view_name as table_name, comment from duckdb_views() where schema_name = 'main' and not internal
          union all select table_name, comment from duckdb_tables() where schema_name = 'main')
    order by 1
"""
# In a lake a column of a view has no words of its own; `dictionary` has them all.
_COLUMNS_IN_LAKE = """
    select table_name as "view", column_name as "column", lower(data_type) as "type", meaning as "what it holds"
    from duckdb_columns() left join dictionary on dictionary.name = table_name and dictionary.column_name = duckdb_columns.column_name
    where schema_name = 'main' and database_name = current_database() and not internal
    order by table_name, column_index
"""
_COLUMNS = """
    select table_name as "view", column_name as "column", lower(data_type) as "type", comment as "what it holds"
    from duckdb_columns() where schema_name = 'main' and not internal
    order by table_name, column_index
"""


def published_file(root: Path) -> Path:
    """The database of the site's newest release. UsageError where no night has published it, IntegrityError where what one published is gone."""
    current = load_site(root).path("releases") / "current"
    path = current / "pbis.duckdb"
    if path.exists():
        return path
    if not os.path.lexists(current):
        raise UsageError(f"{root}: nothing is published yet; run: pbis night --site {root}")
    led = current.readlink() if current.is_symlink() else current.name
    lost = "its database" if current.is_dir() else "that folder"
    raise IntegrityError(
        f"{current}: leads to release {led}, but {lost} is not there; put it back from a backup; pbis verify --site {root} names what else is gone"
    )


@contextmanager
def published(root: Path, release: str = "") -> Iterator[Path]:
    """The database of the newest release, or of the one named, which is made of its parts where it is an older one. UsageError where
    there is none, and where it holds a subject who withdrew."""
    if not release:
        yield published_file(root)
        return
    import warehouse
    from pbis.pipeline.withdrawals import require_nobody_withdrawn

    require_nobody_withdrawn(load_site(root), release)
    with warehouse.release_database(named_folder(root, release)) as path:
        yield path


@contextmanager
def asked_place(root: Path, release: str = "") -> Iterator[Path | warehouse.ReleaseInLake]:
    """Where questions go: to the database as above, and on a machine that has none of the site's releases to its lake. SiteTrouble where
    that cannot be reached."""
    from pbis.pipeline.lake_reader import asks_lake, release_in_lake

    site = load_site(root)
    if asks_lake(site):
        yield release_in_lake(site, release)
        return
    with published(root, release) as path:
        yield path


def named_folder(root: Path, release: str) -> Path:
    """A release is a folder of its own that no later night changes; a name is one of them and never a path. UsageError where none is."""
    import warehouse

    kept = {folder.name: folder for folder in warehouse.release_folders(load_site(root).path("releases"))}
    if release not in kept:
        raise UsageError(f"--release {release}: there is no such release; kept are {', '.join(kept) or 'none'}")
    return kept[release]


def run_query(root: Path, query: str, release: str = "") -> pa.Table:
    """Run one query of the program's own on the newest release, or the one named: it asks the views by which the program derives.
    UsageError, in one line, where it is no SQL or asks for what a reader may not do."""
    import warehouse

    with asked_place(root, release) as path:
        return warehouse.query_published(path, query)


@contextmanager
def stream_query(
    root: Path,
    query: str,
    seconds: float,
    memory: str,
    own: Mapping[str, pa.Table] = MappingProxyType({}),
    release: str = "",
) -> Iterator[pa.RecordBatchReader]:
    """The answer, a batch at a time, within these limits. own: tables to ask beside the release's views, by name; release: another than the
    newest. UsageError as above, QueryStopped where a limit ends it."""
    import warehouse

    limits = warehouse.QueryLimits(seconds, memory)
    with asked_place(root, release) as path, warehouse.stream_published(path, query, limits, own) as reader:
        yield reader


def own_tables(root: Path, given: Sequence[str], release: str = "") -> dict[str, pa.Table]:
    """The tables of NAME=FILE. UsageError where a name is none, or is a view's of the release; MalformedFile where a file is no table."""
    from pbis.clinical import read_own_table

    views = set(list_views(root, release).column("view").to_pylist()) if given else set()
    tables = {}
    for each in given:
        name, _, file = each.partition("=")
        if not _NAME.fullmatch(name) or not file:
            raise UsageError(f"--with {each}: expected NAME=FILE, with a NAME of letters, figures and _")
        if name in views or name in tables:
            raise UsageError(f"--with {each}: {name} is a table already; give yours another name")
        tables[name] = read_own_table(Path(file))
    return tables


def list_views(root: Path, release: str = "") -> pa.Table:
    """Names of the views of the newest release, or of the one named, with what each holds."""
    return run_query(root, _VIEWS, release)


def list_examples() -> pa.Table:
    """Names of the questions that come with the program, with what each asks."""
    import pyarrow as pa

    from warehouse.examples import examples

    told = examples()
    return pa.table({"query": [each.name for each in told], "question": [each.question for each in told]})


def list_example(name: str) -> str:
    """The SQL of one of them. UsageError where there is none of that name."""
    from warehouse.examples import examples

    known = {each.name: each.sql for each in examples()}
    if name not in known:
        raise UsageError(f"there is no query {name!r}{nearest(name, known) or '; .queries lists them'}")
    return known[name]


def list_columns(root: Path, release: str = "") -> pa.Table:
    """Every column of every view of the newest release, or of the one named: view, column, type, what it holds."""
    from pbis.pipeline.lake_reader import asks_lake

    return run_query(root, _COLUMNS_IN_LAKE if asks_lake(load_site(root)) else _COLUMNS, release)
