"""Which wells and standards belong to which curve: plates as arrays with one column a curve (plate x analyte).

Rows of everything that leaves the assay are in one order: plate name, assay, plate number, well (letter, then number), analyte.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.arrays import Flags, Floats, Ints
from pbis.core.curves.curve_key import CurveKey, curve_keys
from pbis.core.curves.instrument import coefficient_table
from pbis.core.curves.standards import PAD
from pbis.core.frames import READING, WELL
from pbis.core.plates.doubtful import NET
from pbis.core.plates.panel import AliasTable, Panel
from pbis.core.plates.plate import PlateRead

NO_READING = -1  # no row of a table has this number


@dataclass(frozen=True)
class Exclusion:
    """A person's decision to set a well aside, for one analyte by its canonical name, or for all (None)."""

    well: str
    analyte: str | None = None
    plate_number: int = 1  # most exports hold one plate


@dataclass(frozen=True)
class AssayInput:
    """One export with its wells (frames.WELL), the kit it was run with, and the names it may use.

    excluded: wells set aside by decision: they take no part in a curve or a background, and get no number. Whoever names
    assays names them with this, since it changes their content.
    """

    assay_id: str
    read: PlateRead
    well: pa.Table
    panel: Panel | None
    aliases: AliasTable
    excluded: frozenset[Exclusion] = frozenset()


@dataclass(frozen=True)
class PlateBlock:
    """One plate of one export. reading_row (wells, analytes): row of `reading`, NO_READING where the export has none;
    expected (wells, analytes): expected concentration in the curve's unit, NaN where none is known;
    coefficients (5, analytes): the export's own A, B, C, D, F, C in the curve's unit, NaN where it has none;
    is_excluded (wells, analytes): set aside by decision; lot: instrument and kit lot, None where the export names no lot."""

    assay_id: str
    run_id: str
    plate: str
    plate_number: int
    well: pa.Table
    reading: pa.Table
    keys: tuple[CurveKey, ...]
    reading_row: Ints
    expected: Floats
    coefficients: Floats
    is_excluded: Flags
    lot: str | None

    @cached_property
    def role(self) -> list[str]:
        return list(self.well.column("well_role").to_pylist())

    @cached_property
    def level(self) -> Ints:
        """(wells,): 0 background, 1... standards of a known level, PAD for every other well."""
        number = self.well.column("standard_level").fill_null(PAD).to_numpy().astype(np.int64)
        role = np.array(self.role, dtype=object)
        return np.where(role == "background", 0, np.where((role == "standard") & (number > 0), number, PAD))

    @cached_property
    def first_line(self) -> Ints:
        """(wells,): the first line of the export that speaks of the well."""
        last = self.reading.num_rows
        row = np.where(self.reading_row == NO_READING, last, self.reading_row).min(axis=1, initial=last)
        lines = np.append(self.reading.column("source_line").to_numpy(), 0)
        return np.asarray(lines[row], dtype=np.int64)

    def numbers(self, column: str) -> Floats:
        """A column of the readings as (wells, analytes), NaN where there is none."""
        values = self.reading.column(column).cast(pa.float64()).fill_null(np.nan).to_numpy()
        padded = np.append(values, np.nan)
        return np.asarray(padded[self.reading_row])


def blocks(inputs: Sequence[AssayInput]) -> tuple[PlateBlock, ...]:
    """Every plate of every export, in the order of the output."""
    plates = [_block(one, number) for one in inputs for number in _plate_numbers(one)]
    return tuple(sorted(plates, key=lambda b: (b.plate, b.assay_id, b.plate_number)))


def well_key(name: str) -> tuple[int, str, int]:
    """Sorts A1, A2, A10, B1, ..., Z24, AA1; a name of another shape comes last, by its text."""
    return _well_key(name)


@lru_cache(maxsize=4096)
def _well_key(name: str) -> tuple[int, str, int]:
    found = re.fullmatch(r"([A-Za-z]+)(\d+)", name)
    return (len(found[1]), found[1].upper(), int(found[2])) if found else (99, name, 0)


