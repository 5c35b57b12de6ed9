"""The DataType blocks of an export, each as rows of cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from pbis.simulate.dialect import Dialect
from pbis.simulate.header import BLANK, Row
from pbis.simulate.instrument import Derived
from pbis.simulate.model import BACKGROUND, CONTROL, STANDARD, UNKNOWN, Counts, Reals, SimulatedPlate, plate_shape

Cells = list[list[str]]


class Writer:
    """Spells the numbers of one plate in one dialect, and knows its wells' locations."""

    def __init__(self, plate: SimulatedPlate, derived: Derived, dialect: Dialect) -> None:
        self.plate, self.derived, self.dialect = plate, derived, dialect
        self.names = [analyte.name for analyte in plate.analytes]
        self.order, self.location = _acquisition(plate.wells.name, dialect.numbering)

    def number(self, value: float) -> str:
        """Fifteen significant digits, as the instrument prints; NaN for no number."""
        if value != value:
            return "NaN"
        if self.dialect.has_thousands and abs(value) >= 1000:
            text = f"{value:,.2f}"
            return text.translate(_SWAP) if self.dialect.decimal_mark == "," else text
        text = f"{value + 0.0:.15g}"  # + 0.0: no instrument prints -0
        return text.upper().replace(".", self.dialect.decimal_mark)

    def cells(self, values: Reals) -> Cells:
        return [[self.number(value) for value in row] for row in values.tolist()]

    def per_well(
        self, name: str, cells: Cells, *, has_total: bool = True, wells: Iterable[int] | None = None
    ) -> list[Row]:
        """A Location,Sample block over the wells, or over those given."""
        chosen = set(range(len(self.plate.wells)) if wells is None else wells)
        total = self.plate.total_events.tolist()
        rows: list[Row] = [("DataType:", name), ("Location", "Sample", *self.names, *(["Total Events"] * has_total))]
        for i in self.order:
            if i in chosen:
                tail = (str(total[i]),) if has_total else ()
                rows.append((self.location[i], self.plate.wells.label[i], *cells[i], *tail))
        return [*rows, BLANK]

    def per_sample(self, name: str, cell: Callable[[Counts, int], str]) -> list[Row]:
        """A Sample block: controls, standards, then the unknowns in order of appearance."""
        rows: list[Row] = [("DataType:", name), ("Sample", *self.names)]
        for label in _summary_order(self.plate):
            wells = self.plate.wells.of_label(label)
            rows.append((label, *(cell(wells, j) for j in range(len(self.names)))))
        return [*rows, BLANK]

    def per_reagent(self, name: str, labels: Sequence[str], values: Reals) -> list[Row]:
        rows: list[Row] = [("DataType:", name), ("Reagent", *self.names)]
        rows += [(label, *cells) for label, cells in zip(labels, self.cells(values), strict=True)]
        return [*rows, BLANK]

    def per_analyte(self, name: str, *rows: tuple[str, Sequence[str]]) -> list[Row]:
        body = [(key, *cells) for key, cells in rows]
        return [("DataType:", name), ("Analyte:", *self.names), *body, BLANK]


_SWAP = str.maketrans(",.", ".,")


def _acquisition(names: Sequence[str], numbering: str) -> tuple[list[int], list[str]]:
    """Order in which the wells are written, and each well's location text n(1,Well)."""
    key = (lambda name: (name[0], int(name[1:]))) if numbering == "row" else (lambda name: (int(name[1:]), name[0]))
    rows, columns = plate_shape(len(names))
    order = sorted(range(len(names)), key=lambda i: key(names[i]))
    location = []
    for name in names:
        row, column = ord(name[0]) - ord("A"), int(name[1:]) - 1
        index = column * rows + row if numbering == "column" else row * columns + column
        location.append(f"{index + 1}(1,{name})")
    return order, location


def _summary_order(plate: SimulatedPlate) -> list[str]:
    role = dict(zip(plate.wells.label, plate.wells.role, strict=True))
    rank = {CONTROL: 0, STANDARD: 1, UNKNOWN: 2}
    return sorted((label for label in plate.sample_labels if role[label] != BACKGROUND), key=lambda x: rank[role[x]])


