"""Publish: a copy of what may be seen, in a dated folder, put in place by one rename; readers of an older release keep theirs.

A release is written once: no name is given twice, and nothing is put over what bears it. Its parts are shared with the release before
where they are the same, and its database is that of the release before with what is new or other, where nothing has changed in how a release
is made; else all of it is made from the store, table by table rather than by COPY FROM DATABASE, because what must not be published must not
be in the file.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import msgspec

from pbis.config import ReleaseSection
from pbis.core.decision import ERASE
from pbis.core.errors import IntegrityError
from pbis.files.durable import sync
from pbis.version import __version__
from warehouse.changes_page import write_changes
from warehouse.closing import ClosedWords, close_cells, closed_words_of
from warehouse.connect import INTERNAL, block_for, connect, let_go, transaction
from warehouse.ddl import literal, quoted
from warehouse.dictionary import create_dictionary
from warehouse.load_decisions import decision_head
from warehouse.publishable import require_closed
from warehouse.release_disk import clone, sha256_of, share
from warehouse.release_manifest import FILE_NAME, MANIFEST, Anchors, ReleaseManifest, read_manifest, write_manifest
from warehouse.release_open import SHAPE, release_folders, write_shape
from warehouse.release_papers import write_papers
from warehouse.release_parts import TablePart, write_parts
from warehouse.release_rows import TableRows, fill, large_tables
from warehouse.released import create_day_shift, released_columns, say_moved
from warehouse.row_groups import not_logged
from warehouse.shapes import FORMER, PUBLIC, internal_texts, public_texts
from warehouse.tables import TABLES
from warehouse.wide import create_wide

# Views that compare times of two patients, whose dates a release moves by different days: their rows are copied.
SETTLED = ("given_away_lab",)
CURRENT = "current"
NOTHING_DECLARED = ReleaseSection()
_SAID = f"""
    select comment from duckdb_views() where schema_name = '{INTERNAL}' and view_name = $1
    union all
    select comment from duckdb_tables() where schema_name = '{INTERNAL}' and table_name = $1
