"""A release as a reader on another machine asks it: a snapshot of the lake, which nothing can be written to while it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from pbis.config import Lake
from pbis.core.errors import UsageError
from warehouse.connect import SPILL
from warehouse.ddl import literal
from warehouse.lake import attached, data_folder, lake_trouble, lost, use_derived

# Of a lake, reading alone: where its folder may be written, COPY could write there, though the catalogue takes nothing.
_ASKS = (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN, duckdb.StatementType.RELATION)
_OF_A_PIVOT = duckdb.StatementType.CREATE  # the words of a PIVOT's columns, which DuckDB makes for itself


@dataclass(frozen=True)
class ReleaseInLake:
    """A release that lies in a lake. snapshot: which it is there, so that a reader sees one and the same for as long as it asks."""

    lake: Lake
    snapshot: int


def open_in_lake(
    at: ReleaseInLake, memory: str | None, spill: Path | None, *, for_people: bool
) -> duckdb.DuckDBPyConnection:
    """A connection that cannot write, read other files than the lake's, or change its settings; options as of open_published. SiteTrouble
    where PostgreSQL or the folder is away."""
    with lake_trouble(at.lake):
        con = attached(at.lake, is_reader=True, snapshot=at.snapshot)
        try:
            _shut(con, memory, spill, for_people=for_people)
        except BaseException:
            con.close()
            raise
    return con


@contextmanager
def while_there(place: Path | ReleaseInLake) -> Iterator[None]:
    """Around what is asked of a release: SiteTrouble, in a sentence, where it lies in a lake and went meanwhile, or PostgreSQL did."""
    try:
        yield
    except duckdb.Error as error:
        away = lost(place.lake, error) if isinstance(place, ReleaseInLake) else None
        if away is None:
            raise
        raise away from None


def _shut(con: duckdb.DuckDBPyConnection, memory: str | None, spill: Path | None, *, for_people: bool) -> None:
    """Let it read the lake's files and nothing else, and change no setting again."""
    if memory is not None:
        con.execute(f"set memory_limit = {literal(memory.strip())}")
    if spill is not None:
        con.execute(f"set temp_directory = {literal(str(spill))}")
        con.execute(f"set max_temp_directory_size = {literal(SPILL)}")
    if not for_people:
        use_derived(con)
    folder = Path(data_folder(con))
    if not folder.is_dir():
        raise FileNotFoundError(
            f"{folder}: the folder of the lake's files is not there; mount it where the machine of the nights has it"
        )
    con.execute(f"set allowed_directories = [{literal(str(folder) + '/')}]")
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")


def require_asking(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    """UsageError for a statement that does more than ask."""
    kinds = [each.type for each in con.extract_statements(sql)]
    if any(kind not in _ASKS for kind in kinds if not (kind == _OF_A_PIVOT and "pivot" in sql.casefold())):
        raise UsageError(
            "a lake is asked: expected SELECT, FROM, DESCRIBE or EXPLAIN; to write a file there is -o FILE"
        )
