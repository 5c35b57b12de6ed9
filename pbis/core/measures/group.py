"""Grouping and joining of columns without a Python object per row: what every measure is built from.

Numbers are float64 with NaN for missing; groups are numbered in the order of their first row.
"""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pbis.core.frames.model import FrameSpec

Reals: TypeAlias = NDArray[np.float64]
Codes: TypeAlias = NDArray[np.int64]
Mask: TypeAlias = NDArray[np.bool_]

PLATE_KEY = ("assay_id", "plate_number")
ANALYTE_KEY = (*PLATE_KEY, "analyte")
GROUP_KEY = (*PLATE_KEY, "replicate_group")
WELL_KEY = (*PLATE_KEY, "well")
_THIN = 8  # times as many codes as rows: a table of them costs about what sorting the rows does
_SHORT = 4096  # codes: a table of so few costs nothing, however few the rows
_NARROW = 1 << 16  # codes that 16 bits can tell apart


@dataclass(frozen=True)
class Groups:
    """Rows sorted into groups: `code` is the group of each row, `first` the first row of each group."""

    code: Codes
    first: Codes

    @property
    def count(self) -> int:
        return len(self.first)


def group_by(table: pa.Table, names: tuple[str, ...]) -> Groups:
    """Group the rows by the values of the named columns; null is a value like any other."""
    code = _combined([_codes(table.column(name)) for name in names], table.num_rows)
    return _by_first_row(code)


def regroup(*codes: Codes) -> Groups:
    """Group rows by several integer codes at once."""
    return _by_first_row(_combined(list(codes), len(codes[0])))


def match(left: pa.Table, right: pa.Table, names: tuple[str, ...]) -> Codes:
    """For each row of `left` the first row of `right` with equal keys, or -1."""
    both = [pa.chunked_array([*left.column(n).chunks, *right.column(n).chunks], left.column(n).type) for n in names]
    code = _combined([_codes(column) for column in both], left.num_rows + right.num_rows)
    here, there = code[: left.num_rows], code[left.num_rows :]
    row_of = np.full(int(code.max(initial=-1)) + 1, -1, np.int64)
    row_of[there[::-1]] = np.arange(len(there))[::-1]
    return row_of[here]


def numbers(table: pa.Table, name: str) -> Reals:
    """A column as float64; null is NaN. Flags become 0 and 1."""
    column = table.column(name)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    values: Reals = column.cast(pa.float64()).to_numpy()
    return values


def pick(values: Reals, rows: Codes) -> Reals:
    """values[rows], NaN where a row is -1."""
    if not len(values):
        return np.full(len(rows), np.nan)
    return np.where(rows >= 0, values[rows], np.nan)


def pick_text(column: pa.ChunkedArray, rows: Codes) -> pa.Array:
    """The column's entries at the rows, null where a row is -1."""
    return column.combine_chunks().take(pa.array(rows, mask=rows < 0))


def is_in(table: pa.Table, name: str, *values: str) -> Mask:
    """Rows whose text is one of the values."""
    found: Mask = pc.fill_null(pc.is_in(table.column(name), pa.array(values, pa.string())), False).to_numpy()
    return found


def total(groups: Groups, values: Reals) -> Reals:
    """Sum of a group's numbers, missing ones left out; 0 for a group without any."""
    return np.bincount(groups.code, np.nan_to_num(values), groups.count).astype(np.float64)


def count(groups: Groups, where: Mask) -> Reals:
    """Rows of a group that the mask names."""
    return np.bincount(groups.code[where], minlength=groups.count).astype(np.float64)


def mean(groups: Groups, values: Reals) -> Reals:
    """Mean of a group's numbers; NaN for a group without any."""
    return ratio(total(groups, values), count(groups, ~np.isnan(values)))


