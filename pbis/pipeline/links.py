"""One-time links: by which a person chooses a password, the first admin included; told once, kept as a hash, gone when used or late."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from pbis.config import Site
from pbis.core.errors import UsageError
from pbis.pipeline.account_events import ITSELF, By, note
from pbis.pipeline.account_store import hash_of, new_token, opened, writing, written
from pbis.pipeline.accounts import DeskAccount, Role, account_of_name, check_names, insert_account, set_password
from pbis.pipeline.passwords import hashed, refuse_weak

LASTS = timedelta(hours=24)
FIRST = ""  # account of the link for the first admin, who chooses a name with it
_GONE = "this link was used, is late, or is none; an admin gives another one (pbis user password --link)"


def give_link(site: Site, account: str, by: By) -> str:
    """Token of a new link of the account, in the place of those before it. UsageError where there is no such account, or it is
    disabled."""
    if account != FIRST and account_of_name(site, account).is_disabled:
        raise UsageError(f"account {account!r} is disabled; enable it first")
    token = new_token()
    with writing(site.path("state")) as con:
        con.execute("delete from link where account = ?", (account,))
        con.execute("insert into link values (?, ?, ?)", (hash_of(token), account, written(by.at + LASTS)))
        if account != FIRST:
            note(con, by, account, "one-time link")
    return token


def give_first_link(site: Site, now: datetime) -> str | None:
    """Token of the first admin's link; None where there are accounts."""
    with opened(site.path("state")) as con:
        if _accounts(con):
            return None
    return give_link(site, FIRST, By(ITSELF, now))


def account_of_link(site: Site, token: str, now: datetime) -> DeskAccount | None:
    """Whose link it is; None for the first admin's. UsageError where it is none any more."""
    with opened(site.path("state")) as con:
        account = _owner(con, token, now)
    return None if account == FIRST else account_of_name(site, account)


def choose_password(site: Site, token: str, password: str, now: datetime) -> DeskAccount:
    """The owner's password from now on; the link and the owner's sessions are gone. UsageError for a late link or a weak password."""
    owner = account_of_link(site, token, now)
    if owner is None:
        raise UsageError(_GONE)
    refuse_weak(password, owner.account, owner.name)
    with writing(site.path("state")) as con:
        _owner(con, token, now)
        con.execute("delete from link where token_hash = ?", (hash_of(token),))  # of two at once one comes here
    set_password(site, owner.account, password, By(ITSELF, now))
    return account_of_name(site, owner.account)


def become_first_admin(site: Site, token: str, account: str, name: str, password: str, now: datetime) -> DeskAccount:
    """The site's first account. UsageError where the link is not the first admin's, or there is an account meanwhile."""
    account, name = account.strip(), " ".join(name.split())
    if account_of_link(site, token, now) is not None:
        raise UsageError(_GONE)
    check_names(account, name)
    refuse_weak(password, account, name)
    kept = hashed(password)
    with writing(site.path("state")) as con:
        if _owner(con, token, now) != FIRST or _accounts(con):
            raise UsageError(_GONE)
        insert_account(con, DeskAccount(account, name, Role.ADMIN), By(ITSELF, now), kept)
        con.execute("delete from link where account = ?", (FIRST,))
    return account_of_name(site, account)


def _owner(con: sqlite3.Connection, token: str, now: datetime) -> str:
    row = con.execute("select account, ends_at from link where token_hash = ?", (hash_of(token),)).fetchone()
    if row is None or not now < datetime.fromisoformat(row["ends_at"]) <= now + LASTS:
        raise UsageError(_GONE)
    return str(row["account"])


def _accounts(con: sqlite3.Connection) -> int:
    return int(con.execute("select count(*) from account").fetchone()[0])
