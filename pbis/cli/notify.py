"""`pbis notify`: what of the nights' messages did not go, and whether the way is open."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbis.cli.site_option import site_option

if TYPE_CHECKING:
    from pbis.config import Site
    from pbis.pipeline.outbox import Letter


@click.command()
@site_option()
@click.option("--test", "is_test", is_flag=True, help="Send a message now to all that site.toml names, once.")
@click.option("--retry", is_flag=True, help="Send what waits now, also what was refused for good.")
@click.option("--show", is_flag=True, help="Print the message of the last night, and send nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")
def notify(site: Path, is_test: bool, retry: bool, show: bool, as_json: bool) -> None:
    """List the messages of nights that did not go yet; try the way, or send them now.

    Whom a night tells how it ended stands in site.toml under [notify] (docs/notify.md). Exit code 0 where nothing is left, 6 where a
    message did not go, 4 where site.toml names nobody.

    \b
    Example:
      pbis notify --site /srv/pbis/site --test
    """
    if sum((is_test, retry, show)) > 1:
        raise click.UsageError("--test, --retry and --show: expected one of them")
    from pbis.config import load_site
    from pbis.core.errors import ConfigError

    loaded = load_site(site)
    if show:
        _show(loaded.root, as_json)
        return
    if loaded.file.notify.email is None and loaded.file.notify.webhook is None:
        raise ConfigError(
            f"{loaded.root / 'site.toml'}: [notify] names nobody; expected [notify.email] or [notify.webhook] (docs/notify.md)"
        )
    left = _left(loaded, is_test, retry)
    if as_json:
        click.echo(json.dumps({"unsent": [each.as_json() for each in left]}, indent=2, ensure_ascii=False))
    else:
        none = "sent to all" if is_test or retry else "nothing waits to be sent"
        click.echo("\n".join(each.line for each in left) or none)
    sys.exit(6 if left else 0)


def _left(site: Site, is_test: bool, retry: bool) -> list[Letter]:
    """Messages that did not go, after what was asked for."""
    from pbis.pipeline.night import utc_clock
    from pbis.pipeline.outbox import read_outbox

    if not (is_test or retry):
        return read_outbox(site.path("state"))
    from pbis.pipeline.notifying import send_test, send_waiting

    return send_test(site, utc_clock) if is_test else send_waiting(site, utc_clock, is_all=True)


def _show(root: Path, as_json: bool) -> None:
    from pbis.config import load_site
    from pbis.core.errors import UsageError
    from pbis.pipeline.last_night import read_nights
    from pbis.pipeline.message import json_of, text_of
    from pbis.pipeline.notifying import with_heads

    site = load_site(root)
    kept = read_nights(site.path("state"))
    if kept is None:
        raise UsageError(f"{root}: no night has ended here yet; run: pbis night --site {root}")
    summary = with_heads(site, kept.last)
    click.echo(json.dumps(json_of(summary), indent=2) if as_json else text_of(summary, site.time_zone))
