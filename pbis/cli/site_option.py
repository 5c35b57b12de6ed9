"""`--site DIR` of every command: told, else PBIS_SITE, else the folder or one above it that holds a site.toml."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from pbis.config import SITE_FILE, named_site

_DEEP = 2  # folders below the working one in which a site is proposed

Command = TypeVar("Command", bound=Callable[..., Any])


def site_option(words: str = "The site's folder.") -> Callable[[Command], Command]:
    """The option; a usage error (exit 2) where no site is told and none is found."""
    found = f"{words}  [default: PBIS_SITE, or the folder or one above it that holds {SITE_FILE}]"
    kind = click.Path(path_type=Path, file_okay=False)
    return click.option("--site", type=kind, callback=lambda context, option, told: told or _found(), help=found)


def _found() -> Path:
    named = named_site()
    if named is not None:
        return named
    here = Path.cwd()
    above = next((folder for folder in (here, *here.parents) if (folder / SITE_FILE).is_file()), None)
    if above is not None:
        return above
    below = sorted(path.parent.relative_to(here) for path in _below(here))
    proposal = f"; found below: {', '.join(f'--site {folder}' for folder in below[:3])}" if below else ""
    raise click.UsageError(f"no site: give --site DIR, set PBIS_SITE, or go into the site's folder{proposal}")


def _below(here: Path) -> list[Path]:
    """Sites near below; a folder that may not be looked into holds none."""
    return [path for deep in range(1, _DEEP + 1) for path in here.glob("/".join(["*"] * deep + [SITE_FILE]))]
