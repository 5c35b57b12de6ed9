"""What each night put into the store, as a count and a hash a table: a row that is changed, lost or made by hand shows later.

Tables are append-only, so what a night wrote never changes; its seal is taken once, when it ends, and costs what is new. The row
hash is DuckDB's own: quick, and equal only within one version of it, which therefore stands beside the seals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from contextlib import closing
from functools import cache, partial
from typing import Any

import duckdb

from pbis.core.errors import IntegrityError
from pbis.files.temporary import temporary_folder
from warehouse.among import MANY, is_among
from warehouse.append import Connection
from warehouse.connect import connect, form_of
from warehouse.ddl import quoted
from warehouse.migrate import migrate
from warehouse.tables import TABLES

_Keys = Callable[[str], list[str]]
Seals = Mapping[str, Mapping[str, str]]
NOBODY = "no night"  # rows whose night is not to be found: no program of ours leaves any
_WHOLE = frozenset(
    {"setting", "warehouse_migration"}
)  # of no night; each is made anew from files of the site and the program
_LISTED = re.compile(r"\b(?:EXCLUDE|REPLACE) \(")
_NEWEST = "select arg_max(sha256, sequence) from store.warehouse_migration where name = 'views'"
# Key of a table without night_id -> where its night stands, and how it is joined there.
_OWNERS = {
    "wording_hash": ("saying", "o.owner_id = {owner} and o.wording_hash = t.wording_hash"),
    "judgement_id": ("trend_judgement", "o.judgement_id = t.judgement_id"),
    "import_id": ("clinical_import", "o.import_id = t.import_id"),
    "assay_id": ("assay", "o.assay_id = t.assay_id"),
    "run_id": ("run", "o.run_id = t.run_id"),
    "file_id": ("clinical_import", "o.file_id = t.file_id"),
    "set_hash": ("cutoff_set", "o.set_hash = t.set_hash"),
}


def seals(con: Connection, nights: Collection[str] | None = None) -> dict[str, dict[str, str]]:
    """Night -> table -> `rows:hash` of what that night wrote; only these nights where they are given. Rows of no known night stand
    under NOBODY. IntegrityError where a table is gone."""
    found: dict[str, dict[str, str]] = {}
    keys_of: _Keys = cache(partial(_keys, con, nights or ()))
    for table in _filled(con, nights):
        for night, count, total in _sealed(con, table, nights, keys_of):
            found.setdefault(night, {})[table] = f"{count}:{int(total):x}"
    return found


def _filled(con: Connection, nights: Collection[str] | None) -> list[str]:
    """Tables that have rows, of these nights where they are given, asked in one go: in most sites half of them never get any, and a night
    writes into few. IntegrityError where one is gone; all where a column is, which who asks each tells."""
    names = [name for name in TABLES if name not in _WHOLE]
    asked = " union all ".join(
        f"select '{name}' where exists (from store.{name} {_of(name, nights)})" for name in names
    )
    try:
        found = {name for (name,) in con.execute(asked, None if nights is None else [sorted(nights)]).fetchall()}
    except (duckdb.CatalogException, duckdb.BinderException):
        for name in names:
            _require(con, name)
        return names
    return [name for name in names if name in found]


def _of(table: str, nights: Collection[str] | None) -> str:
    """Condition of the rows of these nights, where the rows of the table name theirs."""
    names_it = any(column.name == "night_id" for column in TABLES[table].columns)
    return "" if nights is None or not names_it else f"where {is_among('night_id', nights)}"


def _require(con: Connection, table: str) -> None:
    try:
        con.execute(f"from store.{table} limit 0")
    except duckdb.CatalogException as error:
        raise _otherwise(table, error) from None


def _otherwise(table: str, error: duckdb.Error) -> IntegrityError:
    first = str(error).splitlines()[0]
    return IntegrityError(f"warehouse, table store.{table}: expected the table as it was made; found: {first}")


def version_of_seals(con: Connection) -> str:
    """Seals are comparable where this is equal: the program that hashes, and the shape of the tables."""
    row = con.execute("select version(), max(name) from store.warehouse_migration where name <> 'views'").fetchone()
    return f"duckdb {row[0]}, {row[1]}" if row else ""


@cache
def _own_views(form: str) -> tuple[Any, dict[str, str]]:
    """Hash of the text of the program's views, and each as DuckDB keeps it in a file of that form, since an older one spells joins otherwise."""
    with temporary_folder("views") as folder:  # a file: what was stored is spelled otherwise than what was typed
        path = folder / "fresh.duckdb"
        with closing(connect(path, form=form)) as fresh:
            migrate(fresh)
        with closing(connect(path, read_only=True)) as fresh:
            return fresh.execute(_NEWEST).fetchone(), _views(fresh)


