"""Beside each assay value of the score: what plates of its lot differ by, from the controls and samples of the plates before it."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from pbis.core.trends.between import Between, PlateMeasure


def with_plates(inputs: pa.Table, found: Mapping[PlateMeasure, Between]) -> pa.Table:
    """frames.SCORE_INPUT with `plate_cv_pct`, `plate_cv_count` and `is_plate_even` filled in. A value of several plates has the
    greatest of their spreads, the fewest plates behind one, and is of even plates where each is; none where one of its plates has none."""
    names = ("source_kind", "source_key", "measure")
    rows = zip(*(inputs.column(name).to_pylist() for name in names), strict=True)
    told = [_of(key, measure, found) if kind == "assay" and key else None for kind, key, measure in rows]
    values = {
        "plate_cv_pct": pa.array([one.cv_pct if one else None for one in told], pa.float64()),
        "plate_cv_count": pa.array([one.plates if one else None for one in told], pa.int64()),
        "is_plate_even": pa.array([one.is_even if one else None for one in told], pa.bool_()),
    }
    for name, array in values.items():
        inputs = inputs.set_column(inputs.column_names.index(name), inputs.schema.field(name), array)
    return inputs


def _of(source_key: str, measure: str, found: Mapping[PlateMeasure, Between]) -> Between | None:
    """source_key: assay_id:plate_number:wells:analyte, several joined by ;"""
    plates = (one.split(":", 2)[:2] for one in source_key.split(";"))
    spreads = [found.get((assay_id, int(number), measure)) for assay_id, number in plates]
    known = [one for one in spreads if one is not None]
    if len(known) < len(spreads):
        return None
    return Between(
        max(one.cv_pct for one in known), min(one.plates for one in known), all(one.is_even for one in known)
    )
