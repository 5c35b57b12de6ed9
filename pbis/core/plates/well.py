"""Which well holds what: roles, replicate groups, standard levels, dilutions. From the layout, else from the file's reagent
tables or its kit's lot sheet, else from exact default names; never from a prefix, never from the number in a label. Which wells
are the background may also be proven by the export's own Net MFI (pbis.core.plates.background). A well about which something that its
numbers rest on is unknown is held: it carries a doubt, and nothing is computed for it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from pbis.core.frames import WELL
from pbis.core.plates.background import settle_backgrounds
from pbis.core.plates.dilution import UNDILUTED, settle_dilutions
from pbis.core.plates.doubtful import WellRelease, hold_doubtful
from pbis.core.plates.label import fold_label
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.standard_level import standard_levels
from pbis.core.words import plural

_DEFAULT_NAMES = (
    (re.compile(r"background0"), "background"),
    (re.compile(r"standard[1-9]\d*"), "standard"),
    (re.compile(r"control[1-9]\d*"), "qc_control"),
    (re.compile(r"unknown[1-9]\d*"), "unknown"),
)
_NEEDS_LABEL = ("standard", "qc_control")
_CODE = re.compile(
    r"(s|es|c)[1-9]\d*"
)  # INTELLIFLEX and Bio-Plex call the wells so, whatever their reagents are called


@dataclass(frozen=True)
class WellAssignment:
    """table: the well frame, a row a well in file order; warnings: (code, message) pairs."""

    table: pa.Table
    warnings: tuple[tuple[str, str], ...] = ()


@dataclass
class _Context:
    """What the rows are decided from, and the warnings met on the way."""

    reagents: Mapping[str, tuple[str, str]]  # folded label -> (label as written, kind)
    is_analysed: bool  # the export names reagents itself, so that it knows what its other wells hold
    told: frozenset[str] = frozenset()  # folded labels that only the kit's lot sheet names
    declared: Mapping[tuple[int, str], tuple[str, str]] = field(default_factory=dict)  # (type as written, role)
    warnings: list[tuple[str, str]] = field(default_factory=list)
    unknown_labels: dict[str, int] = field(default_factory=dict)
    released: Mapping[tuple[int, str], WellRelease] = field(default_factory=dict)

    @property
    def alone(self) -> _Context:
        """The same for one label asked by itself: what is met is not told."""
        return _Context(self.reagents, self.is_analysed, self.told)


@dataclass(frozen=True)
class _Role:
    name: str
    source: str
    reagent: str | None = None


def assign_roles(read: PlateRead, layout: pa.Table | None, released: Sequence[WellRelease] = ()) -> WellAssignment:
    """Role, replicate group, standard level and dilution of every well of a run.

    layout: LAYOUT rows of this plate only, or None; released: what people said of held wells. Raises CorruptedLadder where
    analytes rank the standards differently, MalformedFile where the label of a standard or background is in doubt.
    """
    wells = _wells(read)
    reagents, told = _reagents(read), frozenset(map(fold_label, read.lot_sheet_labels))
    told_of = {one.key: one for one in released}
    context = _Context(reagents, not set(reagents) <= told, told, _declared(read), released=told_of)
    layout_rows = _layout_rows(layout)
    rows = [
        _row(read.run.run_id, well, layout_rows.get((well["plate_number"], well["well"])), context) for well in wells
    ]
    levels = standard_levels(read)
    for row in rows:
        row["standard_level"] = levels.get(str(row["reagent_label"])) if row["well_role"] == "standard" else None
    hold_doubtful(read, rows, lambda label: _from_file(label, context.alone).name, told_of)
    context.warnings += settle_backgrounds(read, rows)
    factors = {key: one.dilution for key, one in told_of.items() if one.dilution is not None}
    context.warnings += settle_dilutions(read, rows, wells, layout_rows, factors)
    _group(rows)
    _review(rows, wells, layout_rows, layout is not None, levels, context)
    return WellAssignment(
        WELL.table({name: [row[name] for row in rows] for name in WELL.names}), tuple(context.warnings)
    )


def _wells(read: PlateRead) -> list[dict[str, Any]]:
    """The first reading of every well: plate_number, well, sample_label, dilution_factor_reported, source_line, in file order."""
    analytes = max(read.analyte.num_rows, 1)
    names = ["plate_number", "well", "sample_label", "dilution_factor_reported", "source_line"]
    first = read.reading.select(names).take(pa.array(range(0, read.reading.num_rows, analytes), pa.int64()))
    return list(first.to_pylist())


def _reagents(read: PlateRead) -> dict[str, tuple[str, str]]:
    labels, kinds = (read.reagent.column(name).to_pylist() for name in ("reagent_label", "reagent_kind"))
    return {fold_label(label): (label, kind) for label, kind in zip(labels, kinds, strict=True)}


def _declared(read: PlateRead) -> dict[tuple[int, str], tuple[str, str]]:
    names = ("plate_number", "well", "well_type", "well_role")
    columns = (read.well_type.column(name).to_pylist() for name in names)
    return {(plate, well): (code, role) for plate, well, code, role in zip(*columns, strict=True)}


def _layout_rows(layout: pa.Table | None) -> dict[tuple[int, str], dict[str, Any]]:
    rows = [] if layout is None else layout.to_pylist()
    return {(row["plate_number"], row["well"]): row for row in rows}


def _row(run_id: str, well: dict[str, Any], planned: dict[str, Any] | None, context: _Context) -> dict[str, Any]:
    label = str(well["sample_label"] or "")
    declared = context.declared.get((well["plate_number"], well["well"]))
    role = _from_layout(planned, label, declared, context) if planned else _from_export(label, declared, context)
    specimen = planned["specimen_id"] if planned else None
    release = context.released.get((well["plate_number"], well["well"]))
    if release and release.specimen is not None:
        role, specimen = _Role("unknown", "decision"), release.specimen
    return {
        "run_id": run_id,
        "plate_number": well["plate_number"],
        "well": well["well"],
        "sample_label": well["sample_label"],
        "well_role": role.name,
        "role_source": role.source,
        "reagent_label": role.reagent,
        "specimen_id": specimen,
        "dilution_factor": None,
        "dilution_source": None,
        "doubt": None,
        "doubt_reason": None,
    }


def _from_layout(planned: dict[str, Any], label: str, declared: tuple[str, str] | None, context: _Context) -> _Role:
    role = str(planned["well_role"])
    in_file = _from_export(label, declared, context.alone)
    written = in_file.reagent if in_file.name == role and in_file.reagent else label
    wanted = str(planned["reagent_label"] or (written if role in _NEEDS_LABEL else ""))
    known = context.reagents.get(fold_label(wanted)) if wanted else None
    if known is None and in_file.name == role and in_file.reagent and _CODE.fullmatch(fold_label(wanted)):
        known = context.reagents.get(
            fold_label(in_file.reagent)
        )  # a code and a name are two words for what the well holds
    if role in _NEEDS_LABEL and context.reagents and (known is None or known[1] != role):
        message = f"layout: well {planned['well']} is {role} {wanted!r}, which {_tables(context)} do not hold"
        context.warnings.append(("layout_reagent_unknown", message))
    if in_file.source != "none" and in_file.name != role and in_file.name != "unknown":
        message = (
            f"well {planned['well']}: the layout says {role}, the export's {label!r} says {in_file.name}; layout used"
        )
        context.warnings.append(("role_conflict", message))
    reagent = (known[0] if known else wanted) if role in _NEEDS_LABEL else None
    return _Role(role, "layout", reagent or None)


def _tables(context: _Context) -> str:
    return "the export's reagent tables and its lot sheet" if context.told else "the export's reagent tables"


def _from_export(label: str, declared: tuple[str, str] | None, context: _Context) -> _Role:
    """The type that the export gives the well, where its format has types; else what its sample name proves."""
    if declared is None:
        return _from_file(label, context)
    code, role = declared
    if role not in _NEEDS_LABEL:
        return _Role(role, "well_type")
    found = (context.reagents.get(fold_label(name)) for name in (code, label) if name)
    known = next((entry for entry in found if entry is not None and entry[1] == role), None)
    return _Role(role, "well_type", known[0] if known else code)


def _from_file(label: str, context: _Context) -> _Role:
    folded = fold_label(label)
    known = context.reagents.get(folded)
    if known is not None:
        return _Role(known[1], "lot_sheet" if folded in context.told else "reagent_table", known[0])
    default = next((role for pattern, role in _DEFAULT_NAMES if pattern.fullmatch(folded)), None)
    if default is not None:
        return _Role(default, "default_name", label if default in _NEEDS_LABEL else None)
    if context.is_analysed:
        return _Role("unknown", "reagent_table")
    context.unknown_labels[label] = context.unknown_labels.get(label, 0) + 1
    return _Role("unknown_role", "none")


def _group(rows: Sequence[dict[str, Any]]) -> None:
    """Wells of one sample at one dilution share a name. A well without a factor stands by the sample's others where these have
    one factor, so that they are known to be left alone; where they have none or several it stands apart."""
    names = [str(row["reagent_label"] or row["specimen_id"] or row["sample_label"] or row["well"]) for row in rows]
    factors: dict[str, set[float]] = {}
    for name, row in zip(names, rows, strict=True):
        if row["dilution_factor"] is not None:
            factors.setdefault(name, set()).add(row["dilution_factor"])
    for name, row in zip(names, rows, strict=True):
        factor, known = row["dilution_factor"], factors.get(name, set())
        if row["well_role"] in UNDILUTED:
            row["replicate_group"] = name
            continue
        if factor is None and len(known) == 1:
            factor = next(iter(known))
        row["replicate_group"] = f"{name} x?" if factor is None else f"{name} x{factor:.10g}"


def _review(
    rows: Sequence[dict[str, Any]],
    wells: Sequence[dict[str, Any]],
    layout: Mapping[tuple[int, str], dict[str, Any]],
    has_layout: bool,
    levels: Mapping[str, int],
    context: _Context,
) -> None:
    """Say what a person should know about the roles as a whole."""
    still = {str(row["sample_label"] or "") for row in rows if row["well_role"] == "unknown_role"}
    context.unknown_labels = {name: n for name, n in context.unknown_labels.items() if name in still}
    if context.unknown_labels:
        count, names = sum(context.unknown_labels.values()), sorted(context.unknown_labels)
        shown = ", ".join(map(repr, names[:8])) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        context.warnings.append(
            (
                "unknown_role",
                f"neither layout nor export says what {plural(count, 'well holds', 'wells hold')}: {shown}",
            )
        )
    read = {(well["plate_number"], well["well"]) for well in wells}
    if has_layout:
        _note(context, "layout_well_not_read", "the layout names wells without a reading", sorted(set(layout) - read))
        _note(context, "well_not_in_layout", "wells are not in the layout", sorted(read - set(layout)))
    ladderless = sorted({str(r["reagent_label"]) for r in rows if r["well_role"] == "standard"} - set(levels))
    if ladderless:
        message = f"standards without expected concentrations: {', '.join(ladderless)}"
        context.warnings.append(("no_expected_concentration", message))
    if not any(row["well_role"] == "background" for row in rows):
        context.warnings.append(("no_background", "no well is a background well"))


def _note(context: _Context, code: str, message: str, keys: Sequence[tuple[int, str]]) -> None:
    if keys:
        context.warnings.append((code, f"{message}: {', '.join(well for _, well in keys[:12])} ({len(keys)} in all)"))
