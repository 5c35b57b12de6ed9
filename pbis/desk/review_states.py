"""States of review, as the desk shows them: they follow from the decision log and the newest release, at once and not after the next night."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pbis.config import load_site
from pbis.core.decision import Decision
from pbis.core.review import PENDING, STATES, Review, about, review_of
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.released_plates import result_hashes_of

WORDS = {name: name.replace("_", " ") for name in STATES}
Row = dict[str, Any]


def states_of(root: Path, plates: Sequence[Row]) -> dict[tuple[str, int], str]:
    """Run and plate number -> state of the plate's review."""
    by_name: defaultdict[str, list[Decision]] = defaultdict(list)
    for event in log_of(load_site(root)):
        by_name[event.target.plate_content].append(event)
    hashes = result_hashes_of(root) if by_name else {}
    return {(row["run_id"], row["plate_number"]): _state(row, by_name, hashes) for row in plates}


def _state(row: Row, by_name: dict[str, list[Decision]], hashes: dict[tuple[str, int], str]) -> str:
    names = (row["plate_content"], row["run_id"])
    events = [event for name in dict.fromkeys(names) for event in by_name.get(name, ())]
    if not events:
        return PENDING
    events.sort(key=lambda event: event.sequence)
    own = about(events, names, row["plate_number"])
    return review_of(own, hashes.get((row["run_id"], row["plate_number"]), "")).state


def review_here(root: Path, plate: Row, events: Sequence[Decision]) -> Review:
    """The plate's review. events: about it."""
    return review_of(events, results_here(root, plate))


def results_here(root: Path, plate: Row) -> str:
    """What the plate's results, verdicts and limits are called by; '' where they have no name."""
    return result_hashes_of(root).get((plate["run_id"], plate["plate_number"]), "")
