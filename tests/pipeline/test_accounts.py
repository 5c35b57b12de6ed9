"""Accounts: who may sign, with which password, how often it may be tried, and what lies in the file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pbis.config import Site, load_site
from pbis.core.errors import UsageError
from pbis.pipeline import accounts, passwords
from pbis.pipeline.account_events import By, account_events
from pbis.pipeline.account_store import accounts_path, copy_accounts, opened, writing
from pbis.pipeline.accounts import Role, Signer, by_password, signer
from pbis.pipeline.modes import mend_modes, wider
from pbis.pipeline.new_site import write_site
from pbis.pipeline.tries import PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, WINDOW, SignInRefused

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
GOOD = "seven brown owls asleep"
BY = By("root", datetime(2026, 3, 2, 8, 0, tzinfo=UTC))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    write_site(tmp_path / "site", name="lab", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    return load_site(tmp_path / "site")


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords that cost nothing, where it is counted how often one is tried."""
    monkeypatch.setattr(accounts, "hashed", lambda password: password[::-1])
    monkeypatch.setattr(accounts, "is_right", lambda password, kept: kept == password[::-1])


def test_who_shows_the_password_signs_with_the_printed_name(site: Site) -> None:
    accounts.add_account(site, "a.meyer", "Dr  Anna Meyer", "approver", NOW, GOOD)
    assert signer(site, "A.Meyer", GOOD) == Signer("Dr Anna Meyer", "approver")
    for account, password in (("a.meyer", GOOD + "x"), ("nobody", GOOD), ("a.meyer", "")):
        with pytest.raises(UsageError, match="account or password are wrong"):
            signer(site, account, password)


def test_a_disabled_account_is_refused_with_the_words_of_a_wrong_password(site: Site, cheap: None) -> None:
    accounts.add_account(site, "root", "The Admin", "admin", NOW)
    accounts.add_account(site, "ben", "Ben", "reviewer", NOW, GOOD)
    accounts.set_disabled(site, "ben", BY, is_disabled=True)
    with pytest.raises(SignInRefused) as disabled:
        by_password(site, "ben", GOOD, NOW, "10.0.0.1")
    with pytest.raises(SignInRefused) as wrong:
        by_password(site, "unknown", GOOD, NOW, "10.0.0.1")
    assert str(disabled.value) == str(wrong.value)


