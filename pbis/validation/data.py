"""What a validation is computed from: the readings of a panel's plates, and the values that others assigned to some specimens."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd

from pbis.core.errors import TableRefused
from pbis.core.units import factor
from pbis.validation.limits import ValidationLimits

COLUMNS = (
    "plate", "plate_key", "read_on", "instrument", "lot", "control_lot", "analyte", "unit", "is_control", "material", "label", "well",
    "dilution", "value", "status", "qc_state", "lloq", "lod", "lowest_standard",
)  # fmt: skip
_NEEDED = ("specimen", "analyte", "assigned", "unit")
_OPTIONAL = ("uncertainty", "sd")
# How a release calls a name that it does not show.
_CALLED = ("specimen", "label")


@dataclass(frozen=True)
class Assigned:
    """A value that another laboratory, or many, assigned to a specimen; amounts in `unit`, uncertainty standard (k = 1)."""

    specimen: str
    analyte: str
    value: float
    unit: str
    uncertainty: float | None = None
    sd: float | None = None

    @property
    def names(self) -> frozenset[str]:
        """The specimen or label, and what a release may call it."""
        digest = sha256(self.specimen.encode()).hexdigest()[:12]
        return frozenset({self.specimen, *(f"{kind}-{digest}" for kind in _CALLED)})


@dataclass(frozen=True, eq=False)
class Validation:
    """readings: COLUMNS, one row a well x analyte, `value` of the undiluted specimen and NaN where none is reported; see
    warehouse/queries/validation.sql. limits: what is accepted."""

    panel: str
    readings: pd.DataFrame
    assigned: tuple[Assigned, ...]
    limits: ValidationLimits

    @property
    def used(self) -> pd.DataFrame:
        """Readings with a number, with `in_well`: what the well held."""
        kept = self.readings[self.readings["value"] > 0]
        return kept.assign(in_well=kept["value"] / kept["dilution"])

    @property
    def analytes(self) -> tuple[str, ...]:
        return tuple(sorted(self.readings["analyte"].unique()))


def validation_of(
    panel: str, readings: pd.DataFrame, limits: ValidationLimits, assigned: Sequence[Assigned] = ()
) -> Validation:
    """Rows in an order of their own, so that the same readings give the same report. TableRefused where there are none."""
    if readings.empty:
        raise TableRefused(f"panel {panel}: expected plates of it in the release; found none")
    ordered = readings.sort_values(["analyte", "read_on", "plate_key", "well"], kind="stable").reset_index(drop=True)
    numbers = {name: ordered[name].astype(float) for name in ("dilution", "value", "lloq", "lod", "lowest_standard")}
    return Validation(panel, ordered.assign(**numbers), tuple(assigned), limits)


def read_assigned(path: Path) -> tuple[Assigned, ...]:
    """CSV with columns specimen (or label), analyte, assigned, unit and, where known, uncertainty and sd. TableRefused with the line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise TableRefused(f"{path.name}: expected a CSV file in UTF-8; found {error}") from None
    rows = csv.DictReader(text.splitlines())
    lost = [name for name in _NEEDED if name not in (rows.fieldnames or ())]
    if lost:
        raise TableRefused(f"{path.name}, line 1: expected columns {', '.join(_NEEDED)}; {', '.join(lost)} not found")
    found = tuple(_assigned(path.name, rows.line_num, row) for row in rows)
    if not found:
        raise TableRefused(f"{path.name}: expected a row for each specimen and analyte; found none")
    return found


def _assigned(name: str, line: int, row: Mapping[str, str | None]) -> Assigned:
    if not (row["specimen"] or "").strip() or not (row["analyte"] or "").strip():
        raise TableRefused(f"{name}, line {line}: expected a specimen and an analyte; found an empty cell")
    amount = {column: _amount(name, line, column, row.get(column)) for column in ("assigned", *_OPTIONAL)}
    if amount["assigned"] is None:
        raise TableRefused(f"{name}, line {line}: expected an assigned value; found an empty cell")
    return Assigned(
        str(row["specimen"]).strip(),
        str(row["analyte"]).strip(),
        amount["assigned"],
        str(row["unit"] or "").strip(),
        amount["uncertainty"],
        amount["sd"],
    )


def _amount(name: str, line: int, column: str, text: str | None) -> float | None:
    """A positive number with a point; None where the cell is empty."""
    if not (text or "").strip():
        return None
    try:
        value = float(str(text))
    except ValueError:
        value = float("nan")
    if not (np.isfinite(value) and value > 0):
        raise TableRefused(
            f"{name}, line {line}, column {column}: expected a positive number with a point; found {text!r}"
        )
    return value


def in_unit(assigned: Assigned, unit: str) -> Assigned:
    """The same in the unit of the readings. TableRefused where it cannot be converted."""
    try:
        by = float(factor(assigned.unit, unit))
    except ValueError:
        raise TableRefused(
            f"assigned value of {assigned.specimen}, {assigned.analyte}: expected a unit that is {unit} by a factor; found {assigned.unit!r}"
        ) from None
    parts = (assigned.uncertainty, assigned.sd)
    uncertainty, sd = (None if part is None else part * by for part in parts)
    return Assigned(assigned.specimen, assigned.analyte, assigned.value * by, unit, uncertainty, sd)
