"""What a reader asks on a machine without the site's releases: the lake that its site.toml names, release for snapshot."""

from __future__ import annotations

import os

import warehouse
from pbis.config import Site
from pbis.core.errors import PbisError, UsageError
from pbis.core.words import nearest


def asks_lake(site: Site) -> bool:
    """Whether questions go to the lake: the site has one, and this machine has none of its releases."""
    return site.lake is not None and not os.path.lexists(site.path("releases") / warehouse.CURRENT)


def release_in_lake(site: Site, release: str = "") -> warehouse.ReleaseInLake:
    """The newest release of the site's lake, or the one named. UsageError where there is none, SiteTrouble where PostgreSQL is away."""
    found = releases_in_lake(site)
    if site.lake is None or not found:
        raise UsageError(f"{site.root}: nothing is in its lake yet; the next night on the site's own machine brings it")
    name = release or [*found][-1]
    if name not in found:
        raise UsageError(
            f"--release {name}: there is no such release in the lake{nearest(name, found)}; it holds {', '.join(found)}"
        )
    return warehouse.ReleaseInLake(site.lake, found[name])


def releases_in_lake(site: Site) -> dict[str, int]:
    """Release -> snapshot, in order; none for a site without a lake."""
    if site.lake is None:
        return {}
    with warehouse.open_lake(site.lake, is_reader=True) as con:
        return {each.release: each.number for each in warehouse.snapshots(con) if each.release}


def told_of_lake(site: Site) -> tuple[dict[str, int], str]:
    """The same for who only wants to know: what it holds, and a sentence where it could not be asked."""
    try:
        return releases_in_lake(site), ""
    except PbisError as error:
        return {}, f"{error}"


def require_own_releases(site: Site, release: str) -> None:
    """UsageError on a machine that has none of the site's releases, with what is asked of the lake instead."""
    if asks_lake(site):
        raise UsageError(
            f"release {release}: this machine has none of the site's releases, whose databases are opened on the machine of the nights; "
            f"ask its lake: pbis sql --release {release} --site {site.root}"
        )
