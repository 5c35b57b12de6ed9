"""`pbis serve`: a site's night every day, as a service."""

from __future__ import annotations

from datetime import datetime, time
from pathlib import Path

import click

from pbis.cli.site_option import site_option
from pbis.packages import need


def _time_of_day(_: click.Context, option: click.Parameter, told: str) -> time:
    try:
        return datetime.strptime(told, "%H:%M").time()
    except ValueError:
        raise click.BadParameter(f"expected a time of day like 03:00, found {told!r}", param=option) from None


@click.command()
@site_option()
@click.option(
    "--at",
    metavar="HH:MM",
    callback=_time_of_day,
    default="03:00",
    show_default=True,
    help="When nights begin, in the site's time zone.",
)
@click.option("--watch", is_flag=True, help="Begin a night also when new files lie still in the inbox.")
@click.option(
    "--pause", "asked", flag_value="pause", help="Tell the service that runs: no night by hour or files until --resume."
)
@click.option("--resume", "asked", flag_value="resume", help="Tell the service that runs: nights begin again.")
@click.option("--now", "asked", flag_value="now", help="Tell the service that runs: one night now.")
@click.option(
    "--health", "asked", flag_value="health", help="Whether a service runs and reaches its server: 0, else 8."
)
def serve(site: Path, at: time, watch: bool, asked: str | None) -> None:
    """Run the site's night every day, by Prefect, until SIGTERM or ctrl-C, which end it with 0 after the step that runs.

    Says `Ready.` in one line when it serves. A night that was missed while the machine was off runs once at the start. Exit code 4 where
    the clocks of the site's zone skip or repeat the time on some day, with the next such change; 5 where another service holds the site.
    docs/serve.md says how it runs under systemd, and on a server of the laboratory.

    \b
    Example:
      pbis serve --site /srv/pbis/site --at 03:00 --watch
      pbis serve --site /srv/pbis/site --now
    """
    need("night")
    from flows.asked import Serving
    from flows.serving import ask, health, serve
    from pbis.config import load_site
    from pbis.pipeline.night import utc_clock

    loaded = load_site(site)
    if asked is not None:
        click.echo(health(loaded, utc_clock()) if asked == "health" else ask(loaded, asked))
        return
    serve(loaded, Serving(at, watch), utc_clock, click.echo)
