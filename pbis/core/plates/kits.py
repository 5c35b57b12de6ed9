"""Which of a site's kits an export is of: every analyte of the export stands in the kit's panel, by name and bead region.

An export of two kits, or of none, is refused, because units, ranges and what is plausible come from the panel. A kit of which
the export holds fewer than half of the analytes is another kit that shares some of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pbis.core.errors import PanelMismatch
from pbis.core.plates.panel import AliasTable, Panel, normalise
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.regions import Bead, check_panel_regions, region_number

LEAST_SHARE = 2  # an export holds at least one in so many of the kit's analytes: premixes leave some out, never most
_MOST_SHOWN = 8  # analytes in one message: enough to know the kit by


@dataclass(frozen=True)
class Fit:
    """A kit that an export is of. absent: analytes of the kit that the export does not hold, in the kit's order."""

    panel: Panel
    absent: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """For a person; '' where the export holds all analytes of the kit."""
        if not self.absent:
            return ""
        total = len(self.panel.analytes)
        return (
            f"the export holds {total - len(self.absent)} of the {total} analytes of {self.panel.name}; "
            f"without {_some(self.absent)}"
        )


def beads_of(read: PlateRead) -> tuple[Bead, ...]:
    """The export's analytes in its order."""
    columns = (read.analyte.column(name).to_pylist() for name in ("analyte_reported", "bead_region", "source_line"))
    return tuple(Bead(name, region or "", line) for name, region, line in zip(*columns, strict=True))


def fit(beads: Iterable[Bead], panel: Panel, aliases: AliasTable) -> Fit | None:
    """The export as one of this kit, or None: an analyte is not in the panel, is on another bead, or most of the kit is absent."""
    found = set()
    for bead in beads:
        known = panel.analyte(aliases.name_of(bead.name))
        if known is None or (known.bead_region and bead.region and region_number(bead.region) != known.bead_region):
            return None
        found.add(known.name)
    if LEAST_SHARE * len(found) < len(panel.analytes):
        return None
    return Fit(panel, tuple(analyte.name for analyte in panel.analytes if analyte.name not in found))


def fitting(beads: Sequence[Bead], panels: Sequence[Panel], aliases: AliasTable) -> list[Fit]:
    """Every kit of the site that the export may be of."""
    return [found for panel in panels if (found := fit(beads, panel, aliases)) is not None]


def kit_of(read: PlateRead, panels: Sequence[Panel], aliases: AliasTable, told: str | None = None) -> Fit | None:
    """The one kit that the export is of; None where the site names no kit. Raises PanelMismatch where two fit, or none.

    told: name of the panel that a person says it is; its regions are held against the export, nothing else is.
    """
    if not panels:
        return None
    beads = beads_of(read)
    if told is not None:
        return _told(read, beads, panels, aliases, told)
    found = fitting(beads, panels, aliases)
    if len(found) == 1:
        return found[0]
    if found:
        raise PanelMismatch(
            f"the export may be of {len(found)} kits",
            file=read.run.file_name,
            expected="one of the site's panels to hold all of its analytes on their bead regions",
            found=" and ".join(one.panel.name for one in found),
            hint="say which it is: pbis decide tell --file (hash) --panel NAME; or take one of them out of [assay] panels",
        )
    _refuse_neighbour(read, beads, panels, aliases)
    raise _of_none(read, beads, panels, aliases)


def _told(read: PlateRead, beads: Sequence[Bead], panels: Sequence[Panel], aliases: AliasTable, told: str) -> Fit:
    panel = next((panel for panel in panels if panel.name == told), None)
    if panel is None:
        raise PanelMismatch(
            f"the export is said to be of panel {told}, which is none of the site's",
            file=read.run.file_name,
            expected=" or ".join(panel.name for panel in panels),
            found=told,
            hint="name the panel in [assay] panels of site.toml",
        )
    check_panel_regions(read, panel, aliases)
    held = {aliases.name_of(bead.name) for bead in beads}
    return Fit(panel, tuple(analyte.name for analyte in panel.analytes if analyte.name not in held))


