"""Questions to the published copy: read only, nothing outside the file, one line where the question has a mistake."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock, Timer
from types import MappingProxyType

import duckdb
import pyarrow as pa

from pbis.core.errors import IntegrityError, QueryStopped, UsageError
from pbis.files.temporary import temporary_folder
from pbis.files.trouble import is_stop, trouble_of
from warehouse.connect import SPILL, connect, is_locked
from warehouse.ddl import literal
from warehouse.interrupts import heard_at_once
from warehouse.lake import lost
from warehouse.lake_reader import ReleaseInLake, open_in_lake, require_asking, while_there
from warehouse.migrate import hash_of_views, migrations
from warehouse.spans import spans_as_text

_BATCH = 2048  # rows: a vector of DuckDB's, so that a few rows of an endless answer cost no more than one
_OPENING = Lock()  # connections of one process to one file share its configuration, which the first of them locks
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT]i?B)", re.IGNORECASE)
_UNITS = {f"{letter}{i}B": (1024 if i else 1000) ** n for n, letter in enumerate("KMGT", 1) for i in ("", "I")}
_BUILD = """
    select max(name) filter (name <> 'views'), arg_max(sha256, sequence) filter (name = 'views') from store.warehouse_migration
"""
_RESERVED = ("group", "order", "end", "limit")  # words that are no name unless quoted
# Of the version before; they go with schema v1.
FORMER_NAMES = {
    "group": "pbis_group",
    "was_group": "was_pbis_group",
    "value_num": "value",
    "value_bound": "value",
    "value_reported": "value_display",
    "days_after_start": "study_day",
    "days_before_start": "study_day, with the other sign",
    "collected_at": "study_day",
    "drawn_at": "study_day and draw_number",
    "treatment_started_on": "study_day 0",
    "started_at": "run_day of a plate, study_day 0 of a treatment",
}
_LEAST_MEMORY = 64e6  # below that DuckDB cannot even open a release of ours


@dataclass(frozen=True)
class QueryLimits:
    """seconds: how long a question may take with the reading of its answer; memory: a size as DuckDB writes it, 2GB."""

    seconds: float = 60.0
    memory: str = "2GB"

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise UsageError(f"--timeout: expected seconds above 0; found {self.seconds:g}")
        size = _SIZE.fullmatch(self.memory.strip())
        if size is None or float(size[1]) * _UNITS[size[2].upper()] < _LEAST_MEMORY:
            raise UsageError(f"--memory: expected a size of at least 64MB, like 500MB or 2GB; found {self.memory!r}")


@contextmanager
def stream_published(
    path: Path | ReleaseInLake, sql: str, limits: QueryLimits, own: Mapping[str, pa.Table] = MappingProxyType({})
) -> Iterator[pa.RecordBatchReader]:
    """The answer, a batch at a time, so that it need not fit into memory. own: tables to ask beside the views. UsageError, in one line,
    where SQL or its rights are wrong; QueryStopped where a limit ends it, also while the answer is read. A span of time is text."""
    with temporary_folder("sql") as spill, closing(open_published(path, limits.memory, spill, for_people=True)) as con:
        is_late = Event()

        def stop() -> None:
            is_late.set()
            con.interrupt()

        clock = Timer(limits.seconds, stop)
        clock.daemon = True
        clock.start()
        try:
            for name, table in own.items():
                con.register(name, table)
            _require_question(con, sql)
            if isinstance(path, ReleaseInLake):
                require_asking(con, sql)
            with heard_at_once(con):
                yield spans_as_text(con.execute(sql).to_arrow_reader(_BATCH))
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            away = lost(path.lake, error) if isinstance(path, ReleaseInLake) else None
            raise away or _stopped(error, limits, is_late.is_set()) from None
        except RuntimeError as error:
            if is_stop(error):
                raise KeyboardInterrupt from None
            raise
        finally:
            clock.cancel()


def _stopped(error: Exception, limits: QueryLimits, is_late: bool) -> BaseException:
    if isinstance(error, BrokenPipeError):
        return error
    if is_late:
        return QueryStopped(
            f"the question was stopped after {limits.seconds:g} seconds: expected an answer in that time, found none that is whole; "
            "ask for less, or raise --timeout"
        )
    if "Out of Memory" in str(error):
        return QueryStopped(
            f"the question was stopped: it takes more than the {limits.memory} of --memory and {SPILL} of room for spilling; "
            "ask for less, or raise --memory"
        )
    if "INTERRUPT" in str(error):
        return KeyboardInterrupt()
    return trouble_of(error) or UsageError(one_line(error))


def open_published(
    path: Path | ReleaseInLake, memory: str | None = None, spill: Path | None = None, *, for_people: bool = False
) -> duckdb.DuckDBPyConnection:
    """A connection to a release that cannot write, read other files, reach the network or change its settings. memory: how much it
    may take; spill: a private folder for what does not fit; for_people: views are those that people are pointed to, else those by
    which the program derives."""
    if isinstance(path, ReleaseInLake):
        return open_in_lake(path, memory, spill, for_people=for_people)
    if not path.is_file():
        raise UsageError(f"{path}: nothing is published here yet; `pbis night` publishes")
    _check_kind(path)
    with _OPENING:
        con = connect(path, read_only=True, for_people=for_people)
        if memory is not None:
            con.execute(f"set memory_limit = {literal(memory.strip())}")
        if spill is not None:
            con.execute(f"set temp_directory = {literal(str(spill))}")
            con.execute(f"set max_temp_directory_size = {literal(SPILL)}")
        if not is_locked(con):
            con.execute("set enable_external_access = false")
            con.execute("set lock_configuration = true")
    return con


def _check_kind(path: Path) -> None:
    """DuckDB takes a CSV or Parquet file for a database in memory with that file in it, so it is not asked."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[8:] != b"DUCK":
        raise IntegrityError(f"{path}: this is no database of DuckDB; expected the pbis.duckdb of a release")


