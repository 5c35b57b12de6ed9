"""`pbis desk`: the review desk in the browser."""

from __future__ import annotations

from pathlib import Path

import click

from pbis.cli.site_option import site_option
from pbis.packages import need

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@site_option()
@click.option("--port", type=click.IntRange(0, 65535), help="Where it listens; 0 takes a free one.  [default: 8642]")
@click.option("--host", help="Address that it listens on.  [default: 127.0.0.1]")
@click.option("--tls-cert", type=_FILE, help="Certificate with its chain, in PEM.")
@click.option("--tls-key", type=_FILE, help="Its private key.")
@click.option(
    "--behind-proxy", metavar="https://NAME", help="A proxy of that name speaks TLS to browsers, and calls the desk."
)
def desk(
    site: Path,
    port: int | None,
    host: str | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    behind_proxy: str | None,
) -> None:
    """Serve the review desk: what a data manager decides and signs, and a technician mends, in the browser.

    Prints the address, and the first admin's one-time link where no account exists. GET /health is 200 when it is ready; SIGTERM or
    ctrl-C ends it with 0 after open work. What is not told stands in site.toml under [desk]. Exit code 4 where another host than
    loopback has neither TLS files nor a declared proxy, 5 where another desk serves the site. docs/security.md says what protects it.

    \b
    Example:
      pbis desk --site demo-site
      pbis desk --site demo-site --host 0.0.0.0 --tls-cert desk.pem --tls-key desk.key
    """
    need("desk")
    from pbis.config import load_site
    from pbis.desk.serving import Listening, serve
    from pbis.pipeline.night import utc_clock

    loaded = load_site(site)
    told = loaded.file.desk
    place = Listening(
        host or told.host,
        told.port if port is None else port,
        tls_cert,
        tls_key,
        told.behind_proxy if behind_proxy is None else behind_proxy,
        told.names,
        told.proxy_addresses,
    )
    serve(loaded, place, utc_clock, lambda words: click.echo(words))
