"""`pbis verify`: is everything that the site stores what it was derived from?"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbis.cli.site_option import site_option
from pbis.packages import need

if TYPE_CHECKING:
    from pbis.pipeline.verifying import Verified


@click.command()
@site_option()
@click.option(
    "--sample",
    type=click.IntRange(min=0),
    metavar="N",
    help="Prove N archived files, compute N plates and read N clinical files again, others each day.  [default: all]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
def verify(site: Path, sample: int | None, as_json: bool) -> None:
    """Hold archive, warehouse, decisions, releases and pages against what they were derived from, and change nothing.

    Exit code 0 where all is whole; 7 with one line a fault: kind, object, expected, found, first night that differs. Takes the
    site's lock: no night runs meanwhile. Print the head of the ledger elsewhere to be sure of the whole (docs/reliability.md).

    \b
    Example:
      pbis verify --site /srv/pbis/site --sample 5
    """
    need("night")
    from pbis.config import load_site
    from pbis.pipeline.night import utc_clock
    from pbis.pipeline.verifying import verify as look

    loaded = load_site(site)
    found = look(loaded, sample, utc_clock)
    if as_json:
        click.echo(json.dumps(found.as_json(), indent=2, ensure_ascii=False))
    else:
        show_verified(str(site), found)
    if found.faults:
        sys.exit(7)


def show_verified(name: str, found: Verified) -> None:
    """One line a fault and a note, then how much was looked at."""
    for line in (*(fault.sentence for fault in found.faults), *(f"note: {note}" for note in found.notes)):
        click.echo(line)
    looked = ", ".join(f"{count} {name}" for name, count in found.counts.items())
    faults = "1 fault" if len(found.faults) == 1 else f"{len(found.faults) or 'no'} faults"
    click.echo(f"{name}: {faults} ({looked})")
