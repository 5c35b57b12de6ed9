"""Threats to passwords: guessed, asked for in floods, weak, sent by a link that somebody else used."""

from __future__ import annotations

import threading

import pytest
from desk_site import Clock, client_of

from pbis.config import load_site
from pbis.core.errors import SiteBusy, UsageError
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.pipeline import accounts, passwords
from pbis.pipeline.account_events import By
from pbis.pipeline.links import give_first_link, give_link
from pbis.pipeline.tries import PER_ACCOUNT_AND_ADDRESS, PER_ADDRESS, WINDOW

GOOD = "seven brown owls asleep"


@pytest.mark.usefixtures("light")
def test_password_guessing_is_slowed_for_the_guesser_and_told_the_same_for_every_name(
    bare: DeskSite, clock: Clock
) -> None:
    accounts.add_account(load_site(bare.root), "ben", "Ben", "viewer", clock(), GOOD)
    client = client_of(bare)

    def guess(account: str, password: str) -> tuple[int, str]:
        answer = client.post("/sign-in", data={"account": account, "password": password})
        return answer.status_code, answer.text.replace(f'value="{account}"', "")  # what was typed, and nothing else

    known, unknown = guess("ben", "guessed"), guess("nobody", "guessed")
    assert known == unknown
    for _ in range(PER_ACCOUNT_AND_ADDRESS - 1):
        assert guess("ben", "guessed")[0] == 401
    assert guess("ben", GOOD)[0] == 429
    for number in range(PER_ADDRESS - PER_ACCOUNT_AND_ADDRESS - 1):
        assert guess(f"name{number}", "guessed")[0] == 401
    assert guess("somebody", "guessed")[0] == 429
    clock.now += WINDOW
    assert guess("ben", GOOD)[0] == 303