def _plate_numbers(one: AssayInput) -> list[int]:
    return sorted(set(one.well.column("plate_number").to_pylist()))


def _block(one: AssayInput, number: int) -> PlateBlock:
    run = one.read.run
    well = WELL.check(one.well).filter(pc.equal(one.well.column("plate_number"), number)).combine_chunks()
    order = sorted(range(well.num_rows), key=lambda i: well_key(well.column("well")[i].as_py()))
    well = well.take(pa.array(order, pa.int64()))
    reading = READING.check(one.read.reading)
    reading = reading.filter(pc.equal(reading.column("plate_number"), number)).combine_chunks()
    well = well.filter(pc.is_in(well.column("well"), value_set=reading.column("well").combine_chunks()))
    keys = curve_keys(one.read, one.panel, one.aliases)
    several = run.plate_count > 1 or len(_plate_numbers(one)) > 1
    plate = f"{one.read.plate}/{number}" if several else one.read.plate
    rows = _reading_rows(reading, well, keys)
    expected = _expected(one.read.reagent, well, keys)
    own = _own_coefficients(one.read.analyte, keys)
    excluded = _excluded(one.excluded, number, well, keys)
    lot = _kit_lot(one.read)
    return PlateBlock(one.assay_id, run.run_id, plate, number, well, reading, keys, rows, expected, own, excluded, lot)


def _excluded(decided: frozenset[Exclusion], number: int, well: pa.Table, keys: tuple[CurveKey, ...]) -> Flags:
    out = np.zeros((well.num_rows, len(keys)), bool)
    wells, names = well.column("well").to_pylist(), [k.name for k in keys]
    for one in decided:
        if one.plate_number == number and one.well in wells:
            out[wells.index(one.well), [one.analyte in (None, name) for name in names]] = True
    return out


def _kit_lot(read: PlateRead) -> str | None:
    kits = read.lot.filter(pc.equal(read.lot.column("lot_kind"), "kit")).column("lot_number").drop_null().to_pylist()
    return f"{read.run.instrument_serial} {' '.join(sorted(set(kits)))}" if kits else None


def _own_coefficients(analyte: pa.Table, keys: tuple[CurveKey, ...]) -> Floats:
    table = np.column_stack([coefficient_table(analyte), np.full(5, np.nan)])
    at = _positions(pa.array([k.reported for k in keys], pa.string()), analyte.column("analyte_reported"))
    own = table[:, at]  # the last column serves analytes that only readings name
    own[2] *= np.array([k.factor for k in keys])
    return own


def _reading_rows(reading: pa.Table, well: pa.Table, keys: tuple[CurveKey, ...]) -> Ints:
    at_well = _positions(reading.column("well"), well.column("well"))
    at_analyte = _positions(reading.column("analyte_reported"), pa.array([k.reported for k in keys], pa.string()))
    rows = np.full((well.num_rows, len(keys)), NO_READING, np.int64)
    known = (at_well >= 0) & (at_analyte >= 0)
    rows[at_well[known], at_analyte[known]] = np.flatnonzero(known)
    return rows


def _expected(reagent: pa.Table, well: pa.Table, keys: tuple[CurveKey, ...]) -> Floats:
    labels = pc.unique(reagent.column("reagent_label"))
    at_label = _positions(reagent.column("reagent_label"), labels)
    at_analyte = _positions(reagent.column("analyte_reported"), pa.array([k.reported for k in keys], pa.string()))
    values = reagent.column("expected_concentration").fill_null(np.nan).to_numpy()
    table = np.full((len(labels) + 1, len(keys)), np.nan)  # the last row serves wells without a reagent
    known = at_analyte >= 0
    table[at_label[known], at_analyte[known]] = values[known]
    of_well = _positions(well.column("reagent_label"), labels)
    return np.asarray(table[of_well] * np.array([k.factor for k in keys]))


