"""Signatures of the decision log against what they were given for: the plate, its page and the results that they name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import warehouse
from pbis.config import Site
from pbis.core.decision import ERASE, SIGN, Decision, standing
from pbis.pipeline.faults import SiteFault
from pbis.pipeline.plate_page import PLATES
from pbis.report.page_hash import page_hashes

Row = dict[str, Any]


def signature_faults(site: Site, con: warehouse.Connection, events: Sequence[Decision]) -> Iterator[SiteFault]:
    """A signature whose results are those of another plate, whose page is another plate's, gone or changed, or which the store tells
    otherwise."""
    signed = [one for one in standing(events) if one.kind == SIGN]
    if not signed:
        return
    known, told = warehouse.known_results(con), warehouse.stored_signatures(con)
    erased = max((one.sequence for one in events if one.kind == ERASE), default=0)
    for one in signed:
        yield from _moved(one, known)
        yield from _page(site, one, known, may_be_gone=erased > one.sequence)
        row = told.get(one.sequence)
        if row is not None and any(row[name] != one.facts.get(own) for name, own in _SAME.items()):
            yield SiteFault("warehouse", _called(one), "what the decision log says of it", "something else")


_SAME = {"signature_id": "id", "result_hash": "results", "page_hash": "page", "meaning": "meaning", "role": "role"}


def stale_signatures(con: warehouse.Connection) -> list[str]:
    """A note for each signature that is not for what its plate's results, and the decision about it, are now."""
    rows = warehouse.stale_signatures(con)
    return [
        f"signature of decision {row['sequence']} on {row['plate']} is stale: its results are others since, or it was decided about anew"
        for row in rows
    ]


def _moved(one: Decision, known: Sequence[Row]) -> Iterator[SiteFault]:
    """What trends find is in some hashes: one that no plate has by its own rules alone is no proof of anything."""
    own = [row for row in known if row["result_hash"] == one.facts.get("results")]
    if own and not any(_is_of(one, row) for row in own):
        yield SiteFault("decisions", _called(one), f"results of {one.target.plate}", f"those of {own[0]['plate']}")


def _page(site: Site, one: Decision, known: Sequence[Row], *, may_be_gone: bool) -> Iterator[SiteFault]:
    name = str(one.facts.get("page_file", ""))
    path = site.path("reports") / PLATES / name
    runs = {row["run_id"][:8] for row in known if _is_of(one, row)}
    if runs and not any(f"-{run}-" in name for run in runs):
        yield SiteFault("decisions", _called(one), f"a page of {one.target.plate}", name or "no page")
    elif not path.is_file():
        if not may_be_gone:
            yield SiteFault("page", f"{PLATES}/{name}", f"the page that decision {one.sequence} signed", "no page")
    elif not may_be_gone and _hash_of(path.read_text("utf-8", errors="replace")) != one.facts.get("page"):
        yield SiteFault("page", f"{PLATES}/{name}", f"the page that decision {one.sequence} signed", "another page")


def _hash_of(page: str) -> str:
    try:
        return page_hashes(page).plate
    except ValueError:
        return ""


def _is_of(one: Decision, row: Row) -> bool:
    return (
        one.target.plate_content in (row["run_id"], row["plate_content"])
        and one.target.plate_number == row["plate_number"]
    )


def _called(one: Decision) -> str:
    return f"decision {one.sequence}, signature on {one.target}"
