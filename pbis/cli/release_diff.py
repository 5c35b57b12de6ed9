"""`pbis release diff`: what changed between two releases, and why."""

from __future__ import annotations

from pathlib import Path

import click

from pbis.cli.site_option import site_option


@click.command()
@site_option()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a change.")
@click.argument("before")
@click.argument("after", default="")
def diff(site: Path, as_json: bool, before: str, after: str) -> None:
    """Say what release AFTER (the newest where it is left out) shows otherwise than release BEFORE, and because of what. The newest
    alone is held against the one before it.

    What was changed and changed back between the two is not told; a change names the causes of all releases between.

    \b
    Example:
      pbis release diff 2026-11-20-1 2026-11-23-1 --site demo-site
    """
    import msgspec

    from pbis.pipeline.release_changes import changes_between

    found = changes_between(site, before, after)
    if as_json:
        for row in found.rows:
            click.echo(msgspec.json.encode(row).decode())
    else:
        click.echo(found.text, nl=False)
