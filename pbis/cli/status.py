"""`pbis status`: what waits for a person, as the latest night found it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbis.cli.deliver import outdated_lines
from pbis.cli.site_option import site_option
from pbis.core.errors import IntegrityError

if TYPE_CHECKING:
    from pbis.core.open_items import OpenItem
    from pbis.pipeline.delivering import Outdated

_MOST_SHOWN = 5  # items of a kind that a terminal shows; the index and `pbis status --all` show the rest


@click.command()
@site_option()
@click.option("--all", "is_all", is_flag=True, help="List every item, also those that hold no result back.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for programs.")
def status(site: Path, is_all: bool, as_json: bool) -> None:
    """Say what waits for a person, and what to do about it, as the latest night found it.

    Exit code 0 where nothing keeps a result back and nobody who was told a score holds an outdated one, 6 otherwise; 7, behind what is open, where the record of
    deliveries is damaged. Names of tubes and files stand here as they came.

    \b
    Example:
      pbis status --site demo-site
    """
    from pbis.config import load_site
    from pbis.pipeline.delivering import outdated_now
    from pbis.pipeline.open_now import items_now

    loaded = load_site(site)
    items, fault = items_now(loaded), None
    held: tuple[Outdated, ...] = ()
    try:
        held = outdated_now(loaded)
    except IntegrityError as error:  # what is open is known all the same
        fault = error
    if as_json:
        told = None if fault else [asdict(each) for each in held]
        plain = {"open_items": [asdict(item) for item in items], "outdated": told}
        click.echo(json.dumps(plain, indent=2, ensure_ascii=False))
    else:
        lines = todo_lines(items, is_all=is_all) if items or not held else []
        click.echo("\n".join([*lines, *outdated_lines(held, site)]).strip("\n"))
    if fault:
        raise fault
    if held or any(item.is_blocking for item in items):
        sys.exit(6)


def todo_lines(items: Sequence[OpenItem], *, is_all: bool = False) -> list[str]:
    """What is open in lines of text; of what holds nothing back a line a kind, unless all is asked for."""
    blocking = [item for item in items if item.is_blocking]
    beside = [item for item in items if not item.is_blocking]
    lines = ["To do, each keeps a result back until it is done:", *_groups(blocking, is_all), ""] if blocking else []
    if beside and is_all:
        lines += ["To know, no result waits for these:", *_groups(beside, is_all), ""]
    elif beside:
        lines += ["To know, no result waits for these (pbis status --all):", *_counts(beside), ""]
    return lines or ["Nothing waits for a person.", ""]


def _groups(items: Sequence[OpenItem], is_all: bool) -> list[str]:
    lines: list[str] = []
    for _, each in groupby(items, lambda item: item.kind):
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
