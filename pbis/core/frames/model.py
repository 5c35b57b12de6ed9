"""What a frame is: a name, a grain, a key and typed columns, declared once and checked where it crosses a boundary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa

TEXT = pa.string()
REAL = pa.float64()
WHOLE = pa.int64()
FLAG = pa.bool_()
MOMENT = pa.timestamp("us")  # site-local wall time, as the instrument or the lab wrote it
DAY = pa.date32()


@dataclass(frozen=True)
class Column:
    """One column: what it holds, in which unit (in the name or the words), and whether it may be null."""

    name: str
    type: pa.DataType
    doc: str
    is_nullable: bool = True


@dataclass(frozen=True)
class FrameSpec:
    """A declared frame. `grain` completes the sentence 'one row per ...'."""

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @cached_property
    def schema(self) -> pa.Schema:
        return pa.schema([pa.field(c.name, c.type, nullable=c.is_nullable) for c in self.columns])

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(c.name for c in self.columns)

    def empty(self) -> pa.Table:
        return self.schema.empty_table()

    def table(self, columns: Mapping[str, Any]) -> pa.Table:
        """Build the frame from name -> array-like; columns left out are null. Unknown names raise ValueError."""
        unknown = sorted(set(columns) - set(self.names))
        if unknown:
            raise ValueError(f"{self.name}: no such column: {', '.join(unknown)}")
        sizes = {len(values) for values in columns.values()}
        if len(sizes) > 1:
            raise ValueError(f"{self.name}: columns differ in length: {sorted(sizes)}")
        size = sizes.pop() if sizes else 0
        arrays = [_array(columns.get(c.name), c, size) for c in self.columns]
        return self.check(pa.Table.from_arrays(arrays, schema=self.schema))

    def check(self, table: pa.Table) -> pa.Table:
        """Return the table if it has exactly the declared columns, types and not-null promises, else raise ValueError."""
        if not table.schema.equals(self.schema, check_metadata=False):
            raise ValueError(f"{self.name}: schema differs:\n{table.schema}\nexpected\n{self.schema}")
        for column in self.columns:
            if not column.is_nullable and table.column(column.name).null_count:
                raise ValueError(f"{self.name}: null in {column.name}")
        return table


def _array(values: Any, column: Column, size: int) -> pa.Array:
    if values is None:
        return pa.nulls(size, column.type)
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        return values if values.type == column.type else values.cast(column.type)
    return pa.array(values, column.type, from_pandas=True)


def concat(spec: FrameSpec, tables: Sequence[pa.Table]) -> pa.Table:
    """All rows of the tables, in order; the empty frame where there are none."""
    return pa.concat_tables(tables) if tables else spec.empty()
