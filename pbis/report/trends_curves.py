"""The curve of an analyte's latest plate against the pooled curve of its lot, as a drawing and in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.measures import group as by
from pbis.core.trends.pooled import PooledCurves, pooled
from pbis.core.words import plural
from pbis.draw.page import markup
from pbis.report.text import significant
from pbis.report.trends_chart import curve_chart, lot_name
from pbis.report.trends_data import TrendsReport

OF_A_CHART = ("instrument", "method", "analyte")
EARLIER = 10  # plates before the latest that are drawn in grey


@dataclass(frozen=True)
class CurveLine:
    """The drawing, None where the lot has too few plates for a pooled curve; latest: how far the plate lies off, in words."""

    drawing: Any
    latest: str


def curve_lines(data: TrendsReport) -> dict[tuple[str, str, str], CurveLine]:
    """(instrument, method, analyte) -> the latest plate's curve against its lot's."""
    found: dict[tuple[str, str, str], CurveLine] = {}
    for level in data.levels():
        found |= _lines(data, level)
    return found


def _lines(data: TrendsReport, level: pa.Table) -> dict[tuple[str, str, str], CurveLine]:
    """Those of a part, over all its plates in one pass."""
    level = level.filter(pc.is_valid(level.column("started_at")))
    order = (*OF_A_CHART, "started_at", "run_id", "plate_number", "standard_level")
    level = level.sort_by([(name, "ascending") for name in order])
    if not level.num_rows:
        return {}
    found, charts = pooled(level), by.group_by(level, OF_A_CHART)
    bounds = np.append(charts.first, level.num_rows).tolist()
    heads = level.select(list(OF_A_CHART)).take(pa.array(charts.first)).to_pylist()
    return {
        (head["instrument"], head["method"], head["analyte"]): _line(data, level, found, start, stop)
        for head, start, stop in zip(heads, bounds[:-1], bounds[1:], strict=True)
    }


def _line(data: TrendsReport, level: pa.Table, found: PooledCurves, start: int, stop: int) -> CurveLine:
    """Rows start to stop are the plates of one chart, oldest first; the last of them is the latest plate's highest standard."""
    rows = level.slice(start, stop - start)
    plates = by.group_by(rows, ("run_id", "plate_number"))
    ends = np.append(plates.first, rows.num_rows)
    lots = rows.column("lot").to_pylist()
    own = np.arange(ends[-2], ends[-1])
    lot, plate = lots[int(own[0])], rows.column("plate")[int(own[0])].as_py()
    accepted = int(found.plates[start + own].min())
    if accepted < data.settings.least_plates:
        return CurveLine(None, _too_few(lot, accepted, data.settings.least_plates))
    dose, ratio = by.numbers(rows, "expected_concentration"), found.ratio_pct[start:stop]
    wide = 100 * np.expm1(data.settings.warn_high_sds * found.spread[start + own])
    same = [np.arange(a, b) for a, b in pairwise(ends[:-1]) if lots[int(a)] == lot]
    earlier = [ratio[at] for at in same[-EARLIER:] if len(at) == len(own)]
    far = int(np.argmax(np.abs(np.log(ratio[own] / 100))))
    said = f"{plate}: at most {ratio[own][far] - 100:+.0f} %, at {significant(float(dose[own][far]))}; pooled over {plural(accepted, 'accepted plate')} of lot {lot_name(lot)}"
    title = f"Curve of {rows.column('analyte')[0].as_py()} on {plate} in percent of the pooled curve of its lot"
    return CurveLine(markup(curve_chart(title, dose[own], ratio[own], wide, earlier)), said)


def _too_few(lot: str, has: int, needs: int) -> str:
    return f"no pooled curve: lot {lot_name(lot)} has {plural(has, 'accepted plate')}, one needs {needs}"
