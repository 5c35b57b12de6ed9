"""The blocks of an xPONENT export by what they hold: matched against the Median block, not yet numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pbis.files.number import Cells
from pbis.files.sheet import Sheet
from pbis.readers.kit.block import Block, Body
from pbis.readers.kit.doubts import DILUTION, DoubtLog
from pbis.readers.kit.keyed import KeyedBlock, keyed_block
from pbis.readers.kit.mended import CORE, agreed, mended, mended_table
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.wells import WellBlock, no_median, nothing_of, well_block
from pbis.readers.xponent.header import Header
from pbis.readers.xponent.units_in_cells import without_units

_RAGGED = frozenset({"text"})
_WITH_UNITS = frozenset({"avg_result", "standard", "qc_control", "range_low", "range_high"})


@dataclass(frozen=True)
class Parsed:
    """The blocks of one export. wells, singles: one value an analyte, one a well; the others by their rows' keys."""

    median: WellBlock
    wells: Mapping[str, WellBlock]
    singles: Mapping[str, WellBlock]
    samples: dict[str, KeyedBlock]
    reagents: dict[str, KeyedBlock]
    analytes: dict[str, KeyedBlock]
    audit: Block | None
    warnings: Block | None
    comments: frozenset[str] = frozenset()  # columns of the medians that hold words and no number

    @property
    def with_units(self) -> list[Cells]:
        """The tables whose cells may hold a unit."""
        keyed = [block.cells for kind in (self.reagents, self.samples) for block in kind.values()]
        return [self.wells["result_reported"].cells, *keyed] if "result_reported" in self.wells else keyed

    @property
    def named(self) -> list[WellBlock | KeyedBlock]:
        """The blocks beside Median whose columns are analytes."""
        return [*self.wells.values(), *self.samples.values(), *self.reagents.values(), *self.analytes.values()]

    @property
    def numeric(self) -> list[Cells]:
        """Every table that holds numbers, the evidence for the decimal mark."""
        keyed = [*self.reagents.values(), *self.samples.values(), *self.analytes.values()]
        wells = [w for w in self.wells.values() if w.block.kind and w.block.kind.value != "text"]
        return [b.cells for b in (self.median, *wells, *self.singles.values())] + [
            b.cells for b in keyed if b.block.kind and b.block.kind.value != "text"
        ]


def parse(body: Body, header: Header, sheet: Sheet, doubts: DoubtLog, notes: Notes) -> Parsed:
    """Every block of a known kind. Raises MalformedFile where medians, counts or reagents do not fit (kit.mended)."""
    by_target = _by_target(body, notes)
    if "mfi" not in by_target or not by_target["mfi"].rows:
        raise no_median(sheet.name, max(sheet.line_count, 1))
    plate_type = plate_type_of(header)
    median = mended(by_target["mfi"], lambda block: well_block(block, plate_type), notes)
    assert median is not None
    found = {
        target: block
        for target, block in by_target.items()
        if block.kind and block.kind.shape in ("well", "single") and target != "mfi" and block.header
    }
    blocks = {t: _well_block(b, plate_type, median, doubts, notes) for t, b in found.items()}
    for target in [target for target, block in blocks.items() if block is None]:
        _require_closed(body, found[target])
    read = {target: block for target, block in blocks.items() if block is not None}
    keyed = {shape: _keyed(by_target, shape, notes) for shape in ("sample", "reagent", "analyte")}
    return Parsed(
        median,
        {target: block for target, block in read.items() if not _is_single(block.block)},
        {target: block for target, block in read.items() if _is_single(block.block)},
        keyed["sample"],
        keyed["reagent"],
        keyed["analyte"],
        by_target.get("audit"),
        by_target.get("warning"),
    )


def _is_single(block: Block) -> bool:
    return block.kind is not None and block.kind.shape == "single"


def _well_block(
    block: Block, plate_type: int | None, median: WellBlock, doubts: DoubtLog, notes: Notes
) -> WellBlock | None:
    """A per-well block that agrees with the medians; None where it is left out."""
    assert block.kind is not None
    is_ragged = _is_single(block) or block.kind.value in _RAGGED
    found = mended(block, lambda one: well_block(one, plate_type, is_ragged, median), notes)
    if found is None:  # a factor that cannot be read is not 1: every sample is in doubt about it
        return nothing_of(block) if block.kind.target == DILUTION else None
    if block.kind.value == "result":
        found = replace(found, cells=without_units(found.cells))
    return agreed(found, median, doubts, notes)


def _require_closed(body: Body, block: Block) -> None:
    """A block at the end of a file without its footer may be cut, and is not left out."""
    if body.footer_line is None and block is body.blocks[-1]:
        raise block.refuse(
            "the export was cut off", line=block.last_line, expected="the checksum footer", found="the end of the file"
        )


def _by_target(body: Body, notes: Notes) -> dict[str, Block]:
    """The blocks by what they hold. Of a side block that stands twice the first is read; of its kin only dilutions decide."""
    found: dict[str, Block] = {}
    for block in body.blocks:
        if block.kind is None:
            continue
        first = found.setdefault(block.kind.target, block)
        if first is block:
            continue
        if block.kind.target in {*CORE, DILUTION} or block.kind.shape == "analyte":
            raise block.refuse(
                "stands twice in the export",
                line=block.first_line,
                expected=f"once, as on line {first.first_line}",
                found=f"a second {block.name}",
            )
        words = f"block {block.name} stands twice: the first, on line {first.first_line}, is read"
        notes.add("block_ignored", words, block.first_line)
    return found


def _keyed(by_target: Mapping[str, Block], shape: str, notes: Notes) -> dict[str, KeyedBlock]:
    asked = {t: b for t, b in by_target.items() if b.kind and b.kind.shape == shape and b.header}
    read = {t: mended_table(b, keyed_block, notes) for t, b in asked.items()}
    found = {t: b for t, b in read.items() if b is not None}
    return {t: replace(b, cells=without_units(b.cells)) if t in _WITH_UNITS else b for t, b in found.items()}


def plate_type_of(header: Header) -> int | None:
    """96 or 384 as the ProtocolPlate line says; None where it says neither."""
    text = header.pair("ProtocolPlate", "Type")
    return int(text) if text in ("96", "384") else None
