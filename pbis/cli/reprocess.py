"""`pbis reprocess`: all that lies in the inbox at once, however many years it is of."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbis.cli.site_option import site_option
from pbis.core.words import plural
from pbis.packages import need

if TYPE_CHECKING:
    from pbis.pipeline.outcome import Outcome
    from pbis.report.missing import MissingReport

_NOTES = 5  # that a terminal shows
_PATIENCE = 3600.0  # seconds that the page waits for a night that began behind this one


@click.command()
@site_option()
@click.option("--all", "is_all", is_flag=True, required=True, help="Take all that lies in the inbox.")
@click.option(
    "--engine",
    type=click.Choice(["prefect", "plain"]),
    help="Run the steps with or without Prefect.  [default: the site's]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
def reprocess(site: Path, is_all: bool, engine: str | None, as_json: bool) -> None:
    """Take in a backlog: the exports of years, with their layouts and clinical files, dropped into the inbox at once.

    Plates are loaded in the order in which they were exported, and followed in the order in which they were read, so that results, trends and which export counts are
    what they would be had each come in its time. It is one night with the helpers that site.toml names; where it is killed, the next call goes on behind the last
    plates that were loaded. At its end reports/missing.html and the terminal say, by kind and count, what plates and patients lack
    (kits, lot values, layouts, specimens, results) and what to do. Exit codes are those of `pbis night`.

    \b
    Example:
      pbis reprocess --all --site /srv/pbis/site
    """
    need("night")
    from flows.runner import run_night
    from pbis.cli.night import end_of_night
    from pbis.cli.output import Progress
    from pbis.config import load_site
    from pbis.pandas_later import pandas_later
    from pbis.pipeline.context import NightOptions, Silent
    from pbis.pipeline.lock import NIGHT, Turn, site_lock
    from pbis.pipeline.missing import write_missing
    from pbis.pipeline.night import utc_clock
    from pbis.pipeline.stopping import listen

    loaded = load_site(site)
    listen()
    turn = Turn(NIGHT, say=_waiting)
    is_plain = (engine or loaded.file.runner.engine) == "plain"
    with nullcontext(Silent()) if as_json else Progress() as teller, pandas_later() if is_plain else nullcontext():
        outcome = run_night(loaded, NightOptions(turn=turn), teller, engine=engine)
    with site_lock(loaded.path("state"), Turn(NIGHT, _PATIENCE, _waiting)):  # a service may have begun a night since
        page, data = write_missing(loaded, utc_clock())
    if as_json:
        click.echo(json.dumps(outcome.as_json() | {"missing": asdict(data), "missing_page": str(page)}, indent=2))
    else:
        click.echo("\n".join(reprocessed_lines(outcome, page, data)))
    end_of_night(loaded, outcome, is_dry_run=False, as_json=as_json)


def _waiting(words: str) -> None:
    click.echo(f"{words}; waiting for it", err=True)


def reprocessed_lines(outcome: Outcome, page: Path, data: MissingReport) -> list[str]:
    """What came out in lines of text: counts, what is missing, where to look; of refused files their number alone."""
    from pbis.cli.night import in_lake
    from pbis.pipeline.missing import missing_lines

    plates = f"{outcome.plates_loaded} loaded, {outcome.plates_known} known already, {data.plates} stand"
    refused = f"{plural(len(outcome.refused), 'file')}; each lies in quarantine beside a text that says what to do"
    lines = ["", f"Night {outcome.night_id}", "", f"  plates      {plates}"]
    lines += [f"  refused     {refused}"] if outcome.refused else []
    lines += ["", *missing_lines(data), "", *_notes(outcome)]
    places = [("missing", page), ("reports", outcome.report_index), ("database", outcome.database)]
    places.append(("lake", in_lake(outcome)))
    return lines + [f"  {name:<12}{value}" for name, value in places if value]


def _notes(outcome: Outcome) -> list[str]:
    """The last ones, which are of helpers, the inbox and the lake; those of plates come before them, and a backlog has thousands."""
    more = len(outcome.notes) - _NOTES
    lines = [f"  note: {note}" for note in outcome.notes[-_NOTES:]]
    lines += (
        [f"  and {plural(more, 'note')} more: {outcome.report_index} lists what was said of plates"] if more > 0 else []
    )
    return [*lines, ""] if lines else []
