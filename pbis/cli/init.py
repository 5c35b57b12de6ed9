"""`pbis init`: write a commented site."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--name", help="Name of the site.  [default: the folder's name]")
@click.option("--time-zone", default="UTC", show_default=True, help="The site's time zone, for example Europe/Berlin.")
@click.option("--panel", default="human-cytokine-7plex", show_default=True, help="The kit's panel.")
@click.option(
    "--cutoff-set", default="", help="Cut-off set of the score; there is no default, fill it in before the first night."
)
@click.option("--il12-analyte", default="IL-12p70", show_default=True, help="What the kit calls the score's IL-12.")
@click.option("--il2-analyte", default="IL-2", show_default=True, help="What the kit calls the score's IL-2.")
def init(folder: Path, name: str | None, **choices: str) -> None:
    """Write a site into FOLDER: one commented site.toml and the folders of the inbox.

    A time zone, panel, cut-off set or analyte that does not exist is refused before anything is written (exit code 4).

    \b
    Example:
      pbis init my-site --time-zone Europe/Berlin --cutoff-set pbis-2025-il2-pgml
    """
    from pbis.pipeline.new_site import write_site

    path = write_site(folder, name=name or folder.resolve().name, **choices)
    click.echo(f"wrote {path}")
    if not choices["cutoff_set"]:
        click.echo(
            "next: choose cutoff_set in it, then drop files into inbox/ and run: pbis night --site " + str(folder)
        )
    else:
        click.echo(f"next: drop files into {folder}/inbox/ and run: pbis night --site {folder}")
