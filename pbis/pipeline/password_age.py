"""How old a password may become: where `[desk] password_days` says so, one that is older opens nothing and signs nothing until another is chosen.

The age follows from what was done to the account (account_events.py), so that a clock which goes back makes no password young.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pbis.config import Site
from pbis.core.errors import UsageError
from pbis.core.words import plural
from pbis.pipeline.account_store import opened
from pbis.pipeline.passwords import is_right

ANOTHER = "another password"  # what the list of changes calls it
_CHOSEN = """
    select coalesce(
        (select max(at) from account_event where account = :account and what = :what),
        (select made_at from account where account = :account and password is not null)
    )
"""


def late_words(site: Site, account: str, now: datetime) -> str:
    """Why the account's password is to be changed; '' where it is not."""
    days = site.file.desk.password_days
    if not days:
        return ""
    with opened(site.path("state")) as con:
        (chosen,) = con.execute(_CHOSEN, {"account": account, "what": ANOTHER}).fetchone()
    if chosen is None or now - datetime.fromisoformat(chosen) <= timedelta(days=days):
        return ""
    return f"the password of {account!r} is older than {plural(days, 'day')}, which is how long one holds here; choose another one"


def require_another(site: Site, account: str, password: str, now: datetime) -> None:
    """UsageError where a password that is too old is chosen again."""
    if not late_words(site, account, now):
        return
    with opened(site.path("state")) as con:
        row = con.execute("select password from account where account = ?", (account,)).fetchone()
    if row is not None and row["password"] is not None and is_right(password, row["password"]):
        raise UsageError("this is the password of before, which is too old; expected another one")