def changed_views(con: Connection) -> list[str]:
    """Views of the file that say something else than the program's, that it lacks, or that are nobody's; none where the program
    has other views than the last night had, which the next one puts in place."""
    text, ours = _own_views(form_of(con))
    if con.execute(_NEWEST).fetchone() != text:
        return []
    theirs = _views(con)
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


def _views(con: Connection) -> dict[str, str]:
    rows = con.execute("select schema_name, view_name, sql from duckdb_views() where not internal").fetchall()
    return {f"{schema}.{name}": _settled(sql) for schema, name, sql in rows}


def _settled(sql: str) -> str:
    """Without what DuckDB spells otherwise each time that a file is opened: the order of excluded and of replaced columns, and
    spaces."""
    parts, at = [], 0
    for found in _LISTED.finditer(sql):
        if found.start() >= at:
            end = _closing(sql, found.end())
            parts += [sql[at : found.end()], ",".join(sorted(_listed(sql[found.end() : end])))]
            at = end
    return "".join("".join([*parts, sql[at:]]).split())


def _closing(sql: str, start: int) -> int:
    """Place of the parenthesis that closes the one before `start`; the end of the text where none does."""
    depth = 1
    for at in range(start, len(sql)):
        depth += {"(": 1, ")": -1}.get(sql[at], 0)
        if not depth:
            return at
    return len(sql)


def _listed(text: str) -> list[str]:
    """Parts between the commas that stand in no parenthesis."""
    parts, depth = [""], 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def _sealed(con: Connection, table: str, nights: Collection[str] | None, keys_of: _Keys) -> list[tuple[str, int, int]]:
    columns = {column.name for column in TABLES[table].columns}
    if "night_id" in columns:
        key, night, owner = "", "t.night_id", ""
    else:
        key = next(name for name in _OWNERS if name in columns)
        night, owner = "o.night_id", _join(key, columns, is_cut=nights is not None)
    hashed = ", ".join(f"t.{quoted(column.name)}" for column in TABLES[table].columns)
    try:
        if key and nights is not None and not keys_of(key):
            return []  # its rows stand with keys of which these nights brought none
        wanted, asked = _wanted(key, night, nights, keys_of)
        query = f"""
            select coalesce({night}, '{NOBODY}') as night, count(*), sum(hash({hashed})::hugeint)
            from store.{table} as t {owner} {wanted} group by all order by night
        """
        return con.execute(query, asked or None).fetchall()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise _otherwise(table, error) from None


def _wanted(key: str, night: str, nights: Collection[str] | None, keys_of: _Keys) -> tuple[str, list[list[str]]]:
    """Condition of the rows of these nights, with its parameters. Where a row's night stands with its key, the keys that one of the nights
    has are asked for besides, so that rows of other nights are not read to be told from them."""
    if nights is None:
        return "", []
    first = f"where {is_among(night, nights)}", [sorted(nights)]
    if not key:
        return first
    keys = keys_of(key)
    return first if len(keys) > MANY else (f"{first[0]} and {is_among(f't.{key}', keys, 2)}", [*first[1], keys])


def _keys(con: Connection, nights: Collection[str], key: str) -> list[str]:
    """The keys that rows of these nights have where a row's night stands with its key."""
    source, _ = _OWNERS[key]
    query = f"select distinct {key} from store.{source} where {is_among('night_id', nights)} and {key} is not null"
    return sorted(row[0] for row in con.execute(query, [sorted(nights)]).fetchall())


def _join(key: str, columns: Collection[str], *, is_cut: bool) -> str:
    """The first night that knows the key, so that a file which was taken in twice counts once. is_cut: only keys of the nights that are asked
    for, so that a night which brought none does not go through the archive."""
    source, condition = _OWNERS[key]
    owner = "t.assay_id" if "assay_id" in columns else "t.import_id"
    keys = {"saying": "owner_id, wording_hash"}.get(source, key)
    first = f"(select {keys}, arg_min(night_id, sequence) as night_id from store.{source} group by {keys})"
    if source == "trend_judgement":
        first = f"(select {keys}, min(night_id) as night_id from store.{source} group by {keys})"
    if is_cut:
        own = f"(select * from {first} where night_id in (select unnest($1::varchar[])))"
        return f"join {own} as o on {condition.format(owner=owner)}"
    return f"left join {first} as o on {condition.format(owner=owner)}"
