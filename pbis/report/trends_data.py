"""What the page of control charts is made from, and the series of it in the order of its charts, cut to what a page can show."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pbis.core.frames import TREND_FINDING
from pbis.core.measures import group as by
from pbis.core.measures.qc import TrendSettings
from pbis.core.trends.baseline import GuideSet

CONTROLS = {"qc1": "Control, low", "qc2": "Control, high"}
CHART = ("instrument", "method", "analyte", "metric")
ORDER = (*CHART, "started_at", "run_id", "plate_number")
MARKS = 16_400  # plates of all charts together: 41 analytes with two controls over 200 plates, which a page under 0.7 MB holds
MOST, LEAST = 200, 24  # plates of a chart at most, and those that it keeps however many charts there are
SEVERITIES = {"info": 0, "warn": 1, "fail": 2, "error": 2}
Key = tuple[str, int]  # run and plate within it


@dataclass(frozen=True)
class Note:
    """What a person wrote beside a plate on the chart of a control; it changes no result."""

    sequence: int
    run_id: str
    plate: str
    plate_number: int
    analyte: str
    metric: str
    author: str
    decided_at: str
    reason: str


@dataclass(frozen=True)
class TrendsReport:
    """All that is followed. point: TREND of the controls; is_guide: of each of its rows whether limits are taken from its plate;
    levels: gives frames.LOT_CURVE_LEVEL in parts, each with all plates of its analytes; finding: frames.TREND_FINDING; alarms: rows of warehouse.trend_alarms; pages: run and number of a
    plate -> its page, relative to this one; settings: how far is far, and how many plates a chart needs; guides: guide sets that people gave; basis: what the page rests
    on, to be found in it."""

    site: str
    point: pa.Table
    is_guide: NDArray[np.bool_]
    settings: TrendSettings
    levels: Callable[[], Iterable[pa.Table]] = tuple
    finding: pa.Table = field(default_factory=TREND_FINDING.empty)
    alarms: Sequence[Mapping[str, Any]] = ()
    notes: Sequence[Note] = ()
    pages: Mapping[tuple[str, int], str] = field(default_factory=dict)
    guides: Sequence[GuideSet] = ()
    basis: str = ""


@dataclass(frozen=True, eq=False)
class ControlSeries:
    """A control of an analyte on an instrument over all its lots, oldest plate first; arrays of one length, NaN where unknown.

    hit: worst finding of a rule on the plate, 0 none, 1 warning, 2 failing; lot: of each plate; note: number of an annotation, 0
    for none; left_out: earlier plates that are not drawn.
    """

    metric: str
    plates: list[str]
    keys: list[Key]
    lot: list[str]
    value: NDArray[np.float64]
    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    z: NDArray[np.float64]
    is_accepted: NDArray[np.bool_]
    is_guide: NDArray[np.bool_]
    hit: NDArray[np.int64]
    note: NDArray[np.int64]
    basis: str
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.plates)

    @property
    def accepted_of_last_lot(self) -> int:
        """Accepted plates of the lot that is in use."""
        return int(sum(ok for ok, lot in zip(self.is_accepted.tolist(), self.lot, strict=True) if lot == self.lot[-1]))


def all_series(data: TrendsReport) -> dict[tuple[str, str, str], list[ControlSeries]]:
    """(instrument, method, analyte) -> its controls, low before high. Plates without any time stand in no order and in no chart."""
    dated = pc.is_valid(data.point.column("started_at"))
    point = data.point.append_column("is_guide", pa.array(data.is_guide)).filter(dated)
    point = point.sort_by([(name, "ascending") for name in ORDER])
    groups = by.group_by(point, CHART)
    bounds = np.append(groups.first, point.num_rows).tolist()
    heads = point.select(list(CHART)).take(pa.array(groups.first)).to_pylist()
    shown = min(MOST, max(LEAST, MARKS // max(len(heads), 1)))
    hits, notes = _hits(data.finding), _notes(data.notes)
    found: dict[tuple[str, str, str], list[ControlSeries]] = {}
    for head, start, stop in zip(heads, bounds[:-1], bounds[1:], strict=True):
        first = max(start, stop - shown)
        place = (head["instrument"], head["method"], head["analyte"])
        one = _series(point.slice(first, stop - first), head["analyte"], head["metric"], hits, notes, first - start)
        found.setdefault(place, []).append(one)
    return found


def _series(
    rows: pa.Table,
    analyte: str,
    metric: str,
    hits: Mapping[tuple[object, ...], int],
    notes: Mapping[tuple[object, ...], int],
    left_out: int,
) -> ControlSeries:
    keys = list(zip(*(rows.column(name).to_pylist() for name in ("run_id", "plate_number")), strict=True))
    full = [(*key, analyte, metric) for key in keys]
    return ControlSeries(
        metric=metric,
        plates=rows.column("plate").to_pylist(),
        keys=keys,
        lot=rows.column("lot").to_pylist(),
        value=by.numbers(rows, "value"),
        mean=by.numbers(rows, "mean"),
        low=by.numbers(rows, "limit_low"),
        high=by.numbers(rows, "limit_high"),
        z=by.numbers(rows, "z"),
        is_accepted=by.numbers(rows, "is_accepted") == 1,
        is_guide=by.numbers(rows, "is_guide") == 1,
        hit=np.array([hits.get(key, 0) for key in full], np.int64),
        note=np.array([notes.get(key, 0) for key in full], np.int64),
        basis=rows.column("baseline_text")[-1].as_py() or "",
        left_out=left_out,
    )


def _hits(finding: pa.Table) -> dict[tuple[object, ...], int]:
    found: dict[tuple[object, ...], int] = {}
    names = ("run_id", "plate_number", "analyte", "metric")
    for *key, severity in zip(*(finding.column(name).to_pylist() for name in (*names, "severity")), strict=True):
        found[tuple(key)] = max(found.get(tuple(key), 0), SEVERITIES.get(severity, 2))
    return found


def _notes(notes: Sequence[Note]) -> dict[tuple[object, ...], int]:
    return {(one.run_id, one.plate_number, one.analyte, one.metric): one.sequence for one in notes}
