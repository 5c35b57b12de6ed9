"""The first step of a night: what lies in the inbox, and what of it the archive has already."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import cache, partial
from zoneinfo import ZoneInfo

import warehouse
from pbis.core.errors import InputRefused
from pbis.core.kept import gone
from pbis.pipeline.archive import archived_path, fetch, keep
from pbis.pipeline.context import Night
from pbis.pipeline.inbox import KINDS, Arrival, Inbox, InboxRules, discover
from pbis.pipeline.inbox_folder import places_with_taken
from pbis.pipeline.quarantine import clear_half, return_completed, return_refused
from pbis.pipeline.stages import Begun, Collected, Told, together
from pbis.pipeline.taking import recover
from pbis.pipeline.telling import return_told
from pbis.pipeline.unfinished import note
from pbis.pipeline.walking import Part, Work


def collecting(night: Night, before: Begun) -> Work[Collected, Collected]:
    """Find what arrived; refused entries are told and put aside when the night closes."""
    settle = cache(partial(_settle_known, night))  # a retry finds anew, and says once more what it has archived anew

    def collect() -> Collected:
        inbox = _look(night)
        told = together(settle(arrival) for arrival in inbox.arrivals)
        if not night.options.is_dry_run:
            note(night.site.path("state"), inbox.arrivals)
        return Collected(before.told + Told(inbox.waiting, inbox.refusals) + told, inbox)

    return Work([Part("collect", collect)], lambda made: made[0])


def _look(night: Night) -> Inbox:
    site = night.site
    knobs = site.file.inbox
    only = night.options.only
    returned = frozenset() if night.options.is_dry_run else _refused_by_killed(night)
    if night.options.is_small:
        only |= {path.name for path in return_told(night)} | returned
    elif not night.options.is_dry_run:
        for kind in KINDS:
            folder = site.path("inbox") / kind
            for place in (folder, *places_with_taken(folder)):
                with suppress(OSError):  # an inbox that may not be written keeps what lies in it
                    recover(place)
        return_completed(site.path("quarantine"), site.path("inbox"))
        return_told(night)
    rules = InboxRules(
        max_bytes=knobs.max_file_mb * 1_000_000,
        settle_seconds=knobs.settle_seconds,
        since=_in_zone(night.options.since, site.time_zone),
        only=only,
    )
    if night.options.is_small and not only:
        return Inbox((), ())
    return _by_first_name(night, discover(site.path("inbox"), rules))


def _refused_by_killed(night: Night) -> frozenset[str]:
    """Names of files that nights which were killed had put aside already, and which lie in the inbox again; half files are cleared."""
    quarantine, inbox = (night.site.path(name) for name in ("quarantine", "inbox"))
    found: set[str] = set()
    for killed in warehouse.nights_left_behind(night.con):
        refused = warehouse.refusals_of(night.con, killed)
        found |= {path.name for path in return_refused(quarantine, inbox, killed, refused)}
        clear_half(quarantine, killed)  # and folders that are empty now
    return frozenset(found)


def _in_zone(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    """A time without a zone is one of the site's, wherever the machine stands; in the hour that is repeated the first."""
    return at if at is None or at.tzinfo is not None else at.replace(tzinfo=zone)


def _by_first_name(night: Night, inbox: Inbox) -> Inbox:
    """What is left of a file of which lines were blanked is that file, when it comes again."""
    originals = night.withdrawn.originals
    if not originals:
        return inbox
    came = (
        replace(each, file_id=originals[each.file_id], left=each.file_id) if each.file_id in originals else each
        for each in inbox.arrivals
    )
    return replace(inbox, arrivals=tuple(came))


def _settle_known(night: Night, arrival: Arrival) -> Told:
    """Prove the archived copy of what came before, while nothing is published yet; a copy that is gone is made again."""
    path = archived_path(night.archive, arrival.kind, arrival.file_id)
    if path.exists():
        fetch(path)
    elif not night.options.is_dry_run and (arrival.kind, arrival.file_id) in night.loaded_before:
        try:
            keep(night.archive, arrival)
        except InputRefused:  # it went while it was looked at, and nothing else holds what stored results rest on
            raise gone(arrival.file_id, str(path)) from None
        return Told((f"{arrival.name}: was gone from the archive and has come again; it is archived anew",))
    return Told()
