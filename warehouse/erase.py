"""Take subjects who withdrew out of the working file: their rows, and their names wherever they stand in a text of another row.

Deleted rows stay in blocks of the file that DuckDB calls free, and a checkpoint leaves them there; so the file is written anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa

from pbis.core.errors import IntegrityError
from pbis.core.frames.model import TEXT
from pbis.core.plates.plate import Run
from pbis.core.withdrawn import is_telling
from warehouse.append import Connection, append
from warehouse.connect import connect, settle_file, transaction
from warehouse.ddl import literal, quoted
from warehouse.known_words import KEPT
from warehouse.load_clinical import BESIDE
from warehouse.query import open_published
from warehouse.released import released_columns
from warehouse.review import hashes_of, judgements_of, of_a_held, trend_hashes_of
from warehouse.tables import TABLES

_STORED = "select table_name from duckdb_tables() where schema_name = 'store'"

_CANDIDATES = "candidates"  # study ids, joined by ;
_CALLING = (
    ("plate_hash", "result_hash"),
    ("trend_hash", "result_hash"),
    ("trend_hash", "held_hash"),
    ("plate_review", "accepted_hash"),
    ("plate_signature", "result_hash"),
    ("decision", "told"),
)
_WITH_SPECIMEN = """
    select distinct assay_id from store.plate_hash
    semi join (select assay_id from store.well where list_contains($1::varchar[], specimen_id)) as held using (assay_id)
    order by assay_id
"""
_HASH_OF = "select result_hash from store.plate_hash where assay_id = $1 and plate_number = $2"
_CALL = "update store.plate_hash set result_hash = $1 where assay_id = $2 and plate_number = $3"
_OF_A_FILE = ("clinical_import", "import_selection", "clinical_file")


@dataclass(frozen=True)
class Erased:
    """What is taken out. subjects: study ids; lines: file_id -> lines of it that were blanked; gone: files of which nothing is left; rename:
    puts what stands for a name in its place, finds: whether a text holds one; moved: hashes that are others now, such as names of
    assays that hold a layout's content."""

    subjects: frozenset[str]
    rename: Callable[[str], str]
    finds: Callable[[str], bool]
    lines: Mapping[str, Collection[int]] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    moved: Mapping[str, str] = field(default_factory=dict)


def erase(con: Connection, what: Erased) -> int:
    """All of it or nothing, in one transaction; how many rows were deleted."""
    with transaction(con):
        deleted = sum(_of_subjects(con, table, sorted(what.subjects)) for table in TABLES)
        deleted += sum(_of_lines(con, file_id, sorted(lines)) for file_id, lines in sorted(what.lines.items()))
        for file_id in sorted(what.gone):
            _forget(con, file_id)
        for table, column in text_columns():
            _rename(con, table, column, what)
        _forget_words(con)
    return deleted


def _forget_words(con: Connection) -> None:
    """Rows or words of the store are others now, and a name may be among those that are kept beside it."""
    for table in KEPT:
        con.execute(f"drop table if exists {table}")


def call_anew(con: Connection, moved: Mapping[str, str]) -> None:
    """Put what results of plates are called now in the place of what they were called, wherever the store says it."""
    what = Erased(frozenset(), str, lambda _: False, moved=moved)
    with transaction(con):
        for table, column in _CALLING:
            _rename(con, table, column, what)


def text_columns() -> list[tuple[str, str]]:
    """(table, column) of every text of the store."""
    return [(table, each.name) for table, spec in TABLES.items() for each in spec.columns if each.type == TEXT]


def subjects_of(con: Connection) -> frozenset[str]:
    """Every study id that the store has, which may be of an earlier build and lack tables."""
    there = {row[0] for row in con.execute(_STORED).fetchall()}
    asked = [table for table, spec in TABLES.items() if "subject_id" in spec.names and table in there]
    query = " union ".join(f"select subject_id from store.{table} where subject_id is not null" for table in asked)
    return frozenset(row[0] for row in con.execute(query).fetchall())


def names_of(con: Connection, subjects: Collection[str]) -> frozenset[str]:
    """What tubes and orders of these subjects are called, as far as nobody else's are."""
    found: set[str] = set()  # numbers of orders may be as short as a value
    for table, column in (("specimen", "specimen_id"), ("clinical_lab", "specimen_id"), ("clinical_lab", "order_id")):
        query = f"""
            select {column} from store.{table} where {column} is not null group by {column}
            having bool_and(coalesce(list_contains($1::varchar[], subject_id), false))
        """
        names = {row[0] for row in con.execute(query, [sorted(subjects)]).fetchall()}
        found |= names if table == "specimen" else {name for name in names if is_telling(name)}
    return frozenset(found)


def replace_import(con: Connection, import_id: str, frames: Mapping[str, pa.Table], refused: int) -> None:
    """Let these be the rows of a stored import and what stands beside them: findings, unknown words, what a FHIR file is to others."""
    count = sum(frame.num_rows for table, frame in frames.items() if table not in BESIDE)
    with transaction(con):
        for table, frame in frames.items():
            con.execute(f"delete from store.{table} where import_id = $1", [import_id])
            append(con, table, frame, import_id=import_id)
        _forget_words(con)
        query = "update store.clinical_import set row_count = $2, refused_count = $3 where import_id = $1"
        con.execute(query, [import_id, count, refused])


def note_blanked(con: Connection, run_id: str, archived_path: str, read: Run) -> None:
    """Where what is left of a plate's export lies, its length, and the checksum of its footer: as written, and as found."""
    query = """
        update store.run set archived_path = $2, byte_count = $3, crc_expected = $4, crc_found = $5 where run_id = $1
    """
    con.execute(query, [run_id, archived_path, read.byte_count, read.crc_expected, read.crc_found])


