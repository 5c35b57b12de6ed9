"""The file of accounts, sessions, one-time links and failed tries: a store of its own, without data, for the site's account alone.

Tokens lie in it as hashes only: who reads the file can enter with none of them. Times are moments in UTC, all written alike, so that
they sort as text.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from pbis.core.errors import IntegrityError, SiteBusy
from pbis.files.trouble import trouble_of

FILE_NAME = "accounts.sqlite"
_MODE = 0o600
_WAIT_SECONDS = 10.0
_TOKEN_BYTES = 32  # 256 bits: not to be guessed, so that a plain hash of it is enough
_OF_A_MOMENT = ("session", "link", "failed_try")  # what a copy for a backup leaves behind
_SHAPE = """
create table if not exists account (
    account text primary key, name text not null, role text not null, password text, provider_key text unique,
    is_disabled integer not null default 0, made_at text not null
) strict;
create table if not exists session (
    token_hash text primary key, account text not null references account (account) on delete cascade,
    begun_at text not null, seen_at text not null, address text not null
) strict;
create table if not exists link (
    token_hash text primary key, account text not null, ends_at text not null
) strict;
create table if not exists failed_try (account text not null, address text not null, tried_at text not null) strict;
create table if not exists account_event (
    number integer primary key, at text not null, by text not null, account text not null, what text not null
) strict;
create trigger if not exists account_event_is_not_changed before update on account_event
begin select raise(abort, 'what was done to accounts is never changed'); end;
create trigger if not exists account_event_is_not_deleted before delete on account_event
begin select raise(abort, 'what was done to accounts is never deleted'); end;
create index if not exists failed_try_of_address on failed_try (address, tried_at);
"""


def accounts_path(state: Path) -> Path:
    """Where a site keeps its accounts. state: the site's folder of that name."""
    return state / FILE_NAME


@contextmanager
def opened(state: Path) -> Iterator[sqlite3.Connection]:
    """The store, made where there is none; what was done is kept where the block ends well, and undone where it does not.

    Raises SiteTrouble, SiteBusy, or IntegrityError where the file is damaged."""
    path = accounts_path(state)
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    _make_private(path)
    try:
        with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)) as con:
            con.row_factory = sqlite3.Row
            con.execute("pragma foreign_keys = on")
            con.execute("pragma secure_delete = on")
            if not con.execute("select 1 from sqlite_master where name = 'failed_try'").fetchone():
                con.executescript(_SHAPE)
            yield con
    except sqlite3.OperationalError as error:
        trouble = trouble_of(error, (path,))
        raise trouble or SiteBusy(f"{path}: the accounts cannot be used now: {error}") from None
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.IntegrityError):
            raise
        raise IntegrityError(f"{path}: the accounts are damaged: {error}; restore the file from a backup") from None


def _make_private(path: Path) -> None:
    """Make the file where there is none, private before a line stands in it.

    One that is there is not opened: closing it, by POSIX, would let go of all locks that other threads of this process hold on it, and
    another process would write between what they read and what they write."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _MODE))


def printed_names(state: Path) -> dict[str, str]:
    """Account -> name, as it is printed beside a signature; none where the site has no accounts."""
    if not accounts_path(state).is_file():
        return {}
    with opened(state) as con:
        return {row["account"]: row["name"] for row in con.execute("select account, name from account")}


@contextmanager
def writing(state: Path) -> Iterator[sqlite3.Connection]:
    """The store for one change: nobody changes it between what the block reads and what it writes."""
    with opened(state) as con:
        con.execute("begin immediate")
        try:
            yield con
        except BaseException:
            con.rollback()
            raise
        con.commit()


def copy_accounts(path: Path, target: Path) -> None:
    """A copy for a backup: accounts alone, so that no session that was ended lives again when it is restored."""
    with closing(sqlite3.connect(path, timeout=_WAIT_SECONDS)) as con, closing(sqlite3.connect(target)) as copy:
        con.backup(copy)
        for table in _OF_A_MOMENT:
            copy.execute(f"delete from {table}")
        copy.commit()
        copy.execute("vacuum")
    target.chmod(_MODE)


def new_token() -> str:
    """A token that nobody can guess; it is told once, and kept as `hash_of`."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def written(moment: datetime) -> str:
    """A moment as the store writes it."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
