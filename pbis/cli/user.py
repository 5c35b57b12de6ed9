"""`pbis user`: accounts of the review desk, on the machine itself."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from pbis.cli.groups import NamedGroup
from pbis.cli.site_option import site_option

ROLES = ("viewer", "reviewer", "approver", "admin")
_SITE = site_option()
_ROLE = click.option("--role", required=True, type=click.Choice(ROLES), help="What the account may do.")
_STDIN = click.option("--password-stdin", is_flag=True, help="Read the password from standard input, its first line.")
_LINK = click.option("--link", "is_link", is_flag=True, help="Print a one-time link, by which the person chooses it.")
_ADDRESS = click.option(
    "--address", default="http://127.0.0.1:8642", show_default=True, help="Of the desk, for the link."
)


@click.group(cls=NamedGroup)
def user() -> None:
    """Accounts of the review desk: who may sign in and sign, with which role.

    Roles, each with the rights of those before it: viewer sees, reviewer mends and decides, approver accepts and signs, admin keeps
    accounts. An account is disabled and never taken away, because decisions bear its name.

    \b
    Example:
      pbis user add a.meyer --site demo-site --name "Dr. A. Meyer" --role approver
      pbis user list --site demo-site
    """


@user.command()
@click.argument("account")
@_SITE
@click.option("--name", required=True, help="As it is printed beside a signature.")
@_ROLE
@_STDIN
@_LINK
@_ADDRESS
def add(account: str, site: Path, name: str, role: str, password_stdin: bool, is_link: bool, address: str) -> None:
    """Add ACCOUNT; the password is asked on the terminal.

    \b
    Example:
      pbis user add a.meyer --site demo-site --name "Dr. A. Meyer" --role approver
      pbis user add a.meyer --site demo-site --name "Dr. A. Meyer" --role approver --link
    """
    from pbis.config import load_site
    from pbis.pipeline.account_events import at_terminal
    from pbis.pipeline.accounts import add_account

    loaded = load_site(site)
    password, by = None if is_link else _asked(password_stdin), at_terminal()
    add_account(loaded, account, name, role, by.at, password, by.who)
    click.echo(f"added account {account}, {role}")
    if is_link:
        _print_link(loaded.root, account, address)


@user.command("list")
@_SITE
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
def list_all(site: Path, as_json: bool) -> None:
    """List accounts with role and state.

    \b
    Example:
      pbis user list --site demo-site
    """
    from pbis.config import load_site
    from pbis.pipeline.accounts import all_accounts

    found = all_accounts(load_site(site))
    if as_json:
        click.echo(json.dumps({"accounts": [asdict(each) for each in found]}, indent=2, ensure_ascii=False))
        return
    for each in found:
        state = (
            "disabled" if each.is_disabled else "open" if each.has_password or each.provider_key else "no password yet"
        )
        click.echo(f"{each.account:<24}{each.role.value:<10}{state:<17}{each.name}")


@user.command()
@click.argument("account")
@_SITE
@_ROLE
def role(account: str, site: Path, role: str) -> None:
    """Give ACCOUNT another role; its sessions end.

    \b
    Example:
      pbis user role a.meyer --site demo-site --role reviewer
    """
    from pbis.config import load_site
    from pbis.pipeline.account_events import at_terminal
    from pbis.pipeline.accounts import set_role

    set_role(load_site(site), account, role, at_terminal())
    click.echo(f"account {account} is {role} from the next sign-in on")


@user.command()
@click.argument("account")
@_SITE
def disable(account: str, site: Path) -> None:
    """Close ACCOUNT; its sessions end at once.

    \b
    Example:
      pbis user disable a.meyer --site demo-site
    """
    from pbis.config import load_site
    from pbis.pipeline.account_events import at_terminal
    from pbis.pipeline.accounts import set_disabled

    set_disabled(load_site(site), account, at_terminal(), is_disabled=True)
    click.echo(f"account {account} is disabled")


@user.command()
@click.argument("account")
@_SITE
def enable(account: str, site: Path) -> None:
    """Open ACCOUNT again, and forget its wrong passwords.

    \b
    Example:
      pbis user enable a.meyer --site demo-site
    """
    from pbis.config import load_site
    from pbis.pipeline.account_events import at_terminal
    from pbis.pipeline.accounts import set_disabled

    set_disabled(load_site(site), account, at_terminal(), is_disabled=False)
    click.echo(f"account {account} is open")


@user.command()
@click.argument("account")
@_SITE
@_STDIN
@_LINK
@_ADDRESS
def password(account: str, site: Path, password_stdin: bool, is_link: bool, address: str) -> None:
    """Give ACCOUNT another password, asked on the terminal; its sessions end.

    \b
    Example:
      pbis user password a.meyer --site demo-site
      pbis user password a.meyer --site demo-site --link
    """
    from pbis.config import load_site
    from pbis.pipeline.account_events import at_terminal
    from pbis.pipeline.accounts import account_of_name, set_password

    loaded = load_site(site)
    account_of_name(loaded, account)
    if is_link:
        _print_link(loaded.root, account, address)
        return
    set_password(loaded, account, _asked(password_stdin), at_terminal())
    click.echo(f"account {account} has another password, and is signed out everywhere")


@user.command()
@click.argument("account")
@_SITE
def revoke(account: str, site: Path) -> None:
    """Sign ACCOUNT out everywhere.

    \b
    Example:
      pbis user revoke a.meyer --site demo-site
    """
    from pbis.config import load_site
    from pbis.core.words import plural
    from pbis.pipeline.account_store import writing
    from pbis.pipeline.accounts import account_of_name, end_sessions

    loaded = load_site(site)
    account_of_name(loaded, account)
    with writing(loaded.path("state")) as con:
        click.echo(f"ended {plural(end_sessions(con, account), 'session')} of {account}")


@user.command()
@_SITE
def log(site: Path) -> None:
    """Say what was done to accounts, by whom and when, the latest first.

    \b
    Example:
      pbis user log --site demo-site
    """
    from pbis.config import load_site
    from pbis.core.site_time import shown
    from pbis.pipeline.account_events import ITSELF, account_events

    loaded = load_site(site)
    for event in account_events(loaded):
        by = "the person" if event.by == ITSELF else event.by
        click.echo(f"{shown(event.at, loaded.time_zone)}  {event.account:<24}{event.what:<24}by {by}")


def _print_link(root: Path, account: str, address: str) -> None:
    from pbis.config import load_site
    from pbis.pipeline.account_events import at_terminal
    from pbis.pipeline.links import give_link

    token = give_link(load_site(root), account, at_terminal())
    click.echo(f"{account} opens, once and within a day: {address.rstrip('/')}/welcome?link={token}")


def _asked(is_stdin: bool) -> str:
    """The password; it stands in no argument, because others on the machine see those."""
    if is_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    said: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return said
