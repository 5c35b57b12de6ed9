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
def init(folder: Path, name: str | None, time_zone: str, panel: str, cutoff_set: str) -> None:
    """Write a site into FOLDER: one commented site.toml and the folders of the inbox.

    \b
    Example:
      pbis init my-site --time-zone Europe/Berlin --cutoff-set pbis-2025-il2-pgml
    """
    from pbis.panels import load_panel
    from pbis.pipeline.new_site import write_site

    if not panel.endswith(".toml"):  # a file of the site's own may still be to come
        load_panel(panel)
    path = write_site(
        folder, name=name or folder.resolve().name, time_zone=time_zone, panel=panel, cutoff_set=cutoff_set
    )
    click.echo(f"wrote {path}")
    if not cutoff_set:
        click.echo(
            "next: choose cutoff_set in it, then drop files into inbox/ and run: pbis night --site " + str(folder)
        )
    else:
        click.echo(f"next: drop files into {folder}/inbox/ and run: pbis night --site {folder}")
