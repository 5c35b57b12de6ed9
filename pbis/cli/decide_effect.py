"""What `pbis decide ... --dry-run` says: what the event would be, and what would stand otherwise after the next night."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pbis.packages import need

if TYPE_CHECKING:
    from pbis.core.decision import Decision


def require_dry(is_dry_run: bool, as_json: bool) -> None:
    """UsageError where --json stands without --dry-run."""
    if as_json and not is_dry_run:
        raise click.UsageError(
            "--json goes with --dry-run: it tells what would change; `pbis decide list` tells what was decided"
        )


def say_effect(site: Path, events: Sequence[Decision], lines: Sequence[str], as_json: bool) -> None:
    """Print the lines and what the events would change, computed as the next night would; or the latter alone, for programs."""
    need("night")
    from pbis.config import load_site
    from pbis.pipeline.effect import as_json as as_object
    from pbis.pipeline.effect_words import to_words
    from pbis.pipeline.night import utc_clock
    from pbis.pipeline.previewing import preview_of

    found = preview_of(load_site(site), events, utc_clock)
    if as_json:
        click.echo(json.dumps(as_object(found), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join([*lines, *to_words(found)]))