def holds_any(database: Path, finds: Callable[[str], bool]) -> bool:
    """Whether a published database holds a text with one of the names."""
    with closing(open_published(database)) as con:
        shown = {table: set(released_columns(table)) for table in TABLES}
        known = con.execute(_STORED).fetchall()
        return any(
            finds(text)
            for table, column in text_columns()
            if (table,) in known and column in shown[table]
            for text in _texts(con, table, column)
        )


def rewrite_file(path: Path) -> None:
    """Write the database into a new file, which holds what it holds and nothing that was deleted, and put it in its place."""
    part = path.with_name(f"{path.name}.rewritten")
    part.unlink(missing_ok=True)
    settle_file(path)
    with closing(connect(part)) as con:
        con.execute(f"attach {literal(str(path))} as old (read_only)")
        (name,) = con.execute("select current_database()").fetchone() or ("",)
        con.execute(f"copy from database old to {quoted(name)}")
        counts = [_counts(con, each) for each in ("old", name)]
        con.execute("detach old")
        con.execute("force checkpoint")
    if counts[0] != counts[1]:
        raise IntegrityError(f"{path}: written anew it has other tables, views or rows; it was left as it was")
    part.with_name(part.name + ".wal").unlink(missing_ok=True)
    part.chmod(path.stat().st_mode & 0o777)
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.replace(path)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


def _counts(con: Connection, database: str) -> dict[str, int]:
    views = "select schema_name, view_name from duckdb_views() where database_name = $1 and not internal"
    found = {f"view {schema}.{name}": 0 for schema, name in con.execute(views, [database]).fetchall()}
    tables = "select schema_name, table_name from duckdb_tables() where database_name = $1"
    for schema, table in con.execute(tables, [database]).fetchall():
        row = con.execute(f"select count(*) from {quoted(database)}.{quoted(schema)}.{quoted(table)}").fetchone()
        found[f"{schema}.{table}"] = int(row[0]) if row else 0
    return found


def _of_subjects(con: Connection, table: str, subjects: list[str]) -> int:
    deleted, names = 0, TABLES[table].names
    if "subject_id" in names:
        query = f"delete from store.{table} where list_contains($1::varchar[], subject_id)"
        deleted += _count(con, query, [subjects])
    if _CANDIDATES in names:
        query = f"delete from store.{table} where list_has_any($1::varchar[], string_split({_CANDIDATES}, ';'))"
        deleted += _count(con, query, [subjects])
    return deleted


def _of_lines(con: Connection, file_id: str, lines: list[int]) -> int:
    imports = "(select import_id from store.clinical_import where file_id = $1)"
    tables = [table for table, spec in TABLES.items() if {"import_id", "source_line"} <= set(spec.names)]
    query = "delete from store.{} where import_id in {} and list_contains($2::bigint[], source_line)"
    return sum(_count(con, query.format(table, imports), [file_id, lines]) for table in tables)


def _forget(con: Connection, file_id: str) -> None:
    imports = "(select import_id from store.clinical_import where file_id = $1)"
    for table in (name for name, spec in TABLES.items() if "import_id" in spec.names and name not in _OF_A_FILE):
        con.execute(f"delete from store.{table} where import_id in {imports}", [file_id])
    for table in _OF_A_FILE:
        con.execute(f"delete from store.{table} where file_id = $1", [file_id])


def _rename(con: Connection, table: str, column: str, what: Erased) -> None:
    pairs = [(text, new) for text in _texts(con, table, column) if (new := _renamed(text, what)) != text]
    if not pairs:
        return
    names = pa.table({"was": [was for was, _ in pairs], "becomes": [becomes for _, becomes in pairs]})
    con.register("_renamed", names)
    try:
        own = quoted(column)
        con.execute(f"update store.{table} as t set {own} = r.becomes from _renamed as r where t.{own} = r.was")
    finally:
        con.unregister("_renamed")


def _renamed(text: str, what: Erased) -> str:
    new = what.rename(text) if what.finds(text) else text
    for was, becomes in what.moved.items():
        new = new.replace(was, becomes)
    return new


def _texts(con: Connection, table: str, column: str) -> Iterable[str]:
    query = f"select distinct {quoted(column)} from store.{table} where {quoted(column)} is not null"
    return (row[0] for row in con.execute(query).fetchall())


def _count(con: Connection, query: str, values: list[object]) -> int:
    row = con.execute(query, values).fetchone()
    return int(row[0]) if row else 0


def moved_hashes(con: Connection, specimens: Collection[str]) -> dict[str, str]:
    """What the results of plates with one of these specimens are called -> what they are called as stored now, where that is another; by themselves,
    and with what trends and twins do to them. Nothing is written."""
    assays = [name for (name,) in con.execute(_WITH_SPECIMEN, [sorted(specimens)]).fetchall()]
    if not assays:
        return {}
    judgements = judgements_of(con, assays)
    stood, moved = trend_hashes_of(con, judgements).to_pylist(), dict[str, str]()
    con.begin()
    try:
        for row in hashes_of(con, assays).to_pylist():
            key = [row["assay_id"], row["plate_number"]]
            (was,) = con.execute(_HASH_OF, key).fetchone() or (row["result_hash"],)
            moved |= {was: row["result_hash"], of_a_held(was): of_a_held(row["result_hash"])}
            con.execute(_CALL, [row["result_hash"], *key])
        stands = trend_hashes_of(con, judgements).to_pylist()
    finally:
        con.rollback()
    for was, now in zip(stood, stands, strict=True):
        moved |= {was[name]: now[name] for name in ("result_hash", "held_hash")}
    return {was: now for was, now in moved.items() if was != now}
