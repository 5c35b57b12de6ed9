"""Which formats the simulator writes: one line a format, under the name that its reader gives it in `run.format`.

What is checked of every format (written and read back, claimed by one reader, cut, damaged, of 384 wells) is checked of the lines of
this table: a format that stands in the registry of readers and not here fails a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from pbis.simulate.bioplex import render_bioplex, render_xml
from pbis.simulate.instrument import Derived
from pbis.simulate.intelliflex import render_flat
from pbis.simulate.model import SimulatedPlate
from pbis.simulate.render import render_plate
from pbis.simulate.resaved import render_is, render_sheets, render_workbook


class Render(Protocol):
    """Writes a plate. derived: the instrument's fit, where a caller has it already."""

    def __call__(self, plate: SimulatedPlate, *, derived: Derived | None = None) -> bytes: ...


@dataclass(frozen=True)
class WrittenFormat:
    """How a format is written, and what it has room for.

    is_workbook: sheets, not text. has_results: it prints the instrument's results and curves. has_dilutions: it prints a factor
    for each sample.
    """

    render: Render
    is_workbook: bool = False
    has_results: bool = True
    has_dilutions: bool = True


WRITTEN: Mapping[str, WrittenFormat] = MappingProxyType(
    {
        "xponent_csv": WrittenFormat(render_plate),
        "intelliflex_flat_csv": WrittenFormat(render_flat, has_results=False),
        "luminex_is_csv": WrittenFormat(render_is),
        "bioplex_xml": WrittenFormat(render_xml),
        "bioplex_workbook": WrittenFormat(render_bioplex, is_workbook=True),
        "xponent_workbook": WrittenFormat(render_workbook, is_workbook=True),
        "xponent_sheets_workbook": WrittenFormat(render_sheets, is_workbook=True),
    }
)
TEXTS = tuple(name for name, form in WRITTEN.items() if not form.is_workbook)
WORKBOOKS = tuple(name for name, form in WRITTEN.items() if form.is_workbook)
