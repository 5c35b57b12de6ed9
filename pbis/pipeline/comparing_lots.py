"""A lot against another, or the one before it: the pooled curves of both, and the specimens that both read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pbis.core.errors import UsageError
from pbis.core.frames import BRIDGE
from pbis.core.trends.lots import bridges
from pbis.pipeline.released_plates import bridge_readings_of, lot_levels_of

Row = dict[str, Any]


@dataclass(frozen=True)
class PooledOfLot:
    """The pooled curve of a lot's accepted plates on one instrument: levels from the lowest; plates: how many at most."""

    lot: str
    instrument: str
    method: str
    plates: int
    levels: tuple[Row, ...]


@dataclass(frozen=True)
class ComparedLots:
    """curves: analyte -> pooled curves of the lot before, then of the lot; bridging: rows of BRIDGES between the two, by analyte."""

    lot: str
    before: str
    curves: Mapping[str, tuple[PooledOfLot, ...]]
    bridging: tuple[Row, ...]


def lots_of(root: Path) -> tuple[str, ...]:
    """Lots of plates that have curves, in the order of first use; one of no known day first."""
    first: dict[str, str] = {}
    for row in lot_levels_of(root):
        at = str(row["first_at"] or "")
        first[row["lot"]] = min(first.get(row["lot"], at), at)
    return tuple(sorted(first, key=lambda lot: (first[lot], lot)))


def compare_lots(root: Path, lot: str, before: str = "") -> ComparedLots:
    """before: '' for the lot that was in use before it. UsageError for a lot that no plate has, and where none was before."""
    known = lots_of(root)
    for name in (lot, before):
        if name and name not in known:
            raise UsageError(
                f"no accepted plate with a curve is of lot {name!r}; there are {', '.join(known) or 'none'}"
            )
    place = known.index(lot)
    if not before and place == 0:
        raise UsageError(f"no lot was in use before {lot}: choose one to compare it with")
    other = before or known[place - 1]
    found: dict[tuple[str, int], dict[tuple[str, str, str], list[Row]]] = {}
    for row in lot_levels_of(root):
        if row["lot"] in (lot, other):
            mine = found.setdefault((row["analyte"], row["lot"] == lot), {})
            mine.setdefault((row["lot"], row["instrument"], row["method"]), []).append(row)
    curves: dict[str, tuple[PooledOfLot, ...]] = {}
    for (analyte, _), pooled in sorted(found.items(), key=lambda item: item[0]):
        own = (PooledOfLot(*key, max(row["plate_count"] for row in rows), tuple(rows)) for key, rows in pooled.items())
        curves[analyte] = (*curves.get(analyte, ()), *own)
    return ComparedLots(lot, other, curves, _bridging(root, lot, other))


def _bridging(root: Path, lot: str, other: str) -> tuple[Row, ...]:
    """As a night finds it: the geometric mean of new / old in percent with its 95 % interval over the specimens."""
    rows = [row for row in bridge_readings_of(root) if row["lot"] in (lot, other)]
    if not rows:
        return ()
    table = BRIDGE.table({name: [row[name] for row in rows] for name in BRIDGE.names})
    return tuple(
        row for row in bridges(table).to_pylist() if (row["lot"], row["lot_before"]) in ((lot, other), (other, lot))
    )
