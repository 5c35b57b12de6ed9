"""Publish: a copy of what may be seen, in a dated folder, put in place by one rename; readers of an older release keep theirs.

A release is written once: no name is given twice, and nothing is put over what bears it.

The copy is made table by table rather than by COPY FROM DATABASE, because what must not be published must not be in the file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from pbis.config import ReleaseSection
from pbis.core.errors import IntegrityError
from warehouse.changes_page import write_changes
from warehouse.closing import close_cells
from warehouse.connect import connect, transaction
from warehouse.ddl import comment_on, literal, quoted
from warehouse.dictionary import create_dictionary
from warehouse.load_decisions import decision_head
from warehouse.publishable import require_closed
from warehouse.released import create_day_shift, released_columns, released_rows, say_moved
from warehouse.shapes import internal_texts, public_texts
from warehouse.tables import TABLES
from warehouse.wide import create_wide

FILE_NAME = "pbis.duckdb"
# Views that compare times of two patients, whose dates a release moves by different days: their rows are copied.
SETTLED = ("given_away_lab",)
CURRENT = "current"
NOTHING_DECLARED = ReleaseSection()
MANIFEST = "manifest.json"

# What a release shows beyond its tables and views: where another word stands here, every site publishes anew.
_FORM = "closed cells, moments in UTC"

PARQUET = {
    "result": "run_id, plate_number, well, analyte",
    "plate": "run_id, plate_number",
    "score": "subject_id, cutoff_set",
    "score_input": "subject_id, measure",
}


def publish(working: Path, releases: Path, release_name: str, declared: ReleaseSection = NOTHING_DECLARED) -> Path:
    """Write releases/<release_name>/ and point releases/current at it; the path of the published database.

    At every moment `current` leads to a complete database. IntegrityError where the name was given before.
    """
    database = write_release(working, releases, release_name, declared)
    make_current(releases, release_name)
    return database


def write_release(
    working: Path, releases: Path, release_name: str, declared: ReleaseSection = NOTHING_DECLARED
) -> Path:
    """Write releases/<release_name>/, whole or not at all; the path of its database. Nobody is led to it yet.

    declared: what site.toml says of words that name nobody. IntegrityError where the release would hold what none may.
    """
    if os.path.lexists(releases / release_name):
        raise _taken(releases / release_name)
    partial = releases / f".{release_name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "parquet").mkdir(parents=True)
    _copy_tables(working, partial / FILE_NAME, declared)
    _finish(partial, release_name, declared)
    _write_manifest(partial, release_name, _head(working))
    _put_in_place(partial, releases / release_name)
    return releases / release_name / FILE_NAME


def release_form(con: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
    """What tells a release of this build from one of another that rests on the same: the newest migration, the views, the form."""
    row = con.execute(
        "select max(name) filter (name <> 'views'), arg_max(sha256, sequence) filter (name = 'views') from store.warehouse_migration"
    ).fetchone()
    return (*map(str, row or ()), _FORM)


def make_current(releases: Path, release_name: str) -> None:
    """Lead people to a release that is written; can be repeated."""
    _sync(releases)  # the folder itself, before anything leads to it
    _switch(releases, release_name)


def published_database(releases: Path) -> Path:
    """The database that people query."""
    return releases / CURRENT / FILE_NAME


def _copy_tables(working: Path, target: Path, declared: ReleaseSection) -> None:
    con = connect(working)
    try:
        con.execute(f"attach {literal(str(target))} as release")
        create_day_shift(con)
        replaced = close_cells(con, declared)
        _copy_shape(con)
        with transaction(con):  # one commit, since each waits for the disk
            for table in TABLES:
                if released_columns(table):
                    con.execute(f"create or replace table release.store.{table} as {released_rows(table, replaced)}")
            for view in SETTLED:
                con.execute(f"create table release.internal.{view}_rows as from internal.{view} order by all")
        con.execute("checkpoint release")
        con.execute("detach release")
    finally:
        con.close()


def _copy_shape(con: duckdb.DuckDBPyConnection) -> None:
    """Views and their comments as the working file has them, which takes a hundredth of the time that making them takes: a copied
    view is bound when it is read. No view may hand on a column that is withheld (a test reads every view of a release). What is
    withheld, and what is not the program's own, is taken out again.
    """
    (own,) = con.execute("select current_database()").fetchone() or ("",)
    con.execute(f"copy from database {quoted(own)} to release (schema)")
    ours = {("store", table) for table in TABLES if released_columns(table)}
    ours |= {("internal", view) for view in internal_texts()} | {("main", view) for view in public_texts()}
    copied = con.execute(
        "select 'table', schema_name, table_name from duckdb_tables() where database_name = 'release' union all"
        " select 'view', schema_name, view_name from duckdb_views() where database_name = 'release' and not internal"
    ).fetchall()
    for kind, schema, name in copied:
        if (schema, name) not in ours and schema != "v1":
            con.execute(f"drop {kind} release.{quoted(schema)}.{quoted(name)}")


def _finish(folder: Path, release_name: str, declared: ReleaseSection) -> None:
    """Comments, views, the wide table and the Parquet files, made inside the copy by itself."""
    con = connect(folder / FILE_NAME)
    try:
        with transaction(con):
            _comment(con)
        with transaction(con):
            _settle(con)
        say_moved(con)
        create_wide(con)
        _name(con, release_name)
        create_dictionary(con)
        require_closed(con, declared)
        write_changes(con, release_name, folder)
        for view, order in PARQUET.items():
            _write_parquet(con, view, order, folder / "parquet" / f"{view}.parquet")
    finally:
        con.close()


def _settle(con: duckdb.DuckDBPyConnection) -> None:
    """Put the rows that were copied in the place of a view that a release cannot compute."""
    for view in SETTLED:
        said = con.execute(
            "select comment from duckdb_views() where schema_name = 'internal' and view_name = $1", [view]
        ).fetchone()
        columns = con.execute(
            "select column_name, comment from duckdb_columns() where schema_name = 'internal' and table_name = $1 and comment is not null",
            [view],
        ).fetchall()
        con.execute(f"drop view internal.{view}")
        con.execute(f"alter table internal.{view}_rows rename to {view}")
        con.execute(f"comment on table internal.{view} is {literal(said[0] if said else '')}")
        for name, comment in columns:
            con.execute(f"comment on column internal.{view}.{name} is {literal(comment)}")


def _comment(con: duckdb.DuckDBPyConnection) -> None:
    for name, spec in TABLES.items():
        released = set(released_columns(name))
        if released:
            con.execute(f"comment on table store.{name} is {literal(f'one row per {spec.grain}')}")
            con.execute("\n".join(comment_on(spec, c) for c in spec.columns if c.name in released))


def _name(con: duckdb.DuckDBPyConnection, release_name: str) -> None:
    con.execute("create table main.release as select $1 as release, night_id from score_night", [release_name])
    con.execute("comment on table main.release is 'one row: which release this is'")
    con.execute("comment on column main.release.release is 'name of the release'")
    con.execute(
        "comment on column main.release.night_id is 'night whose scores it shows; null where there are none yet'"
    )


def _write_parquet(con: duckdb.DuckDBPyConnection, view: str, order: str, path: Path) -> None:
    con.execute(
        f"copy (select * from {view} order by {order}) to {literal(str(path))} (format parquet, compression zstd)"
    )


def _head(working: Path) -> dict[str, Any]:
    con = connect(working)
    try:
        return decision_head(con)
    finally:
        con.close()


def _write_manifest(folder: Path, release_name: str, head: Mapping[str, Any]) -> None:
    """sha256 of every file of the release, and the latest decision that it knows."""
    files = {str(path.relative_to(folder)): sha256_of(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    said = {"release": release_name, "decisions": dict(head), "files": files}
    (folder / MANIFEST).write_text(json.dumps(said, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def sha256_of(path: Path) -> str:
    """sha256 in hex of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put_in_place(partial: Path, target: Path) -> None:
    """Make everything durable, then move it as a whole. The move is the last step: what can fail comes before it."""
    files = sorted(path for path in partial.rglob("*") if path.is_file())
    for path in [*files, partial / "parquet", partial]:
        _sync(path)
    if os.path.lexists(target):
        raise _taken(target)
    partial.rename(target)


def _taken(target: Path) -> IntegrityError:
    return IntegrityError(
        f"{target}: a release of this name was there already, expected a free name; a release is never written over; "
        "run the night again, which gives the next name"
    )


def _switch(releases: Path, release_name: str) -> None:
    """Point `current` at the release by one rename of a link."""
    link = releases / f".{CURRENT}.partial"
    link.unlink(missing_ok=True)
    link.symlink_to(release_name, target_is_directory=True)
    link.replace(releases / CURRENT)
    _sync(releases)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
