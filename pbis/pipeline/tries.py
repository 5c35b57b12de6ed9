"""How often a password may be tried: per account and address, per address, and per account from everywhere.

A try is noted before it is judged, so that many at once are no more than the limit; the one that is right takes its own back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime, timedelta

from pbis.core.errors import UsageError
from pbis.core.words import plural
from pbis.pipeline.account_store import written

WINDOW = timedelta(minutes=15)
# Own choice: a person who mistypes has five; an address that goes through accounts twenty; an account that is tried from many fifty.
PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, PER_ACCOUNT = 5, 20, 50


_SCOPES = {
    "account = :account and address = :address": PER_ACCOUNT_AND_ADDRESS,
    "address = :address": PER_ADDRESS,
    "account = :account": PER_ACCOUNT,
}


class SignInRefused(UsageError):
    """Account or password are wrong, or were tried too often. is_locked: no try is heard at all for now."""

    def __init__(self, words: str, is_locked: bool = False) -> None:
        super().__init__(words)
        self.is_locked = is_locked


def begin_try(con: sqlite3.Connection, account: str, address: str, now: datetime) -> None:
    """Note a try. SignInRefused where there were too many. A try that a clock noted ahead of now counts, too."""
    since = written(now - WINDOW)
    con.execute("delete from failed_try where tried_at <= ?", (since,))
    left = max(_left(con, name, {"account": account, "address": address}, now) for name in _SCOPES)
    if left > timedelta(0):
        minutes = plural(-(-left // timedelta(minutes=1)), "minute")
        raise SignInRefused(
            f"too many wrong passwords: wait {minutes}, or let an admin enable the account again (pbis user enable)",
            is_locked=True,
        )
    con.execute("insert into failed_try values (?, ?, ?)", (account, address, written(now)))


def _left(con: sqlite3.Connection, scope: str, who: Mapping[str, str], now: datetime) -> timedelta:
    """How long it is until there are fewer tries than the limit of the scope; nothing where there are."""
    newest = f"select tried_at from failed_try where {scope} order by tried_at desc limit 1 offset :most - 1"
    row = con.execute(newest, {**who, "most": _SCOPES[scope]}).fetchone()
    return timedelta(0) if row is None else datetime.fromisoformat(row[0]) + WINDOW - now


def forget_tries(con: sqlite3.Connection, account: str, address: str | None = None) -> None:
    """After the right password: those of this account from this address; after an admin's word from everywhere."""
    con.execute(
        "delete from failed_try where account = ? and coalesce(address = ?, true)",
        (account, address),
    )
