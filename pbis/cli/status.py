"""`pbis status`: what waits for a person, as the latest night found it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from pbis.cli.deliver import outdated_lines
from pbis.cli.site_option import site_option
from pbis.core.errors import IntegrityError, PbisError
from pbis.packages import need

if TYPE_CHECKING:
    from pbis.config import Site
    from pbis.core.open_items import OpenItem
    from pbis.pipeline.delivering import Outdated

_NOTHING_OF_BEFORE = "Nothing of an earlier night waits for a person; the last one could not be done:"
_MOST_SHOWN = 5  # items of a kind that a terminal shows; the index and `pbis status --all` show the rest


@click.command()
@site_option()
@click.option("--all", "is_all", is_flag=True, help="List every item, also those that hold no result back.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
@click.option("--prometheus", is_flag=True, help="Print the site's numbers as Prometheus reads them, and nothing else.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="With --prometheus: write them into this file, in its place at once.",
)
def status(site: Path, is_all: bool, as_json: bool, prometheus: bool, output: Path | None) -> None:
    """Say what waits for a person, and what to do about it, as the latest night found it; when the last night ran and how it ended, and which
    messages did not go.

    Exit code 0 where nothing keeps a result back and nobody who was told a score holds an outdated one, 6 otherwise; 7, behind what is open, where the record of
    deliveries is damaged. Names of tubes and files stand here as they came.

    \b
    Example:
      pbis status --site demo-site
      pbis status --site /srv/pbis/site --prometheus -o /var/lib/node_exporter/pbis.prom
    """
    if output is not None and not prometheus:
        raise click.UsageError("-o goes with --prometheus")
    from pbis.config import load_site

    if prometheus:
        need("notify")
        _prometheus(load_site(site), output)
    else:
        _show(load_site(site), site, is_all, as_json)


def _show(loaded: Site, site: Path, is_all: bool, as_json: bool) -> None:
    """Print what waits, then how the nights run. site: as it was typed."""
    from pbis.pipeline.delivering import outdated_now
    from pbis.pipeline.how_it_runs import not_taken_up

    items, fault = _items(loaded, as_json), None
    held: tuple[Outdated, ...] = ()
    try:
        held = outdated_now(loaded)
    except IntegrityError as error:  # what is open is known all the same
        fault = error
    if as_json:
        told = None if fault else [asdict(each) for each in held]
        plain = {"open_items": [asdict(item) for item in items], "outdated": told} | runs_json(loaded)
        click.echo(json.dumps(plain, indent=2, ensure_ascii=False))
    else:
        lines = todo_lines(items, is_all=is_all, is_behind=_is_behind(loaded)) if items or not held else []
        since = not_taken_up(loaded).line
        lines += [since, ""] if since else []
        click.echo("\n".join([*lines, *outdated_lines(held, site), *run_lines(loaded)]).strip("\n"))
    if fault:
        raise fault
    if held or any(item.is_blocking for item in items):
        sys.exit(6)


def _is_behind(site: Site) -> bool:
    """Whether what is open is of an earlier night than the last one, which could not be done."""
    from pbis.pipeline.how_it_runs import killed_line, last_night

    last = last_night(site)
    return (last is not None and bool(last.error)) or bool(killed_line(site))


def _items(site: Site, as_json: bool) -> tuple[OpenItem, ...]:
    """What is open. Where no night has come to its end yet, or one is at work, what is known of the last one is said all the same."""
    from pbis.pipeline.open_now import items_now

    try:
        return items_now(site)
    except PbisError:
        runs = run_lines(site)
        click.echo("\n".join(runs), nl=bool(runs), err=as_json)
        raise


def run_lines(site: Site) -> list[str]:
    """When the last night ran and how it ended, and what of its messages did not go."""
    from pbis.pipeline.how_it_runs import killed_line, last_night, schedule_line
    from pbis.pipeline.night import utc_clock

    last, killed = last_night(site), killed_line(site)
    told = [killed] if killed else []
    if last is None:
        return told
    now = utc_clock()
    return [*told, *last.lines(site.time_zone, now), schedule_line(site, now), *unsent_lines(site)]


def unsent_lines(site: Site) -> list[str]:
    """Messages that were tried and did not go, and files that are none."""
    from pbis.pipeline.how_it_runs import damaged, unsent

    return [letter.line for letter in unsent(site)] + damaged(site)


def runs_json(site: Site) -> dict[str, Any]:
    """The same for programs."""
    from pbis.pipeline.how_it_runs import killed_line, last_night, not_taken_up, schedule_of, unsent

    last, schedule = last_night(site), schedule_of(site)
    return {
        "killed_night": killed_line(site) or None,
        "last_night": last.as_json() if last else None,
        "not_taken_up": asdict(not_taken_up(site)),
        "schedule": msgspec.to_builtins(schedule),
        "unsent_messages": [letter.as_json() for letter in unsent(site)],
    }


def _prometheus(site: Site, output: Path | None) -> None:
    from pbis.pipeline.metrics import prometheus_text, write_text
    from pbis.pipeline.night import utc_clock

    text = prometheus_text(site, utc_clock())
    if output is None:
        click.echo(text, nl=False)
    else:
        write_text(output, text)


def todo_lines(items: Sequence[OpenItem], *, is_all: bool = False, is_behind: bool = False) -> list[str]:
    """What is open in lines of text; of what holds nothing back a line a kind, unless all is asked for. is_behind: the last night could not be done, so
    that nobody knows what it would have found."""
    blocking = [item for item in items if item.is_blocking]
    beside = [item for item in items if not item.is_blocking]
    lines = ["To do, each keeps a result back until it is done:", *_groups(blocking, is_all), ""] if blocking else []
    if beside and is_all:
        lines += ["To know, no result waits for these:", *_groups(beside, is_all), ""]
    elif beside:
        lines += ["To know, no result waits for these (pbis status --all):", *_counts(beside), ""]
    return lines or [_NOTHING_OF_BEFORE if is_behind else "Nothing waits for a person.", ""]


def _groups(items: Sequence[OpenItem], is_all: bool) -> list[str]:
    lines: list[str] = []
    for _, each in groupby(items, lambda item: (item.kind, item.remedy)):
        own = list(each)
        shown = own if is_all else own[:_MOST_SHOWN]
        lines += [f"  {item.what}" for item in shown]
        lines += [f"  and {len(own) - len(shown)} more of the kind"] if len(own) > len(shown) else []
        lines.append(f"    {own[0].remedy}")
        lines += [f"    {own[0].command}"] if own[0].command else []
    return lines


def _counts(items: Sequence[OpenItem]) -> list[str]:
    from pbis.core.open_items import KINDS

    counted: dict[str, int] = {}
    for item in items:
        counted[item.kind] = counted.get(item.kind, 0) + item.item_count
    return [f"  {KINDS[kind].title}: {count}" for kind, count in counted.items()]
