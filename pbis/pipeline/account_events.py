"""What was done to accounts: who added, changed, closed or opened one, and when; a list that is only ever added to."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from pbis.config import Site
from pbis.files.trouble import account as account_of_machine
from pbis.pipeline.account_store import opened, written

ITSELF = "-"  # by whom: the person of the account, by a link or the password of before


@dataclass(frozen=True)
class By:
    """Who changes an account, and when. who: an account of the desk, or of the machine where it is done at its terminal."""

    who: str
    at: datetime


@dataclass(frozen=True)
class AccountEvent:
    """One change. what: for example `role admin`."""

    at: datetime
    by: str
    account: str
    what: str


def at_terminal() -> By:
    """A change at the machine itself, now."""
    return By(f"{account_of_machine()} of this machine", datetime.now(UTC))


def note(con: sqlite3.Connection, by: By, account: str, what: str) -> None:
    """Add a change; it is kept with the change itself, or not at all."""
    con.execute(
        "insert into account_event (at, by, account, what) values (?, ?, ?, ?)", (written(by.at), by.who, account, what)
    )


def account_events(site: Site) -> list[AccountEvent]:
    """Every change, the latest first."""
    with opened(site.path("state")) as con:
        rows = con.execute("select at, by, account, what from account_event order by number desc").fetchall()
    return [AccountEvent(datetime.fromisoformat(row["at"]), row["by"], row["account"], row["what"]) for row in rows]
