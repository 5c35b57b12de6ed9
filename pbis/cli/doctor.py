"""`pbis doctor`: is the machine as a night needs it, and closed to everybody else?"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click


@click.command()
@click.option("--site", required=True, type=click.Path(path_type=Path, file_okay=False), help="The site's folder.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
def doctor(site: Path, as_json: bool) -> None:
    """Look at modes, owner, rights, room, lock, clock, versions, the server's password and more; one line each, with what to do.

    Exit code 0 where all is well, 6 where something waits for a person, 8 where a night has no room or no right. Changes nothing and
    can be asked while a night runs.

    \b
    Example:
      pbis doctor --site /srv/pbis/site
    """
    from flows.soundness import look_at_prefect
    from pbis.config import load_site
    from pbis.pipeline.doctor import exit_code, look_at_site
    from pbis.pipeline.night import utc_clock
    from pbis.pipeline.versions import look_at_versions

    loaded = load_site(site)
    found = [
        *look_at_site(loaded, utc_clock()),
        look_at_versions(),
        *look_at_prefect(loaded),
    ]
    code = exit_code(found)
    if as_json:
        said = {"site": str(site), "exit_code": code, "checks": [asdict(each) for each in found]}
        click.echo(json.dumps(said, indent=2, ensure_ascii=False))
    else:
        for each in found:
            click.echo(each.line)
    sys.exit(code)
