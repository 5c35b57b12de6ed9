"""How the warehouse's file is opened: no network, no extensions, and one line where another process holds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from pbis.core.errors import IntegrityError, SiteBusy
from pbis.files.trouble import trouble_of

# Two connections of one process share an instance only if their configurations are equal, so there is one configuration.
CONFIG = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    # A file that is made new is for DuckDB 1.4 and later, the first in which every view works: its words take a third less CPU to write.
    "storage_compatibility_version": "v1.4.0",
    # A quarter of DuckDB's own: a store of seventy tables, most with a key, fills few blocks of 256 kB, and each night left a third of a file empty.
    "default_block_size": "65536",
}

# From this size of block on DuckDB packs doubles, and says nothing where it does not (1.5.5): a release of 24 million readings takes a quarter less. Of a night's
# 20 plates it fills too little: three nights take a fifth more than in small blocks.
PACKING_BLOCK = 262_144
MUCH = 1_000_000  # readings from which it is worth it: 250 plates of 41 analytes
LOG = "96MB"  # how long a log grows before it is checkpointed
_HELD = """
    select
        coalesce(sum(memory_usage_bytes) filter (tag = 'BASE_TABLE'), 0)::bigint,
        coalesce(sum(memory_usage_bytes) filter (tag <> 'BASE_TABLE'), 0)::bigint,
        current_setting('memory_limit')
    from duckdb_memory()
"""
_KEPT = 8_000_000  # bytes of blocks that are not worth giving back
SPILL = "4GB"  # what one question may write to the disk; own choice
INTERNAL = "internal"  # schema of the views by which the program derives; people's are in main


def connect(
    path: Path | None, *, read_only: bool = False, for_people: bool = False, form: str = "", readings: int = 0
) -> duckdb.DuckDBPyConnection:
    """Open a database file; None is a database in memory. for_people: a view's bare name means what people are pointed to, else what
    the program derives by. form: of a file that is made new, as form_of says it; empty for today's; readings: how many such a file gets. SiteBusy where another process holds
    the file, SiteTrouble where the disk or a right denies it, IntegrityError where the file is no database."""
    config = CONFIG | ({"storage_compatibility_version": form} if form else {})
    if readings:
        config |= {"default_block_size": str(block_for(readings))}
    try:
        con = duckdb.connect(":memory:" if path is None else str(path), read_only=read_only, config=dict(config))
    except duckdb.IOException as error:
        raise _refusal(path, error) from error
    if not is_locked(con):
        con.execute("set enable_progress_bar = false")
    if not read_only:
        _write_frugally(con)
    if not for_people:
        use_internal(con)
    return con


def block_for(readings: int) -> int:
    """Bytes of a block of a database that is made new and gets so many readings."""
    return PACKING_BLOCK if readings >= MUCH else int(CONFIG["default_block_size"])


def form_of(con: duckdb.DuckDBPyConnection) -> str:
    """For which DuckDB the open file is written: it stays what it was made for, whatever is made new today."""
    row = con.execute(
        "select tags['storage_version'] from duckdb_databases() where database_name = current_database()"
    ).fetchone()
    return str(row[0] or "").removesuffix("+") if row else ""


def is_locked(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether another connection of this process has the file open and locked its configuration, which both share."""
    row = con.execute("select current_setting('lock_configuration')").fetchone()
    return bool(row and row[0])


def use_internal(con: duckdb.DuckDBPyConnection) -> None:
    """Let bare names mean the internal views first; a file of a build that had none keeps its own. A cursor has to be told again."""
    known = f"select 1 from duckdb_schemas() where schema_name = '{INTERNAL}' and database_name = current_database()"
    if con.execute(known).fetchone():
        con.execute(f"set search_path = '{INTERNAL},main'")


def _write_frugally(con: duckdb.DuckDBPyConnection) -> None:
    """What a night holds and spends does not hang on the machine or the archive.

    A night reads little of the archive, and two threads spend a third more CPU on it than one. What is not checkpointed yet is held in
    memory, three times its log, and a checkpoint begins a group of rows: the log of 20 plates, 76 MB, waits until all are loaded.
    Groups are merged by leave alone (warehouse/row_groups.py).
    DuckDB's limit of memory stays as it is: not all that it builds for a join can be spilled, and a night that meets the limit fails.
    """
    con.execute("set threads = 1")
    con.execute(f"set checkpoint_threshold = '{LOG}'")
    con.execute("set max_vacuum_tasks = 0")


def write_out(con: duckdb.DuckDBPyConnection) -> None:
    """Let what the log holds go into the file now. Until then DuckDB holds a block or more in memory for each column that got
    some thousand rows: after four plates as after twenty some 200 MB (duckdb 1.5.5)."""
    con.execute("checkpoint")


def let_go(con: duckdb.DuckDBPyConnection) -> None:
    """Give back the memory of blocks that were read, which DuckDB keeps in case they are asked for again: up to most of the machine's, so that a
    night held as much as it had read of the archive. What is not in the file yet stays where it is.

    The limit is put back as it was told, a tenth of a unit lower at most: `reset memory_limit` lets DuckDB tell the limit that it begins
    with, and hold to the one that was set (1.5.5)."""
    read, other, limit = con.execute(_HELD).fetchone() or (0, 0, "")
    if read < _KEPT:
        return
    with suppress(duckdb.OutOfMemoryException):  # more than that is in use: what could go has gone
        con.execute(f"set memory_limit = '{other + _KEPT}B'")
    con.execute(f"set memory_limit = '{limit}'")


def settle_file(path: Path) -> None:
    """Let DuckDB write what its log holds into the file and end, so that the file alone is the database. SiteBusy as above."""
    con = connect(path)
    try:
        con.execute("force checkpoint")
    finally:
        con.close()


def _refusal(path: Path | None, error: duckdb.IOException) -> Exception:
    trouble = trouble_of(error, () if path is None else (path,))
    if trouble is not None:
        return trouble
    if "could not set lock" in str(error).casefold():
        return SiteBusy(f"{path}: another process holds the warehouse; wait for its night to end")
    first = str(error).splitlines()[0]
    return IntegrityError(f"{path}: the warehouse cannot be opened: {first}")


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of the block or nothing of it."""
    con.execute("begin transaction")
    try:
        yield
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")
