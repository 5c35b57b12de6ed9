"""Reviews of plates as they are now: they follow from the decision log and the newest release, at once and not after the next night."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pbis.config import load_site
from pbis.core.decision import Decision
from pbis.core.errors import UsageError
from pbis.core.review import ONE_SIGNED, STALE, Review, by_target, of_plate, review_of
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.released_plates import earlier_names_of, newest_decision, plates_of, result_hashes_of

Row = dict[str, Any]


def reviews_of(root: Path, plates: Sequence[Row]) -> dict[tuple[str, int], Review]:
    """Run and plate number -> the plate's review. plates: rows of queries/desk_plates.sql."""
    events = by_target(log_of(load_site(root)))
    hashes, replaced = (result_hashes_of(root), earlier_names_of(root)) if events else ({}, {})
    known = newest_decision(root) if events else 0
    found = {}
    for row in plates:
        run_id, number = key = (row["run_id"], row["plate_number"])
        own = of_plate(events, (row["plate_content"], run_id), number)
        found[key] = review_of(own, hashes.get(key, ""), of_plate(events, replaced.get(run_id, ()), number), known)
    return found


def review_here(root: Path, plate: Row, events: Sequence[Decision]) -> Review:
    """The plate's review. events: about it."""
    earlier = earlier_events(root, plate["run_id"], plate["plate_number"])
    return review_of(events, results_here(root, plate), earlier, newest_decision(root))


def earlier_events(root: Path, run_id: str, plate_number: int) -> tuple[Decision, ...]:
    """Events about exports with other readings that this one replaced."""
    names = earlier_names_of(root).get(run_id, ())
    return of_plate(by_target(log_of(load_site(root))), names, plate_number) if names else ()


def results_here(root: Path, plate: Row) -> str:
    """What the plate's results, verdicts and limits are called by; '' where they have no name."""
    return result_hashes_of(root).get((plate["run_id"], plate["plate_number"]), "")


def stale_acceptances(root: Path) -> frozenset[int]:
    """Numbers of the decisions that accepted a plate as it is no more; none where nothing is published yet."""
    reviews = _published_reviews(root)
    return frozenset(one.event.sequence for _, one in reviews if one.state == STALE and one.event is not None)


def half_signed(root: Path) -> list[str]:
    """A sentence for each plate with exclusions that one person signed alone; none where nothing is published yet."""
    halves = [(row, one) for row, one in _published_reviews(root) if one.signed == "partly"]
    return [f"{row['plate']} has exclusions and is {ONE_SIGNED} ({_signers(one)})" for row, one in halves]


def _signers(one: Review) -> str:
    return ", ".join(f"decision {signed.event.sequence}, {signed.account}" for signed in one.current)


def _published_reviews(root: Path) -> list[tuple[Row, Review]]:
    """Every plate of the newest release with its review, in the order of their names."""
    try:
        rows = plates_of(root)
    except UsageError:
        return []
    reviews = reviews_of(root, rows)
    pairs = [(row, reviews[row["run_id"], row["plate_number"]]) for row in rows]
    return sorted(pairs, key=lambda pair: (pair[0]["plate"], pair[0]["run_id"], pair[0]["plate_number"]))
