"""The shape of today for a database that has nothing yet: made once in a process, from the migrations and views, and copied from there.

Forty migrations, each a transaction that waits for the disk, and the binding of 220 views take half a second and more; a copy of what
they leave takes a twentieth of it and is one transaction. What is copied was made step by step as ever, and is made anew where a
text of a step is another.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Lock

import duckdb

from pbis.files.temporary import temporary_folder
from warehouse.connect import connect, transaction, use_internal

_MADE: dict[
    str, Path
] = {}  # sha256 of the steps' texts -> the file that has their shape and no row beside their record
_ONE = Lock()  # DuckDB attaches a file once at a time
_OWN = """
select type = 'duckdb' and not exists (
    select 1 from duckdb_tables() where database_name = current_database() and not internal union all
    select 1 from duckdb_views() where database_name = current_database() and not internal union all
    select 1 from duckdb_schemas() where database_name = current_database() and not internal and schema_name <> 'main'
)
from duckdb_databases() where database_name = current_database()
"""


def has_nothing(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether this is a database of DuckDB's own in which nobody made anything."""
    return con.execute(_OWN).fetchone() == (True,)


def copy_shape(con: duckdb.DuckDBPyConnection, texts: str, make: Callable[[duckdb.DuckDBPyConnection], object]) -> None:
    """Give a database that has nothing the shape that `make` gives one, in one transaction. texts: sha256 of all that `make` reads."""
    (own,) = con.execute("select current_database()").fetchone() or ("",)
    with _ONE:
        con.execute(f"attach {_text(_made(texts, make))} as shape_of_today (read_only)")
        try:
            with transaction(con):
                con.execute(f'copy from database shape_of_today to "{own.replace(chr(34), 2 * chr(34))}"')
        finally:
            con.execute("detach shape_of_today")
    use_internal(con)


def _made(texts: str, make: Callable[[duckdb.DuckDBPyConnection], object]) -> Path:
    """The file to copy from, which lies in a folder of this process until it ends."""
    path = _MADE.get(texts)
    if path is None or not path.exists():  # of a process that this one was forked from, it goes with that
        path = _folder() / "shape.duckdb"
        with ExitStack() as stack:
            con = connect(None)
            stack.callback(con.close)
            make(con)
            con.execute(f"attach {_text(path)} as made; copy from database memory to made; detach made")
        _MADE[texts] = path  # not before it is whole: a disk that was full would leave a file without a shape
    return path


def _text(path: Path) -> str:
    """As SQL writes a text."""
    return "'" + str(path).replace("'", "''") + "'"


def _folder() -> Path:
    stack, maker = ExitStack(), os.getpid()
    folder = stack.enter_context(temporary_folder("shape"))

    def leave() -> None:
        if os.getpid() == maker:  # a forked process ends without taking it away from this one
            stack.close()

    atexit.register(leave)
    return folder
