"""The database of a release, made again from its parts: shape.sql says which tables, views and words it has, the parts what is in them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import groupby
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pbis.core.errors import IntegrityError, UsageError
from pbis.files.durable import sync
from pbis.files.temporary import temporary_folder
from warehouse.connect import INTERNAL, connect, let_go, transaction
from warehouse.ddl import literal, quoted
from warehouse.erase import holds_any
from warehouse.part_ranges import CLOSED
from warehouse.release_disk import sha256_of
from warehouse.release_manifest import FILE_NAME, ReleaseManifest, read_manifest
from warehouse.shapes import FORMER, PUBLIC, former_text, internal_texts, place_views, public_texts
from warehouse.wide import WIDE

SHAPE = "shape.sql"
# Neither stands in a statement of ours.
BETWEEN, SECTION = "\n;;\n", "\n;;;;\n"
_TABLES = """
    select schema_name || '.' || table_name, sql from duckdb_tables()
    where database_name = current_database() and not internal order by schema_name, table_name
"""
_VIEWS = """
    select schema_name, view_name, sql from duckdb_views() where database_name = current_database() and not internal order by all
"""
_VIEW = re.compile(r"^create (?:or replace )?view (\w+)", re.IGNORECASE | re.MULTILINE)
_WORDS = """
    select 'table' as kind, schema_name, table_name as name, null as column_name, comment from duckdb_tables()
    where database_name = current_database() and not internal and comment is not null
    union all
    select 'view', schema_name, view_name, null, comment from duckdb_views()
    where database_name = current_database() and not internal and comment is not null
    union all
    select 'column', schema_name, table_name, column_name, comment from duckdb_columns()
    where database_name = current_database() and not internal and comment is not null
    order by all
"""


def write_shape(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Statements that make the database that is open here, without its rows: tables, internal views, thin views, words."""
    schemas = con.execute(
        "select distinct schema_name from duckdb_schemas() where database_name = current_database() and not internal"
        " and schema_name <> 'main' order by 1"
    ).fetchall()
    tables = [f"create schema if not exists {quoted(name)}" for (name,) in schemas]
    tables += [sql for _, sql in con.execute(_TABLES).fetchall()]
    sections = [tables, *_views(con), [_words(*row) for row in con.execute(_WORDS).fetchall()]]
    said = [BETWEEN.join(each.strip().removesuffix(";") for each in section) for section in sections]
    path.write_text(SECTION.join(said) + "\n", encoding="utf-8")


def _views(con: duckdb.DuckDBPyConnection) -> tuple[list[str], list[str]]:
    """Statements that make the internal views and the thin ones, in the order of their dependence: those of the program as its files have
    them, since what DuckDB keeps of a view is not always a statement that it takes."""
    stored = {(schema, view): sql for schema, view, sql in con.execute(_VIEWS).fetchall()}
    internal = {view: text for view, text in internal_texts().items() if (INTERNAL, view) in stored}
    public = {view: text for view, text in public_texts().items() if (PUBLIC, view) in stored}
    wide = [stored[schema, view] for schema, view in stored if schema in (PUBLIC, FORMER) and view == WIDE]
    return [*internal.values()], [*public.values(), former_text(), *sorted(wide, reverse=True)]


def _words(kind: str, schema: str, name: str, column: str | None, words: str) -> str:
    where = f"{quoted(schema)}.{quoted(name)}" + ("" if column is None else f".{quoted(column)}")
    return f"comment on {kind} {where} is {literal(words)}"


def sections(shape: str) -> tuple[list[str], ...]:
    """The statements of a shape: tables, internal views, thin views, words."""
    return tuple(section.split(BETWEEN) for section in shape.split(SECTION))