def query_published(path: Path | ReleaseInLake, sql: str) -> pa.Table:
    """The answer to a question of the program's own, in SQL. UsageError, in one line, where SQL or its rights are wrong, SiteTrouble where the
    release went from its lake meanwhile."""
    with closing(open_published(path)) as con:
        return ask(con, sql, path)


def ask(con: duckdb.DuckDBPyConnection, sql: str, place: Path | ReleaseInLake | None = None) -> pa.Table:
    """The answer of an open release; errors likewise, and UsageError where it has been closed. place: where it lies."""
    try:
        _require_question(con, sql)
        with nullcontext() if place is None else while_there(place):
            return con.execute(sql).to_arrow_table()
    except duckdb.ConnectionException:
        raise UsageError("this release was closed; open it again") from None
    except duckdb.Error as error:
        raise UsageError(one_line(error) + of_earlier_build(con)) from None


@contextmanager
def own_questions(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Around what the program itself asks of a release: UsageError where an earlier build published it without that."""
    try:
        yield
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        said = of_earlier_build(con)
        if not said:
            raise
        raise UsageError(f"the release lacks what is asked of it: {one_line(error)}{said}") from None


def of_earlier_build(con: duckdb.DuckDBPyConnection) -> str:
    """What is added to an error where an earlier build published the release; nothing where this one did."""
    row = con.execute(_BUILD).fetchone()
    has, views = row or (None, None)
    newest = migrations()[-1].name
    if has == newest and views in (None, hash_of_views()):
        return ""
    what = "with other views" if has == newest else f"it ends at {has}, this program at {newest}"
    return f"; an earlier build published this release ({what}): the next night publishes it anew"


def _require_question(con: duckdb.DuckDBPyConnection, sql: str) -> None:
    if not con.extract_statements(sql):
        raise UsageError("there is no question: expected SQL, for example: select * from score")


def one_line(error: Exception) -> str:
    """The message without the picture of the query, the hint kept."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines if not line.startswith(("LINE ", "^"))]
    return " ".join(kept[:2]) + _reserved(str(error)) + _former(str(error)) if kept else type(error).__name__


def _reserved(message: str) -> str:
    """A hint where the parser stops at, or just behind, a word that SQL keeps for itself and we have a column of that name."""
    picture = re.search(r"LINE \d+: (.*)\n(\s*)\^", message)
    if picture is None or "syntax error" not in message:
        return ""
    at = len(picture[2]) - len("LINE 1: ")
    around = (*re.findall(r"\w+", picture[1][:at])[-1:], *re.findall(r"\w+", picture[1][at:])[:1])
    found = next((word for word in around if word.lower() in _RESERVED), None)
    if found is None:
        return ""
    meant = (
        "the column is called pbis_group"
        if found.lower() == "group"
        else f'where a column is meant, write "{found.lower()}"'
    )
    return f"; {found} is a word of SQL: {meant}"


def _former(message: str) -> str:
    """A hint where a column is asked for by the name that it had in the version before."""
    missing = re.search(r'[Cc]olumn "(\w+)" not found|does not have a column named "(\w+)"', message)
    name = (missing[1] or missing[2]).lower() if missing else ""
    return f"; it is {FORMER_NAMES[name]} now, and as before in schema v1" if name in FORMER_NAMES else ""