def _refuse_neighbour(read: PlateRead, beads: Sequence[Bead], panels: Sequence[Panel], aliases: AliasTable) -> None:
    """Raise what is wrong with the kit whose names most of the export's analytes have: that is the kit it is meant to be."""
    shared = {panel.name: sum(_is_named(bead, panel, aliases) for bead in beads) for panel in panels}
    nearest = max(panels, key=lambda panel: shared[panel.name])
    if 2 * shared[nearest.name] <= len(beads):
        return
    check_panel_regions(read, nearest, aliases)
    if shared[nearest.name] == len(beads):
        total = len(nearest.analytes)
        raise PanelMismatch(
            f"the export holds {len(beads)} of the {total} analytes of {nearest.name}, fewer than half: another kit",
            file=read.run.file_name,
            line=beads[0].line,
            expected=f"at least {-(-total // LEAST_SHARE)} of them",
            found=_some([bead.name for bead in beads]),
            hint=_PROPOSE,
        )


_PROPOSE = (
    "propose its panel from this file: pbis panel propose FILE -o NAME.toml; complete it, name it in [assay] panels of "
    "site.toml, and drop the file into the inbox again"
)


def _of_none(read: PlateRead, beads: Sequence[Bead], panels: Sequence[Panel], aliases: AliasTable) -> PanelMismatch:
    strange = [bead for bead in beads if not any(_is_named(bead, panel, aliases) for panel in panels)]
    names, kit = ", ".join(panel.name for panel in panels), kit_name(read)
    said = f"{len(strange)} of {len(beads)} analytes are in none of {names}" if strange else f"none of {names} fits"
    said += f"; the export calls its kit {kit}" if kit else ""
    said += "".join(
        f"; {panel} spells {own} otherwise, as {known}" for panel, own, known in _respelled(strange, panels)
    )
    found = _some([bead.name for bead in strange]) if strange else _shortfalls(beads, panels, aliases)
    return PanelMismatch(
        said,
        file=read.run.file_name,
        line=(strange or beads)[0].line if beads else None,
        column=strange[0].name if strange else None,
        expected="every analyte in one of the site's panels, by name and bead region",
        found=found if beads else "no analyte",
        hint=_PROPOSE,
    )


def _shortfalls(beads: Sequence[Bead], panels: Sequence[Panel], aliases: AliasTable) -> str:
    """What each panel lacks of an export whose names all stand in one panel or another."""
    lacking = {panel.name: [b.name for b in beads if not _is_named(b, panel, aliases)] for panel in panels}
    return "; ".join(f"{name} without {_some(absent)}" for name, absent in lacking.items() if absent)


def _respelled(strange: Sequence[Bead], panels: Sequence[Panel]) -> list[tuple[str, str, str]]:
    """(panel, export's name, panel's name) where an unreviewed name differs in case, blanks or dashes alone; a few of them."""
    known = {normalise(each.name): (panel.name, each.name) for panel in reversed(panels) for each in panel.analytes}
    found = [(bead.name, known[normalise(bead.name)]) for bead in strange if normalise(bead.name) in known]
    return [(panel, own, name) for own, (panel, name) in found[:_MOST_SHOWN]]


def kit_name(read: PlateRead) -> str | None:
    """What the export calls its kit: the kit's lot, else the protocol that read it."""
    for lot in read.lot.select(["lot_kind", "lot_name", "label"]).to_pylist():
        name = lot["lot_name"] or lot["label"]
        if lot["lot_kind"] == "kit" and name:
            return str(name)
    return read.run.protocol_name or None


def _is_named(bead: Bead, panel: Panel, aliases: AliasTable) -> bool:
    return panel.analyte(aliases.name_of(bead.name)) is not None


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_SHOWN
    return ", ".join(names[:_MOST_SHOWN]) + (f" and {more} more" if more > 0 else "")
