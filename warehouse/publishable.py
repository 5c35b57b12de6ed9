"""Before a release is put in place: does it hold what none may? A column without a class, a private word, a cell that is not closed, a
double that is no number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import duckdb

from pbis.config import ReleaseSection
from pbis.core.errors import IntegrityError
from pbis.core.frames.model import PRIVATE, Column
from warehouse.among import is_named_among
from warehouse.asked_assays import about_assays
from warehouse.classes import unclassed
from warehouse.closed_cells import SURROGATE, ClosedCells, known_names, worth_a_look
from warehouse.connect import INTERNAL, let_go
from warehouse.ddl import literal, quoted
from warehouse.tables import TABLES

_MOST_NAMED = 5


NOTHING_KEPT: Mapping[str, int] = MappingProxyType({})
NOTHING_WRITTEN: Mapping[str, Path] = MappingProxyType({})
_AT_ONCE = 128  # runs of which such a view is asked at once: of a whole archive it would hold every reading
# Views whose rows are about one run each, which they name.
_OF_RUNS = frozenset({"result_wide", "result_all", "plate", "standard_curve", "control_result"})
_OF_READINGS = frozenset({"result_all", "control_result"})  # and of these, those with what trends say of each


def require_closed(
    con: duckdb.DuckDBPyConnection,
    declared: ReleaseSection,
    kept: Mapping[str, int] = NOTHING_KEPT,
    written: Mapping[str, Path] = NOTHING_WRITTEN,
) -> None:
    """IntegrityError with the first columns of a release that hold what they must not, and how many rows; no cell is quoted.

    kept: so many of a stored table's first rows are those of the release before, which were looked at then, and are known to be shown as
    they were: what is looked at is behind them. written: Parquet files of whole views, which are looked at in their place."""
    found = [f"{name}: a column without a class" for name in unclassed(con)]
    found += [*_open_cells(con, declared, kept), *strange_doubles(con, kept, written)]
    if found:
        more = f" and {len(found) - _MOST_NAMED} more" if len(found) > _MOST_NAMED else ""
        raise IntegrityError(
            f"nothing was published: {'; '.join(found[:_MOST_NAMED])}{more}. This is a defect of the program: keep the site as it is "
            "and report the columns"
        )


def strange_doubles(
    con: duckdb.DuckDBPyConnection,
    kept: Mapping[str, int] = NOTHING_KEPT,
    written: Mapping[str, Path] = NOTHING_WRITTEN,
) -> list[str]:
    """A sentence for each column of doubles, of tables and views, that holds NaN, an infinity or a negative zero; of views the rows of runs
    that were assayed since. kept and written: as above."""
    columns = con.execute(
        "select schema_name, table_name, column_name from duckdb_columns()"
        " where schema_name in ('main', 'internal', 'store') and not internal and data_type = 'DOUBLE' and database_name = current_database()"
        " and (schema_name = 'store' or schema_name = 'main' and table_name = 'result_wide' or schema_name = 'internal'"
        " and table_name in ('result_all', 'plate', 'standard_curve', 'control_result', 'score_input'))"
        " order by all"
    ).fetchall()
    places: dict[tuple[str, str], list[str]] = {}
    for schema, table, column in columns:
        places.setdefault((schema, table), []).append(column)
    whole = {place: names for place, names in places.items() if place[1] in written or place[1] not in _OF_RUNS}
    found = Counter[tuple[str, str]]()
    for (schema, table), names in whole.items():
        found.update(_strange(con, table, _source(schema, table, kept, written), names))
        if not kept.get(table):  # the whole of it was read
            let_go(con)
    found.update(_strange_of_runs(con, {place: names for place, names in places.items() if place not in whole}, kept))
    return [
        f"{table}.{name}: expected numbers; found NaN, an infinity or -0.0 in {count} rows"
        for (table, name), count in found.items()
        if count
    ]


def _source(schema: str, table: str, kept: Mapping[str, int], written: Mapping[str, Path]) -> str:
    """What of a table or view is to be looked at."""
    if schema == "store":
        return f"store.{quoted(table)}" + (f" where rowid >= {kept[table]}" if kept.get(table) else "")
    if schema == INTERNAL and table in written:
        return f"read_parquet({literal(str(written[table]))})"
    return f"{schema}.{quoted(table)}"


def _strange_of_runs(
    con: duckdb.DuckDBPyConnection, places: Mapping[tuple[str, str], list[str]], kept: Mapping[str, int]
) -> Counter[tuple[str, str]]:
    """The same of views whose rows are about one run each."""
    found = Counter[tuple[str, str]]()
    looked = _looked_at(con, kept) if places else []
    for at in range(0, len(looked), _AT_ONCE):
        # by both: a table of readings has one of them
        runs, assays = zip(*looked[at : at + _AT_ONCE], strict=True)
        wanted = f"where {is_named_among('run_id', runs)} and {is_named_among('assay_id', assays)}"
        with about_assays(con, assays, *(table for _, table in places if table in _OF_READINGS)) as session:
            for (schema, table), names in places.items():
                source = quoted(table) if table in _OF_READINGS else f"{schema}.{quoted(table)}"
                found.update(_strange(session, table, f"{source} {wanted}", names))
        if len(looked) > _AT_ONCE:
            let_go(con)
    return found


def _looked_at(con: duckdb.DuckDBPyConnection, kept: Mapping[str, int]) -> list[tuple[str, str]]:
    """Runs that were assayed since the release before, or all where it says nothing of them, each with that assay. An assay that another took
    the place of has no row in these views."""
    is_new = f"assay.rowid >= {kept.get('assay') or 0}"
    return con.execute(
        f"select run_id, assay_id from store.assay semi join {INTERNAL}.current_assay using (run_id, assay_id) where {is_new} order by all"
    ).fetchall()


def _strange(con: duckdb.DuckDBPyConnection, table: str, source: str, names: list[str]) -> dict[tuple[str, str], int]:
    """(table, column) -> how many rows of the source are strange there."""
    counts = ", ".join(
        f"count(*) filter (isnan({c}) or isinf({c}) or ({c} = 0 and signbit({c})))" for c in map(quoted, names)
    )
    found = con.execute(f"select {counts} from {source}").fetchone() or ()
    return {(table, name): count for name, count in zip(names, found, strict=True)}


def _open_cells(con: duckdb.DuckDBPyConnection, declared: ReleaseSection, kept: Mapping[str, int]) -> Iterator[str]:
    cells = ClosedCells(known_names(con), declared)
    present = con.execute(
        "select table_name, column_name from duckdb_columns() where schema_name = 'store' and not internal"
        " and database_name = current_database()"
    ).fetchall()
    for table, name in sorted(present):
        column = next((c for c in TABLES[table].columns if c.name == name), None) if table in TABLES else None
        if column is None:
            yield f"{table}.{name}: expected a declared column; found none"
        elif column.declared_class == PRIVATE or column.kind:
            count = _not_closed(con, f"store.{table}", kept.get(table, 0), column, cells)
            if count:
                yield f"{table}.{name} ({column.holds}): expected closed words or their hashes; found {count} others"


def _not_closed(con: duckdb.DuckDBPyConnection, table: str, first: int, column: Column, cells: ClosedCells) -> int:
    """How many different cells of the column, from that row on, are neither closed nor called by kind and hash."""
    own = quoted(column.name)
    rows = con.execute(
        f"select distinct {own} from {table} where rowid >= {first} and {own} is not null and {worth_a_look(column.kind, own)}"
    ).fetchall()
    if column.declared_class == PRIVATE:
        return len(rows)
    return sum(not _is_shown(cells, column.kind, text) for (text,) in rows)


def _is_shown(cells: ClosedCells, kind: str, text: str) -> bool:
    return SURROGATE.match(text) is not None or cells.shown(kind, text) == text
