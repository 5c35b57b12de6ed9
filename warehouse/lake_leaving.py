"""What leaves a lake: snapshots of releases that nobody is to find any more, their files, and what a catalogue would keep of their rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

import duckdb

from pbis.config import Lake
from warehouse.ddl import literal
from warehouse.lake import META, NAME, lake_trouble
from warehouse.lake_snapshots import LakeSnapshot

_ONE_DAY = (
    "now() - interval '1 day'"  # the longest that a reader may take with a release that was taken away: own choice
)
_KNOWN = f"""
    select path from {META}.ducklake_data_file
    union all select path from {META}.ducklake_files_scheduled_for_deletion
"""
# Smallest and largest value of each column of a table: DuckLake only ever widens them, so they keep a study id that no row has any more.
# Those of each file, by which it finds rows, go with the file.
_WIDEST = f"""
    update {META}.ducklake_table_column_stats set min_value = null, max_value = null
    where min_value is not null or max_value is not null
"""


def forget_snapshots(
    con: duckdb.DuckDBPyConnection, lake: Lake, going: Iterable[LakeSnapshot], gone: Collection[str] = ()
) -> None:
    """Take snapshots out of the lake. Files that none shows any more go a day later, with the first call after it: a reader may be at them.
    gone: releases that are not to come any more; what was copied of one that never came whole goes at once, since nobody was led to it."""
    numbers = [str(each.number) for each in going]
    with lake_trouble(lake):
        if numbers:
            con.execute(f"call ducklake_expire_snapshots({literal(NAME)}, versions => [{', '.join(numbers)}])")
        con.execute(f"call ducklake_cleanup_old_files({literal(NAME)}, older_than => {_ONE_DAY})")
        con.execute(_WIDEST)
        _remove_unknown(con, lake, gone)
        for folder in lake.data.glob("*"):
            with suppress(OSError):  # what still holds files stays
                folder.rmdir()


def _remove_unknown(con: duckdb.DuckDBPyConnection, lake: Lake, gone: Collection[str]) -> None:
    """Files of these releases that the catalogue does not know: a night was killed, or PostgreSQL was away, between copy and commit."""
    copied = [path for name in gone for path in (lake.data / name).glob("*")]
    if not copied:
        return
    known = {_by_release(Path(path)) for (path,) in con.execute(_KNOWN).fetchall()}
    for path in copied:
        if _by_release(path) not in known:
            path.unlink()


def _by_release(path: Path) -> tuple[str, str]:
    """The folder of the release and the file in it: the catalogue has paths in more than one way."""
    return path.parent.name, path.name
