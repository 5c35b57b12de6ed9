"""The audit of units: for every laboratory row from which unit, to which, by which exact factor and by whose rule."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.lab_values import convert
from pbis.core.frames.model import TEXT, WHOLE, Column, FrameSpec
from pbis.labs import LabsMap

CONVERSION = FrameSpec(
    "unit_conversion",
    "analyte x unit as sent x rule, of one file",
    ("file_id", "analyte", "code_system", "unit_reported"),
    (
        Column("file_id", TEXT, "sha256 of the clinical file's bytes", False),
        Column("analyte", TEXT, "analyte", False),
        Column("code_system", TEXT, "loinc or local", False),
        Column("unit_reported", TEXT, "unit as sent"),
        Column("unit", TEXT, "canonical unit; null where the unit was refused"),
        Column("factor_text", TEXT, "exact factor reported -> canonical, as a fraction; null where refused"),
        Column("rule", TEXT, "by which the factor holds, or why there is none", False),
        Column("row_count", WHOLE, "rows", False),
    ),
)
_KEY = ["file_id", "analyte", "code_system", "unit_reported"]


def conversions(lab: pa.Table, labs_map: LabsMap) -> pa.Table:
    """CONVERSION of frames.LAB rows under the map that they were read with, sorted by its key."""
    known = lab.filter(pc.is_valid(lab.column("analyte")))
    counted = (
        known.select(_KEY).group_by(_KEY).aggregate([([], "count_all")]).sort_by([(name, "ascending") for name in _KEY])
    )
    rows = counted.to_pylist()
    found = [
        convert(r["analyte"], r["unit_reported"] or "", labs_map, is_local=r["code_system"] == "local") for r in rows
    ]
    columns = {name: counted.column(name) for name in _KEY} | {
        "unit": [each.unit for each in found],
        "factor_text": [None if each.by is None else str(each.by) for each in found],
        "rule": [each.rule if each.by is not None else each.detail or "" for each in found],
        "row_count": counted.column("count_all"),
    }
    return CONVERSION.table(columns)


def rule_of_rows(lab: pa.Table, labs_map: LabsMap) -> pa.Array:
    """The rule of every row's conversion; null where its code is unknown or its unit was refused."""
    names = ("analyte", "code_system", "unit_reported")
    keys = list(zip(*(lab.column(name).to_pylist() for name in names), strict=True))
    rules = {(analyte, system, unit): _rule(analyte, system, unit, labs_map) for analyte, system, unit in set(keys)}
    return pa.array([rules[key] for key in keys], pa.string())


def _rule(analyte: str | None, system: str | None, unit: str | None, labs_map: LabsMap) -> str | None:
    if analyte is None:
        return None
    found = convert(analyte, unit or "", labs_map, is_local=system == "local")
    return None if found.by is None else found.rule
