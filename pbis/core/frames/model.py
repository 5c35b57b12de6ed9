"""What a frame is: a name, a grain, a key and typed columns, declared once and checked where it crosses a boundary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from types import NoneType
from typing import Any, get_args, get_type_hints

import pyarrow as pa

TEXT = pa.string()
REAL = pa.float64()
WHOLE = pa.int64()
FLAG = pa.bool_()
MOMENT = pa.timestamp("us")  # wall time as the instrument or the lab wrote it; of the service's own clock UTC
DAY = pa.date32()

# The class of a column: what may stand in it, and so what of it leaves the laboratory (warehouse/released.py).
KEY = "key"  # a name that study or laboratory gave, by which tables are joined
HASH = "hash"
UNIT = "unit"  # of the program's own table
WORD = "closed word"  # of a list that the program or its reviewed data hold
NUMBER = "number"
TIME = "time"  # of a plate or a night
STUDY_DAY = "study day"  # time of a patient, in a release counted from the first dose
SENTENCE = "sentence"  # of the program; what it quotes of a file stands in a release by its length, kind or hash
PRIVATE = "private"  # not in a release, or empty there
_SURROGATE = "surrogate"
CLASSES = (KEY, HASH, UNIT, WORD, NUMBER, TIME, STUDY_DAY, SENTENCE, PRIVATE, _SURROGATE)


def surrogate(kind: str) -> str:
    """The class of a cell that a file may fill with anything: as it is where it is closed for its kind, else kind and hash."""
    return f"{_SURROGATE}: {kind}"


@dataclass(frozen=True)
class Column:
    """One column: what it holds, in which unit (in the name or the words), whether it may be null, and its class.

    holds: class of a text; the type says it of the others. A time is a patient's where STUDY_DAY says so.
    """

    name: str
    type: pa.DataType
    doc: str
    is_nullable: bool = True
    holds: str = ""

    @property
    def declared_class(self) -> str:
        """The class without its kind; ValueError where a text has none."""
        found = (self.holds or _BY_TYPE.get(self.type, "")).partition(": ")[0]
        if found not in CLASSES:
            raise ValueError(f"column {self.name}: expected one of {', '.join(CLASSES)}; found {found!r}")
        return found

    @property
    def kind(self) -> str:
        """The kind of a surrogate; empty for other classes."""
        return self.holds.partition(": ")[2]


_BY_TYPE: Mapping[pa.DataType, str] = {REAL: NUMBER, WHOLE: NUMBER, FLAG: WORD, MOMENT: TIME, DAY: TIME}


_TYPES: dict[type, pa.DataType] = {str: TEXT, int: WHOLE, float: REAL, bool: FLAG, datetime: MOMENT, date: DAY}


def columns_of(record: type) -> tuple[Column, ...]:
    """The columns of a dataclass whose fields are Annotated with what they hold; `| None` is a column that may be null."""
    found = []
    for name, hint in get_type_hints(record, include_extras=True).items():
        kind, doc, *holds = get_args(hint)
        kinds = [one for one in get_args(kind) or (kind,) if one is not NoneType]
        found.append(Column(name, _TYPES[kinds[0]], doc, len(kinds) < len(get_args(kind)), "".join(holds)))
    return tuple(found)


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

    def table(self, columns: Mapping[str, Any], absent: Iterable[str] = ()) -> pa.Table:
        """Build the frame from name -> array-like; `absent` names the columns that this source has not, which are null.

        ValueError names a column that is unknown, left out without being named absent, or named absent and given.
        """
        self._require_whole(tuple(columns), tuple(absent))
        sizes = {len(values) for values in columns.values()}
        if len(sizes) > 1:
            raise ValueError(f"{self.name}: columns differ in length: {sorted(sizes)}")
        size = sizes.pop() if sizes else 0
        nulls = {kind: pa.nulls(size, kind) for kind in {c.type for c in self.columns if columns.get(c.name) is None}}
        arrays = [_array(columns.get(c.name), c, nulls) for c in self.columns]
        return self.check(pa.Table.from_arrays(arrays, schema=self.schema))

    def _require_whole(self, given: tuple[str, ...], absent: tuple[str, ...]) -> None:
        """A name that is misspelt, new or forgotten is told at once: filled with null it would be lost without a word."""
        unknown = sorted({*given, *absent} - {*self.names})
        if unknown:
            raise ValueError(f"{self.name}: no such column: {', '.join(unknown)}")
        lost = [name for name in self.names if name not in given and name not in absent]
        if lost:
            raise ValueError(f"{self.name}: column left out: {', '.join(lost)}")
        both = sorted({*given} & {*absent})
        if both:
            raise ValueError(f"{self.name}: column given and named absent: {', '.join(both)}")

    def check(self, table: pa.Table) -> pa.Table:
        """Return the table if it has exactly the declared columns, types and not-null promises, else raise ValueError."""
        if not table.schema.equals(self.schema, check_metadata=False):
            raise ValueError(f"{self.name}: schema differs:\n{table.schema}\nexpected\n{self.schema}")
        for column in self.columns:
            if not column.is_nullable and table.column(column.name).null_count:
                raise ValueError(f"{self.name}: null in {column.name}")
        return table


def _array(values: Any, column: Column, nulls: Mapping[pa.DataType, pa.Array]) -> pa.Array:
    """The values as an array of the column's type; nulls: those of each type, which all absent columns share."""
    if values is None:
        return nulls[column.type]
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if isinstance(values, pa.Array):
        return values if values.type == column.type else values.cast(column.type)
    return pa.array(values, column.type, from_pandas=True)


def concat(spec: FrameSpec, tables: Sequence[pa.Table]) -> pa.Table:
    """All rows of the tables, in order; the empty frame where there are none."""
    return pa.concat_tables(tables) if tables else spec.empty()
