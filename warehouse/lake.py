"""How a lake is opened: DuckLake's catalogue in PostgreSQL, its files in a folder that all machines see, both through extensions that came
as wheels and are loaded by their path, so that nothing is fetched while the program runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import ModuleType

import duckdb

from pbis.config import Lake
from pbis.core.errors import ConfigError, SiteTrouble
from pbis.files.trouble import trouble_of
from pbis.packages import need
from warehouse.connect import INTERNAL, connect
from warehouse.ddl import literal

NAME = "lake"  # by which a connection of ours knows it
META = f"__ducklake_metadata_{NAME}"  # DuckLake's own tables, whose columns are a published specification
_TIMEOUT = 10  # seconds until a machine that does not answer counts as away: libpq itself waits two minutes; own choice
# What a sentence of PostgreSQL or DuckDB may go on with that a person does not need.
_LOST = re.compile(
    r'onnect|terminat|translate host|Failed to execute query "[^"]*":$'
)  # the last: a session that broke says no more
_GONE = "No snapshot found at version"  # as DuckLake says it to who began before the release was taken away
_TAIL = re.compile(r"\s*(LINE \d+:|Is the server running|DETAIL:).*$", re.DOTALL)


@contextmanager
def lake_trouble(lake: Lake) -> Iterator[None]:
    """SiteTrouble, in a sentence, for what DuckDB or the system says of a lake meanwhile: PostgreSQL away, a folder without room or right."""
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise trouble_of(error, (lake.data,)) or SiteTrouble(f"lake {lake_name(lake)}: {_words(error)}") from error


def lost(lake: Lake, error: BaseException) -> SiteTrouble | None:
    """What is to be said where PostgreSQL, or the release, went while a question was asked; None where the error is another."""
    said = _plain(error)
    return SiteTrouble(f"lake {lake_name(lake)}: {_words(error)}") if _GONE in said or _LOST.search(said) else None


def lake_name(lake: Lake) -> str:
    """The catalogue as a person calls it: database and machine, no account."""
    said = dict(re.findall(r"(\w+)\s*=\s*(\S+)", lake.catalog))
    return f"{said.get('dbname', 'of PostgreSQL')} on {said.get('host', 'this machine')}"


@contextmanager
def open_lake(lake: Lake, *, is_reader: bool, snapshot: int | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the lake, which is its main database. is_reader: nothing can be written, and a lake that is not there is not made;
    snapshot: as it was then, the newest without one. ConfigError where the extra is missing, SiteTrouble where PostgreSQL is away."""
    with lake_trouble(lake), closing(attached(lake, is_reader=is_reader, snapshot=snapshot)) as con:
        yield con


def attached(lake: Lake, *, is_reader: bool, snapshot: int | None = None) -> duckdb.DuckDBPyConnection:
    """The same, to be closed by whoever asks; errors are DuckDB's own."""
    files = lake_extensions()
    con = connect(None)
    try:
        for path in files:
            con.execute(f"load {literal(str(path))}")
        # rows deleted from a file of ten or fewer would be noted in the catalogue, and the file stay (ducklake of 1.5.5)
        written = [f"data_path {literal(str(lake.data) + '/')}", "data_inlining_row_limit 0"]
        told = ["read_only"] if is_reader else written
        told += [f"snapshot_version {snapshot}"] if snapshot is not None else []
        place = literal(f"ducklake:postgres:{_patient(lake.catalog)}")
        con.execute(f"attach {place} as {NAME} ({', '.join(told)})")
        con.execute(f"use {NAME}")
    except BaseException:
        con.close()
        raise
    return con


def use_derived(con: duckdb.DuckDBPyConnection) -> None:
    """Let bare names mean the views by which the program derives, as in a release's own database."""
    con.execute(f"set search_path = '{NAME}.{INTERNAL},{NAME}.main'")


def data_folder(con: duckdb.DuckDBPyConnection) -> str:
    """The folder of the files as the catalogue has it, which is how every machine sees it."""
    row = con.execute(f"select value from {META}.ducklake_metadata where key = 'data_path'").fetchone()
    return str(row[0]) if row else ""


def lake_extensions() -> tuple[Path, Path]:
    """The two files that DuckDB loads, in this order. ConfigError where their wheels are not installed, or are of another DuckDB."""
    need("lake")
    import duckdb_extension_ducklake
    import duckdb_extension_postgres_scanner

    return (
        _file_of(duckdb_extension_postgres_scanner, "postgres_scanner"),
        _file_of(duckdb_extension_ducklake, "ducklake"),
    )


def _file_of(package: ModuleType, name: str) -> Path:
    folder = Path(str(package.__file__)).parent / "extensions"
    path = folder / f"v{duckdb.__version__}" / f"{name}.duckdb_extension"
    if not path.is_file():
        found = ", ".join(sorted(each.name for each in folder.glob("v*"))) or "none"
        raise ConfigError(
            f'{name}: expected the extension for DuckDB v{duckdb.__version__}, found {found}; this needs the extra "lake" in one version '
            f'with DuckDB: pip install --upgrade "pbis[lake]"'
        )
    return path


def _patient(catalog: str) -> str:
    """With a bound on the time that a machine may take to answer, where the site names none."""
    if "connect_timeout" in catalog:
        return catalog
    if "://" in catalog:
        return f"{catalog}{'&' if '?' in catalog else '?'}connect_timeout={_TIMEOUT}"
    return f"{catalog} connect_timeout={_TIMEOUT}"


def _plain(error: BaseException) -> str:
    return " ".join(_TAIL.sub("", str(error)).split())


def _words(error: BaseException) -> str:
    said = _plain(error)
    if _GONE in said:
        return "this release was taken out of the lake meanwhile; ask again, of another release"
    found = re.search(r"(connection to server .*|could not translate .*)$", said)
    if _LOST.search(said):
        return f"PostgreSQL does not answer ({(found[1] if found else said)[:200]}); look whether it runs and whether this account may use it"
    return f"{said[:300]}"
