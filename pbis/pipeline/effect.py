"""What a decision, or an upgrade, would change: tables of what stands otherwise, and the same in words and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.words import plural
from pbis.pipeline.taken_back import amount_of, points_of

SHOWN = 8  # lines of a kind in words; the others are in the JSON form
_NOTHING = "nothing would change"
_UNITS = (
    ("plates", "plate verdict", None),
    ("analytes", "analyte verdict", None),
    ("readings", "reading", None),
    ("replicates", "replicate result", None),
    ("scores", "patient", "patients"),
)


@dataclass(frozen=True)
class Effect:
    """Rows that would stand otherwise. Each table has its key, what tells a reader more of it, and each cell that is compared twice, as
    NAME_before and NAME_after; null where there is no such row before or after.

    plates: a row a plate (run_id, plate_number | plate): state (held where it waits for a person), analytes_passed, analytes_warned,
    analytes_failed, reportable_pct in %.
    analytes: a plate x analyte (run_id, plate_number, analyte | plate): state, reasons, reportable_count in wells.
    readings: a well x analyte (run_id, plate_number, well, analyte | plate, well_role, replicate_group, specimen_id, subject_id): value_op,
    value and unit (the bound where value_op is < or >), status, lloq and uloq in unit, qc_state, reportable, reasons.
    replicates: a specimen x analyte x plate x dilution (run_id, plate_number, specimen_id, analyte, dilution_factor | plate): value_op, value,
    unit, ci_low and ci_high in unit, used_count in wells, excluded_because.
    scores: a subject x cut-off set (subject_id, cutoff_set | is_site_set): score, score_min, score_max in points, group, reasons, is_certain,
    is_near_cut, marks, p_high.
    components: a subject x cut-off set x component: point, value_op, value_text, unit, reason, is_at_cut, is_near_cut, flip_probability.
    notes: what the night would say beside it.
    """

    plates: pa.Table
    analytes: pa.Table
    readings: pa.Table
    replicates: pa.Table
    scores: pa.Table
    components: pa.Table
    notes: tuple[str, ...] = ()

    @property
    def tables(self) -> dict[str, pa.Table]:
        """The tables by their names."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "notes"}

    @property
    def is_empty(self) -> bool:
        """Nothing would stand otherwise."""
        return not any(table.num_rows for table in self.tables.values())

    @property
    def moved(self) -> pa.Table:
        """Scores under the set that the site reports."""
        return self.scores.filter(pc.fill_null(self.scores.column("is_site_set"), False))


def as_json(effect: Effect) -> dict[str, Any]:
    """The same for programs: every row of every table, whether nothing would change, and the notes."""
    tables = {name: table.to_pylist() for name, table in effect.tables.items()}
    whole: dict[str, Any] = json.loads(json.dumps(tables, default=str))
    return {"nothing_would_change": effect.is_empty, **whole, "notes": list(effect.notes)}


def to_words(effect: Effect) -> list[str]:
    """What would change, as lines for people: how much of it, then patients, plates, analytes and readings, the first of each."""
    if effect.is_empty:
        return [_NOTHING, *(f"note: {note}" for note in effect.notes)]
    lines = [counted(effect)]
    lines += _most("patients", [_patient(row, effect) for row in effect.moved.to_pylist()])
    lines += _most("plates", [_verdict(row, "") for row in effect.plates.to_pylist()])
    lines += _most("analytes", [_verdict(row, f", {row['analyte']}") for row in effect.analytes.to_pylist()])
    lines += _most("results", [_replicate(row) for row in effect.replicates.to_pylist()])
    lines += _most("readings", [_reading(row) for row in effect.readings.to_pylist()])
    return [*lines, *(f"note: {note}" for note in effect.notes)]


def counted(effect: Effect) -> str:
    """`would change: 1 plate verdict, 4 readings, 1 patient`; patients by the set that the site reports."""
    counts = {name: table.num_rows for name, table in effect.tables.items()} | {"scores": effect.moved.num_rows}
    parts = [plural(counts[name], one, many) for name, one, many in _UNITS if counts[name]]
    return f"would change: {', '.join(parts) or 'patients under other cut-off sets only'}"


