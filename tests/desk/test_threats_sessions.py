"""Threats to a session: stolen, fixed beforehand, kept after its end, revived by the clock, used to sign."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape

import pytest
from desk_site import Clock, client_of, seat_of

from pbis.config import load_site
from pbis.core.errors import UsageError
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.pipeline import accounts
from pbis.pipeline.account_events import By
from pbis.pipeline.account_store import accounts_path
from pbis.pipeline.tries import PER_ACCOUNT_AND_ADDRESS

GOOD = "seven brown owls asleep"
BY = By("root", datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
PAGE = "/own-account"


def test_a_stolen_file_of_sessions_holds_no_token(bare: DeskSite) -> None:
    token = seat_of(bare, Role.ADMIN)
    assert token.encode() not in accounts_path(bare.sessions.state).read_bytes()
    assert bare.sessions.who(token) is not None
    assert [bare.sessions.who(each) for each in ("", token[:-1], token + "x", token.swapcase())] == [None] * 4


@pytest.mark.usefixtures("light")
def test_the_cookie_is_for_this_name_over_tls_and_out_of_reach_of_scripts(bare: DeskSite) -> None:
    accounts.add_account(load_site(bare.root), "ben", "Ben", "viewer", bare.clock(), GOOD)
    answer = client_of(bare).post("/sign-in", data={"account": "ben", "password": GOOD})
    name, _, rest = answer.headers["set-cookie"].partition("=")
    assert name == "__Host-pbis_desk"
    assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= set(rest.split("; "))
    assert not {"domain", "expires", "max-age"} & {each.partition("=")[0].lower() for each in rest.split("; ")}


@pytest.mark.usefixtures("light")
def test_a_token_that_was_there_before_signing_in_opens_nothing_after(bare: DeskSite) -> None:
    """Fixation: whoever planted a token in the browser, or had the one of before, has none afterwards."""
    accounts.add_account(load_site(bare.root), "ben", "Ben", "viewer", bare.clock(), GOOD)
    for planted in ("planted-by-somebody", seat_of(bare, Role.VIEWER)):
        client = client_of(bare)
        client.cookies.set(bare.door.cookie, planted, domain="desk.test")
        client.post("/sign-in", data={"account": "ben", "password": GOOD})
        assert bare.sessions.who(planted) is None
        assert client.cookies[bare.door.cookie] != planted
        assert client.get(PAGE).status_code == 200


@pytest.mark.parametrize(
    ("minutes", "stands"), [([14.9] * 3, True), ([14.9, 15.0], False), ([10.0] * 71, True), ([10.0] * 72, False)]
)
def test_a_session_ends_when_it_rests_and_after_a_day_of_work(
    bare: DeskSite, clock: Clock, minutes: list[float], stands: bool
) -> None:
    """After a quarter of an hour, and after twelve hours however busy it is."""
    token = seat_of(bare, Role.VIEWER)
    for each in minutes:
        clock.go(minutes=each)
        person = bare.sessions.who(token)
    assert (person is not None) is stands


def test_a_clock_that_goes_back_revives_no_session_and_ends_those_that_stand(bare: DeskSite, clock: Clock) -> None:
    rested, busy = seat_of(bare, Role.VIEWER), seat_of(bare, Role.ADMIN)
    clock.go(minutes=14)
    assert bare.sessions.who(busy)
    clock.go(minutes=10)
    assert bare.sessions.who(rested) is None
    clock.go(minutes=-20)
    assert bare.sessions.who(rested) is None
    assert bare.sessions.who(busy) is None


Change = Callable[[DeskSite], object]


@pytest.mark.parametrize(
    "change",
    [
        lambda desk: desk.sessions.revoke("viewer"),
        lambda desk: accounts.set_role(load_site(desk.root), "viewer", "reviewer", BY),
        lambda desk: accounts.set_disabled(load_site(desk.root), "viewer", BY, is_disabled=True),
        lambda desk: client_of(desk, Role.ADMIN).post("/accounts/viewer/sign-out").raise_for_status,
        lambda desk: client_of(desk, Role.ADMIN).post("/accounts/viewer/disable").raise_for_status,
        lambda desk: client_of(desk, Role.ADMIN).post("/accounts/viewer/role", data={"role": "admin"}).raise_for_status,
    ],
)
def test_revoked_sessions_end_at_once_and_everywhere(bare: DeskSite, change: Change) -> None:
    """By an admin's word, with another role, with a closed account: the next click asks to sign in."""
    clients = [client_of(bare, Role.VIEWER), client_of(bare, Role.VIEWER)]
    assert [client.get(PAGE).status_code for client in clients] == [200, 200]
    change(bare)
    assert [client.get(PAGE).headers.get("location") for client in clients] == ["/sign-in"] * 2


def test_signing_out_ends_the_session_and_not_only_its_cookie(bare: DeskSite) -> None:
    client = client_of(bare, Role.VIEWER)
    token = client.cookies[bare.door.cookie]
    assert client.post("/sign-out").headers["location"] == "/sign-in"
    assert bare.sessions.who(token) is None


