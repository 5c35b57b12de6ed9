"""`pbis deliver`: scores as messages to other systems, each once; and who holds an outdated one."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbis.cli.site_option import site_option
from pbis.core.words import plural
from pbis.packages import need

if TYPE_CHECKING:
    from pbis.pipeline.delivering import DeliveryDone, Outdated

_MOST_SHOWN = 10  # lines of a kind that a terminal shows; --json has all


@click.command()
@site_option()
@click.option("--as", "format_name", type=click.Choice(["fhir", "hl7", "csv"]), help="FHIR R4, HL7 2.5.1 or CSV.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The folder that is handed over.")
@click.option("--to", "recipient", help="Name of the system that gets them.  [default: default]")
@click.option("--new", is_flag=True, help="Begin the recipient beside those that were delivered to before.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent; write and enter nothing.")
@click.option(
    "--again", is_flag=True, help="Write every file that the recipient was given, with the bytes that it had."
)
@click.option("--outdated", is_flag=True, help="Only list recipients who hold an outdated score, or the one of --to.")
@click.option("--close", is_flag=True, help="The recipient gets no more: it is not told of as outdated any longer.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
def deliver(
    site: Path,
    format_name: str | None,
    output: Path | None,
    recipient: str | None,
    new: bool,
    dry_run: bool,
    again: bool,
    outdated: bool,
    close: bool,
    as_json: bool,
) -> None:
    """Write a message for every subject whose score a recipient was not told yet, or was told otherwise: preliminary, final, corrected
    or withdrawn (docs/deliver.md). What was told to whom is on record; nothing is told twice.

    Exit code 0; 6 where some recipient still holds an outdated score, with a line for each.

    \b
    Example:
      pbis deliver --site demo-site --as fhir --to clinic -o outbox/clinic
    """
    asked = _Asked(recipient, new, dry_run, again, outdated, close)
    done, recipient = _done(site, format_name, output, asked), asked.name
    if as_json:
        click.echo(json.dumps(_plain(done, recipient, dry_run), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(done, site, output, recipient, is_dry_run=dry_run, is_list=outdated or close)))
    if done.outdated:
        sys.exit(6)


@dataclass(frozen=True)
class _Asked:
    """What the options ask for."""

    recipient: str | None
    is_new: bool
    dry_run: bool
    again: bool
    outdated: bool
    close: bool

    @property
    def name(self) -> str:
        return self.recipient or "default"

    def require_one(self) -> None:
        """UsageError where one option contradicts another."""
        flags = (("--close", self.close), ("--outdated", self.outdated), ("--again", self.again))
        alone = [name for name, is_asked in flags if is_asked]
        if len(alone) > 1 or (self.dry_run and alone):
            raise click.UsageError(
                f"expected one of --dry-run, --again, --outdated and --close, found {' and '.join([*alone, *(['--dry-run'] * self.dry_run)])}"
            )
        if self.is_new and alone:
            raise click.UsageError(f"--new begins a recipient, which {alone[0]} does not: leave one of them out")


def _done(site: Path, format_name: str | None, output: Path | None, asked: _Asked) -> DeliveryDone:
    need("night")
    from pbis.config import load_site
    from pbis.pipeline.delivering import DeliveryDone, close_recipient, outdated_now, would_deliver
    from pbis.pipeline.delivering import deliver as send
    from pbis.pipeline.delivering import deliver_again as send_again
    from pbis.pipeline.night import utc_clock

    asked.require_one()
    if asked.close:
        close_recipient(site, asked.name, utc_clock)
    if asked.outdated or asked.close:
        one = asked.recipient if asked.outdated else None
        return DeliveryDone((), (), outdated=outdated_now(load_site(site), one))
    if asked.again and format_name is not None:
        raise click.UsageError("--again writes what was delivered, in the formats of then: expected no --as beside it")
    if asked.dry_run:
        return would_deliver(site, asked.name, is_new=asked.is_new)
    if output is None:
        raise click.UsageError("missing -o DIR, the folder that is handed over (--dry-run and --outdated need none)")
    if asked.again:
        return replace(send_again(site, asked.name, output, utc_clock), outdated=outdated_now(load_site(site)))
    if format_name is None:
        raise click.UsageError("missing --as: expected fhir, hl7 or csv")
    return send(site, asked.name, format_name, output, utc_clock, is_new=asked.is_new)


def outdated_lines(held: Sequence[Outdated], site: Path) -> list[str]:
    """Who holds an outdated score, and what to type; nothing where nobody does."""
    if not held:
        return []
    recipients = sorted({each.recipient for each in held})
    lines = ["To do, somebody holds an outdated score:"]
    for name in recipients:
        own = [each for each in held if each.recipient == name]
        lines += [
            f"  {name}: {each.subject} ({each.status}, release {each.release}): {_why(each.differs)}"
            for each in own[:_MOST_SHOWN]
        ]
        lines += [f"  {name}: and {len(own) - _MOST_SHOWN} more"] if len(own) > _MOST_SHOWN else []
    return [*lines, f"    pbis deliver --site {site} --to {recipients[0]} --as FORMAT -o DIR tells it what is so now"]


def _lines(
    done: DeliveryDone, site: Path, output: Path | None, recipient: str, *, is_dry_run: bool, is_list: bool
) -> list[str]:
    left = f"{plural(len(done.finished), 'file')} of a delivery that was stopped got {'its name' if len(done.finished) == 1 else 'their names'}"
    lines = [left] if done.finished else []
    if not is_list:
        said = "would be sent" if is_dry_run else "sent"
        lines += [
            f"{each.status:<12} {each.subject}{': ' if each.changed else ''}{_why(each.changed)}"
            for each in done.sent[:_MOST_SHOWN]
        ]
        lines += [f"and {len(done.sent) - _MOST_SHOWN} more"] if len(done.sent) > _MOST_SHOWN else []
        counted = ", ".join(
            f"{sum(one.status == status for one in done.sent)} {status}"
            for status in dict.fromkeys(one.status for one in done.sent)
        )
        lines.append(_summary(done, output, recipient, f"{said}: {counted}" if counted else "nothing new"))
    return lines + (outdated_lines(done.outdated, site) or (["Nobody holds an outdated score."] if is_list else []))


def _summary(done: DeliveryDone, output: Path | None, recipient: str, said: str) -> str:
    again = bool(done.files) and not done.sent
    what = plural(len(done.files), "file as it was", "files as they were") if again else said
    left = (
        f"; {plural(done.forgotten, 'message is', 'messages are')} kept no more (consent withdrawn)"
        if done.forgotten
        else ""
    )
    return f"{recipient}: {what}{f', in {output}' if done.files else ''}{left}"


def _why(changed: Sequence[str]) -> str:
    return "; ".join(changed)


def _plain(done: DeliveryDone, recipient: str, is_dry_run: bool) -> dict[str, object]:
    return {"recipient": recipient, "is_dry_run": is_dry_run} | asdict(done)