def test_argon2_flooding_takes_no_more_memory_than_two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hasher that waits until all have come: two are let in, a few wait, and everybody else is sent away at once."""
    may_go, inside, most = threading.Event(), [0], [0]
    lock = threading.Lock()

    class Waits:
        def verify(self, kept: str, password: str) -> bool:
            with lock:
                inside[0] += 1
                most[0] = max(most[0], inside[0])
            may_go.wait(10)
            with lock:
                inside[0] -= 1
            return True

    monkeypatch.setattr(passwords, "_HASHER", Waits())
    told: list[str] = []

    def ask() -> None:
        try:
            told.append(str(passwords.is_right("guessed", "kept")))
        except SiteBusy as busy:
            told.append(str(busy))

    threads = [threading.Thread(target=ask) for _ in range(60)]
    for thread in threads:
        thread.start()
    while len(told) < 50:
        threads[0].join(0.01)
    may_go.set()
    for thread in threads:
        thread.join()
    assert most == [2]
    assert sorted(set(told)) == ["True", "too many people are signing in at this moment; try again in a minute"]
    assert told.count("True") == 10


@pytest.mark.usefixtures("light")
def test_the_first_admin_comes_by_a_link_that_works_once(bare: DeskSite) -> None:
    site = load_site(bare.root)
    late, token = give_first_link(site, bare.clock()), give_first_link(site, bare.clock())
    told = {"account": "root", "name": "The Admin", "password": GOOD, "again": GOOD}
    client = client_of(bare)
    assert client.get("/welcome", params={"link": late}).status_code == 404
    assert "first admin" in client.get("/welcome", params={"link": token}).text
    assert (
        client.post("/welcome", data=told | {"link": token, "password": "short", "again": "short"}).status_code == 422
    )
    assert client.post("/welcome", data=told | {"link": late}).status_code == 404
    assert client.post("/welcome", data=told | {"link": token}).headers["location"] == "/"
    assert client.get("/accounts").status_code == 200
    assert client_of(bare).post("/welcome", data=told | {"link": token, "account": "second"}).status_code == 404
    assert [each.account for each in accounts.all_accounts(site)] == ["root"]
    assert give_first_link(site, bare.clock()) is None


@pytest.mark.usefixtures("light")
def test_a_password_that_is_too_old_opens_and_signs_nothing(bare: DeskSite, clock: Clock) -> None:
    site = load_site(bare.root)
    accounts.add_account(site, "ben", "Ben Name", "approver", clock(), GOOD)
    clock.go(hours=24 * 31)
    assert accounts.signer(site, "ben", GOOD, clock()).name == "Ben Name"  # where nothing is said, none is too old
    file = bare.root / "site.toml"
    file.write_text(file.read_text(encoding="utf-8") + "\n[desk]\npassword_days = 30\n", encoding="utf-8")
    site, client = load_site(bare.root), client_of(bare)
    with pytest.raises(UsageError, match="the password of 'ben' is older than 30 days"):
        accounts.signer(site, "ben", GOOD, clock())
    led = client.post("/sign-in", data={"account": "ben", "password": GOOD}).headers["location"]
    assert led.startswith("/welcome?link=")
    assert client.get("/plates").headers["location"] == "/sign-in"
    assert "older than 30 days, which is how long one holds here" in client.get(led).text
    told = {"link": led.partition("=")[2], "password": GOOD, "again": GOOD}
    same = client.post("/welcome", data=told)
    assert (same.status_code, "the password of before" in same.text) == (422, True)
    assert (
        client.post("/welcome", data=told | {"password": GOOD + " x", "again": GOOD + " x"}).headers["location"] == "/"
    )
    assert client.get("/own-account").status_code == 200
    assert accounts.signer(site, "ben", GOOD + " x", clock()).name == "Ben Name"
    clock.go(hours=24 * 31)
    with pytest.raises(UsageError, match="older than 30 days"):
        accounts.signer(site, "ben", GOOD + " x", clock())


@pytest.mark.usefixtures("light")
def test_a_one_time_link_is_used_up_ends_after_a_day_and_gives_its_own_account_alone(
    bare: DeskSite, clock: Clock
) -> None:
    site = load_site(bare.root)
    accounts.add_account(site, "root", "The Admin", "admin", clock())
    accounts.add_account(site, "ben", "Ben", "viewer", clock())
    told = {"account": "root", "name": "Somebody", "password": GOOD, "again": GOOD}
    token = give_link(site, "ben", By("root", clock()))
    clock.go(hours=24)
    assert client_of(bare).post("/welcome", data=told | {"link": token}).status_code == 404
    clock.go(hours=-25)
    assert client_of(bare).post("/welcome", data=told | {"link": token}).status_code == 404
    clock.go(hours=1)
    assert client_of(bare).post("/welcome", data=told | {"link": token}).status_code == 303
    assert [(each.account, each.name, each.has_password) for each in accounts.all_accounts(site)] == [
        ("ben", "Ben", True),
        ("root", "The Admin", False),
    ]
    assert client_of(bare).post("/welcome", data=told | {"link": token}).status_code == 404


def test_an_admin_adds_an_account_and_sees_its_link_once(bare: DeskSite) -> None:
    client = client_of(bare, Role.ADMIN)
    answer = client.post("/accounts", data={"account": "ben", "name": "Ben <b>", "role": "reviewer"})
    address = answer.text.partition("<code>")[2].partition("</code>")[0]
    assert address.startswith("https://desk.test/welcome?link=")
    assert "Ben &lt;b&gt;" in answer.text
    assert client_of(bare).get(address).status_code == 200
    assert address.partition("=")[2] not in client.get("/accounts").text
    assert client.post("/accounts", data={"account": "ben", "name": "Ben", "role": "reviewer"}).status_code == 422
    assert client.post("/accounts", data={"account": "eve", "name": "Eve", "role": "god"}).status_code == 422
    assert client.post("/accounts/nobody/disable").status_code == 422
    assert client.post("/accounts/admin/disable").status_code == 422  # the last one
