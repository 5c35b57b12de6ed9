"""The plate among the plates before it: charts, numbers, words, size."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from partial_frames import partial
from report_factory import ASSAY_ID, RUN_ID, Names, plate

from expectations import load_suite, trend_settings
from pbis.core.frames import HISTORY, METRICS, TREND_FINDING
from pbis.core.trends.trend import follow
from pbis.report import plate_report
from pbis.report.trend import chart, trend

SETTINGS = trend_settings(load_suite("research"))


def series(plates: int, analytes: tuple[str, ...], last: float = 100.0) -> pa.Table:
    """Plates of one lot around 100, the last of them the plate of the report with `last` in the low control."""
    rng = np.random.default_rng(4)
    rows = [
        {
            "assay_id": ASSAY_ID if i == plates - 1 else f"{i:064d}", "run_id": RUN_ID if i == plates - 1 else f"r{i}",
            "plate": f"P{i}", "plate_number": 1, "analyte": analyte, "metric": metric, "lot": "K17", "instrument": "LX1",
            "method": "robust", "kit": "kit", "started_at": datetime(2026, 1, 1) + timedelta(days=i), "is_accepted": True,
            "value": last if i == plates - 1 and metric == "qc1" else float(rng.normal(100, 5)),
        }
        for i in range(plates)
        for analyte in analytes
        for metric in METRICS
    ]  # fmt: skip
    return follow(HISTORY.table({name: [row[name] for row in rows] for name in HISTORY.names}), SETTINGS).point


def finding(message: str) -> pa.Table:
    row = {
        "assay_id": ASSAY_ID, "run_id": RUN_ID, "plate_number": 1, "analyte": "IL-6", "metric": "qc1",
        "rule": "westgard_1_3s", "severity": "fail", "limit_text": "within 3 SD", "effect": "flag", "action": "look",
        "source": "book", "message": message, "suite_hash": "h",
    }  # fmt: skip
    return partial(TREND_FINDING, {name: [value] for name, value in row.items()})


def test_a_plate_far_off_says_how_far_and_against_what() -> None:
    found = trend(series(25, ("IL-6", "TNF"), last=125.0), finding("IL-6 qc1 is far off"), SETTINGS, ASSAY_ID, 1)
    assert (found.lot, found.instrument, found.has_limits) == ("K17", "LX1", True)
    assert [line.analyte for line in found.lines] == ["IL-6", "TNF"]
    text, kind = found.lines[0].scores[0]
    assert float(text) > 3
    assert (kind, found.lines[0].basis) == ("far", "guide set of 20 accepted plates, log scale")
    page = plate_report(
        replace(
            plate(),
            trend_settings=SETTINGS,
            trend=series(25, ("IL-6",), 125.0),
            trend_finding=finding("IL-6 is <far> off"),
        )
    )
    assert "IL-6 is &lt;far&gt; off" in page
    assert 'class="n far"' in page


def test_a_new_lot_has_no_limits_and_no_chart() -> None:
    page = plate_report(replace(plate(), trend_settings=SETTINGS, trend=series(3, ("IL-6",))))
    assert "There are no limits yet" in page
    assert "Controls of IL-6" not in page


def test_nothing_is_followed() -> None:
    assert not trend(series(1, ("IL-6",)).slice(0, 0), TREND_FINDING.empty(), SETTINGS, ASSAY_ID, 1).lines
    assert "Nothing of this plate is followed" in plate_report(plate())


@pytest.mark.parametrize("lanes", [([], []), ([None, 9.0], [None, None]), ([0.0] * 30, [-9.0] * 30)])
def test_charts_hold_whatever_comes(lanes: tuple[list[float | None], list[float | None]]) -> None:
    drawing = chart("IL-6", *lanes, SETTINGS)
    assert drawing.startswith("<svg")
    assert "nan" not in drawing


def test_a_page_of_41_analytes_stays_small() -> None:
    names = tuple(f"AN-{i}" for i in range(41))
    point = series(35, names)
    data = plate(Names(analytes=names))
    bare, whole = (
        len(plate_report(one).encode()) for one in (data, replace(data, trend_settings=SETTINGS, trend=point))
    )
    assert whole - bare < 110_000
    assert plate_report(replace(data, trend_settings=SETTINGS, trend=point)) == plate_report(
        replace(data, trend_settings=SETTINGS, trend=point)
    )
