"""The database of a release, made again from its parts: shape.sql says which tables, views and words it has, the parts what is in them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import duckdb

from pbis.core.errors import IntegrityError, UsageError
from pbis.files.temporary import temporary_folder
from warehouse.connect import connect, transaction
from warehouse.ddl import literal, quoted
from warehouse.migrate import cover_of, view_files
from warehouse.release_disk import sha256_of, sync
from warehouse.release_manifest import FILE_NAME, ReleaseManifest, read_manifest

SHAPE = "shape.sql"
_BETWEEN = "\n;;\n"  # stands in no statement of ours
_TABLES = """
    select schema_name || '.' || table_name, sql from duckdb_tables()
    where database_name = current_database() and not internal order by schema_name, table_name
"""
_VIEWS = """
    select view_name, sql from duckdb_views() where database_name = current_database() and not internal order by view_oid
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
    """Statements that make the database that is open here, without its rows."""
    schemas = con.execute(
        "select distinct schema_name from duckdb_schemas() where database_name = current_database() and not internal"
        " and schema_name <> 'main' order by 1"
    ).fetchall()
    said = [f"create schema if not exists {quoted(name)}" for (name,) in schemas]
    said += [sql.strip().removesuffix(";") for _, sql in con.execute(_TABLES).fetchall()]
    said += _views(con)
    for kind, schema, name, column, words in con.execute(_WORDS).fetchall():
        where = f"{quoted(schema)}.{quoted(name)}" + ("" if column is None else f".{quoted(column)}")
        said.append(f"comment on {kind} {where} is {literal(words)}")
    path.write_text(_BETWEEN.join(said) + "\n", encoding="utf-8")


def _views(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Statements that make the views, in the order of their dependence: those of the program as its files have them, since what DuckDB keeps of
    a view is not always a statement that it takes."""
    stored = dict(con.execute(_VIEWS).fetchall())
    files = {path.stem.partition("_")[2]: path for path in view_files()}
    own = [path.read_text("utf-8") for name, path in files.items() if name in stored]
    return [text.strip().removesuffix(";") for text in (*own, *(stored[name] for name in stored if name not in files))]


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
        with closing(connect(partial)) as con:
            with transaction(con):  # one commit, since each of its thousands of words would wait for the disk
                _make(con, (folder / SHAPE).read_text("utf-8").rstrip("\n").split(_BETWEEN))
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


def _require_files(folder: Path, manifest: ReleaseManifest) -> None:
    for name in (SHAPE, *(part.file for part in manifest.parts)):
        found = sha256_of(folder / name) if (folder / name).is_file() else "no file"
        if found != manifest.files[name]:
            raise IntegrityError(
                f"{folder / name}: expected sha256 {manifest.files[name][:12]}, found {found[:12]}; nothing was written; put the release "
                "back from a backup"
            )


def _make(con: duckdb.DuckDBPyConnection, statements: list[str]) -> None:
    """Run them all; a view that needs a later one waits for it. Views that are made are covered by temporary ones that have but their columns,
    since DuckDB binds a view by binding all below it again."""
    words = [statement for statement in statements if statement.startswith("comment on ")]
    left, covered = [statement for statement in statements if not statement.startswith("comment on ")], []
    while left:
        later: list[str] = []
        for statement in left:
            try:
                con.execute(statement)
            except (duckdb.CatalogException, duckdb.BinderException):
                later.append(statement)
                continue
            view = _VIEW.search(statement)
            if view:
                con.execute(cover_of(con, view[1]))
                covered.append(view[1])
        if len(later) == len(left):
            con.execute(later[0])  # says why
        left = later
    con.execute(";".join(f"drop view temp.{quoted(view)}" for view in covered))
    for each in words:
        with suppress(
            duckdb.BinderException
        ):  # a copied view may list a column that it has not: `effect_1` of two that are one
            con.execute(each)


def _fill(con: duckdb.DuckDBPyConnection, folder: Path, manifest: ReleaseManifest) -> None:
    for part in sorted(manifest.parts, key=lambda each: (each.table, each.span)):
        table = ".".join(quoted(each) for each in part.table.split("."))
        con.execute(f"insert into {table} by name select * from read_parquet({literal(str(folder / part.file))})")


_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def release_folders(releases: Path) -> list[Path]:
    """Folders of the releases that are kept, in the order of their names; no link, nothing half written."""
    found = [path for path in sorted(releases.glob("*")) if path.is_dir() and not path.is_symlink()]
    return [
        path for path in found
        if _NAMED.fullmatch(path.name) and ((path / FILE_NAME).is_file() or read_manifest(path) is not None)
    ]  # fmt: skip
