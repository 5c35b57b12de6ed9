"""The first step of a night: what lies in the inbox, and what of it the archive has already."""

from __future__ import annotations

from pbis.pipeline.archive import archived_path, fetch, keep
from pbis.pipeline.context import Night
from pbis.pipeline.inbox import KINDS, Arrival, InboxRules, discover
from pbis.pipeline.quarantine import return_completed
from pbis.pipeline.taking import recover
from pbis.pipeline.unfinished import note


def collect(night: Night) -> None:
    """Find what arrived; refused entries are remembered and put aside when the night closes."""
    site = night.site
    knobs = site.file.inbox
    rules = InboxRules(
        max_bytes=knobs.max_file_mb * 1_000_000,
        settle_seconds=knobs.settle_seconds,
        since=night.options.since,
        only=night.options.only,
    )
    if not night.options.is_dry_run:
        for kind in KINDS:
            recover(site.path("inbox") / kind)
        night.returned = [path.name for path in return_completed(site.path("quarantine"), site.path("inbox"))]
    night.inbox = discover(site.path("inbox"), rules)
    night.refusals = list(night.inbox.refusals)
    for arrival in night.inbox.arrivals:
        _settle_known(night, arrival)
    if not night.options.is_dry_run:
        note(site.path("state"), night.inbox.arrivals)


def _settle_known(night: Night, arrival: Arrival) -> None:
    """Prove the archived copy of what came before, while nothing is published yet; a copy that is gone is made again."""
    path = archived_path(night.archive, arrival.kind, arrival.file_id)
    if path.exists():
        fetch(path)
    elif not night.options.is_dry_run and (arrival.kind, arrival.file_id) in night.loaded_before:
        keep(night.archive, arrival)
        night.notes.append(f"{arrival.name}: was gone from the archive and has come again; it is archived anew")
