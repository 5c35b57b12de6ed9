"""States of review, as the desk shows them: they follow from the decision log and the newest release, at once and not after the next night."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pbis.config import load_site
from pbis.core.decision import Decision
from pbis.core.review import STATES, Review, by_target, of_plate, review_of
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.released_plates import result_hashes_of

WORDS = {name: name.replace("_", " ") for name in STATES}
Row = dict[str, Any]


def states_of(root: Path, plates: Sequence[Row]) -> dict[tuple[str, int], str]:
    """Run and plate number -> state of the plate's review."""
    events = by_target(log_of(load_site(root)))
    hashes = result_hashes_of(root) if events else {}
    states = {}
    for row in plates:
        key = (row["run_id"], row["plate_number"])
        own = of_plate(events, (row["plate_content"], row["run_id"]), row["plate_number"])
        states[key] = review_of(own, hashes.get(key, "")).state
    return states


def review_here(root: Path, plate: Row, events: Sequence[Decision]) -> Review:
    """The plate's review. events: about it."""
    return review_of(events, results_here(root, plate))


def results_here(root: Path, plate: Row) -> str:
    """What the plate's results, verdicts and limits are called by; '' where they have no name."""
    return result_hashes_of(root).get((plate["run_id"], plate["plate_number"]), "")
