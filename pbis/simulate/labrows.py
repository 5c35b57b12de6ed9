"""Clinical laboratory results of simulated patients as the rows of an extract, in the units of several laboratories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np

from pbis.simulate.cohort import Subject

FORMAT = "%Y-%m-%d %H:%M"


@dataclass(frozen=True)
class Spelling:
    """How one laboratory reports a test: the unit as written, canonical value times factor, decimals printed."""

    unit: str
    factor: int
    places: int


_COUNTS = (
    Spelling("10^9/L", 1, 2),
    Spelling("x10^9/L", 1, 2),
    Spelling("10*3/uL", 1, 2),
    Spelling("K/uL", 1, 2),
    Spelling("G/L", 1, 2),
    Spelling("/uL", 1000, 0),
    Spelling("cells/uL", 1000, 0),
)
_CRP = (Spelling("mg/L", 10, 1), Spelling("mg/dL", 1, 2), Spelling("µg/mL", 10, 1))
_AFP = (Spelling("ng/mL", 1, 1), Spelling("ug/L", 1, 1))
_PERCENT = Spelling("%", 1, 1)


@dataclass(frozen=True)
class Laboratory:
    """A hospital's laboratory: its name in the linkage, how it calls the tests, whether it reports percentages."""

    site: str
    names: dict[str, str]
    has_percentages: bool


LABORATORIES = (
    Laboratory(
        "north",
        {"neutrophils": "751-8", "lymphocytes": "731-0", "wbc": "6690-2", "crp": "1988-5", "afp": "1834-1"},
        False,
    ),
    Laboratory(
        "south",
        {
            "neutrophils": "Neutrophils",
            "lymphocytes": "Lymphocytes",
            "wbc": "WBC",
            "crp": "CRP",
            "afp": "AFP",
            "neutrophils_pct": "Neutrophils %",
            "lymphocytes_pct": "Lymphocytes %",
        },
        True,
    ),
)

_REFERENCE = {
    "neutrophils": (Decimal("1.8"), Decimal("7.5")),
    "lymphocytes": (Decimal("1.0"), Decimal("4.0")),
    "wbc": (Decimal("4.0"), Decimal("10.5")),
    "crp": (Decimal("0"), Decimal("0.5")),
    "afp": (Decimal("0"), Decimal("9.0")),
    "neutrophils_pct": (Decimal(40), Decimal(75)),
    "lymphocytes_pct": (Decimal(20), Decimal(45)),
}


@dataclass(frozen=True)
class LabRow:
    """A result, one version of it. `analyte` is the simulator's own name and is not written."""

    analyte: str
    mrn: str
    accession: str
    test: str
    value: str
    unit: str
    status: str
    collected_at: datetime
    resulted_at: datetime
    reference_range: str
    has_time: bool = True

    @property
    def cells(self) -> tuple[str, ...]:
        """In the order of COLUMNS."""
        collected = self.collected_at.strftime(FORMAT if self.has_time else "%Y-%m-%d")
        resulted = self.resulted_at.strftime(FORMAT)
        return (
            *(self.mrn, self.accession, self.test, self.value, self.unit, self.status),
            *(collected, resulted, self.reference_range),
        )


COLUMNS = (
    *("mrn", "accession", "test", "value", "unit", "status"),
    *("collected_at", "resulted_at", "reference_range"),
)


@dataclass(frozen=True)
class Style:
    """The laboratory of a patient and the units it uses."""

    laboratory: Laboratory
    count: Spelling
    crp: Spelling
    afp: Spelling

    def spelling(self, analyte: str) -> Spelling:
        if analyte.endswith("_pct"):
            return _PERCENT
        return {"crp": self.crp, "afp": self.afp}.get(analyte, self.count)


def pick_style(rng: np.random.Generator) -> Style:
    """A laboratory and its units at random."""
    n, c, p, a = (int(rng.integers(len(x))) for x in (LABORATORIES, _COUNTS, _CRP, _AFP))
    return Style(LABORATORIES[n], _COUNTS[c], _CRP[p], _AFP[a])


def subject_rows(
    subject: Subject, style: Style, baseline_at: datetime, rng: np.random.Generator, *, has_second: bool, has_time: bool
) -> list[LabRow]:
    """The baseline panel beside the cytokine draw, and panels of other days whose values moved by some 15 %.

    has_second: another panel six days before the first dose, farther from the cytokine draw; has_time: draws carry a clock.
    """
    rows = _panel(subject, style, baseline_at, Decimal(1), rng, with_afp=True)
    others = [subject.started_at - timedelta(days=int(rng.integers(9, 30))), subject.started_at + timedelta(days=21)]
    if has_second:
        others.append(subject.started_at - timedelta(days=6))
    for at in others:
        moved = Decimal(f"{float(np.exp(rng.normal(0.0, 0.15))):.3f}")
        rows += _panel(subject, style, at.replace(hour=8, minute=5), moved, rng, with_afp=False)
    return [replace(row, has_time=has_time) for row in rows]


def _panel(
    subject: Subject, style: Style, at: datetime, moved: Decimal, rng: np.random.Generator, *, with_afp: bool
) -> list[LabRow]:
    values = {
        "neutrophils": subject.neutrophils * moved,
        "lymphocytes": subject.lymphocytes,
        "wbc": subject.neutrophils * moved + subject.lymphocytes + Decimal("0.61"),
        "crp": subject.crp_mg_dl * moved,
    }
    if style.laboratory.has_percentages:
        for name in ("neutrophils", "lymphocytes"):
            values[f"{name}_pct"] = 100 * values[name] / values["wbc"]
    if with_afp:
        values["afp"] = subject.afp_ng_ml
    accession = f"{style.laboratory.site[0].upper()}{int(rng.integers(10**7, 10**8))}"
    resulted = at + timedelta(minutes=int(rng.integers(45, 400)))
    return [_row(subject.mrn, name, value, style, accession, at, resulted) for name, value in values.items()]


def _row(
    mrn: str, analyte: str, value: Decimal, style: Style, accession: str, at: datetime, resulted: datetime
) -> LabRow:
    spelling, name = style.spelling(analyte), style.laboratory.names[analyte]
    text = spell(value, spelling)
    low, high = (f"{float(edge * spelling.factor):g}" for edge in _REFERENCE[analyte])
    return LabRow(analyte, mrn, accession, name, text, spelling.unit, "final", at, resulted, f"{low}-{high}")


def spell(value: Decimal, spelling: Spelling) -> str:
    """Decimal text in the laboratory's unit."""
    return f"{value * spelling.factor:.{spelling.places}f}"


def is_at(row: LabRow, analyte: str, at: datetime) -> bool:
    """The row of an analyte at a collection time."""
    return row.analyte == analyte and row.collected_at == at


def sort_rows(rows: Iterable[LabRow]) -> list[LabRow]:
    """The order of a laboratory system's extract: by result time."""
    return sorted(rows, key=lambda r: (r.resulted_at, r.accession, r.test, r.status, r.value))
