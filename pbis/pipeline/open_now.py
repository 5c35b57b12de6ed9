"""What waits for a person, asked outside of a night: the items of the latest one, and putting one of them off."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import warehouse
from pbis.config import Site, load_site
from pbis.core.decision import FIRST, LATER, Decision, Target
from pbis.core.errors import UsageError
from pbis.core.open_items import KINDS, OpenItem
from pbis.core.site_time import in_utc, wall
from pbis.core.words import nearest
from pbis.pipeline.lake_reader import asks_lake
from pbis.pipeline.published import run_query
from pbis.pipeline.sealing import enter_decision
from pbis.pipeline.todo import item_of, linked

CAUSE = "put_off"
_PUBLISHED = "select * from open_item order by position"


def items_now(site: Site) -> tuple[OpenItem, ...]:
    """What the latest night found open. UsageError where there was none; SiteBusy while one is at work."""
    path = site.path("warehouse")
    if not path.is_file() and asks_lake(site):
        raise UsageError(
            f"{site.root}: nights run on another machine, which knows what waits and how they ended; `pbis release list` says what of them is in "
            "the site's lake"
        )
    if not path.is_file():
        raise UsageError(f"{site.root}: no night has been here yet; run: pbis night --site {site.root}")
    with closing(warehouse.connect(path, read_only=True)) as con:
        if not warehouse.has_open_items(con):
            raise UsageError(
                f"{site.root}: the latest night did not list what is open yet; run: pbis night --site {site.root}"
            )
        found = tuple(map(item_of, warehouse.open_items(con)))
    return linked(found, site.root)


def items_published(root: Path) -> tuple[OpenItem, ...]:
    """The same as the published release has it, where names of tubes and files are hashes; it can be asked while a night is at work."""
    found = map(item_of, run_query(root, _PUBLISHED).to_pylist())
    return linked(tuple(found), root)


def put_off(
    root: Path,
    kind: str,
    key: str,
    until: date,
    clock: Callable[[], datetime],
    *,
    author: str,
    reason: str,
    is_dry_run: bool = False,
) -> tuple[Decision, OpenItem]:
    """Put an open item off until a day, on which it is open again. UsageError where nothing of that kind and key is open, or the day is past."""
    site = load_site(root)
    now = in_utc(clock(), site.time_zone)
    today = wall(now, site.time_zone).date()
    if kind not in KINDS:
        raise UsageError(
            f"no kind of open item is called {kind!r}{nearest(kind, KINDS)}; expected one of {', '.join(KINDS)}"
        )
    if until <= today:
        raise UsageError(f"--until {until}: expected a day after today ({today}), on which it is open again")
    mine = {item.object_key: item for item in items_now(site) if item.kind == kind}
    if key not in mine:
        listed = "; `pbis status` lists them" if mine else f"; none of the kind {kind} is open"
        raise UsageError(f"nothing open is called {key!r}{nearest(key, mine)}{listed}")
    told = json.dumps({"kind": kind, "key": key, "until": until.isoformat()})
    event = Decision(0, now, author, LATER, Target(FIRST, kind), CAUSE, reason, told=told, zone=site.time_zone)
    return (event if is_dry_run else enter_decision(site, event)), mine[key]