def _positions(values: pa.Array | pa.ChunkedArray, among: pa.Array | pa.ChunkedArray) -> Ints:
    """Where each value stands in `among`, -1 where it does not or is null."""
    among = among.combine_chunks() if isinstance(among, pa.ChunkedArray) else among
    found = pc.index_in(values, value_set=among, skip_nulls=True)
    return np.asarray(found.fill_null(-1).to_numpy(), dtype=np.int64)


@dataclass(frozen=True)
class Batch:
    """All plates side by side: (slots, n) arrays, n curves, plate after plate; slot s is the plate's s-th well, NaN beyond.

    mfi, bead_count, expected as named; dilution: factor, 1 where the well has none by what it holds; is_held: wells
    with a doubt, about which nothing is said; is_unfit: those of them whose medians may be wrong, so that they shape no curve; level,
    is_excluded as PlateBlock's.
    """

    blocks: tuple[PlateBlock, ...]
    mfi: Floats
    bead_count: Floats
    expected: Floats
    dilution: Floats
    level: Ints
    is_background: Flags
    is_excluded: Flags
    is_held: Flags
    is_unfit: Flags

    @cached_property
    def keys(self) -> tuple[CurveKey, ...]:
        return tuple(key for block in self.blocks for key in block.keys)

    @cached_property
    def plate_of_curve(self) -> Ints:
        return np.repeat(np.arange(len(self.blocks)), [len(b.keys) for b in self.blocks])

    @property
    def size(self) -> int:
        return int(self.mfi.shape[1])

    @property
    def blank_group(self) -> Ints:
        """(n,): one number for curves whose backgrounds may be pooled: kit lot, instrument, analyte and unit are the same."""
        names = [
            (block.lot, key.name, key.unit) if block.lot else (block.assay_id, block.plate, key.name, key.reported)
            for block in self.blocks
            for key in block.keys
        ]
        number = {name: i for i, name in enumerate(dict.fromkeys(names))}
        return np.array([number[name] for name in names], dtype=np.int64)

    @property
    def coefficients(self) -> Floats:
        """The exports' own A, B, C, D, F, (5, n)."""
        return np.concatenate([np.empty((5, 0)), *(block.coefficients for block in self.blocks)], axis=1)

    def numbers(self, column: str) -> Floats:
        """A column of the readings as (slots, n), NaN where there is none."""
        out, at = np.full(self.mfi.shape, np.nan), 0
        for block in self.blocks:
            out[: block.well.num_rows, at : at + len(block.keys)] = block.numbers(column)
            at += len(block.keys)
        return out


def side_by_side(plates: tuple[PlateBlock, ...]) -> Batch:
    """Plates as one batch; slots beyond a plate's wells are NaN and PAD."""
    slots = max((b.well.num_rows for b in plates), default=0)
    n = sum(len(b.keys) for b in plates)
    mfi, beads, expected = (np.full((slots, n), np.nan) for _ in range(3))
    dilution, level = np.ones((slots, n)), np.full((slots, n), PAD, np.int64)
    background, excluded, held, unfit = (np.zeros((slots, n), bool) for _ in range(4))
    at = 0
    for block in plates:
        here = (slice(0, block.well.num_rows), slice(at, at + len(block.keys)))
        mfi[here], beads[here] = block.numbers("mfi"), block.numbers("bead_count")
        expected[here], level[here] = block.expected, block.level[:, None]
        background[here] = (np.array(block.role, dtype=object) == "background")[:, None]
        excluded[here] = block.is_excluded
        held[here] = block.well.column("doubt").is_valid().to_numpy()[:, None]
        unfit[here] = [[NET in (text or "").split("; ")] for text in block.well.column("doubt").to_pylist()]
        factor = block.well.column("dilution_factor").fill_null(1.0).to_numpy()[:, None]
        dilution[here] = np.where(held[here], np.nan, factor)  # a held well's is unknown, and not 1
        at += len(block.keys)
    return Batch(plates, mfi, beads, expected, dilution, level, background, excluded, held, unfit)