def result_cells(writer: Writer) -> Cells:
    """Numbers, NaN for background, `< lowest` / `> highest` beyond the asymptotes (without the dilution factor)."""
    derived = writer.derived
    below = [f"< {writer.number(value)}" for value in derived.lowest.tolist()]
    above = [f"> {writer.number(value)}" for value in derived.highest.tolist()]
    return [
        [below[j] if v == -np.inf else above[j] if v == np.inf else writer.number(v) for j, v in enumerate(row)]
        for row in derived.result.tolist()
    ]


def recovery_cells(writer: Writer) -> Cells:
    """Two decimals, N/A where Result is no number."""
    mark = writer.dialect.decimal_mark
    return [
        [f"{v:.2f}".replace(".", mark) if np.isfinite(v) else "N/A" for v in row]
        for row in writer.derived.recovery_pct.tolist()
    ]


def comment_cells(writer: Writer) -> Cells:
    failed, extrapolated = writer.derived.is_failed_control, writer.derived.is_extrapolated
    cells: Cells = np.where(failed, "Control Failed.", np.where(extrapolated, "Extrapolated", "")).tolist()
    return cells


def average_result(writer: Writer) -> Callable[[Counts, int], str]:
    """Mean of the replicates; `< x` where all lie beyond the same end; N/A where they disagree."""
    derived = writer.derived

    def cell(wells: Counts, j: int) -> str:
        values = derived.result[wells, j]
        if np.all(np.isfinite(values)):
            return writer.number(float(np.mean(values)))
        if np.all(values == -np.inf):
            return f"< {writer.number(float(derived.lowest[j]))}"
        if np.all(values == np.inf):
            return f"> {writer.number(float(derived.highest[j]))}"
        return "N/A"

    return cell


def replicate_cv(writer: Writer) -> Callable[[Counts, int], str]:
    """100 SD(n-1)/mean of Result; empty for one replicate, 0 where all are out of range, NaN where some are."""

    def cell(wells: Counts, j: int) -> str:
        values = writer.derived.result[wells, j]
        if len(values) < 2:
            return ""
        if not np.any(np.isfinite(values)):
            return "0"
        if not np.all(np.isfinite(values)):
            return "NaN"
        return writer.number(float(100.0 * np.std(values, ddof=1) / np.mean(values)))

    return cell


def average_net(writer: Writer) -> Callable[[Counts, int], str]:
    return lambda wells, j: writer.number(float(np.mean(writer.derived.net_mfi[wells, j])))


def dilution_rows(writer: Writer) -> list[Row]:
    """Ragged: standards and background have no third cell."""
    rows: list[Row] = [("DataType:", "Dilution Factor"), ("Location", "Sample", "Dilution Factor")]
    wells = writer.plate.wells
    for i in writer.order:
        factor = wells.dilution[i]
        rows.append((writer.location[i], wells.label[i], *(() if factor is None else (writer.number(factor),))))
    return [*rows, BLANK, BLANK]


def acquisition_rows(writer: Writer) -> list[Row]:
    plate = writer.plate
    if plate.acquisition_seconds is None:
        return []
    rows: list[Row] = [("DataType:", "Acquisition Time"), ("Location", "Sample", "Seconds", "Total Events")]
    for i in writer.order:
        seconds, total = str(plate.acquisition_seconds[i]), str(plate.total_events[i])
        rows.append((writer.location[i], plate.wells.label[i], seconds, total))
    return [*rows, BLANK, BLANK]


def warning_rows(writer: Writer) -> list[Row]:
    """A line a well in which a region stayed below the requested bead count."""
    plate = writer.plate
    rows: list[Row] = [("DataType:", "Warnings/Errors"), ("Location", "Status", "Message")]
    for i in writer.order:
        if plate.count[i].min() < plate.header.min_events:
            message = f"Bead count below {plate.header.min_events} in at least one region."
            rows.append((f"1,{plate.wells.name[i]}", "Warning", message))
    return [*rows, BLANK]
