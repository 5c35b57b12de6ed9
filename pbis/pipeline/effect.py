"""What a decision, or an upgrade, would change: tables of what stands otherwise, and the same for programs (in words: effect_words.py)."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from typing import Any

import pyarrow as pa


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
    patients: a subject (subject_id), as the site reports it: cutoff_set, score, score_min, score_max in points, group, reasons, is_certain,
    is_near_cut, marks, p_high.
    scores: the same of a subject x cut-off set (subject_id, cutoff_set), whichever the site reports.
    components: a subject x cut-off set x component: point, value_op, value_text, unit, reason, is_at_cut, is_near_cut, flip_probability.
    notes: what the night would say beside it.
    """

    plates: pa.Table
    analytes: pa.Table
    readings: pa.Table
    replicates: pa.Table
    patients: pa.Table
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


def as_json(effect: Effect) -> dict[str, Any]:
    """The same for programs: every row of every table, whether nothing would change, and the notes."""
    tables = {name: table.to_pylist() for name, table in effect.tables.items()}
    whole: dict[str, Any] = json.loads(json.dumps(tables, default=str))
    return {"nothing_would_change": effect.is_empty, **whole, "notes": list(effect.notes)}
