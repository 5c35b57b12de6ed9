"""Numbers of events that differ between the blocks of one well: said once a well, while they may be a slip of the print.

The readings are medians; the number of events beside them decides nothing, so that an exchange in one block costs no plate. Where
many wells differ, rows may have moved against each other, and the export is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from pbis.readers.kit.notes import Notes
from pbis.readers.kit.wells import WellBlock

MOST_PCT, FEWEST = 10, 4  # wells that may differ: at most a tenth of the plate, and three on any plate


def review_events(median: WellBlock, others: Sequence[WellBlock], notes: Notes) -> None:
    """Add a note for each well whose events differ. Raises MalformedFile where columns have shifted, or too many wells differ."""
    if median.totals is None:
        return
    differing: dict[int, list[tuple[WellBlock, int]]] = {}
    for other in others:
        if other.totals is None or (other.wells == median.wells and other.totals == median.totals):
            continue
        for row, well in enumerate(other.wells):
            at = median.row_of[well]
            if other.totals[row] != median.totals[at]:
                _require_number(other, median, row, at)
                differing.setdefault(at, []).append((other, row))
    if len(differing) >= FEWEST and 100 * len(differing) > MOST_PCT * len(median.wells):
        at, ((other, row), *_) = min(differing.items())
        raise _refused(other, median, row, at, f"{len(differing)} of {len(median.wells)} wells have")
    for at, found in sorted(differing.items()):
        said = ", ".join(f"{other.totals[row]} in {other.block.name}" for other, row in found if other.totals)
        notes.add(
            "events",
            f"well {median.wells[at].name}: Total Events is {median.totals[at]} in block {median.block.name}, {said}; no reading changes",
            median.block.lines[at],
        )


def _require_number(other: WellBlock, median: WellBlock, row: int, at: int) -> None:
    """What is no count beside a count is another column's cell."""
    assert other.totals is not None
    assert median.totals is not None
    if not (other.totals[row].isdecimal() and median.totals[at].isdecimal()):
        raise _refused(other, median, row, at, f"well {other.wells[row].name} has")


def _refused(other: WellBlock, median: WellBlock, row: int, at: int, who: str) -> Exception:
    assert other.totals is not None
    assert median.totals is not None
    return other.block.refuse(
        f"{who} another number of events than in block {median.block.name}",
        line=other.block.lines[row],
        column="Total Events",
        expected=median.totals[at] or "nothing",
        found=other.totals[row] or "nothing: columns have shifted",
    )
