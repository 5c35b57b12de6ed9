"""Sessions of the desk: a random token in a cookie, of which only the hash is kept, in the store of accounts.

A session ends when nobody used it for a quarter of an hour, after twelve hours, when its account is closed, changed or signed out, and
when the clock goes back behind its last use. What has ended is deleted when it is met, so that no other clock brings it back.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pbis.desk.people import Person, Role
from pbis.pipeline.account_store import hash_of, new_token, opened, writing, written
from pbis.pipeline.accounts import end_sessions

COOKIE = "pbis_desk"  # where the desk is reached without TLS; `Door.cookie` names it in general
_NOTED_EVERY = timedelta(seconds=20)  # so often a use is written down: not every picture of a page
_CLOCK_SLIPS = timedelta(minutes=2)  # so far a clock is set back in good faith


@dataclass(frozen=True)
class Seat:
    """A session that stands, as its admin sees it."""

    account: str
    name: str
    begun_at: datetime
    seen_at: datetime
    address: str


@dataclass(frozen=True)
class Sessions:
    """Who is signed in. state: the site's folder of that name; clock: in UTC. A token is told once, when a session begins."""

    state: Path
    clock: Callable[[], datetime]
    idle: timedelta = timedelta(minutes=15)
    longest: timedelta = timedelta(hours=12)

    def begin(self, person: Person, address: str = "") -> str:
        """The token of a new session of the account."""
        token, now = new_token(), written(self.clock())
        with writing(self.state) as con:
            con.execute(
                "insert into session values (?, ?, ?, ?, ?)", (hash_of(token), person.account, now, now, address)
            )
        return token

    def who(self, token: str) -> Person | None:
        """Whose session it is, with the role of now; None where it is none, or has ended."""
        if not token:
            return None
        now, key = self.clock(), hash_of(token)
        with opened(self.state) as con:
            row = con.execute(
                "select account, name, role, is_disabled, begun_at, seen_at from session join account using (account) where token_hash = ?",
                (key,),
            ).fetchone()
            if row is None:
                return None
            seen = datetime.fromisoformat(row["seen_at"])
            if row["is_disabled"] or not self._stands(datetime.fromisoformat(row["begun_at"]), seen, now):
                con.execute("delete from session where token_hash = ?", (key,))
                return None
            if now - seen > _NOTED_EVERY:
                con.execute("update session set seen_at = ? where token_hash = ?", (written(now), key))
        return Person(row["account"], row["name"], Role(row["role"]))

    def end(self, token: str) -> None:
        """Sign out."""
        with writing(self.state) as con:
            con.execute("delete from session where token_hash = ?", (hash_of(token),))

    def revoke(self, account: str) -> int:
        """Sign an account out everywhere; how many sessions it had."""
        with writing(self.state) as con:
            return end_sessions(con, account)

    def standing(self) -> list[Seat]:
        """Sessions that have not ended, the latest used first; the others are deleted."""
        now, seats = self.clock(), []
        with writing(self.state) as con:
            rows = con.execute(
                "select * from session join account using (account) order by seen_at desc, account"
            ).fetchall()
            for row in rows:
                begun, seen = (datetime.fromisoformat(row[name]).astimezone(UTC) for name in ("begun_at", "seen_at"))
                if self._stands(begun, seen, now) and not row["is_disabled"]:
                    seats.append(Seat(row["account"], row["name"], begun, seen, row["address"]))
                else:
                    con.execute("delete from session where token_hash = ?", (row["token_hash"],))
        return seats

    def _stands(self, begun: datetime, seen: datetime, now: datetime) -> bool:
        return seen - _CLOCK_SLIPS <= now < min(begun + self.longest, seen + self.idle)
