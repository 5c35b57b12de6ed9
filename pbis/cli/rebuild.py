"""`pbis rebuild`: a site's nights, run again in an empty folder from archive, configuration and decision log."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pbis.cli.site_option import site_option
from pbis.core.words import plural
from pbis.packages import need


@click.command()
@site_option("The old site's folder.")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The new site's folder, empty or absent."
)
def rebuild(site: Path, output: Path) -> None:
    """Run every night of a site again in a new folder: its name, clock, files and decisions are those of the old one.

    The old site is read and never written; no night runs on it meanwhile. Exit code 0 where all result tables and the Parquet files of
    all releases have the hashes that they had; 7 with one line for each that has not: the new site is what the inputs give
    (docs/reliability.md). What lies unread in the old inbox stays there.

    \b
    Example:
      pbis rebuild --site /srv/pbis/site -o /srv/pbis/rebuilt
    """
    need("night")
    from pbis.cli.output import Progress
    from pbis.config import load_site
    from pbis.pipeline.rebuilding import rebuild as again

    with Progress() as progress:
        done = again(load_site(site), output, progress)
    for line in (*(f"differs: {line}" for line in done.differs), *(f"note: {note}" for note in done.notes)):
        click.echo(line)
    many = len(done.differs) or "none"
    click.echo(
        f"{output}: {plural(done.nights, 'night')} run again; {plural(done.equal, 'table or file', 'tables and files')} equal by hash, {many} not"
    )
    if done.differs:
        sys.exit(7)
