"""Accounts of a site: who may sign in at the desk and sign for a plate, with which role, and by which password.

A decision's author is the account's name for ever: an account is disabled, and never taken away.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from pbis.config import Site
from pbis.core.errors import UsageError
from pbis.core.words import nearest
from pbis.pipeline.account_events import ITSELF, By, at_terminal, note
from pbis.pipeline.account_store import opened, writing, written
from pbis.pipeline.password_age import ANOTHER, late_words
from pbis.pipeline.passwords import hashed, is_right, refuse_weak
from pbis.pipeline.tries import PER_ACCOUNT_AND_ADDRESS, SignInRefused, begin_try, forget_tries

NO_ADDRESS = "here"  # of a try that no browser sent: the command line, or a signature
_NAMED = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
LONGEST_NAME = 100


class Role(StrEnum):
    """From the fewest rights to the most; each holds those of the ones before it."""

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    ADMIN = "admin"


@dataclass(frozen=True)
class DeskAccount:
    """account: by which decisions are entered; name: as it is printed beside a signature; provider_key: who it is to an OIDC provider."""

    account: str
    name: str
    role: Role
    is_disabled: bool = False
    has_password: bool = False
    provider_key: str = ""


@dataclass(frozen=True)
class Signer:
    """Who has just shown by a password that it is they. name: as it is printed."""

    name: str
    role: str


def signer(site: Site, account: str, password: str, now: datetime | None = None, address: str = NO_ADDRESS) -> Signer:
    """Who signs. UsageError where account or password are wrong, the password is too old, the account is disabled, or was tried too often: then its
    sessions end, too, because whoever guesses in one has not signed in."""
    with opened(site.path("state")) as con:
        row = con.execute("select password from account where account = ?", (account.strip().casefold(),)).fetchone()
    if row is not None and row["password"] is None:
        raise UsageError(
            f"account {account!r} has no password of the desk, which signing asks for; an admin gives a one-time link to choose one"
        )
    try:
        at = now or datetime.now(UTC)
        found = by_password(site, account, password, at, address)
    except SignInRefused as refusal:
        if refusal.is_locked:
            with writing(site.path("state")) as con:
                end_sessions(con, account.strip().casefold())
        raise
    late = late_words(site, found.account, at)
    if late:
        raise UsageError(f"{late}, and sign then (`pbis user password`)")
    return Signer(found.name, found.role.value)


def by_password(site: Site, account: str, password: str, now: datetime, address: str) -> DeskAccount:
    """The account of that password. SignInRefused with the same words, after the same time, whatever was wrong."""
    state, account = site.path("state"), account.strip().casefold()
    with writing(state) as con:
        begin_try(con, account, address, now)
        row = con.execute("select * from account where account = ?", (account,)).fetchone()
    if not is_right(password, None if row is None else row["password"]) or row["is_disabled"]:
        raise SignInRefused(
            f"account or password are wrong, or the account is disabled; after {PER_ACCOUNT_AND_ADDRESS} tries it has to wait"
        )
    with writing(state) as con:
        forget_tries(con, account, address)
    return _account(row)


def all_accounts(site: Site) -> list[DeskAccount]:
    """Every account, by name."""
    with opened(site.path("state")) as con:
        return [_account(row) for row in con.execute("select * from account order by account")]


def account_of_name(site: Site, account: str) -> DeskAccount:
    """The account of that name. UsageError where there is none."""
    with opened(site.path("state")) as con:
        return _account(_row(con, account))


def add_account(
    site: Site, account: str, name: str, role: str, now: datetime, password: str | None = None, by: str = ITSELF
) -> DeskAccount:
    """A new account; without a password it waits for a one-time link. by: who adds it. UsageError for a name that is taken or is none."""
    account, name = account.strip(), " ".join(name.split())
    check_names(account, name)
    if password is not None:
        refuse_weak(password, account, name)
    kept = None if password is None else hashed(password)
    with writing(site.path("state")) as con:
        insert_account(con, DeskAccount(account, name, role_of(role)), By(by, now), kept)
    return account_of_name(site, account)


def insert_account(con: sqlite3.Connection, new: DeskAccount, by: By, kept: str | None = None) -> None:
    """UsageError where the name is taken. kept: the hash of its password."""
    if con.execute("select 1 from account where account = ?", (new.account,)).fetchone():
        raise UsageError(f"there is an account {new.account!r} already; expected another name")
    con.execute(
        "insert into account (account, name, role, password, provider_key, made_at) values (?, ?, ?, ?, ?, ?)",
        (new.account, new.name, new.role.value, kept, new.provider_key or None, written(by.at)),
    )
    note(con, by, new.account, f"added as {new.role.value}")


def account_of_provider(site: Site, key: str, account: str, name: str, role: Role, now: datetime) -> DeskAccount:
    """The account of whom a provider vouches for, made when it comes first; name and role are the provider's word of now. UsageError
    where it is disabled, or the name is of another account."""
    check_names(account, name)
    with writing(site.path("state")) as con:
        row = con.execute("select * from account where provider_key = ?", (key,)).fetchone()
        if row is None:
            insert_account(con, DeskAccount(account, name, role, provider_key=key), By("the provider", now))
        elif row["is_disabled"]:
            raise UsageError(f"account {row['account']!r} is disabled; an admin of the desk may enable it")
        elif (row["name"], row["role"]) != (name, role.value):
            con.execute("update account set name = ?, role = ? where provider_key = ?", (name, role.value, key))
            note(con, By("the provider", now), row["account"], f"role {role.value}, name {name}")
            end_sessions(con, row["account"])
        return _account(con.execute("select * from account where provider_key = ?", (key,)).fetchone())


def set_role(site: Site, account: str, role: str, by: By) -> None:
    """Another role, from the next sign-in on: its sessions end. UsageError where no admin would be left."""
    with writing(site.path("state")) as con, _an_admin_left(con):
        _row(con, account)
        con.execute("update account set role = ? where account = ?", (role_of(role).value, account))
        note(con, by, account, f"role {role}")
        end_sessions(con, account)


def set_disabled(site: Site, account: str, by: By, *, is_disabled: bool) -> None:
    """Close an account, whose sessions end, or open it again, whose failed tries are forgotten. UsageError where no admin would be left."""
    with writing(site.path("state")) as con, _an_admin_left(con):
        _row(con, account)
        con.execute("update account set is_disabled = ? where account = ?", (is_disabled, account))
        note(con, by, account, "disabled" if is_disabled else "enabled")
        end_sessions(con, account)
        con.execute("delete from link where account = ? and ?", (account, is_disabled))
        forget_tries(con, account)


def set_password(site: Site, account: str, password: str, by: By | None = None) -> None:
    """Another password; its sessions and one-time links end. by: whoever sits at the machine, where nobody is named. UsageError for a
    weak one."""
    found = account_of_name(site, account)
    refuse_weak(password, found.account, found.name)
    kept = hashed(password)
    with writing(site.path("state")) as con:
        con.execute("update account set password = ? where account = ?", (kept, account))
        note(con, by or at_terminal(), account, ANOTHER)
        end_sessions(con, account)
        con.execute("delete from link where account = ?", (account,))
        forget_tries(con, account)


def end_sessions(con: sqlite3.Connection, account: str) -> int:
    """Sign an account out everywhere; how many sessions it had."""
    return con.execute("delete from session where account = ?", (account,)).rowcount


def role_of(word: str) -> Role:
    """UsageError for a word that is no role."""
    if word not in tuple(Role):
        raise UsageError(f"role: expected one of {', '.join(Role)}, found {word!r}{nearest(word, list(Role))}")
    return Role(word)


def check_names(account: str, name: str) -> None:
    """UsageError for what is no name of an account, or cannot be printed beside a signature."""
    if not _NAMED.fullmatch(account):
        raise UsageError(
            f"account: expected up to 64 small letters, digits and . _ @ - that begin with a letter or digit, found {account!r}"
        )
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise UsageError(f"name: expected 1 to {LONGEST_NAME} characters, as it is printed beside a signature")


def _row(con: sqlite3.Connection, account: str) -> sqlite3.Row:
    found: sqlite3.Row | None = con.execute("select * from account where account = ?", (account,)).fetchone()
    if found is None:
        known: Sequence[str] = [row["account"] for row in con.execute("select account from account order by account")]
        raise UsageError(f"there is no account {account!r}{nearest(account, known)}; `pbis user list` shows them")
    return found


@contextmanager
def _an_admin_left(con: sqlite3.Connection) -> Iterator[None]:
    """Undo a change after which nobody may administer any more."""
    admins = "select count(*) from account where role = 'admin' and not is_disabled"
    before = con.execute(admins).fetchone()[0]
    yield
    if before and not con.execute(admins).fetchone()[0]:
        raise UsageError("this is the last admin; expected another one first (pbis user add --role admin)")


def _account(row: sqlite3.Row) -> DeskAccount:
    return DeskAccount(
        row["account"],
        row["name"],
        Role(row["role"]),
        bool(row["is_disabled"]),
        row["password"] is not None,
        row["provider_key"] or "",
    )
