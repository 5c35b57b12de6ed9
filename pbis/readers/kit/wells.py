"""Per-well blocks -> arrays in the order of the Median block: every block is matched by well name and analyte name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pyarrow as pa

from pbis.core.errors import MalformedFile
from pbis.files.number import Cells
from pbis.readers.kit.block import LOCATION, SAMPLE, TOTAL, Block, columns_beside, fitted
from pbis.readers.kit.block_table import block_table
from pbis.readers.kit.well import Well, parse_well

_HIGHEST = {96: ("H", 12), 384: ("P", 24)}


@dataclass(frozen=True)
class WellBlock:
    """A per-well block parsed. cells: one text a row x analyte, row by row; wells, labels, lines: one a row."""

    block: Block
    wells: tuple[Well, ...]
    locations: tuple[str, ...]
    labels: tuple[str, ...]
    totals: tuple[str, ...] | None
    analytes: tuple[str, ...]
    cells: Cells

    @cached_property
    def row_of(self) -> dict[Well, int]:
        return {well: i for i, well in enumerate(self.wells)}

    def picked(self, rows: Sequence[int]) -> WellBlock:
        """The block with some of its rows."""
        lines = tuple(self.block.lines[i] for i in rows)
        cells = self.cells.rearranged(rows, range(len(self.analytes)), self.analytes, self.block.first_line)
        return replace(
            self,
            block=replace(self.block, rows=(), lines=lines),
            wells=tuple(self.wells[i] for i in rows),
            locations=tuple(self.locations[i] for i in rows),
            labels=tuple(self.labels[i] for i in rows),
            totals=None if self.totals is None else tuple(self.totals[i] for i in rows),
            cells=cells,
        )

    def without(self, names: frozenset[str]) -> WellBlock:
        """The block without the columns of these names."""
        cells = self.cells.without(names, self.block.first_line)
        return self if cells is self.cells else replace(self, analytes=tuple(cells.columns), cells=cells)

    def aligned(self, to: WellBlock) -> Cells:
        """The cells in the rows and columns of another block; missing rows and columns are empty cells."""
        if self.wells == to.wells and self.analytes == to.analytes:
            return self.cells
        column_of = {name: i for i, name in enumerate(self.analytes)}
        return self.cells.rearranged(
            [self.row_of.get(well, -1) for well in to.wells],
            [column_of.get(name, -1) for name in to.analytes],
            to.analytes,
            self.block.first_line,
        )


def well_block(
    block: Block, plate_type: int | None, is_ragged: bool = False, like: WellBlock | None = None
) -> WellBlock:
    """Parse a block with Location and Sample; like: a block whose wells are taken where the locations are its own. Raises MalformedFile on shifted rows, unknown wells and wells named twice."""
    location, sample, total = (block.column(name) for name in (LOCATION, SAMPLE, TOTAL))
    if location is None or sample is None:
        raise block.refuse(
            "has no well column",
            line=block.header_line,
            expected="a header with Location and Sample",
            found=", ".join(block.header[:4]) or "nothing",
        )
    named, analytes = columns_beside(block.header, frozenset({location, sample, total}))
    _check_names(block, named, analytes)
    table = block_table(block, named, lambda: fitted(block, is_ragged))
    locations = table.column(location)
    wells = (
        like.wells
        if like and like.locations == locations
        else place(block, [parse_well(text) for text in locations], locations, plate_type)
    )
    return WellBlock(
        block=block,
        wells=wells,
        locations=locations,
        labels=table.column(sample),
        totals=None if total is None else table.column(total),
        analytes=analytes,
        cells=Cells(block.file, block.name, table.text, block.lines, analytes),
    )


def nothing_of(block: Block) -> WellBlock:
    """A block that gives no well a value, though it is there."""
    cells = Cells(block.file, block.name, pa.array([], pa.string()), (), (block.name,))
    return WellBlock(replace(block, rows=(), lines=()), (), (), (), None, (block.name,), cells)


def infer_plate_type(wells: Sequence[Well]) -> int:
    """96 where every well fits, else 384."""
    return 96 if all(_fits(well, 96) for well in wells) else 384


def _check_names(block: Block, named: Sequence[int], names: Sequence[str]) -> None:
    if all(names) and len(set(names)) == len(names):
        return
    for at, name in enumerate(names):
        if not name or name in names[:at]:
            raise block.refuse(
                "two columns have one name" if name else "a column has no name",
                line=block.header_line,
                column=f"{block.name}/{named[at] + 1}",
                expected="an analyte name of its own",
                found=repr(name),
            )


def place(
    block: Block, wells: Sequence[Well | None], locations: Sequence[str], plate_type: int | None
) -> tuple[Well, ...]:
    """The wells of the rows, each of the plate and once. locations: how the file names them, one a row.

    Raises MalformedFile where a row names no well (None) or none of the plate, or one that another row has.
    """
    seen: dict[Well, int] = {}
    for well, location, line in zip(wells, locations, block.lines, strict=True):
        if well is None or not _fits(well, plate_type or 384):
            raise block.refuse(
                "a row names no well of the plate",
                line=line,
                column="Location",
                expected=f"index(plate,well), for example 1(1,A1), on a {plate_type or '96 or 384'}-well plate",
                found=repr(location),
            )
        if well in seen:
            raise block.refuse(
                "two rows name one well",
                line=line,
                column="Location",
                expected=f"{well.name} once (line {seen[well]})",
                found=repr(location),
            )
        seen[well] = line
    return tuple(seen)


def _fits(well: Well, plate_type: int) -> bool:
    row, column = _HIGHEST.get(plate_type, _HIGHEST[384])
    return len(well.row) == 1 and well.row <= row and well.column <= column


def no_median(file: str, line: int) -> MalformedFile:
    """The refusal of an export that holds no readings."""
    return MalformedFile(
        "the export holds no Median block",
        file=file,
        line=line,
        expected="DataType: Median with a row a well",
        found="none before the end of the file",
        hint="export the batch with its medians",
    )
