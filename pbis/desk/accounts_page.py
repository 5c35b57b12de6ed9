"""Accounts and sessions, for their admin: add, change the role, close and open, sign out everywhere, give a one-time link."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import Form, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from pbis.config import Site, load_site
from pbis.core.site_time import shown
from pbis.desk.pages import page
from pbis.desk.people import Person, Role
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.pipeline.account_events import By, account_events
from pbis.pipeline.accounts import account_of_name, add_account, all_accounts, set_disabled, set_role
from pbis.pipeline.links import LASTS, give_link

_SHOWN = 50  # changes of accounts that the page shows; `pbis user log` prints all
OfPath = Annotated[str, Path(max_length=64)]


def show(request: Request, desk: DeskHere, person: PersonHere) -> HTMLResponse:
    """Every account with its sessions, and a form for a new one."""
    return _page(request, desk, load_site(desk.root))


def add(
    request: Request,
    desk: DeskHere,
    person: PersonHere,
    account: Annotated[str, Form(max_length=64)],
    name: Annotated[str, Form(max_length=100)],
    role: Annotated[Role, Form()],
) -> HTMLResponse:
    """A new account and its one-time link, which is shown this once."""
    site = load_site(desk.root)
    added = add_account(site, account, name, role.value, desk.clock(), by=person.account)
    return _link(request, desk, person, site, added.account)


def link(request: Request, desk: DeskHere, person: PersonHere, account: OfPath) -> HTMLResponse:
    """A one-time link for an account that is there, as for a password that was forgotten."""
    return _link(request, desk, person, load_site(desk.root), account)


def change_role(
    request: Request, desk: DeskHere, person: PersonHere, account: OfPath, role: Annotated[Role, Form()]
) -> RedirectResponse:
    """Another role; the account's sessions end."""
    set_role(load_site(desk.root), account, role.value, By(person.account, desk.clock()))
    return RedirectResponse("/accounts", 303)


def disable(request: Request, desk: DeskHere, person: PersonHere, account: OfPath) -> RedirectResponse:
    """Close the account."""
    set_disabled(load_site(desk.root), account, By(person.account, desk.clock()), is_disabled=True)
    return RedirectResponse("/accounts", 303)


def enable(request: Request, desk: DeskHere, person: PersonHere, account: OfPath) -> RedirectResponse:
    """Open it again, and forget its failed tries."""
    set_disabled(load_site(desk.root), account, By(person.account, desk.clock()), is_disabled=False)
    return RedirectResponse("/accounts", 303)


def sign_out(request: Request, desk: DeskHere, person: PersonHere, account: OfPath) -> RedirectResponse:
    """End all sessions of the account."""
    account_of_name(load_site(desk.root), account)
    desk.sessions.revoke(account)
    return RedirectResponse("/accounts", 303)


def _page(request: Request, desk: DeskSite, site: Site) -> HTMLResponse:
    seats = desk.sessions.standing()
    told = {
        "title": "Accounts",
        "accounts": all_accounts(site),
        "counts": Counter(seat.account for seat in seats),
        "seats": seats,
        "events": account_events(site)[:_SHOWN],
        "roles": [role.value for role in Role],
        "at": lambda moment: shown(moment, site.time_zone),
    }
    return page(request, "accounts.html.j2", told)


def _link(request: Request, desk: DeskSite, person: Person, site: Site, account: str) -> HTMLResponse:
    token = give_link(site, account, By(person.account, desk.clock()))
    address = f"{desk.door.scheme}://{request.headers['host']}/welcome?link={token}"
    told = {
        "title": "One-time link",
        "account": account_of_name(site, account),
        "address": address,
        "until": shown(desk.clock() + LASTS, site.time_zone),
    }
    return page(request, "account_link.html.j2", told)
