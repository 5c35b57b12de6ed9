"""`pbis decide accept | reject | repeat | sign`: what a person says of a plate as a whole."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pbis.cli.decide_effect import require_dry, say_effect
from pbis.cli.decide_options import JSON, OBJECT, WHY, with_options
from pbis.core.decision import ACCEPT, CAUSES, REJECT, REPEAT, SIGN
from pbis.core.review import ONE_SIGNED, SIGNERS

if TYPE_CHECKING:
    from pbis.pipeline.reviewing import Reviewed
    from pbis.pipeline.signing import SigningPerson

_PLATE = OBJECT[:2]
_WHY_OUT = click.option(
    "--cause", default="review", show_default=True, type=click.Choice(list(CAUSES)), help="From the closed list."
)


@click.command()
@with_options(*WHY, JSON, *_PLATE)
def accept(**given: Any) -> None:
    """Accept a plate as it is, with the exclusions that stand. The acceptance goes stale where its results change.

    \b
    Example:
      pbis decide accept --site demo-site --plate P01 --reason "as proposed" --author "A. Name"
    """
    _enter(ACCEPT, cause="review", **given)


@click.command()
@with_options(*WHY, JSON, *_PLATE, _WHY_OUT)
def reject(**given: Any) -> None:
    """Reject a plate: none of its results is used, until the decision is reversed.

    \b
    Example:
      pbis decide reject --site demo-site --plate P01 --reason "wrong lot" --author "A. Name"
    """
    _enter(REJECT, **given)


@click.command()
@with_options(
    *WHY,
    JSON,
    *_PLATE,
    _WHY_OUT,
    click.option(
        "--answered-by",
        default="",
        metavar="PLATE",
        help="The plate that was run instead; P09/2 is the second of a batch.",
    ),
)
def repeat(**given: Any) -> None:
    """Have a plate run again: none of its results is used. With --answered-by, name the plate that was run instead.

    \b
    Example:
      pbis decide repeat --site demo-site --plate P01 --reason "controls out" --author "A. Name"
      pbis decide repeat --site demo-site --plate P01 --answered-by P09 --reason "run again" --author "A. Name"
    """
    _enter(REPEAT, **given)


@click.command()
@with_options(
    *WHY,
    *_PLATE,
    click.option(
        "--meaning",
        default="review",
        show_default=True,
        type=click.Choice(list(SIGNERS)),
        help="What the signature says.",
    ),
)
def sign(site: Path, author: str, dry_run: bool, **given: Any) -> None:
    """Sign for a plate that was decided about. --author is an account, whose password is asked, on a terminal or as the first line of
    standard input.

    \b
    Example:
      pbis decide sign --site demo-site --plate P01 --meaning approval --reason "by the protocol" --author account
    """
    account = author.strip().casefold()  # as accounts are written: the log calls nobody by two names
    _enter(SIGN, site, dry_run, cause="review", author=account, signer=_person(site, account), **given)


def _person(site: Path, account: str) -> SigningPerson:
    """Who shows the password of the account."""
    from pbis.config import load_site
    from pbis.pipeline.signing import authenticator

    ask, place = authenticator(), load_site(site)
    if sys.stdin.isatty():
        password = click.prompt(f"Password of {account}", hide_input=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    return ask(place, account, password)


def _enter(kind: str, site: Path, dry_run: bool, as_json: bool = False, **given: Any) -> None:
    """A dry run says what would change, too: of a rejection its results, and where only accepted plates score, of an acceptance the scores. A
    signature changes none."""
    from pbis.pipeline.deciding import Request
    from pbis.pipeline.night import utc_clock
    from pbis.pipeline.reviewing import review

    require_dry(dry_run, as_json)
    done = review(site, Request(kind=kind, **given), utc_clock, is_dry_run=dry_run)
    lines = review_lines(done, dry_run)
    if dry_run and kind != SIGN:
        say_effect(site, [done.decision], lines, as_json)
    else:
        click.echo("\n".join(lines))


def review_lines(done: Reviewed, is_dry_run: bool) -> list[str]:
    """What is said of the event, and of the plate's review before and after it."""
    event = done.decision
    head = (
        f"would {event.kind} {event.target}"
        if is_dry_run
        else f"decision {event.sequence}: {event.kind} {event.target}, {event.words}"
    )
    was, now = done.before.state.replace("_", " "), done.after.state.replace("_", " ")
    lines = [head, f"review: {now}" if was == now else f"review: {was} before, {now} now"]
    if event.kind == SIGN or done.after.signed != "no":
        said = {
            "no": "not signed",
            "partly": f"it has exclusions and is {ONE_SIGNED}; one of the two approves",
            "yes": "signed",
        }
        lines.append(said[done.after.signed])
    if event.kind in (REJECT, REPEAT) and not is_dry_run:
        lines.append("the next night computes with it: none of the plate's results is used then")
    return lines
