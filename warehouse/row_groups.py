"""Groups of rows in which DuckDB keeps a table, and when it may merge small ones.

What is appended after a checkpoint is a group of its own, and a checkpoint merges groups wherever up to three full ones hold the rows of one
more: of an archive of 120 plates it then writes most anew, 321 blocks for the 38 that 20 plates add (duckdb 1.5.5). So merging is off for
every connection that writes (warehouse/connect.py) but for a checkpoint after which many groups would be small.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from warehouse.connect import LOG
from warehouse.part_ranges import CLOSED

# Groups below half of a full one, of a table with fewer others: twenty merges in a year of nights, and a scan reads few groups more than it must.
MERGED_AT = 16
# Of the tables without a key, to which alone groups are added: they get rows when a night loads plates, and when it publishes.
GROWING = ("reading", "night")
_GROUPS = """
    select count(*) filter (rows < {1}), count(*) filter (rows >= {1}) from (
        select sum(count) as rows from pragma_storage_info('{0}') where segment_type <> 'VALIDITY' and column_id = 0 group by row_group_id
    )
"""


def let_merge(con: duckdb.DuckDBPyConnection, database: str) -> bool:
    """Call before a checkpoint: let it merge once a table where many groups of a database are small, and not at all elsewhere; which of both.
    What is left is merged later, so that no night writes all of an archive. Many are more than the others: a merge writes as much as there is."""
    is_due = any(_is_due(con, f"{database}.store.{table}") for table in _there(con, database))
    con.execute(f"set max_vacuum_tasks = {int(is_due)}")
    return is_due


@contextmanager
def not_logged(con: duckdb.DuckDBPyConnection, database: str) -> Iterator[None]:
    """A commit in the block goes into the file at once, not into a log before it; merging is let where it is due."""
    let_merge(con, database)
    con.execute("set checkpoint_threshold = '1KB'")
    try:
        yield
    finally:
        con.execute(f"set checkpoint_threshold = '{LOG}'")
        con.execute("set max_vacuum_tasks = 0")


def _there(con: duckdb.DuckDBPyConnection, database: str) -> list[str]:
    """Those of the tables that the database has; one that was never migrated has none."""
    found = con.execute(
        "select table_name from duckdb_tables() where database_name = $1 and schema_name = 'store' and list_contains($2, table_name)",
        [database, list(GROWING)],
    ).fetchall()
    return [table for (table,) in found]


def _is_due(con: duckdb.DuckDBPyConnection, table: str) -> bool:
    """Whether more of its groups are less than half full than not, and many."""
    small, others = con.execute(_GROUPS.format(table, CLOSED)).fetchone() or (0, 0)
    return bool(small > max(MERGED_AT, others))
