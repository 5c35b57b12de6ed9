"""The whole report in order, and what it found in a few sentences."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pandas as pd

from pbis.study.result import Section, stamped
from pbis.validation.data import Validation
from pbis.validation.sections.assigned import bias
from pbis.validation.sections.comparison import INSTRUMENTS, LOTS, compared
from pbis.validation.sections.dilutions import linear, parallel
from pbis.validation.sections.precision import precision
from pbis.validation.sections.quantification import quantification
from pbis.validation.words import MEETS, MISSES, OPEN

SECTIONS: tuple[Callable[[Validation], Section], ...] = (
    precision, linear, quantification, parallel, partial(compared, what=LOTS), partial(compared, what=INSTRUMENTS), bias,
)  # fmt: skip


@dataclass(frozen=True)
class ValidationReport:
    """All sections, what was validated and what it was computed from."""

    panel: str
    sections: tuple[Section, ...]
    inputs: str
    plates: int
    readings: int
    headlines: tuple[str, ...]


def run_validation(validation: Validation, inputs: str) -> ValidationReport:
    """inputs: sha256 of the readings, the assigned values and the limits."""
    sections = stamped([section(validation) for section in SECTIONS], inputs)
    return ValidationReport(
        validation.panel,
        sections,
        inputs,
        int(validation.readings["plate_key"].nunique()),
        len(validation.readings),
        tuple(_headline(section) for section in sections),
    )


def _headline(section: Section) -> str:
    """How many verdicts of each kind its first table has; where it answers nothing, why."""
    if section.lead.startswith("Not answered"):
        return f"{section.title}: {section.lead.split('. ')[0][0].lower()}{section.lead.split('. ')[0][1:]}."
    first = next((table.rows for table in section.tables if table.rows), ())
    cells = pd.Series([str(cell).split(";")[0] for row in first for cell in row], dtype=str)
    found = {word: int((cells == word).sum()) for word in (MEETS, OPEN, MISSES, "warning")}
    found["not answered"] = int(cells.str.startswith("not answered").sum())
    said = ", ".join(f"{count} {word}" for word, count in found.items() if count)
    return f"{section.title}: {said or 'no verdict'}."