def cv_pct(groups: Groups, values: Reals) -> Reals:
    """100 SD(n-1)/mean of a group's numbers; NaN for fewer than two numbers or a mean that is not positive."""
    centre = mean(groups, values)
    square = total(groups, (values - centre[groups.code]) ** 2)
    sd = np.sqrt(ratio(square, count(groups, ~np.isnan(values)) - 1))
    return np.where(centre > 0, 100 * ratio(sd, centre), np.nan)


def median(groups: Groups, values: Reals) -> Reals:
    """Median of a group's numbers; NaN for a group without any."""
    keep = ~np.isnan(values)
    code, value = groups.code[keep], values[keep]
    order = np.argsort(value)
    value = value[order[_stable(code[order], groups.count)]]
    size = np.bincount(code, minlength=groups.count)
    start = np.concatenate(([0], np.cumsum(size)[:-1])).astype(np.int64)
    result = np.full(groups.count, np.nan)
    some = size > 0
    low, high = start[some] + (size[some] - 1) // 2, start[some] + size[some] // 2
    result[some] = (value[low] + value[high]) / 2
    return result


def largest(groups: Groups, values: Reals) -> Reals:
    """Largest of a group's numbers; NaN for a group without any."""
    result = np.full(groups.count, -np.inf)
    np.maximum.at(result, groups.code, np.where(np.isnan(values), -np.inf, values))
    return np.where(np.isinf(result), np.nan, result)


def smallest(groups: Groups, values: Reals) -> Reals:
    """Smallest of a group's numbers; NaN for a group without any."""
    return -largest(groups, -values)


def ratio(above: Reals, below: Reals) -> Reals:
    """above / below, NaN where `below` is not positive."""
    result: Reals = np.divide(above, below, out=np.full(len(above), np.nan), where=below > 0)
    return result


def log(values: Reals) -> Reals:
    """Natural logarithm, NaN where the number is not positive."""
    result: Reals = np.log(values, out=np.full(len(values), np.nan), where=values > 0)
    return result


def joined(groups: Groups, texts: list[str | None]) -> list[str]:
    """The distinct texts of each group in row order, joined by ', '."""
    found: list[dict[str, None]] = [{} for _ in range(groups.count)]
    for group, text in zip(groups.code.tolist(), texts, strict=True):
        if text:
            found[group][text] = None
    return [", ".join(names) for names in found]


def conform(spec: FrameSpec, columns: dict[str, object], absent: tuple[str, ...] = ()) -> pa.Table:
    """The measure frame: `row_key` added, NaN turned into null; `absent` as in FrameSpec.table, mostly keys that do not apply."""
    first = next(iter(columns.values()))
    assert isinstance(first, Sized)
    return spec.table({"row_key": np.arange(len(first)), **columns}, absent)


def _codes(column: pa.ChunkedArray) -> Codes:
    encoded = column.combine_chunks().dictionary_encode(null_encoding="encode")
    codes: Codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return codes


def _combined(parts: list[Codes], size: int) -> Codes:
    code = np.zeros(size, np.int64)
    for part in parts:
        code = _dense(code * (int(part.max(initial=0)) + 1) + part)
    return code


def _dense(code: Codes) -> Codes:
    """The rank of each code among those that occur; without sorting, as long as the codes are not spread too thin for that."""
    span = int(code.max(initial=0)) + 1
    if span > _THIN * len(code) + _SHORT or int(code.min(initial=0)) < 0:
        return np.unique(code, return_inverse=True)[1].astype(np.int64)
    occurs = np.zeros(span, np.int64)
    occurs[code] = 1
    return (np.cumsum(occurs) - 1)[code]


def _by_first_row(code: Codes) -> Groups:
    """code: dense, as _combined leaves it."""
    first = np.zeros(int(code.max(initial=-1)) + 1, np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]  # of several rows the last that is written stays: the first one
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return Groups(rank[code], first[order])


def _stable(code: Codes, count: int) -> Codes:
    """The order that sorts codes below `count` and leaves equal ones as they stand; numpy sorts 16 bits by their digits."""
    narrow = code.astype(np.uint16) if count <= _NARROW else code
    return np.argsort(narrow, kind="stable")