def test_nobody_s_password_costs_as_much_as_a_wrong_one(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hasher is asked to verify once in each case, with the parameters of real hashes."""
    accounts.add_account(site, "ben", "Ben", "reviewer", NOW, GOOD)
    seen: list[str] = []
    verify = passwords._HASHER.verify

    def noted(kept: str, password: str) -> bool:
        seen.append(kept.rpartition("$")[0].rpartition("$")[0])
        return bool(verify(kept, password))

    monkeypatch.setattr(
        passwords, "_HASHER", type("Noted", (), {"verify": staticmethod(noted), "hash": passwords._HASHER.hash})
    )
    for account in ("ben", "nobody"):
        with pytest.raises(SignInRefused):
            by_password(site, account, "quite another one", NOW, "10.0.0.1")
    assert seen == ["$argon2id$v=19$m=65536,t=3,p=4"] * 2


@pytest.mark.usefixtures("cheap")
def test_a_password_is_tried_five_times_and_then_waits(site: Site) -> None:
    accounts.add_account(site, "ben", "Ben", "reviewer", NOW, GOOD)
    for _ in range(PER_ACCOUNT_AND_ADDRESS):
        with pytest.raises(SignInRefused, match="wrong"):
            by_password(site, "ben", "guessed", NOW, "10.0.0.1")
    with pytest.raises(SignInRefused, match="too many") as locked:
        by_password(site, "ben", GOOD, NOW, "10.0.0.1")
    assert locked.value.is_locked
    assert "wait 15 minutes, or" in str(locked.value)
    for minutes, said in ((9.5, "wait 6 minutes,"), (14.5, "wait 1 minute,")):
        with pytest.raises(SignInRefused, match=said):
            by_password(site, "ben", GOOD, NOW + timedelta(minutes=minutes), "10.0.0.1")
    assert by_password(site, "ben", GOOD, NOW, "10.0.0.2").account == "ben"  # the person is not shut out by a guesser
    assert by_password(site, "ben", GOOD, NOW + WINDOW, "10.0.0.1").role is Role.REVIEWER


@pytest.mark.usefixtures("cheap")
def test_an_address_that_goes_through_accounts_waits_and_an_admin_may_open(site: Site) -> None:
    accounts.add_account(site, "ben", "Ben", "reviewer", NOW, GOOD)
    for number in range(PER_ADDRESS):
        with pytest.raises(SignInRefused, match="wrong"):
            by_password(site, f"name{number // 4}", "guessed", NOW, "10.0.0.1")
    with pytest.raises(SignInRefused, match="too many"):
        by_password(site, "ben", GOOD, NOW, "10.0.0.1")
    for _ in range(PER_ACCOUNT_AND_ADDRESS):
        with pytest.raises(SignInRefused, match="wrong"):
            by_password(site, "ben", "guessed", NOW, "10.0.0.9")
    accounts.set_disabled(site, "ben", BY, is_disabled=False)
    assert by_password(site, "ben", GOOD, NOW, "10.0.0.9").account == "ben"


@pytest.mark.usefixtures("cheap")
def test_tries_of_a_clock_that_went_back_still_count(site: Site) -> None:
    accounts.add_account(site, "ben", "Ben", "reviewer", NOW, GOOD)
    for _ in range(PER_ACCOUNT_AND_ADDRESS):
        with pytest.raises(SignInRefused, match="wrong"):
            by_password(site, "ben", "guessed", NOW, "10.0.0.1")
    with pytest.raises(SignInRefused, match="too many"):
        by_password(site, "ben", GOOD, NOW - timedelta(days=3), "10.0.0.1")


@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "12 to 200"),
        ("x" * 201, "12 to 200"),
        ("aaaaaaaaaaaaaa", "repeats"),
        ("ben.ben.owls.42", "account's name"),
    ],
)
def test_a_weak_password_is_refused(site: Site, password: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        accounts.add_account(site, "ben", "Benjamin", "reviewer", NOW, password)
    assert accounts.all_accounts(site) == []


@pytest.mark.parametrize(
    ("account", "name", "role", "words"),
    [
        ("Ben Meyer", "Ben", "viewer", "small letters"),
        ("../ben", "Ben", "viewer", "small letters"),
        ("ben", " ", "viewer", "1 to 100"),
        ("ben", "Ben\u202eyer", "viewer", "1 to 100"),
        ("ben", "Ben", "approver2", "nearest: approver"),
    ],
)
def test_an_account_that_is_none_is_refused(site: Site, account: str, name: str, role: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        accounts.add_account(site, account, name, role, NOW)


def test_the_last_admin_stays(site: Site) -> None:
    accounts.add_account(site, "root", "The Admin", "admin", NOW)
    changes: list[Callable[[], None]] = [
        lambda: accounts.set_role(site, "root", "viewer", BY),
        lambda: accounts.set_disabled(site, "root", BY, is_disabled=True),
    ]
    for change in changes:
        with pytest.raises(UsageError, match="last admin"):
            change()
    assert accounts.account_of_name(site, "root").role is Role.ADMIN
    accounts.add_account(site, "second", "The Other", "admin", NOW)
    changes[0]()
    assert accounts.account_of_name(site, "root").role is Role.VIEWER


def test_the_file_is_private_and_holds_no_password(site: Site) -> None:
    before = accounts_path(site.path("state"))
    accounts.add_account(site, "ben", "Ben", "reviewer", NOW, GOOD)
    assert before.stat().st_mode & 0o777 == 0o600
    assert GOOD.encode() not in before.read_bytes()
    assert b"$argon2id$" in before.read_bytes()


def test_a_copy_for_a_backup_holds_accounts_and_no_session(site: Site, tmp_path: Path) -> None:
    accounts.add_account(site, "ben", "Ben", "reviewer", NOW)
    with opened(site.path("state")) as con:
        con.execute("insert into session values ('00', 'ben', '', '', '')")
    copy_accounts(accounts_path(site.path("state")), tmp_path / "copy")
    with closing(sqlite3.connect(tmp_path / "copy")) as con:
        counts = [con.execute(f"select count(*) from {table}").fetchone()[0] for table in ("account", "session")]
    assert counts == [1, 0]


def test_what_was_done_to_accounts_is_kept_and_never_changed(site: Site) -> None:
    """With the change or not at all: a refused one leaves no line."""
    accounts.add_account(site, "root", "The Admin", "admin", NOW)
    accounts.add_account(site, "ben", "Ben", "viewer", NOW, by="root")
    accounts.set_role(site, "ben", "approver", BY)
    with pytest.raises(UsageError, match="last admin"):
        accounts.set_disabled(site, "root", BY, is_disabled=True)
    said = [(event.account, event.what, event.by) for event in account_events(site)]
    assert said == [
        ("ben", "role approver", "root"),
        ("ben", "added as viewer", "root"),
        ("root", "added as admin", "-"),
    ]
    for change in ("update account_event set by = 'ben'", "delete from account_event"):
        with opened(site.path("state")) as con, pytest.raises(sqlite3.IntegrityError, match="never"):
            con.execute(change)
    assert len(account_events(site)) == 3


def test_a_file_of_accounts_that_others_can_read_is_seen_and_mended(site: Site) -> None:
    accounts.add_account(site, "ben", "Ben", "reviewer", NOW)
    path = accounts_path(site.path("state"))
    path.chmod(0o644)
    assert (path, 0o644, 0o600) in wider(site)
    mend_modes(site)
    assert path.stat().st_mode & 0o777 == 0o600


_TRY = "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0, isolation_level=None).execute('begin immediate')"


def test_a_change_is_alone_also_while_others_of_its_process_look_in(site: Site) -> None:
    state = site.path("state")
    with writing(state):
        with opened(state):
            pass  # closing a file gives back all locks that its process has on it, by POSIX
        words = [sys.executable, "-c", _TRY, str(accounts_path(state))]
        other = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert "database is locked" in other.stderr