"""
NO_ANCHORS = Anchors()

# What a release shows beyond its tables and views: where another word stands here, every site publishes anew.
_FORM = "closed cells, moments in UTC, parts"

# What a night compares itself with, and what is small whatever the archive: whole, beside the parts.
PARQUET = {
    "plate": "run_id, plate_number",
    "score": "subject_id, cutoff_set",
    "score_input": "subject_id, measure",
}


@dataclass(frozen=True)
class _Standing:
    """The release before. is_base: it is what it was sealed as, made as this one is, and its database lies there."""

    folder: Path
    manifest: ReleaseManifest
    is_base: bool


def publish(
    working: Path,
    releases: Path,
    release_name: str,
    declared: ReleaseSection = NOTHING_DECLARED,
    anchors: Anchors = NO_ANCHORS,
) -> Path:
    """Write releases/<release_name>/ and point releases/current at it; the path of the published database.

    At every moment `current` leads to a complete database. IntegrityError where the name was given before.
    """
    database = write_release(working, releases, release_name, declared, anchors)
    make_current(releases, release_name)
    retire_databases(releases)
    return database


def write_release(
    working: Path,
    releases: Path,
    release_name: str,
    declared: ReleaseSection = NOTHING_DECLARED,
    anchors: Anchors = NO_ANCHORS,
    words: ClosedWords | None = None,
) -> Path:
    """Write releases/<release_name>/, whole or not at all; the path of its database. Nobody is led to it yet.

    declared: what site.toml says of words that name nobody; anchors: what the night rests on; words: what closed_words_of says of the
    store as it is now, where somebody knows that already. IntegrityError where the release would hold what none may.
    """
    if os.path.lexists(releases / release_name):
        raise _taken(releases / release_name)
    partial = releases / f".{release_name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    (partial / "parquet").mkdir(parents=True)
    with closing(connect(working)) as con:
        head, shape = decision_head(con), _shape(con, declared)
        before = _standing(releases, shape, anchors)
        rows = _copy_tables(con, partial / FILE_NAME, words or closed_words_of(con, declared), before)
        let_go(con)
    parts = _finish(partial, release_name, declared, rows, before)
    write_manifest(partial, release_name, head, parts, shape, anchors)
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
    sync(releases)  # the folder itself, before anything leads to it
    _switch(releases, release_name)


def published_database(releases: Path) -> Path:
    """The database that people query."""
    return releases / CURRENT / FILE_NAME


def retire_databases(releases: Path) -> list[Path]:
    """Take the databases of releases away that are not current and have parts, of which they can be made again; who has one open keeps it."""
    link = releases / CURRENT
    now = link.readlink().name if link.is_symlink() else None
    found = [
        folder / FILE_NAME
        for folder in release_folders(releases)
        if folder.name != now and read_manifest(folder) is not None and (folder / FILE_NAME).is_file()
    ]
    for path in found if now is not None else ():
        path.unlink()
    return found


def _shape(con: duckdb.DuckDBPyConnection, declared: ReleaseSection) -> str:
    """How a release is made, as a hash: form, program, DuckDB, what site.toml declares, and which erasures were carried out. What one of
    them took away may still lie in free blocks of a database, so that none is taken over where this has changed."""
    erased = con.execute("select count(*), max(sequence) from store.decision where kind = $1", [ERASE]).fetchone()
    said = [release_form(con), __version__, duckdb.__version__, msgspec.to_builtins(declared), erased, sorted(PARQUET)]
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _standing(releases: Path, shape: str, anchors: Anchors) -> _Standing | None:
    """The release that people are led to, as far as its parts may be taken over."""
    link = releases / CURRENT
    folder = releases / link.readlink().name if link.is_symlink() else None
    manifest = read_manifest(folder) if folder else None
    if folder is None or manifest is None or sha256_of(folder / MANIFEST) != anchors.before:
        return None
    database = folder / FILE_NAME
    is_base = manifest.shape == shape and database.is_file() and sha256_of(database) == manifest.database
    return _Standing(folder, manifest, is_base)


def _copy_tables(
    con: duckdb.DuckDBPyConnection, target: Path, words: ClosedWords, before: _Standing | None
) -> dict[str, TableRows]:
    if before and before.is_base:
        clone(before.folder / FILE_NAME, target)
        con.execute(f"attach {literal(str(target))} as release")
    else:
        (readings,) = con.execute("select count(*) from store.reading").fetchone() or (0,)
        con.execute(f"attach {literal(str(target))} as release (block_size {block_for(readings)})")
    create_day_shift(con)
    replaced = close_cells(con, words)
    if not (before and before.is_base):
        _copy_shape(con)
    known = before.manifest.known(before.is_base) if before else {}
    rows: dict[str, TableRows] = {}
    with not_logged(con, "release"):
        # What is large is committed as it is written, since it is held in memory until then; all else at once, since a commit waits for the disk.
        large = large_tables(con, known)
        rows |= fill(con, replaced, known, large)
        with transaction(con):
            rows |= fill(con, replaced, known, [table for table in TABLES if table not in large])
        with transaction(con):
            for view in SETTLED:
                con.execute(
                    f"create or replace table release.{INTERNAL}.{view}_rows as from {INTERNAL}.{view} order by all"
                )
    con.execute("checkpoint release")
    con.execute("detach release")
    return {table: rows[table] for table in TABLES if table in rows}


def _copy_shape(con: duckdb.DuckDBPyConnection) -> None:
    """Views and their comments as the working file has them, which takes a hundredth of the time that making them takes: a copied
    view is bound when it is read. No view may hand on a column that is withheld (a test reads every view of a release). What is
    withheld, and what is not the program's own, is taken out again.
    """
    (own,) = con.execute("select current_database()").fetchone() or ("",)
    con.execute(f"copy from database {quoted(own)} to release (schema)")
    ours = {("store", table) for table in TABLES if released_columns(table)}
    ours |= {(INTERNAL, view) for view in internal_texts()} | {(PUBLIC, view) for view in public_texts()}
    copied = con.execute(
        "select 'table', schema_name, table_name from duckdb_tables() where database_name = 'release' union all"
        " select 'view', schema_name, view_name from duckdb_views() where database_name = 'release' and not internal"
    ).fetchall()
    for kind, schema, name in copied:
        if (schema, name) not in ours and schema != FORMER:
            con.execute(f"drop {kind} release.{quoted(schema)}.{quoted(name)}")


def _finish(
    folder: Path, release_name: str, declared: ReleaseSection, rows: Mapping[str, TableRows], before: _Standing | None
) -> list[TablePart]:
    """Comments, views, the wide table and the Parquet files, made inside the copy by itself."""
    is_base = before is not None and before.is_base
    with closing(connect(folder / FILE_NAME)) as con:
        with transaction(con):
            _settle(con)
        with transaction(con):
            say_moved(con)
            is_as_before = create_wide(con) and is_base
            _name(con, release_name)
            if not is_as_before:
                create_dictionary(con)
        whole = {view: folder / "parquet" / f"{view}.parquet" for view in PARQUET}
        for view, path in whole.items():
            _write_parquet(con, view, PARQUET[view], path)
        require_closed(con, declared, {table: own.kept for table, own in rows.items()} if is_base else {}, whole)
        write_changes(con, release_name, folder)
        parts = write_parts(con, folder, rows, before.manifest.before(before.folder) if before else None)
        alike = before.folder if before and is_as_before else None
        write_papers(con, folder, release_name, parts, alike)
        if alike:
            share(alike / SHAPE, folder / SHAPE)
        else:
            write_shape(con, folder / SHAPE)
        con.execute("force checkpoint")
    return parts


def _settle(con: duckdb.DuckDBPyConnection) -> None:
    """Put the rows that were copied in the place of a view that a release cannot compute."""
    for view in SETTLED:
        said = con.execute(_SAID, [view]).fetchone()
        columns = con.execute(
            f"select column_name, comment from duckdb_columns() where schema_name = '{INTERNAL}' and table_name = $1 and comment is not null",
            [view],
        ).fetchall()
        is_view = con.execute(
            "select count(*) from duckdb_views() where view_name = $1 and schema_name = $2", [view, INTERNAL]
        )
        con.execute(f"drop {'table' if is_view.fetchone() == (0,) else 'view'} {INTERNAL}.{view}")
        con.execute(f"alter table {INTERNAL}.{view}_rows rename to {view}")
        con.execute(f"comment on table {INTERNAL}.{view} is {literal(said[0] if said else '')}")
        for name, comment in columns:
            con.execute(f"comment on column {INTERNAL}.{view}.{name} is {literal(comment)}")


def _name(con: duckdb.DuckDBPyConnection, release_name: str) -> None:
    con.execute(
        "create or replace table main.release as select $1 as release, night_id from score_night", [release_name]
    )
    con.execute("comment on table main.release is 'one row: which release this is'")
    con.execute("comment on column main.release.release is 'name of the release'")
    con.execute(
        "comment on column main.release.night_id is 'night whose scores it shows; null where there are none yet'"
    )


def _write_parquet(con: duckdb.DuckDBPyConnection, view: str, order: str, path: Path) -> None:
    con.execute(
        f"copy (select * from {view} order by {order}) to {literal(str(path))} (format parquet, compression zstd)"
    )


def _put_in_place(partial: Path, target: Path) -> None:
    """Make everything durable, then move it as a whole. The move is the last step: what can fail comes before it."""
    files = sorted(path for path in partial.rglob("*") if path.is_file())
    for path in [*files, *sorted(path for path in partial.iterdir() if path.is_dir()), partial]:
        sync(path)
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
    sync(releases)
