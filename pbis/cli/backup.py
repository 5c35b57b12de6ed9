"""`pbis backup` and `pbis restore`: a site as one file, and back."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pbis.cli.site_option import site_option
from pbis.core.words import plural
from pbis.packages import need


@click.command()
@site_option()
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The file, new.")
@click.option(
    "--wait",
    type=click.FloatRange(min=0),
    default=3600.0,  # a night of hundreds of plates has ended by then; own choice
    show_default=True,
    help="Seconds to wait for a night to end.",
)
def backup(site: Path, output: Path, wait: float) -> None:
    """Write archive, warehouse, decisions, ledger, releases, pages, quarantine and configuration of a site into one file.

    Can be started at any time: what changes with a night is copied in the seconds between two; decisions may be entered meanwhile.
    What lies in the inbox is not in it. The file holds record numbers: keep it as the site is kept.

    \b
    Example:
      pbis backup --site /srv/pbis/site -o /mnt/backup/site-2026-11-28.tar
    """
    need("night")
    from pbis.config import load_site
    from pbis.pipeline.backing_up import back_up

    done = back_up(load_site(site), output, wait)
    click.echo(f"{output}: {plural(done.files, 'file')}, {done.byte_count / 1e6:.1f} MB, sha256 {done.sha256}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="The folder, empty or absent.")
def restore(file: Path, output: Path) -> None:
    """Write the site of a backup into a new folder, and look at all of it as `pbis verify` does before it says done.

    Exit code 0 where all is whole; 7 where the file is not, which leaves nothing, or where the site had faults when it was saved: one
    line for each, and the folder is there to be looked at.

    \b
    Example:
      pbis restore /mnt/backup/site-2026-11-28.tar -o /srv/pbis/restored
    """
    need("night")
    from pbis.cli.verify import show_verified
    from pbis.pipeline.night import utc_clock
    from pbis.pipeline.restoring import restore as write

    found = write(file, output, utc_clock)
    show_verified(f"{output}: restored", found)
    if found.faults:
        sys.exit(7)