def _most(what: str, lines: list[str]) -> Iterator[str]:
    yield from (f"  {line}" for line in lines[:SHOWN])
    if len(lines) > SHOWN:
        yield f"  and {len(lines) - SHOWN} more {what} (--json has all)"


def _patient(row: Mapping[str, Any], effect: Effect) -> str:
    was, now = (points_of(row[f"group_{end}"], row[f"score_min_{end}"], row[f"score_max_{end}"]) for end in _ENDS)
    own = [
        part
        for part in effect.components.to_pylist()
        if (part["subject_id"], part["cutoff_set"]) == (row["subject_id"], row["cutoff_set"])
    ]
    parts = "; ".join(_component(part) for part in own)
    reasons = _pair(row, "reasons")
    return (
        f"patient {row['subject_id']}: {was} -> {now}"
        + (f", because {reasons}" if reasons else "")
        + (f"; {parts}" if parts else "")
    )


_ENDS = ("before", "after")


def _component(row: Mapping[str, Any]) -> str:
    ends = [amount_of(row[f"value_op_{end}"], row[f"value_text_{end}"], row[f"unit_{end}"]) for end in _ENDS]
    said = [
        f"{value} ({row[f'reason_{end}']})" if row[f"reason_{end}"] else value
        for value, end in zip(ends, _ENDS, strict=True)
    ]
    point = _pair(row, "point")
    return f"{row['component']} {said[0]} -> {said[1]}" + (f", point {point}" if point else "")


def _verdict(row: Mapping[str, Any], inside: str) -> str:
    was, now = row["state_before"] or "none", row["state_after"] or "none"
    counts = [
        f"{word} {_pair(row, name)}"
        for name, word in _COUNTS.items()
        if row.get(f"{name}_before") != row.get(f"{name}_after")
    ]
    reasons = _pair(row, "reasons") if "reasons_before" in row else ""
    said = f"plate {_name(row)}{inside}: {was} -> {now}" if was != now else f"plate {_name(row)}{inside}: stays {now}"
    return ", ".join([said, *counts, *([f"because {reasons}"] if reasons else [])])


_COUNTS = {
    "analytes_passed": "passed",
    "analytes_warned": "with warnings",
    "analytes_failed": "failed",
    "reportable_pct": "% reportable",
    "reportable_count": "wells reportable",
}


def _replicate(row: Mapping[str, Any]) -> str:
    was, now = (_value(row, end) for end in _ENDS)
    wells = _pair(row, "used_count")
    return f"{row['specimen_id']}, {row['analyte']}, plate {_name(row)}: {was} -> {now}" + (
        f", wells {wells}" if wells else ""
    )


def _reading(row: Mapping[str, Any]) -> str:
    ends = [f"{_value(row, end)} {row[f'qc_state_{end}'] or 'not judged'}" for end in _ENDS]
    because = row["reasons_after"] if row["reasons_after"] != row["reasons_before"] else None
    return f"plate {_name(row)}, {row['well']}, {row['analyte']}: {ends[0]} -> {ends[1]}" + (
        f", because {because}" if because else ""
    )


def _value(row: Mapping[str, Any], end: str) -> str:
    value = row[f"value_{end}"]
    return amount_of(row[f"value_op_{end}"], None if value is None else f"{value:.4g}", row[f"unit_{end}"])


def _name(row: Mapping[str, Any]) -> str:
    return f"{row['plate']}/{row['plate_number']}" if row["plate_number"] > 1 else str(row["plate"])


def _pair(row: Mapping[str, Any], name: str) -> str:
    """`0 -> 1`; '' where it is the same."""
    was, now = (row[f"{name}_{end}"] for end in _ENDS)
    return "" if was == now else f"{_said(was)} -> {_said(now)}"


def _said(cell: object) -> str:
    if cell is None:
        return "none"
    return f"{cell:.4g}" if isinstance(cell, float) else str(cell)
