"""`pbis init`: write a commented site."""

from __future__ import annotations

from pathlib import Path

import click

from pbis.config import SITE_FILE


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
@click.option(
    "--service",
    is_flag=True,
    help="Write units of systemd and a container file too; for a site that is there, only these.",
)
@click.option("--at", default="03:00", metavar="HH:MM", show_default=True, help="With --service: when nights begin.")
@click.option("--account", help="With --service: the account that runs it.  [default: the owner of the site's folder]")
def init(folder: Path, name: str | None, service: bool, at: str, account: str | None, **choices: str) -> None:
    """Write a site into FOLDER: one commented site.toml and the folders of the inbox.

    A time zone, panel, cut-off set or analyte that does not exist is refused before anything is written (exit code 4). With --service
    files for systemd and for containers lie in FOLDER/service; nothing of the machine is changed (docs/serve.md).

    \b
    Example:
      pbis init my-site --time-zone Europe/Berlin --cutoff-set pbis-2025-il2-pgml
      pbis init my-site --service --at 03:00 --account pbis
    """
    if service and (folder / SITE_FILE).exists():
        _write_service(folder, at, account)
        return
    from pbis.pipeline.new_site import write_site

    path = write_site(folder, name=name or folder.resolve().name, **choices)
    click.echo(f"wrote {path}")
    if service:
        _write_service(folder, at, account)
    if not choices["cutoff_set"]:
        click.echo(
            "next: choose cutoff_set in it, then drop files into inbox/ and run: pbis night --site " + str(folder)
        )
    else:
        click.echo(f"next: drop files into {folder}/inbox/ and run: pbis night --site {folder}")


def _write_service(folder: Path, at: str, account: str | None) -> None:
    from datetime import time

    from flows.times import require_daily
    from pbis.config import load_site
    from pbis.pipeline.night import utc_clock
    from pbis.pipeline.service_files import ServiceChoices, command, write_service_files

    site = load_site(folder)
    try:
        moment = time.fromisoformat(at)
    except ValueError:
        raise click.BadParameter(f"expected a time of day like 03:00, found {at!r}", param_hint="--at") from None
    require_daily(moment, site.time_zone, utc_clock())
    owner = account or _owner(site.root)
    for path in write_service_files(site, ServiceChoices(f"{moment:%H:%M}", owner, command())):
        click.echo(f"wrote {path}")
    click.echo(
        f"nights begin at {moment:%H:%M} ({site.file.site.time_zone}), as account {owner}; another hour or account: --at, --account"
    )
    click.echo(
        "next: put the units into /etc/systemd/system and enable one of pbis-serve.service and pbis-night.timer (docs/serve.md)"
    )


def _owner(root: Path) -> str:
    try:
        return root.owner()
    except KeyError:
        raise click.UsageError(
            f"{root}: its owner, number {root.stat().st_uid}, has no name on this machine; expected --account NAME"
        ) from None
