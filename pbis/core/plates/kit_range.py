"""Are the standards as large as the kit says? A unit that is written wrong makes every concentration of a plate a thousand times what it is, and nothing
else shows it: ladder, recoveries and controls are as wrong as the samples, and agree.

The witness is the range that the kit's panel declares. A ladder that ends far from its end is in another unit, or the panel is.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import pyarrow.compute as pc

from pbis.core.errors import PanelMismatch
from pbis.core.plates.panel import AliasTable, Panel, PanelAnalyte
from pbis.core.plates.plate import PlateRead
from pbis.core.units import factor, to_unit
from pbis.core.wrong_cell import WrongCell

# A slip of a unit is a hundred or a thousand; a kit of more sensitivity ends thirty times lower, lots and diluted ladders differ severalfold. Own choice.
_FAR = 50.0
_MOST_SHOWN = 3  # analytes in one message; own choice
CODE = "kit_range"


@dataclass(frozen=True)
class _Slip:
    """An analyte whose highest standard, `top` in `unit`, is `times` as large as the end of the kit's range."""

    analyte: str
    line: int | None
    top: float
    unit: str
    times: float
    should_be: str

    def __str__(self) -> str:
        return f"the highest standard of {self.analyte} is {self.top:.6g} {self.unit}, {self.times:.4g} times the kit's {self.should_be}"


def check_kit_range(
    read: PlateRead, panel: Panel | None, aliases: AliasTable, sheet: str | None = None
) -> tuple[tuple[str, str], ...]:
    """Code and sentence for each analyte whose standards are of another size than the panel's range says. Raises PanelMismatch, naming
    them, where half of the analytes or more are. sheet: name of the lot sheet that says what they hold; None where the export does."""
    found = [] if panel is None else list(_compared(read, panel, aliases))
    slips = [each for each in found if abs(math.log(each.times)) > math.log(_FAR)]
    if not slips or panel is None:
        return ()
    if 2 * len(slips) >= len(found):
        raise _refusal(sheet or read.run.file_name, panel, slips, len(found))
    return tuple((CODE, f"{slip}: another unit?") for slip in slips)


def _compared(read: PlateRead, panel: Panel, aliases: AliasTable) -> Iterator[_Slip]:
    """Every analyte of which export and panel both say how far its standards go."""
    tops = _tops(read)
    names = ("analyte_reported", "unit_reported")
    for name, unit in zip(*(read.analyte.column(each).to_pylist() for each in names), strict=True):
        known, (top, line) = panel.analyte(aliases.name_of(name)), tops.get(name, (0.0, None))
        by = None if known is None or unit is None else _factor(unit, known)
        if known is not None and known.range_high and by is not None and top > 0:
            times = top * by / float(Decimal(known.range_high))
            yield _Slip(name, line, top, unit, times, f"{known.range_high} {known.unit}")


def _tops(read: PlateRead) -> dict[str, tuple[float, int | None]]:
    """Analyte -> its highest expected concentration and the line that says so."""
    standards = read.reagent.filter(pc.equal(read.reagent.column("reagent_kind"), "standard"))
    names = ("analyte_reported", "expected_concentration", "source_line")
    tops: dict[str, tuple[float, int | None]] = {}
    for name, expected, line in zip(*(standards.column(each).to_pylist() for each in names), strict=True):
        if expected is not None and expected > tops.get(name, (0.0, None))[0]:
            tops[name] = expected, line
    return tops


def _factor(unit: str, known: PanelAnalyte) -> float | None:
    """From the export's unit to the panel's; None where one of them is unknown or they measure different things."""
    source, target = to_unit(unit), to_unit(known.unit)
    if source is None or target is None or source.dimension != target.dimension:
        return None
    return float(factor(source, target))


def _refusal(file: str, panel: Panel, slips: list[_Slip], compared: int) -> PanelMismatch:
    first, more = slips[0], len(slips) - _MOST_SHOWN
    shown = "; ".join(map(str, slips[:_MOST_SHOWN])) + (f"; and {more} more" if more > 0 else "")
    return PanelMismatch(
        f"standards are of another size than panel {panel.name} says ({len(slips)} of {compared} analytes)",
        file=file,
        line=first.line,
        column=first.analyte,
        expected=f"a highest standard near {first.should_be}",
        found=shown,
        hint="correct the unit or the expected concentrations where they are written, and drop it again; if it is the panel's file that is "
        "wrong, correct its unit or range_high",
        cells=[WrongCell(slip.line, slip.analyte, slip.should_be, f"{slip.top:.6g} {slip.unit}") for slip in slips],
    )
