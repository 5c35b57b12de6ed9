"""What a curve is called and in which unit it speaks: canonical name, bead region, unit with its exact factor, kit range."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pbis.core.plates.ladder import marked
from pbis.core.plates.panel import AliasTable, Panel, PanelAnalyte
from pbis.core.plates.plate import PlateRead
from pbis.core.units import MASS, factor, to_unit

CANONICAL_MASS_UNIT = "pg/mL"


@dataclass(frozen=True)
class CurveKey:
    """An analyte of a plate. factor: multiplies reported concentrations into `unit`; kit range in `unit`, NaN where undeclared."""

    reported: str
    name: str
    bead_region: str | None
    unit_reported: str | None
    unit: str | None
    factor: float
    is_unit_from_panel: bool
    wants_four: bool
    kit_low: float
    kit_high: float
    is_ladder_wrong: bool = False  # one of its expected concentrations cannot be right: no curve is fitted


def curve_keys(read: PlateRead, panel: Panel | None, aliases: AliasTable) -> tuple[CurveKey, ...]:
    """Keys of all analytes of an export, sorted by canonical name.

    Two reported names of one canonical analyte would collide, so such analytes keep their reported names.
    """
    rows = _analyte_rows(read)
    named = {r["analyte_reported"]: aliases.name_of(r["analyte_reported"]) for r in rows}
    uses = Counter(named.values())
    wrong = {suspect.analyte for suspect in marked(read.reagent)}
    keys = []
    for row in rows:
        reported = row["analyte_reported"]
        name = named[reported] if uses[named[reported]] == 1 else reported
        keys.append(_key(row, name, panel.analyte(name) if panel else None, reported in wrong))
    return tuple(sorted(keys, key=lambda k: (k.name, k.reported)))


def _analyte_rows(read: PlateRead) -> list[dict[str, Any]]:
    """Rows of the analyte table, then analytes that only readings name."""
    rows = list(read.analyte.to_pylist())
    known = {r["analyte_reported"] for r in rows}
    others = [name for name in read.reading.column("analyte_reported").unique().to_pylist() if name not in known]
    return rows + [{"analyte_reported": name} for name in others]


def _key(row: dict[str, Any], name: str, kit: PanelAnalyte | None, is_ladder_wrong: bool) -> CurveKey:
    reported = row.get("unit_reported")
    unit, by = _unit(reported, kit)
    kit_low, kit_high = _kit_range(kit, unit)
    return CurveKey(
        reported=row["analyte_reported"],
        name=name,
        bead_region=row.get("bead_region"),
        unit_reported=reported,
        unit=unit,
        factor=by,
        is_unit_from_panel=reported is None and unit is not None,
        wants_four="4p" in "".join((row.get("analysis_type") or "").casefold().split()),
        kit_low=kit_low,
        kit_high=kit_high,
        is_ladder_wrong=is_ladder_wrong,
    )


def _unit(reported: str | None, kit: PanelAnalyte | None) -> tuple[str | None, float]:
    """(unit, factor). A unit that is not in the table stays as reported; without one the kit's insert says it."""
    spelled = reported or (kit.unit if kit else None)
    known = to_unit(spelled) if spelled else None
    if known is None:
        return spelled, 1.0
    if known.dimension != MASS:
        return known.name, 1.0
    return CANONICAL_MASS_UNIT, float(factor(known, CANONICAL_MASS_UNIT))


def _kit_range(kit: PanelAnalyte | None, unit: str | None) -> tuple[float, float]:
    if kit is None or unit is None:
        return float("nan"), float("nan")
    source, target = to_unit(kit.unit), to_unit(unit)
    if source is None or target is None or source.dimension != target.dimension:
        same = kit.unit == unit
        by = 1.0 if same else float("nan")
    else:
        by = float(factor(source, target))
    low, high = (float(Decimal(text)) * by if text else float("nan") for text in (kit.range_low, kit.range_high))
    return low, high
