"""Signing in by OpenID Connect at a provider that runs as a process of its own."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from desk_elsewhere import BEN, HTTP, will_say, with_provider
from desk_site import client_of
from fastapi.testclient import TestClient

from pbis.config import load_site
from pbis.core.errors import ConfigError, UsageError
from pbis.desk.provider import is_trusted, provider_of
from pbis.desk.routing import DeskSite
from pbis.pipeline.account_events import By
from pbis.pipeline.accounts import add_account, all_accounts, set_disabled, signer
from pbis.pipeline.links import choose_password, give_link
from pbis.pipeline.night import utc_clock

BY = By("root", datetime(2026, 3, 2, 8, 0, tzinfo=UTC))


@pytest.fixture
def desk(bare: DeskSite, issuer: str) -> DeskSite:
    """A desk whose people sign in there, by the clock of the machine."""
    return with_provider(bare, issuer)


def signed_in(client: TestClient, issuer: str, **said: Any) -> httpx.Response:
    """The answer of the desk after a trip to the provider, which says so."""
    will_say(issuer, **said)
    there = client.get("/sign-in/elsewhere")
    back = HTTP.get(there.headers["location"])
    return client.get(back.headers["location"])


def test_who_the_provider_vouches_for_has_the_role_of_the_group(desk: DeskSite, issuer: str) -> None:
    client = client_of(desk)
    assert "Sign in with the hospital" in client.get("/sign-in").text
    answer = signed_in(client, issuer)
    assert (answer.status_code, "Ben Meyer" in answer.text) == (200, True)
    assert client.get("/own-account").status_code == 200
    (ben,) = all_accounts(load_site(desk.root))
    assert (ben.account, ben.role.value, ben.has_password, ben.provider_key) == (
        "ben",
        "reviewer",
        False,
        f"{issuer} 42",
    )
    signed_in(client, issuer, claims=BEN | {"name": "Ben Smith", "groups": ["desk-approvers", "desk-reviewers"]})
    (ben,) = all_accounts(load_site(desk.root))
    assert (ben.name, ben.role.value) == ("Ben Smith", "approver")
    assert client.get("/own-account").status_code == 200
    desk.sessions.revoke("ben")
    ended = client.post("/item/0123456789abcdef/barcode", data={"right": "P01"})
    assert (ended.status_code, "Behind signing in with the hospital it is lost." in ended.text) == (401, True)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"claims": BEN | {"groups": ["lab"]}}, "no group that has a role"),
        ({"claims": BEN | {"groups": None}}, "no group that has a role"),
        ({"claims": BEN | {"nonce": "another"}}, "cannot be trusted"),
        ({"claims": BEN | {"nonce": None}}, "cannot be trusted"),
        ({"claims": BEN | {"iss": "https://evil.test"}}, "cannot be trusted"),
        ({"claims": BEN | {"aud": "another"}}, "cannot be trusted"),
        ({"claims": BEN | {"exp": 1_600_000_000}}, "cannot be trusted"),
        ({"claims": BEN | {"preferred_username": "../ben"}}, "small letters"),
        ({"claims": BEN | {"preferred_username": "root"}}, "another name"),
        ({"key": "other"}, "cannot be trusted"),
        ({"key": "none"}, "cannot be trusted"),
    ],
    ids=str,
)
def test_an_answer_that_proves_nothing_signs_nobody_in(
    desk: DeskSite, issuer: str, said: dict[str, Any], words: str
) -> None:
    add_account(load_site(desk.root), "root", "The Admin", "admin", utc_clock())
    client = client_of(desk)
    answer = signed_in(client, issuer, **said)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert client.get("/own-account").headers["location"] == "/sign-in"
    assert [each.account for each in all_accounts(load_site(desk.root))] == ["root"]


def test_a_sign_in_that_another_browser_began_or_that_was_used_is_refused(desk: DeskSite, issuer: str) -> None:
    """Else somebody could be signed in as another, or a code be used twice."""
    will_say(issuer)
    victim, other = client_of(desk), client_of(desk)
    back = HTTP.get(other.get("/sign-in/elsewhere").headers["location"]).headers["location"]
    assert victim.get(back).status_code == 422
    victim.get("/sign-in/elsewhere")
    assert victim.get(back).status_code == 422
    assert other.get(back.replace("state=", "state=x")).status_code == 422
    assert other.get(back).status_code == 422
    assert all_accounts(load_site(desk.root)) == []


def test_a_disabled_account_of_the_provider_stays_out(desk: DeskSite, issuer: str) -> None:
    client = client_of(desk)
    signed_in(client, issuer)
    set_disabled(load_site(desk.root), "ben", BY, is_disabled=True)
    assert "disabled" in signed_in(client, issuer).text
    assert client.get("/own-account").headers["location"] == "/sign-in"


@pytest.mark.usefixtures("light")
def test_who_signs_in_elsewhere_signs_plates_with_a_password_of_the_desk_and_cannot_sign_in_with_it(
    desk: DeskSite, issuer: str
) -> None:
    site = load_site(desk.root)
    signed_in(client_of(desk), issuer)
    with pytest.raises(UsageError, match="has no password of the desk"):
        signer(site, "ben", "seven brown owls asleep")
    choose_password(site, give_link(site, "ben", BY), "seven brown owls asleep", BY.at)
    assert signer(site, "ben", "seven brown owls asleep").name == "Ben Meyer"
    answer = client_of(desk).post("/sign-in", data={"account": "ben", "password": "seven brown owls asleep"})
    assert (answer.status_code, "signs in elsewhere" in answer.text) == (401, True)


def test_a_provider_that_describes_itself_as_another_is_refused(desk: DeskSite, issuer: str) -> None:
    will_say(issuer, issuer="https://evil.test")
    assert "another issuer" in client_of(desk).get("/sign-in/elsewhere").text


def test_secrets_that_others_can_read_and_addresses_without_tls_are_refused(desk: DeskSite) -> None:
    (desk.root / "oidc.secret").chmod(0o640)
    with pytest.raises(ConfigError, match="chmod 600"):
        provider_of(load_site(desk.root), utc_clock)
    assert not is_trusted("http://login.example.org")
    assert is_trusted("https://login.example.org")
    text = (desk.root / "site.toml").read_text()
    (desk.root / "site.toml").write_text(text.replace("http://127.0.0.1", "http://login.example.org"))
    with pytest.raises(ConfigError, match=r"site.toml, line \d+: \[desk.oidc\] issuer"):
        provider_of(load_site(desk.root), utc_clock)
