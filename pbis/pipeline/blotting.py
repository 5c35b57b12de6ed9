"""Names blotted out of a file that lies around the stores: of a database by its own means, of anything else in its bytes.

In the bytes of a database a name stands between others without a gap, so that it is not told from part of a longer word; its log holds
what its pages held before; and another process may have it open.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from pbis.core.errors import SiteBusy
from pbis.core.withdrawn import Renamer

Cell = str | bytes | int | float | None
_DATABASE = b"SQLite format 3\0"
_BESIDE = ("-wal", "-shm", "-journal")
_WAIT_SECONDS = 30.0  # the orchestrator's server writes for moments only


def blot(path: Path, rename: Renamer) -> None:
    """Nothing of the names is left in the file; one without them stays as it is. SiteBusy where another process keeps a database locked."""
    data = path.read_bytes()
    if data.startswith(_DATABASE):
        try:
            _blot_database(path, rename)
        except sqlite3.OperationalError as error:
            raise SiteBusy(
                f"{path}: names of a subject who withdrew are to be taken out of it, but {error}; end what uses it"
            ) from None
        except sqlite3.DatabaseError:  # it is none any more, so that its bytes are all there is
            _blot_bytes(path, data, rename)
    elif not _is_beside_a_database(path):
        _blot_bytes(path, data, rename)


def overwrite(path: Path, data: bytes) -> None:
    """In place: somebody may have the file open, and its mode and owner stay."""
    with path.open("r+b") as file:
        file.write(data)
        file.truncate()


def _is_beside_a_database(path: Path) -> bool:
    """Its log is written into it, and emptied, with it."""
    return any(path.name.endswith(end) and path.with_name(path.name.removesuffix(end)).exists() for end in _BESIDE)


def _blot_bytes(path: Path, data: bytes, rename: Renamer) -> None:
    """The same number of bytes."""
    text = data.decode("latin-1")
    if rename.pattern is not None and rename.finds(text):
        overwrite(path, rename.pattern.sub(lambda found: "x" * len(found[0]), text).encode("latin-1"))


def _blot_database(path: Path, rename: Renamer) -> None:
    """Every text of every table; then the file is written anew and its log emptied, since both keep what was deleted."""
    with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)) as con:
        con.create_function("renamed", 1, lambda cell: _cell(cell, rename), deterministic=True)
        con.execute("begin immediate")
        changed = sum(_blot_table(con, name) for name in _tables(con))
        con.execute("commit")
        if changed:
            con.execute("vacuum")
            con.execute("pragma wal_checkpoint(truncate)")


def _tables(con: sqlite3.Connection) -> list[str]:
    rows = con.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite~_%' escape '~'")
    return [name for (name,) in rows.fetchall()]


def _blot_table(con: sqlite3.Connection, table: str) -> int:
    columns = [f'"{row[1]}"' for row in con.execute(f'pragma table_info("{table}")').fetchall()]
    asked = (f'update "{table}" set {name} = renamed({name}) where renamed({name}) is not {name}' for name in columns)
    return sum(con.execute(query).rowcount for query in asked)


def _cell(cell: Cell, rename: Renamer) -> Cell:
    if isinstance(cell, bytes):
        text = cell.decode("latin-1")
        return rename(text).encode("latin-1") if rename.finds(text) else cell
    return rename(cell) if isinstance(cell, str) else cell
