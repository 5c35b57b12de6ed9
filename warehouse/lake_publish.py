"""A release goes into the lake: one transaction, so one snapshot; a part that the lake has already is not written again.

The files of the lake are the parts of releases as they are. So what merges small files is what merges parts (warehouse/part_ranges.py),
what proves a snapshot is the manifest, and DuckLake's own merging, which makes other bytes of them, is not used.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

import duckdb

from pbis.config import Lake
from pbis.core.errors import IntegrityError
from pbis.files.durable import sync
from warehouse.connect import INTERNAL, connect
from warehouse.ddl import literal, quoted
from warehouse.lake import NAME, lake_name, lake_trouble, use_derived
from warehouse.lake_snapshots import AUTHOR, LakeFile, LakeSnapshot, files_of, message_of, snapshots, stamp_of
from warehouse.release_disk import clone, sha256_of
from warehouse.release_manifest import MANIFEST, ReleaseManifest, read_manifest
from warehouse.release_open import SHAPE, sections
from warehouse.release_parts import TablePart

_OF_A_COLUMN = re.compile(r"\s*(--[^\n]*\n\s*)*comment\s+on\s+column\b", re.IGNORECASE)


def bring_release(con: duckdb.DuckDBPyConnection, lake: Lake, folder: Path) -> None:
    """Make the release in this folder the newest snapshot of the lake, whole or not at all. IntegrityError where the release is not what its
    manifest says; SiteTrouble where PostgreSQL or the folder of the lake is away: what was copied is taken up the next time."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise IntegrityError(f"{folder}: expected a release with parts, found none; nothing went into the lake")
    with lake_trouble(lake):
        known = snapshots(con)
        newest = next((each for each in reversed(known) if each.release), None)
        held = files_of(con, known[-1].number)
        shape = (folder / SHAPE).read_text("utf-8").rstrip("\n")
        is_alike = newest is not None and newest.shape == manifest.files[SHAPE]
        anew = frozenset() if is_alike else _other_tables(con, shape)
        kept = {file.stamp for file in held if file.table not in anew}
        coming = [part for part in manifest.parts if stamp_of(part.table, part.sha256) not in kept]
        placed = {part.file: _place(lake, folder, part) for part in coming}
        _sync_folders(lake, folder.name)
        con.execute("begin transaction")  # whatever fails, the connection is closed, and PostgreSQL has nothing of it
        if not is_alike:
            _make_shape(con, shape, anew)
        _take_out(con, [file for file in held if file.table not in anew], manifest)
        for part in coming:
            _add(con, part, placed[part.file])
        told = json.dumps({"manifest": sha256_of(folder / MANIFEST), "shape": manifest.files[SHAPE]})
        con.execute(
            f"call {NAME}.set_commit_message({literal(AUTHOR)}, {literal(message_of(manifest.release))}, extra_info => {literal(told)})"
        )
        con.execute("commit")
        _require_brought(lake, manifest, snapshots(con)[-1], con)


def _place(lake: Lake, folder: Path, part: TablePart) -> Path:
    """A copy of the part in a folder of this release: never under a name that the lake knew before, because what the lake takes away of an
    older release it takes away by name. What a night that failed left there is taken where its bytes are right."""
    _, stamp = stamp_of(part.table, part.sha256)
    source = folder / part.file
    target = lake.data / folder.name / f"{source.stem}.{stamp}.parquet"
    if target.is_file() and sha256_of(target) == part.sha256:
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    clone(source, partial)
    found = sha256_of(partial)
    if found != part.sha256:
        partial.unlink()
        raise IntegrityError(
            f"{source}: expected sha256 {part.sha256[:12]}, found {found[:12]}; nothing went into the lake; put the release back from a backup"
        )
    partial.chmod(0o440 & partial.stat().st_mode)
    sync(partial)
    partial.rename(target)
    return target


def _sync_folders(lake: Lake, release: str) -> None:
    for each in (lake.data / release, lake.data):
        if each.is_dir():
            sync(each)


def _other_tables(con: duckdb.DuckDBPyConnection, shape: str) -> frozenset[str]:
    """Tables whose columns are others than the lake has, or that only one of the two has."""
    with closing(connect(None)) as own:
        for each in sections(shape)[0]:
            own.execute(each)
        wanted = _columns(own, "memory")
    there = _columns(con, NAME)
    return frozenset(table for table in wanted.keys() | there.keys() if wanted.get(table) != there.get(table))


