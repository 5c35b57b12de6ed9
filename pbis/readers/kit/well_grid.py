"""Wells x analytes of one run, on which a reader lays statistic after statistic; the shape of formats without blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from pbis.files.number import Cells
from pbis.readers.kit.block import Block
from pbis.readers.kit.well import Well
from pbis.readers.kit.wells import WellBlock


@dataclass(frozen=True)
class WellGrid:
    """One entry a well in wells, locations, labels and lines; one an analyte in analytes."""

    file: str
    wells: tuple[Well, ...]
    locations: tuple[str, ...]
    labels: tuple[str, ...]
    lines: tuple[int, ...]
    analytes: tuple[str, ...]

    def statistic(
        self,
        name: str,
        texts: Sequence[str],
        *,
        lines: Sequence[int] | None = None,
        totals: Sequence[str] | None = None,
    ) -> WellBlock:
        """A statistic of every well x analyte. texts, and lines where given: one a cell, well by well."""
        cells = Cells(self.file, name, pa.array(texts, pa.string()), lines or self.lines, self.analytes)
        return self._block(name, cells, self.analytes, totals)

    def single(self, name: str, texts: Sequence[str]) -> WellBlock:
        """One value a well, for example its dilution."""
        return self._block(
            name, Cells(self.file, name, pa.array(texts, pa.string()), self.lines, (name,)), (name,), None
        )

    def _block(self, name: str, cells: Cells, columns: tuple[str, ...], totals: Sequence[str] | None) -> WellBlock:
        first, last = min(self.lines, default=1), max(self.lines, default=1)
        block = Block(self.file, name, first, last, first, columns, (), self.lines)
        shown = None if totals is None else tuple(totals)
        return WellBlock(block, self.wells, self.locations, self.labels, shown, columns, cells)
