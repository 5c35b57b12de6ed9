"""`pbis audit`: who decided what, when and why; whether the log of it is whole; and the log as a file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pbis.cli.output import show_table
from pbis.cli.site_option import site_option
from pbis.core.words import plural

if TYPE_CHECKING:
    from pbis.pipeline.auditing import Audited


@click.command()
@site_option()
@click.option(
    "--plate", default="", help="Events about this plate alone: its name, or the first characters of its run_id."
)
@click.option(
    "--verify", "is_verified", is_flag=True, help="Hold the log against every place that knows it, and its signatures."
)
@click.option(
    "--as", "form", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True, help="Form."
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write, for csv and json."
)
@click.option(
    "--backup",
    "backups",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="With --verify: a backup that the log must go on from; may be repeated.",
)
@click.option(
    "--mailed",
    multiple=True,
    metavar="HEAD",
    help="With --verify: a head of decisions or ledger as a message of a night has it; may be repeated.",
)
def audit(site: Path, plate: str, is_verified: bool, form: str, output: Path | None, **held: tuple[Any, ...]) -> None:
    """Print, verify and export the decision log: exclusions, reviews, signatures with their names, reversals. Where a second person's
    signature is missing, a note on standard error says so.

    It stays inside the laboratory: it names people. --verify ends with 7 where something is wrong, one line a fault, and changes nothing.

    \b
    Example:
      pbis audit --site demo-site --verify --mailed "event 3, 9b1c..."
      pbis audit --site demo-site --plate P01 --as csv -o log.csv
    """
    from pbis.config import load_site
    from pbis.pipeline.auditing import audit as look
    from pbis.pipeline.auditing import audit_json, audit_table

    loaded = load_site(site)
    if output is not None and form == "table":
        raise click.UsageError("-o writes a file of --as csv or --as json; name one of them")
    if any(held.values()) and not is_verified:
        raise click.UsageError("--backup and --mailed are held against the log with --verify")
    _say_half_signed(site)
    if is_verified:
        found = look(loaded, **held)
        click.echo("\n".join(audit_lines(found)), err=form != "table")
        if found.faults:
            sys.exit(7)
        if form == "table":
            return
    table = audit_table(loaded, plate)
    if form == "table":
        show_table(table.drop_columns(["told", "plate_content", "previous_id", "plate_number", "plate"]))
        return
    from pbis.files.table_out import csv_text, write_whole

    text = csv_text(table) if form == "csv" else audit_json(table)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_whole(output, text)


def _say_half_signed(site: Path) -> None:
    from pbis.pipeline.reviews_now import half_signed

    for words in half_signed(site):
        click.echo(f"note: {words}", err=True)


def audit_lines(found: Audited) -> list[str]:
    """One line a fault and a note, then how much was looked at."""
    lines = [fault.sentence for fault in found.faults] + [f"note: {note}" for note in found.notes]
    faults = "no faults" if not found.faults else plural(len(found.faults), "fault")
    heads = (
        f"held against {plural(found.heads, 'head')} of ledger and backups, and those of warehouse, releases and pages"
    )
    return [*lines, f"decision log: {faults} ({plural(found.events, 'event')}, {heads})"]
