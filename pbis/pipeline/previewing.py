"""What decisions would change, before they are entered: computed by the steps of a night on a copy of the warehouse, not estimated.

What no night has computed yet (decisions of today, another configuration) is computed first and counts as before, so that the preview
shows what is asked and nothing else. The site is never written; a night or the desk's work is waited for only while the copy is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import warehouse
from pbis.config import Site, load_site
from pbis.core.decision import Decision, chained
from pbis.core.site_time import in_utc
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.effect import Effect
from pbis.pipeline.lock import Turn
from pbis.pipeline.settings import load_settings
from pbis.pipeline.supposing import SHORT, beside, copied, suppose


def preview(root: Path, requests: Sequence[Request], clock: Callable[[], datetime], *, turn: Turn = SHORT) -> Effect:
    """What would stand otherwise after the next night, where these decisions were entered now. UsageError where one of them means nothing there
    is or says what stands already, SiteBusy while a night is at work for longer than the turn waits, IntegrityError where the next
    night would stop."""
    asked = [decide(root, each, clock, is_dry_run=True).decision for each in requests]
    return preview_of(load_site(root), asked, clock, turn=turn)


def preview_of(site: Site, asked: Sequence[Decision], clock: Callable[[], datetime], *, turn: Turn = SHORT) -> Effect:
    """The same of events that are made and not entered (deciding.decide, releasing.release_well and others with is_dry_run)."""
    with supposed(site, asked, clock, turn=turn) as (before, after, notes):
        return Effect(**warehouse.effects(before, after), notes=notes)


@contextmanager
def supposed(
    site: Site, asked: Sequence[Decision], clock: Callable[[], datetime], *, turn: Turn = SHORT
) -> Iterator[tuple[Path, Path, tuple[str, ...]]]:
    """The warehouse as the next night would leave it without these events and with them, and what that night would say; gone at the end."""
    settings = load_settings(site)
    with copied(site, turn) as before:
        events = log_of(site)  # read later than the copy was taken, so that it holds all that the copy has seen
        with_them = _with(site, events, asked)
        suppose(site, settings, before, events, clock)
        after = beside(before, "after.duckdb")
        notes = suppose(site, settings, after, with_them, clock)
        yield before, after, notes


def _with(site: Site, events: tuple[Decision, ...], asked: Sequence[Decision]) -> tuple[Decision, ...]:
    """The log with the events at its end, as entering them would make it. UsageError where one makes no sense there."""
    for event in asked:
        at = in_utc(event.decided_at, site.time_zone)
        events = (*events, chained(events, replace(event, decided_at=at, zone=site.time_zone)))
    return events
