"""Units that only a site's word gives a size: factors of kits, and what a blank unit means."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

import msgspec

from pbis.core.units import is_same_unit, to_unit
from pbis.labs.model import KitFactor, UnitRule
from pbis.labs.own_words import MapText


class KitEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A [[kit_factor]] of a map: a value in `unit` times `factor` is the value in `to`."""

    analyte: str
    unit: str
    factor: str
    to: str
    source: str


def blank_unit(analyte: str, unit: str, units: Mapping[str, UnitRule], text: MapText) -> str:
    """The unit that a blank cell means. ConfigError with the line where the test may not be reported in it."""
    found = to_unit(unit)
    if analyte not in units or found is None or found.name not in units[analyte].allowed:
        text.refuse("unit_where_blank", analyte, f"{analyte} may not be reported in {unit!r}")
    return unit


def kit_factors(
    entries: Iterable[KitEntry], spelled: Mapping[str, str], units: Mapping[str, UnitRule], text: MapText
) -> tuple[KitFactor, ...]:
    """The map's factors. ConfigError with the line: no such test or unit, no positive factor, no source, two sizes of one unit."""
    kits = [_kit_factor(entry, spelled, units, text) for entry in entries]
    for at, kit in enumerate(kits):
        for other in kits[:at]:
            same = kit.analyte == other.analyte and is_same_unit(kit.unit, other.unit)
            if same and kit.in_canonical(units) != other.in_canonical(units):
                text.refuse("kit_factor", "unit", f"{kit.analyte} has two factors for {kit.unit!r}")
    return tuple(kits)


def _kit_factor(entry: KitEntry, spelled: Mapping[str, str], units: Mapping[str, UnitRule], text: MapText) -> KitFactor:
    target = to_unit(entry.to)
    if entry.analyte not in units or target is None or target.name not in units[entry.analyte].allowed:
        text.refuse("kit_factor", "analyte", f"{entry.analyte} may not be kept in {entry.to!r}")
    if (
        not re.fullmatch(r"[0-9]+(\.[0-9]+)?(/[0-9]+)?", entry.factor)
        or not _fraction(entry.factor)
        or not entry.source
    ):
        words = f"expected a positive decimal factor and its source; found {entry.factor!r}"
        text.refuse("kit_factor", "factor", words)
    unit = "".join(entry.unit.split())
    return KitFactor(entry.analyte, spelled.get(unit, unit), _fraction(entry.factor), target.name, entry.source)


def _fraction(text: str) -> Fraction:
    top, _, bottom = text.partition("/")
    return Fraction(top) / Fraction(bottom or "1")
