"""How often a password may be tried: per account and address, per address, and per account from everywhere.

A try is noted before it is judged, so that many at once are no more than the limit; the one that is right takes its own back.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta

from pbis.core.errors import UsageError
from pbis.pipeline.account_store import written

WINDOW = timedelta(minutes=15)
# Own choice: a person who mistypes has five; an address that goes through accounts twenty; an account that is tried from many fifty.
PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, PER_ACCOUNT = 5, 20, 50


class SignInRefused(UsageError):
    """Account or password are wrong, or were tried too often. is_locked: no try is heard at all for now."""

    def __init__(self, words: str, is_locked: bool = False) -> None:
        super().__init__(words)
        self.is_locked = is_locked


def begin_try(con: sqlite3.Connection, account: str, address: str, now: datetime) -> None:
    """Note a try. SignInRefused where there were too many. A try that a clock noted ahead of now counts, too."""
    since = written(now - WINDOW)
    con.execute("delete from failed_try where tried_at <= ?", (since,))
    counts = con.execute(
        "select count(*) filter (where account = :account and address = :address), count(*) filter (where address = :address), "
        "count(*) filter (where account = :account) from failed_try",
        {"account": account, "address": address},
    ).fetchone()
    if any(
        found >= most for found, most in zip(counts, (PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, PER_ACCOUNT), strict=True)
    ):
        minutes = WINDOW // timedelta(minutes=1)
        raise SignInRefused(
            f"too many wrong passwords: wait {minutes} minutes, or let an admin enable the account again (pbis user enable)",
            is_locked=True,
        )
    con.execute("insert into failed_try values (?, ?, ?)", (account, address, written(now)))


def forget_tries(con: sqlite3.Connection, account: str, address: str | None = None) -> None:
    """After the right password: those of this account from this address; after an admin's word from everywhere."""
    con.execute(
        "delete from failed_try where account = ? and coalesce(address = ?, true)",
        (account, address),
    )
