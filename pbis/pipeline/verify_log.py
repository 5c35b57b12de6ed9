"""The decision log against everything that ever named its head: ledger, warehouse, releases, pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import warehouse
from pbis.config import Site
from pbis.core.errors import IntegrityError, SiteBusy
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.faults import SiteFault
from pbis.pipeline.ledger import LedgerLine, shown_at
from pbis.pipeline.sealing import contradiction, heads_of, pages_of

_HEAD = re.compile(r"(\d{1,9}) ([0-9a-f]{64})")
_ON_PAGE = re.compile(r"latest decision\s*</dt>\s*<dd[^>]*>\s*" + _HEAD.pattern)


def log_faults(site: Site, entries: tuple[LedgerLine, ...], seen: Mapping[str, Any] | None) -> Iterator[SiteFault]:
    """Faults of the chain, and of each place that knows a head which the log does not lead to. seen: the warehouse's."""
    try:
        events = log_of(site)
    except (IntegrityError, SiteBusy) as error:
        yield SiteFault("decisions", "log", "an unbroken chain", str(error))
        return
    known = max((head["sequence"] for _, head in heads_of(entries)), default=0)
    if entries and len(events) > known:
        yield SiteFault(
            "decisions", f"event {known + 1}", "no event that the ledger does not know", f"{len(events)} events"
        )
    for place, head, night in _heads(site, entries, seen):
        fault = contradiction(events, head)
        if fault:
            yield SiteFault("decisions", f"log, as {place} knows it", *_both(fault), night)


def _both(fault: str) -> tuple[str, str]:
    expected, _, found = fault.partition(", found ")
    return expected.replace(": expected", " to be"), found


def _heads(
    site: Site, entries: tuple[LedgerLine, ...], seen: Mapping[str, Any] | None
) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    for entry, head in heads_of(entries):
        yield f"the ledger of {shown_at(entry, site.time_zone)}", head, str(entry.facts.get("night_id", ""))
    if seen is not None:
        yield "the warehouse", seen, ""
    for path in sorted(site.path("releases").glob(f"*/{warehouse.MANIFEST}")):
        try:
            yield (
                f"release {path.parent.name}",
                json.loads(path.read_text(encoding="utf-8"))["decisions"],
                path.parent.name,
            )
        except (ValueError, KeyError):
            continue  # the release's own fault
    for name, page in pages_of(site).items():
        found = _ON_PAGE.search(page.read_text(encoding="utf-8", errors="replace")) if "/" not in name else None
        if found:
            yield f"page {name}", {"sequence": int(found[1]), "decision_id": found[2]}, ""