def open_parts(folder: Path, target: Path) -> Path:
    """Write the database of the release in this folder into a new file, whole or not at all. UsageError where the file is there or the release
    is of an earlier build and has lost its database; IntegrityError where a part is not what the manifest says."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise UsageError(
            f"{folder}: expected a release with parts, which this build and later ones publish; found none"
        )
    if os.path.lexists(target):
        raise UsageError(f"{target}: is there already, expected a new name; nothing is written over")
    _require_files(folder, manifest)
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        readings = sum(part.span.rows for part in manifest.parts if part.table == "store.reading")
        with closing(connect(partial, readings=readings)) as con:
            _make(con, (folder / SHAPE).read_text("utf-8").rstrip("\n"))
            _fill(con, folder, manifest)
            con.execute("force checkpoint")
        sync(partial)
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)
    return target


@contextmanager
def release_database(folder: Path) -> Iterator[Path]:
    """The database of a release while the block runs: its own, else one that is made from its parts and goes with the block."""
    if (folder / FILE_NAME).is_file():
        yield folder / FILE_NAME
        return
    with temporary_folder("release") as own:
        yield open_parts(folder, own / FILE_NAME)


def release_holds(folder: Path, finds: Callable[[str], bool], seen: dict[tuple[int, int], bool]) -> bool:
    """Whether a release holds a text with one of the names: asked of its database where it has one, else of its parts, each read once for
    all releases that share it. seen: what was found in which file, filled here. A part that is not what was published counts as one that
    holds a name: nobody can say that it does not."""
    manifest = read_manifest(folder)
    if manifest is None or (folder / FILE_NAME).is_file():
        return holds_any(folder / FILE_NAME, finds)
    stored = [part for part in manifest.parts if part.table.startswith("store.")]
    return any(_part_holds(folder / part.file, part.sha256, finds, seen) for part in stored)


def _part_holds(path: Path, sha256: str, finds: Callable[[str], bool], seen: dict[tuple[int, int], bool]) -> bool:
    if not path.is_file():
        return False
    at = path.stat()
    if (at.st_dev, at.st_ino) not in seen:
        seen[at.st_dev, at.st_ino] = sha256_of(path) != sha256 or any(map(finds, _texts(path)))
    return seen[at.st_dev, at.st_ino]


def _texts(path: Path) -> Iterator[str]:
    """Every text of a part, once a column."""
    with pq.ParquetFile(path) as file:
        for field in file.schema_arrow:
            if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
                column = file.read([field.name]).column(0)
                yield from (text for text in column.unique().to_pylist() if text is not None)


def _require_files(folder: Path, manifest: ReleaseManifest) -> None:
    for name in (SHAPE, *(part.file for part in manifest.parts)):
        found = sha256_of(folder / name) if (folder / name).is_file() else "no file"
        if found != manifest.files[name]:
            raise IntegrityError(
                f"{folder / name}: expected sha256 {manifest.files[name][:12]}, found {found[:12]}; nothing was written; put the release "
                "back from a backup"
            )


def _make(con: duckdb.DuckDBPyConnection, shape: str) -> None:
    """Run what stands in it: views over covers of those below them, as a night makes them."""
    tables, internal, thin, words = sections(shape)
    for each in tables:
        con.execute(each)
    place_views(con, {_named(text): text for text in internal}, thin)
    with transaction(con):  # one commit, since each of these thousands would wait for the disk
        for each in words:
            # a view of an earlier release may list a column that it has not: `effect_1` of two that were one
            with suppress(duckdb.BinderException):
                con.execute(each)


def _named(text: str) -> str:
    found = _VIEW.search(text)
    if found is None:
        raise IntegrityError(f"{SHAPE}: expected a statement that makes a view, found {text[:40]!r}")
    return found[1]


def _fill(con: duckdb.DuckDBPyConnection, folder: Path, manifest: ReleaseManifest) -> None:
    """A table a commit; what was read and written of a part is out of memory before the next."""
    parts = sorted(manifest.parts, key=lambda each: (each.table, each.span))
    for name, own in groupby(parts, key=lambda each: each.table):
        table = ".".join(quoted(each) for each in name.split("."))
        with transaction(con):
            for part in own:
                con.execute(
                    f"insert into {table} by name select * from read_parquet({literal(str(folder / part.file))})"
                )
                if part.span.rows >= CLOSED:
                    let_go(con)


_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FIGURES = re.compile(r"(\d+)")


def release_folders(releases: Path) -> list[Path]:
    """Folders of the releases that are kept, in the order of their names, the tenth of a day behind its ninth; no link, nothing half written."""
    found = [path for path in sorted(releases.glob("*"), key=_in_order) if path.is_dir() and not path.is_symlink()]
    return [
        path for path in found
        if _NAMED.fullmatch(path.name) and ((path / FILE_NAME).is_file() or read_manifest(path) is not None)
    ]  # fmt: skip


def _in_order(folder: Path) -> list[str | int]:
    return [int(each) if place % 2 else each for place, each in enumerate(_FIGURES.split(folder.name))]