@pytest.mark.usefixtures("light")
def test_a_stolen_session_cannot_sign_and_ends_when_it_tries(bare: DeskSite) -> None:
    """Signing asks for the password again; who guesses it in somebody's session loses the session."""
    site = load_site(bare.root)
    accounts.add_account(site, "approver", "Dr. Approver", "approver", bare.clock(), GOOD)
    token = seat_of(bare, Role.APPROVER)
    for _ in range(PER_ACCOUNT_AND_ADDRESS):
        with pytest.raises(UsageError, match="wrong"):
            accounts.signer(site, "approver", "guessed", bare.clock())
        assert bare.sessions.who(token) is not None
    with pytest.raises(UsageError, match="too many"):
        accounts.signer(site, "approver", GOOD, bare.clock())
    assert bare.sessions.who(token) is None


@pytest.mark.usefixtures("light")
def test_a_stolen_session_cannot_change_the_password_and_ends_when_it_tries(bare: DeskSite) -> None:
    accounts.add_account(load_site(bare.root), "viewer", "A viewer", "viewer", bare.clock(), GOOD)
    client = client_of(bare, Role.VIEWER)
    told = {"old": "guessed", "password": "nine green frogs awake", "again": "nine green frogs awake"}
    answers = [client.post(PAGE, data=told).status_code for _ in range(PER_ACCOUNT_AND_ADDRESS + 1)]
    assert answers == [422] * (PER_ACCOUNT_AND_ADDRESS + 1)
    assert client.post(PAGE, data=told | {"old": GOOD}).headers["location"] == "/sign-in"


@pytest.mark.usefixtures("light")
def test_a_new_password_ends_every_session_but_the_one_that_chose_it(bare: DeskSite) -> None:
    accounts.add_account(load_site(bare.root), "viewer", "A viewer", "viewer", bare.clock(), GOOD)
    here, there = client_of(bare, Role.VIEWER), client_of(bare, Role.VIEWER)
    told = {"old": GOOD, "password": "nine green frogs awake", "again": "nine green frogs awake"}
    assert here.post(PAGE, data=told | {"again": "other"}).status_code == 422
    assert there.get(PAGE).status_code == 200
    before = here.cookies[bare.door.cookie]
    assert here.post(PAGE, data=told).status_code == 303
    assert here.cookies[bare.door.cookie] != before
    assert (here.get(PAGE).status_code, there.get(PAGE).status_code) == (200, 303)


@pytest.mark.usefixtures("light")
def test_what_was_typed_when_the_session_had_ended_is_there_again_after_signing_in(
    bare: DeskSite, clock: Clock
) -> None:
    site = load_site(bare.root)
    accounts.add_account(site, "admin", "A <admin>", "admin", clock(), GOOD)
    accounts.add_account(site, "ben", "Ben", "viewer", clock(), GOOD)
    client = client_of(bare, Role.ADMIN)
    clock.go(minutes=16)
    told = {"account": 'n"ew', "name": "<b>New", "role": "viewer", "provider_key": "", "password": "a secret word"}
    answer = client.post("/accounts", data=told)
    assert answer.status_code == 401
    assert "what you typed stands there again" in answer.text
    assert "a secret word" not in answer.text
    hidden = dict(re.findall(r'<input type="hidden" name="(form|typed)" value="([^"]*)">', answer.text))
    kept = {name: unescape(value) for name, value in hidden.items()}
    assert (kept["form"], dict(json.loads(kept["typed"]))["name"]) == ("/accounts", "<b>New")
    wrong = client.post("/sign-in", data=kept | {"account": "admin", "password": "guessed"})
    assert (wrong.status_code, hidden["typed"] in wrong.text) == (401, True)
    page = client.post("/sign-in", data=kept | {"account": "admin", "password": GOOD})
    assert page.status_code == 200
    assert "Sent now it is entered by A &lt;admin&gt;: look at it, and send it again." in page.text
    assert 'value="&lt;b&gt;New"' in page.text
    assert "<b>New" not in page.text
    assert client.get(PAGE).status_code == 200
    assert [each.account for each in accounts.all_accounts(site)] == ["admin", "ben"]
    other = client_of(bare).post("/sign-in", data=kept | {"account": "ben", "password": GOOD})
    assert (other.status_code, other.headers["location"]) == (303, "/")  # may not see the page of that form
    for odd in ("[1]", "{", "[" * 5000, '[["a", 1]]'):
        again = client_of(bare).post("/sign-in", data=kept | {"account": "ben", "password": GOOD, "typed": odd})
        assert again.status_code == 303
    assert client_of(bare).post("/accounts", data=told).status_code == 303  # a browser that had no session


def test_what_an_admin_sees_of_sessions_is_no_token(bare: DeskSite) -> None:
    token = seat_of(bare, Role.VIEWER)
    client = client_of(bare, Role.ADMIN)
    text = client.get("/accounts").text
    assert '<th scope="row">viewer</th>' in text.partition("<h2>Sessions</h2>")[2].partition("<h2>")[0]
    assert token not in text
    assert client.cookies[bare.door.cookie] not in text
