"""`pbis arrived`: what nights of a site were given, to be given to another."""

from __future__ import annotations

from pathlib import Path

import click

from pbis.cli.site_option import site_option
from pbis.core.words import plural
from pbis.packages import need


@click.command()
@site_option()
@click.option("--after", default="", metavar="NIGHT", help="Only of nights after this one.  [default: of all nights]")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="The folder, empty or absent; a folder a night.",
)
def arrived(site: Path, after: str, output: Path) -> None:
    """Write what nights took in or refused, each file under its own name in a folder of its kind, in a folder of its night.

    For a site that goes back to a backup: what came since is given to it again, night after night, in the order in which it came
    (docs/upgrade.md). What lies in the inbox is not in it. The site is read and never written. The files hold record numbers: remove the
    folder afterwards.

    \b
    Example:
      pbis arrived --site /srv/pbis/site --after 2026-11-28-1 -o since
    """
    need("night")
    from pbis.config import load_site
    from pbis.pipeline.arrived_since import write_arrived

    done = write_arrived(load_site(site), after, output)
    for note in done.notes:
        click.echo(f"note: {note}")
    click.echo(f"{output}: {plural(done.files, 'file')} of {plural(done.nights, 'night')}")
