"""`pbis decide`: what a person decides about a plate, with name, cause and reason; nothing entered is ever changed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pbis.cli.decide_effect import require_dry, say_effect
from pbis.cli.decide_guide import guide
from pbis.cli.decide_options import CAUSE, JSON, OBJECT, SITE, WHY, with_options
from pbis.cli.decide_review import accept, reject, repeat, sign
from pbis.cli.groups import NamedGroup
from pbis.core.decision import ANNOTATE, EXCLUDE, KEEP, RELEASE, REVERSE, TELL
from pbis.core.words import plural

if TYPE_CHECKING:
    from pbis.pipeline.deciding import Preview
    from pbis.pipeline.withdrawing import Withdrawal

TWIN = "twin"  # released is what is left when its twins are excluded


@click.group(cls=NamedGroup)
def decide() -> None:
    """Exclude a well, a replicate group, an analyte or a plate; keep what a rule takes; release a held plate or well; tell what a
    refused file leaves open; accept, reject or sign a plate, or order its repeat; put off what waits; write a note on a control chart, or choose its guide set; take a subject out who withdrew consent; reverse a decision.

    Decisions are events with author, cause, reason and time. The next night computes with those that stand; reversing the last
    one gives the results that were there before, to the byte.

    \b
    Example:
      pbis decide exclude --site demo-site --plate P01 --well D5 --cause bubble --reason "seen in the well" --author "A. Name"
      pbis decide list --site demo-site
      pbis decide reverse 1 --site demo-site --reason "it was well D6" --author "A. Name"
    """


for _further in (accept, reject, repeat, sign, guide):
    decide.add_command(_further)


@decide.command()
@with_options(*WHY, JSON, *OBJECT, CAUSE)
def exclude(**given: Any) -> None:
    """Take a well, a group, an analyte or a whole plate out of the results.

    \b
    Example:
      pbis decide exclude --site demo-site --plate P01 --group S3 --analyte IL-6 --cause outlier --reason "..." --author "A. Name"
    """
    _enter(EXCLUDE, **given)


@decide.command()
@with_options(
    *WHY,
    JSON,
    *OBJECT,
    CAUSE,
    click.option("--rule", required=True, help="Rule of the finding, as on the plate's page."),
)
def keep(**given: Any) -> None:
    """Keep what a finding would take: the result is reported, and marked as kept.

    \b
    Example:
      pbis decide keep --site demo-site --plate P01 --rule bead_count --well D5 --analyte IL-6 --cause verified --reason "..." --author "A. Name"
    """
    _enter(KEEP, **given)


@decide.command()
@click.argument("sequence", type=int)
@with_options(*WHY, JSON)
def reverse(sequence: int, **given: Any) -> None:
    """Reverse decision SEQUENCE.

    \b
    Example:
      pbis decide reverse 1 --site demo-site --reason "it was well D6" --author "A. Name"
    """
    _enter(REVERSE, cause="entered_in_error", reverses=sequence, **given)


@decide.command("release")
@with_options(
    *WHY,
    JSON,
    *OBJECT[:3],
    click.option("--specimen", help="Barcode of the specimen that the held well holds."),
    click.option("--dilution", type=float, help="Factor by which the held well is diluted."),
)
def release_held(well: str | None, specimen: str | None, dilution: float | None, **given: Any) -> None:
    """Say that a held plate is the right one: the others with its readings are excluded, a decision each. With --well, say what a
    held well holds.

    \b
    Example:
      pbis decide release --site demo-site --plate 3f6c1b2a9d04 --reason "the renamed copy was a test" --author "A. Name"
      pbis decide release --site demo-site --plate P01 --well H4 --specimen SP-105 --reason "protocol sheet" --author "A. Name"
    """
    if well is not None:
        _release_well(well=well, specimen=specimen, dilution=dilution, **given)
    elif specimen is not None or dilution is not None:
        raise click.UsageError("--specimen and --dilution are about one well: name it with --well")
    else:
        _enter(RELEASE, cause=TWIN, **given)


@decide.command()
@with_options(
    *WHY,
    click.option("--file", required=True, help="sha256 of the refused file, or its first characters."),
    click.option("--label", "labels", multiple=True, metavar="WELL=NAME", help="What a well holds; may be repeated."),
    click.option("--plate-number", default=1, show_default=True, help="Plate within a batch that the labels are of."),
    click.option("--date-order", type=click.Choice(["dmy", "mdy", "ymd"]), help="Order of the file's dates."),
    click.option("--panel", help="Panel of the kit that the plate was run with."),
)
def tell(
    site: Path, labels: tuple[str, ...], date_order: str | None, panel: str | None, dry_run: bool, **given: Any
) -> None:
    """Say what a refused file leaves open: the next night reads it again, its bytes unchanged.

    \b
    Example:
      pbis decide tell --site demo-site --file 3f6c1b2a9d04 --label H4=P105 --reason "protocol sheet" --author "A. Name"
      pbis decide tell --site demo-site --file 3f6c1b2a9d04 --date-order dmy --reason "our instrument" --author "A. Name"
    """
    from pbis.pipeline.night import utc_clock
    from pbis.pipeline.telling import labels_of
    from pbis.pipeline.telling import tell as enter

    facts: dict[str, Any] = {"label": labels_of(labels)} if labels else {}
    facts |= {name: text for name, text in (("date_order", date_order), ("panel", panel)) if text is not None}
    preview = enter(site, given.pop("file"), facts, utc_clock, is_dry_run=dry_run, **given)
    click.echo("\n".join(_lines(preview, dry_run)))


@decide.command()
@click.argument("kind")
@click.argument("key")
@with_options(
    *WHY,
    click.option(
        "--until",
        required=True,
        type=click.DateTime(["%Y-%m-%d"]),
        help="Day on which it is open again, for example 2027-01-31.",
    ),
)
def later(site: Path, kind: str, key: str, until: datetime, dry_run: bool, **given: Any) -> None:
    """Put the open item KIND KEY off until a day, as `pbis status` names it; it holds nothing back and is not told until then.

    \b
    Example:
      pbis decide later file_in_quarantine plates/old.csv --site demo-site --until 2027-01-31 --reason "a test file" --author "A. Name"
    """
    from pbis.pipeline.night import utc_clock
    from pbis.pipeline.open_now import put_off

    event, item = put_off(site, kind, key, until.date(), utc_clock, is_dry_run=dry_run, **given)
    head = "would put off" if dry_run else f"decision {event.sequence}: put off"
    click.echo(f"{head} until {until:%Y-%m-%d}, {event.words}: {item.what}")


@decide.command("annotate")
@with_options(
    *WHY,
    *OBJECT[:2],
    click.option("--analyte", required=True, help="Analyte of the chart."),
    click.option("--control", required=True, type=click.Choice(["qc1", "qc2"]), help="qc1 is the low control."),
    click.option("--lot", required=True, help="Lot of the chart, or one of its numbers."),
)
def annotate_chart(site: Path, control: str, lot: str, dry_run: bool, **given: Any) -> None:
    """Write a note beside a plate on the chart of a control; it changes no result.

    \b
    Example:
      pbis decide annotate --site demo-site --plate P01 --analyte IL-6 --control qc1 --lot 4120866 --reason "new vial" --author "A. Name"
    """
    from pbis.pipeline.annotating import CAUSE, annotate
    from pbis.pipeline.deciding import Request
    from pbis.pipeline.night import utc_clock

    request, clock = Request(kind=ANNOTATE, cause=CAUSE, **given), utc_clock
    event = annotate(site, request, clock, control=control, lot=lot, is_dry_run=dry_run)
    what = f"annotate {event.target} on the chart of {control}"
    click.echo(f"would {what}" if dry_run else f"decision {event.sequence}: {what}, {event.words}")
    if not dry_run:
        click.echo("it changes no result; the next night shows it on reports/trends.html")


@decide.command("withdraw")
@click.argument("subject")
@with_options(*WHY, click.option("--yes", "is_sure", is_flag=True, help="Do not ask: it cannot be reversed."))
def withdraw_consent(subject: str, site: Path, dry_run: bool, is_sure: bool, **given: Any) -> None:
    """SUBJECT, by study id, withdraws consent: the next night takes everything of the subject out of every store, for ever.

    \b
    Example:
      pbis decide withdraw P1263 --site demo-site --reason "letter of 3 March" --author "A. Name"
    """
    from pbis.pipeline.night import utc_clock
    from pbis.pipeline.withdrawing import withdraw

    if not (dry_run or is_sure):
        _make_sure(subject)
    done = withdraw(site, subject, utc_clock, is_dry_run=dry_run, **given)
    click.echo("\n".join(withdrawal_lines(done, dry_run)))


def _make_sure(subject: str) -> None:
    """Asked before, since there is no way back. UsageError where nobody can be asked."""
    words = "A withdrawal cannot be reversed: rows, labels and files of the subject are blanked for good."
    if not sys.stdin.isatty():
        raise click.UsageError(f"{words} Give --yes where nobody can be asked.")
    if click.prompt(f"{words} Type the study id again to go on", default="", show_default=False) != subject:
        raise click.UsageError("another study id was typed; nothing was entered")


def withdrawal_lines(done: Withdrawal, is_dry_run: bool) -> list[str]:
    """What is said of a withdrawal, and what a person destroys; the subject is not named."""
    event = done.decision
    if is_dry_run:
        lines = ["would withdraw the subject; it cannot be reversed"]
    elif done.is_new:
        lines = [f"decision {event.sequence}: the subject is withdrawn, {event.words}", "the next night carries it out"]
    else:
        lines = [f"the subject is withdrawn already: decision {event.sequence} {event.words}; nothing was done"]
    lines += [f"destroy this folder, it holds the subject: {path}" for path in done.releases]
    return [
        *lines,
        "destroy copies of releases, exports and backups that were taken out of the site: it knows none of them",
    ]


@decide.command("list")
@SITE
def list_all(site: Path) -> None:
    """All decisions in their order, and which of them stand.

    \b
    Example:
      pbis decide list --site demo-site
    """
    from pbis.cli.output import show_table
    from pbis.pipeline.deciding import list_decisions

    show_table(list_decisions(site))


def _enter(kind: str, site: Path, dry_run: bool, as_json: bool, **given: Any) -> None:
    from pbis.pipeline.deciding import Request, release
    from pbis.pipeline.deciding import decide as enter
    from pbis.pipeline.night import utc_clock

    request, clock = Request(kind=kind, **given), utc_clock
    require_dry(dry_run, as_json)
    if kind == RELEASE:
        previews = release(site, request, clock, is_dry_run=dry_run)
    else:
        previews = [enter(site, request, clock, is_dry_run=dry_run)]
    _say(site, previews, dry_run, as_json)


def _release_well(
    site: Path, dry_run: bool, as_json: bool, specimen: str | None, dilution: float | None, **given: Any
) -> None:
    from pbis.pipeline.deciding import Request
    from pbis.pipeline.night import utc_clock
    from pbis.pipeline.releasing import CAUSE, release_well

    require_dry(dry_run, as_json)
    request, clock = Request(kind=RELEASE, cause=CAUSE, **given), utc_clock
    preview = release_well(site, request, clock, specimen=specimen, dilution=dilution, is_dry_run=dry_run)
    _say(site, [preview], dry_run, as_json)


def _say(site: Path, previews: Sequence[Preview], is_dry_run: bool, as_json: bool) -> None:
    """What was entered; of a dry run also what would change, computed as the next night would."""
    lines = [line for preview in previews for line in _lines(preview, is_dry_run)]
    if not is_dry_run:
        click.echo("\n".join(lines))
        return
    say_effect(site, [preview.decision for preview in previews], lines, as_json)


def _lines(preview: Preview, is_dry_run: bool) -> list[str]:
    event = preview.decision
    what = (
        f"reverse decision {event.reverses}: {event.target}"
        if event.kind == REVERSE
        else f"{event.kind} {event.target}" + (f": {event.told}" if event.told else "")
    )
    head = f"would {what}" if is_dry_run else f"decision {event.sequence}: {what}, {event.words}"
    lines = [head]
    if event.kind not in (REVERSE, TELL):
        lines.append(
            f"it is about {plural(preview.readings, 'reading')}, {preview.reportable} of {'it' if preview.readings == 1 else 'them'} in results today"
        )
    lines += [f"finding: {message}" for message in preview.findings]
    return (
        lines
        if is_dry_run
        else [
            *lines,
            "the next night reads the file again" if event.kind == TELL else "the next night computes with it",
        ]
    )
