"""Is every analyte on the bead that it should be on? A name on another bead's region is another analyte's signal.

Two witnesses: the kit's panel, where it names regions; and the analyte names of the file itself, where most of them end with
their region, as in `Hu IL-2 (38)`. A panel without a region, an analyte that the panel does not have, and an analyte of the
panel that the plate does not have prove nothing and are legal; but a region that the panel gives to one analyte is no other's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from pbis.core.errors import PanelMismatch
from pbis.core.plates.panel import AliasTable, Panel
from pbis.core.plates.plate import PlateRead
from pbis.core.wrong_cell import WrongCell

_IN_NAME = re.compile(r"\((\d{1,3})\)\s*$", re.ASCII)
_QUORUM = 3  # analytes whose names must end with their regions before one that does not is wrong
_MOST_SHOWN = 20  # analytes in one message; own choice


class Bead(NamedTuple):
    """An analyte as an export names it, its bead region ('' where the export has none) and the line that says so."""

    name: str
    region: str
    line: int | None = None


@dataclass(frozen=True)
class _Slip:
    """A bead on another region than it should be; should_be in words, for example `region 48`."""

    bead: Bead
    should_be: str

    def __str__(self) -> str:
        line = f" (line {self.bead.line})" if self.bead.line else ""
        return f"{self.bead.name}{line} is on region {self.bead.region}, should be on {self.should_be}"


def check_panel_regions(read: PlateRead, panel: Panel | None, aliases: AliasTable) -> None:
    """Raise PanelMismatch, naming every bead and the region it should have, where the panel has another."""
    if panel is None:
        return
    hint = (
        "correct the analyte names of the protocol and export again; if the plate is of another kit, name that kit's panel; "
        "if it is the panel's file that is wrong, correct its bead_region"
    )
    _refuse(read, list(_off_panel(read, panel, aliases)), f"bead regions differ from panel {panel.name}", hint)


def check_named_regions(read: PlateRead) -> None:
    """Raise PanelMismatch where the names of most analytes end with their region, and of some with another's."""
    beads = [(bead, match.group(1)) for bead in _beads(read) if (match := _IN_NAME.search(bead.name))]
    agree = sum(named == bead.region for bead, named in beads)
    if agree < _QUORUM or 2 * agree <= read.analyte.num_rows:
        return
    slips = [_Slip(bead, f"region {named} by its name") for bead, named in beads if named != bead.region]
    _refuse(read, slips, "bead regions contradict the analytes' names", "correct the protocol and export again")


def _off_panel(read: PlateRead, panel: Panel, aliases: AliasTable) -> Iterator[_Slip]:
    owner = {known.bead_region: known.name for known in panel.analytes if known.bead_region}
    for bead in _beads(read):
        known = panel.analyte(aliases.name_of(bead.name))
        if known is not None and known.bead_region and known.bead_region != bead.region:
            yield _Slip(bead, f"region {known.bead_region}")
        elif known is None and bead.region in owner:
            yield _Slip(bead, f"a region of its own: this is {owner[bead.region]}'s in the panel")


def _beads(read: PlateRead) -> Iterator[Bead]:
    names = ("analyte_reported", "bead_region", "bead_region_line", "source_line")
    for name, region, at, line in zip(*(read.analyte.column(n).to_pylist() for n in names), strict=True):
        if region:
            yield Bead(name, region_number(region), at or line)


def region_number(region: str) -> str:
    """'038' -> '38', as panels write it."""
    return region.lstrip("0") or region


def _refuse(read: PlateRead, slips: list[_Slip], message: str, hint: str) -> None:
    if not slips:
        return
    first, more = slips[0], len(slips) - _MOST_SHOWN
    shown = "; ".join(map(str, slips[:_MOST_SHOWN])) + (f"; and {more} more" if more > 0 else "")
    raise PanelMismatch(
        f"{message} ({len(slips)} of {read.analyte.num_rows} analytes)",
        file=read.run.file_name,
        line=first.bead.line,
        column=first.bead.name,
        expected=first.should_be,
        found=f"region {first.bead.region}: {shown}",
        hint=hint,
        cells=[
            WrongCell(slip.bead.line, slip.bead.name, slip.should_be, f"region {slip.bead.region}") for slip in slips
        ],
    )
