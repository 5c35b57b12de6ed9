"""Do all blocks name their analytes in one order? No instrument orders one block otherwise: then columns were renamed or moved.

Columns go by name, so each block is read as it says itself; but which of two headers is the true one, nobody knows. Where the
Median block stands alone against the others, the readings themselves are in doubt and the export is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

import pyarrow as pa

from pbis.core.frames import ANALYTE
from pbis.readers.kit.keyed import KeyedBlock
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.wells import WellBlock

_Named = WellBlock | KeyedBlock
_COLUMN = "misplaced_in"


def misplaced_analytes(median: WellBlock, others: Iterable[_Named], notes: Notes) -> dict[str, str]:
    """Analyte -> the blocks in which it stands elsewhere than in Median. Raises MalformedFile where Median is the odd one."""
    own = set(median.analytes)
    blocks = [block for block in others if len(own.intersection(block.analytes)) > 1]
    orders = Counter(
        block.analytes for block in blocks if block.analytes == median.analytes or set(block.analytes) == own
    )
    _check_median(median, orders)
    found: dict[str, list[str]] = {}
    for block in blocks:
        names = _moved(median.analytes, block.analytes)
        if names:
            notes.add(
                "analyte_order",
                f"block {block.block.name} names {', '.join(names)} in another order than Median, which no instrument does: "
                "its columns are taken by their names, which may have been exchanged",
                block.block.header_line,
            )
        for name in names:
            found.setdefault(name, []).append(block.block.name)
    return {name: ", ".join(where) for name, where in found.items()}


def _check_median(median: WellBlock, orders: Counter[tuple[str, ...]]) -> None:
    if not orders:
        return
    usual, count = orders.most_common(1)[0]
    if usual == median.analytes or count < 2 or orders[median.analytes] + 1 >= count:
        return
    raise median.block.refuse(
        f"names its analytes in another order than {count} other blocks",
        line=median.block.header_line,
        column=", ".join(_moved(median.analytes, usual)),
        expected=", ".join(usual),
        found=", ".join(median.analytes),
    )


def _moved(median: tuple[str, ...], other: tuple[str, ...]) -> list[str]:
    """Names that both have, but at another place among those that both have."""
    if median == other:
        return []
    common = set(median) & set(other)
    ours, theirs = ([name for name in names if name in common] for names in (median, other))
    return [a for a, b in zip(ours, theirs, strict=True) if a != b]


def with_misplaced(analyte: pa.Table, misplaced: Mapping[str, str]) -> pa.Table:
    """frames.ANALYTE with what misplaced_analytes found."""
    if not misplaced:
        return analyte
    found = [misplaced.get(name) for name in analyte.column("analyte_reported").to_pylist()]
    at = analyte.column_names.index(_COLUMN)
    return ANALYTE.check(analyte.set_column(at, _COLUMN, pa.array(found, pa.string())))
