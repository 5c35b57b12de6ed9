"""What the door gives back: frozen objects that are a table, with further tables and facts as attributes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pbis.core.plates.plate import PlateRead, Run
from pbis.core.words import plural

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_FRAMES = (
    "header", "analyte", "reagent", "lot", "calibration", "summary", "event", "block", "warning", "well_type",
)  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Table:
    """Rows with declared columns; docs/dictionary.md says what each holds. Missing is null, in pandas NaN or None."""

    _table: pa.Table

    def to_arrow(self) -> pa.Table:
        """The rows as a pyarrow Table."""
        return self._table

    def to_pandas(self) -> pd.DataFrame:
        """The rows as a new pandas DataFrame."""
        return self._table.to_pandas()

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self._table.column_names)

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __repr__(self) -> str:
        return f"<pbis.{type(self).__name__}: {plural(self._table.num_rows, 'row')} x {plural(self._table.num_columns, 'column')}>"


@dataclass(frozen=True, eq=False, repr=False)
class Plate(Table):
    """One export as the instrument wrote it: a row a well and analyte. run: its header; the rest as in docs/dictionary.md."""

    name: str
    run: Run
    header: Table
    analyte: Table
    reagent: Table
    lot: Table
    calibration: Table
    summary: Table
    event: Table
    block: Table
    warning: Table
    well_type: Table
    _read: PlateRead

    def about(self) -> dict[str, object]:
        """What `pbis read --json` prints."""
        from pbis.readers.summary import summarise

        return summarise(self._read)


@dataclass(frozen=True, eq=False, repr=False)
class Assay(Table):
    """Concentrations, a row a well and analyte, as `pbis assay` writes them.

    curve: a row a curve; level: a row a curve and standard; well: what lies where; plate: what was read, with its lot sheet;
    warning: code, message and line of what to be careful about.
    """

    curve: Table
    level: Table
    well: Table
    plate: Plate
    warning: Table


@dataclass(frozen=True, eq=False, repr=False)
class Score(Table):
    """Scores of a table's subjects, in its order, as `pbis score` writes them. notes: what of the table was not used."""

    cutoffs: str
    notes: tuple[str, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(Table):
    """Why a score is what it is: a row a component. The other steps of the walk, back to the wells, are attributes.

    lines: the walk in words, as `pbis explain` prints it; `print(explanation)` shows them.
    """

    subject: Table
    score: Table
    component: Table
    input: Table
    reading: Table
    curve: Table
    finding: Table
    lab: Table
    taken_back: Table
    visit: Table
    version: Table
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines)


def plate_of(read: PlateRead) -> Plate:
    """The door's view of a read."""
    tables = {name: Table(getattr(read, name)) for name in _FRAMES}
    return Plate(_table=read.reading, name=read.plate, run=read.run, _read=read, **tables)


def explanation_of(tables: Mapping[str, Any], lines: list[str]) -> Explanation:
    """The door's view of an explanation's steps."""
    steps = {name: Table(table) for name, table in tables.items()}
    return Explanation(_table=tables["component"], lines=tuple(lines), **steps)
