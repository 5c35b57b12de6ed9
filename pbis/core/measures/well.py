"""Measures of a well against the other wells of its replicate group, over all analytes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pbis.core.measures import group as by
from pbis.core.measures.group import Groups, Reals
from pbis.core.measures.qc import MeasureSettings
from pbis.core.measures.reading import wells_of
from pbis.core.measures.spec import WELLS

MAD_TO_SD = 1.4826  # 1 / ndtri(0.75): makes a median absolute deviation an SD where errors are normal


def wells(result: pa.Table, valid: Reals, settings: MeasureSettings) -> pa.Table:
    """WELLS: one row per well of `result`; `valid` is the MFI of each reading, NaN where it does not count."""
    groups = by.group_by(result, by.WELL_KEY)
    apart = from_partners(result, valid)
    z = apart / _scale(result, apart, settings.scatter_floor_pct)
    compared = by.count(groups, ~np.isnan(apart))
    up, down = by.count(groups, z > settings.outlier_z), by.count(groups, z < -settings.outlier_z)
    head = result.take(pa.array(groups.first))
    same = ("assay_id", "run_id", "plate", "plate_number", "well", "replicate_group", "well_role", "sample_label")
    columns: dict[str, object] = {name: head.column(name) for name in same}
    columns |= {
        "partners": _partners(result, groups),
        "analyte_count": compared,
        "pair_difference": by.median(groups, np.abs(apart)),
        "outlier_share_pct": 100 * by.ratio(np.maximum(up, down), compared),
        "outlier_median": by.median(groups, apart),
    }
    return by.conform(WELLS, columns, absent=("analyte",))


def from_partners(result: pa.Table, valid: Reals) -> Reals:
    """ln(MFI / mean MFI of the other wells of the replicate group) of each reading; NaN without a valid partner."""
    groups = by.group_by(result, (*by.GROUP_KEY, "analyte"))
    others = by.count(groups, ~np.isnan(valid))[groups.code] - 1
    mean = by.ratio(by.total(groups, valid)[groups.code] - valid, others)
    return by.log(valid) - by.log(mean)


def _scale(result: pa.Table, apart: Reals, floor_pct: float) -> Reals:
    """Robust SD of `apart` over the analyte's wells on the plate, but at least that of wells scattering by `floor_pct`."""
    blank = by.is_in(result, "well_role", "background")
    analytes = by.group_by(result, by.ANALYTE_KEY)
    spread = MAD_TO_SD * by.median(analytes, np.where(blank, np.nan, np.abs(apart)))
    floor = np.sqrt(2) * floor_pct / 100
    scale: Reals = np.fmax(spread, floor)[analytes.code]
    return scale


def _partners(result: pa.Table, groups: Groups) -> list[str]:
    own = result.column("well").take(pa.array(groups.first)).to_pylist()
    together = wells_of(result, groups.first)
    return [", ".join(w for w in names.split(", ") if w != well) for well, names in zip(own, together, strict=True)]
