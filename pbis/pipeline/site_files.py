"""Which files a copy of a site needs beside its stores, and whether it can stand on its own."""

from __future__ import annotations

from pathlib import Path

from pbis.config import SITE_FILE, Site
from pbis.core.errors import UsageError


def require_inside(site: Site) -> None:
    """UsageError where a path of the site leads out of it: a copy of the site would share it with the site. A lake lies outside, and takes
    nothing of a copy whose releases are others than those of its ledger."""
    own = (name for name in site.file.paths.__struct_fields__ if name not in ("group", "lake_data"))
    paths = {name: Path(getattr(site.file.paths, name)) for name in own}
    outside = [name for name, path in paths.items() if path.is_absolute() or ".." in path.parts]
    if outside:
        raise UsageError(
            f"{site.where(outside[0])}: [paths] {outside[0]} lies outside of the site; a copy of the site would write over it"
        )


def require_empty(folder: Path, verb: str) -> None:
    """UsageError where the folder is there and holds anything: no site is made over another. verb: rebuilt, restored."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(
            f"{folder}: expected an empty folder or none, found something in it; nothing is {verb} over what is there"
        )


def configuration_of(site: Site) -> tuple[str, ...]:
    """site.toml and the files of the site's folder that it names, relative to it."""
    knobs = site.file.assay
    named = (knobs.suite_override, site.file.clinical.labs_map, *site.panels)
    return (
        SITE_FILE,
        *dict.fromkeys(n for n in named if n and not Path(n).is_absolute() and (site.root / n).is_file()),
    )
