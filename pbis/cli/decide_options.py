"""Options that several commands of `pbis decide` have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from pbis.cli.site_option import site_option
from pbis.core.decision import CAUSES

Command = Callable[..., None]
SITE = site_option()
WHY = (
    SITE,
    click.option("--author", required=True, help="Who decides."),
    click.option("--reason", required=True, help="Why, in one sentence; no names of patients."),
    click.option("--dry-run", is_flag=True, help="Say what it would touch and change, and enter nothing."),
)
OBJECT = (
    click.option("--plate", required=True, help="Name of the plate, or the first characters of its run_id."),
    click.option("--plate-number", default=1, show_default=True, help="Plate within a batch of several."),
    click.option("--well", help="One well."),
    click.option("--group", "replicate_group", help="All wells of a replicate group."),
    click.option("--analyte", help="One analyte; without it all of them."),
)
JSON = click.option("--json", "as_json", is_flag=True, help="With --dry-run: what would change, as one JSON object.")
CAUSE = click.option("--cause", required=True, type=click.Choice(list(CAUSES)), help="From the closed list.")


def with_options(*options: Any) -> Callable[[Command], Command]:
    def wrap(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return wrap
