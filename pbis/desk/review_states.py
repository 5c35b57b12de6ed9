"""States of review, as the desk shows them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

STATES = {
    "pending": "pending",
    "accepted": "accepted",
    "accepted_with_exclusions": "accepted with exclusions",
    "rejected": "rejected",
    "repeat_ordered": "repeat ordered",
    "stale": "stale",
}


def states_of(root: Path, plates: Sequence[dict[str, Any]]) -> dict[tuple[str, int], str]:
    """Plate -> state of its review."""
    return {(row["run_id"], row["plate_number"]): "pending" for row in plates}