def _columns(con: duckdb.DuckDBPyConnection, database: str) -> Mapping[str, list[tuple[str, str]]]:
    """Table -> its columns with their types; of tables alone, because a view may be called as a table of another schema is."""
    rows = con.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns()"
        " semi join (select database_name, schema_name, table_name from duckdb_tables()) using (database_name, schema_name, table_name)"
        " where database_name = $1 order by schema_name, table_name, column_index",
        [database],
    ).fetchall()
    found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for schema, table, name, kind in rows:
        found[table if schema == "main" else f"{schema}.{table}"].append((name, kind))
    return found


def _make_shape(con: duckdb.DuckDBPyConnection, shape: str, anew: frozenset[str]) -> None:
    """Tables that are others, all views, and words as far as a lake has a place for them: columns of views have none, `dictionary` says what
    they hold."""
    tables, internal, thin, words = sections(shape)
    there = set(_columns(con, NAME))
    _drop_views(con)
    for table in sorted(anew & there):
        con.execute(f"drop table {_name(table)}")
    for each in tables:
        named = _named(each)
        if named is None or named in anew:
            con.execute(each)
    for schema, texts in ((INTERNAL, internal), ("main", thin)):
        use_derived(con) if schema == INTERNAL else con.execute(f"use {NAME}")
        for text in texts:
            for one in con.extract_statements(text):
                if not _OF_A_COLUMN.match(one.query):
                    con.execute(one)
    con.execute(f"use {NAME}")
    views = _views(con)
    for each in words:
        if not (_OF_A_COLUMN.match(each) and _commented(each) in views):
            con.execute(each)


def _drop_views(con: duckdb.DuckDBPyConnection) -> None:
    for schema, view in sorted(_views(con)):
        con.execute(f"drop view {quoted(schema)}.{quoted(view)}")


def _views(con: duckdb.DuckDBPyConnection) -> set[tuple[str, str]]:
    rows = con.execute(
        "select schema_name, view_name from duckdb_views() where database_name = $1 and not internal", [NAME]
    )
    return {(schema, view) for schema, view in rows.fetchall()}


_TABLE = re.compile(r'create table (?:"?(\w+)"?\.)?"?(\w+)"?\s*\(', re.IGNORECASE)
_WORDS = re.compile(r'comment on column "([^"]+)"\."([^"]+)"\.', re.IGNORECASE)


def _named(statement: str) -> str | None:
    """The table that a statement makes, as manifests call it; None where it makes none."""
    found = _TABLE.match(statement.strip())
    return None if found is None else found[2] if found[1] in (None, "main") else f"{found[1]}.{found[2]}"


def _commented(statement: str) -> tuple[str, str] | None:
    found = _WORDS.match(statement)
    return None if found is None else (found[1], found[2])


def _name(table: str) -> str:
    return ".".join(quoted(each) for each in table.split("."))


def _take_out(con: duckdb.DuckDBPyConnection, held: Iterable[LakeFile], manifest: ReleaseManifest) -> None:
    """Files of parts that the release has no more: all rows of a file deleted is the file gone, without a trace beside it."""
    wanted = {stamp_of(part.table, part.sha256) for part in manifest.parts}
    going: defaultdict[str, list[str]] = defaultdict(list)
    for file in held:
        if file.stamp not in wanted:
            going[file.table].append(str(file.path))
    for table, paths in sorted(going.items()):
        con.execute(f"delete from {_name(table)} where filename in (select unnest($1::varchar[]))", [paths])


def _add(con: duckdb.DuckDBPyConnection, part: TablePart, path: Path) -> None:
    schema, _, table = part.table.rpartition(".")
    con.execute(
        f"call ducklake_add_data_files({literal(NAME)}, {literal(table)}, {literal(os.fspath(path))}, schema => {literal(schema or 'main')})"
    )


def _require_brought(
    lake: Lake, manifest: ReleaseManifest, newest: LakeSnapshot, con: duckdb.DuckDBPyConnection
) -> None:
    """A lake has no keys: that no part is in it twice, and none less, is asked after each release."""
    found = sorted(file.stamp for file in files_of(con, newest.number))
    wanted = sorted(stamp_of(part.table, part.sha256) for part in manifest.parts)
    if found != wanted or newest.release != manifest.release:
        raise IntegrityError(
            f"lake {lake_name(lake)}, snapshot {newest.number}: expected the {len(wanted)} parts of release {manifest.release}, found {len(found)}; "
            "another writer was at it; pbis verify names them (docs/lake.md)"
        )
