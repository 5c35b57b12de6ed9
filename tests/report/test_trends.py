"""The page of control charts: alarms first, limits of each lot, what is too few, notes; when its rows change, its text changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from page_parser import parsed
from partial_frames import partial

from expectations import load_suite, trend_settings
from pbis.core.frames import HISTORY, LOT_CURVE_LEVEL, TREND_FINDING
from pbis.core.trends.baseline import GuideSet
from pbis.core.trends.guide import in_guide_set
from pbis.core.trends.trend import follow
from pbis.report.trends import MOST_FINDINGS, trends_page
from pbis.report.trends_data import Note, TrendsReport

SETTINGS = trend_settings(load_suite("research"))
FIRST = datetime(2026, 1, 1)
OLD, NEW = "K17; controls C1", "K18; controls C2"


def points(plates: int, analytes: tuple[str, ...], change: int = 0, **other: Any) -> pa.Table:
    """Controls of plates P0, P1 ... a day apart; the last `change` of them with a new lot. other: values of columns by themselves."""
    rng = np.random.default_rng(7)
    size = plates * len(analytes) * 2
    plate, place = np.divmod(np.arange(size), len(analytes) * 2)
    columns: dict[str, Any] = {
        "assay_id": [f"{i:064d}" for i in plate],
        "run_id": [f"r{i}" for i in plate],
        "plate": [f"P{i}" for i in plate],
        "plate_number": [1] * size,
        "analyte": [analytes[i // 2] for i in place],
        "metric": [f"qc{1 + i % 2}" for i in place],
        "lot": [NEW if i >= plates - change else OLD for i in plate],
        "instrument": ["LX1"] * size,
        "method": ["robust"] * size,
        "kit": ["kit"] * size,
        "started_at": [FIRST + timedelta(days=int(i)) for i in plate],
        "is_accepted": [True] * size,
        "value": np.round(rng.normal(100, 5, size), 3).tolist(),
    }
    return follow(HISTORY.table(columns | other), SETTINGS).point


def levels(plates: int, analyte: str, off: float = 1.0) -> pa.Table:
    """Curves at three standards, all 100, 200 and 300 but for the last plate, whose highest is `off` times that."""
    plate, level = np.divmod(np.arange(3 * plates), 3)
    fitted = 100.0 * (level + 1)
    fitted[-1] *= off
    same = {
        "plate_number": 1,
        "analyte": analyte,
        "lot": "K17",
        "instrument": "LX1",
        "method": "robust",
        "is_accepted": True,
    }
    return LOT_CURVE_LEVEL.table(
        {name: [value] * len(plate) for name, value in same.items()}
        | {
            "assay_id": [f"{i:064d}" for i in plate],
            "run_id": [f"r{i}" for i in plate],
            "plate": [f"P{i}" for i in plate],
        }
        | {"standard_level": (level + 1).tolist(), "started_at": [FIRST + timedelta(days=int(i)) for i in plate]}
        | {"expected_concentration": (10.0 ** (level + 1)).tolist(), "fitted_mfi": fitted.tolist()}
    )


def findings(*rows: tuple[str, str, str, str, str]) -> pa.Table:
    """(plate's number, analyte, metric, severity, message) -> TREND_FINDING."""
    own = [
        {
            "assay_id": f"{int(plate):064d}", "run_id": f"r{plate}", "plate_number": 1, "analyte": analyte, "metric": metric,
            "rule": "westgard_1_3s", "severity": severity, "limit_text": "within 3 SD", "effect": "flag", "action": "look",
            "source": "book", "message": message, "suite_hash": "h",
        }
        for plate, analyte, metric, severity, message in rows
    ]  # fmt: skip
    return partial(TREND_FINDING, {name: [row[name] for row in own] for name in own[0]})


def report(point: pa.Table, **other: Any) -> TrendsReport:
    return TrendsReport("a", point, in_guide_set(point, SETTINGS), SETTINGS, **other)


ALARM = ("24", "TNF", "qc1", "fail", "TNF qc1 is <far> off")


def whole() -> TrendsReport:
    finding = findings(ALARM, ("20", "IL-6", "qc2", "warn", "IL-6 qc2 is a little off"))
    alarm = {
        "run_id": "r24",
        "plate_number": 1,
        "analyte": "TNF",
        "plate": "P24",
        "rule": "westgard_1_3s",
        "message": "off",
    }
    note = Note(7, "r23", "P23", 1, "TNF", "qc1", "A. Name", "2026-02-01 09:30", "a new vial")
    return report(
        points(25, ("IL-6", "TNF"), change=3), levels=lambda: [levels(25, "TNF", off=1.5)], finding=finding, alarms=[alarm], notes=[note],
        pages={("r24", 1): "plates/P24.html"}, basis="ab" * 32,
    )  # fmt: skip


def moved(data: TrendsReport, column: str, change: Callable[[list[Any]], list[Any]]) -> pa.Table:
    at = data.point.schema.get_field_index(column)
    field = data.point.schema.field(at)
    return data.point.set_column(at, field, pa.array(change(data.point.column(column).to_pylist()), field.type))


def test_analytes_with_an_alarm_come_first_with_their_findings_and_notes() -> None:
    page = trends_page(whole())
    assert page.index("<h3>TNF ") < page.index("<h3>IL-6 ")
    text = parsed(page).text
    for said in (
        "TNF ✕ 1 alarm",
        "trend alarm 1",
        "TNF qc1 is <far> off",
        "P23, low control: a new vial",
    ):
        assert said in text
    assert "(A. Name, 2026-02-01 09:30)" in text
    assert '<a href="./plates/P24.html">P24</a>' in page
    assert page.count('class="flag"') == 2, "one in the key, one beside the plate"
    assert '<meta name="pbis-basis" content="' + "ab" * 32 in page


def test_a_lot_with_too_few_plates_says_how_many_it_has_and_how_many_it_needs() -> None:
    text = parsed(trends_page(report(points(25, ("IL-6",), change=3)))).text
    assert "no limits: lot K18 has 3 accepted plates, limits need 5 before a plate" in text
    assert "3 accepted of the 5 that limits need" in text
    assert "22 accepted; limits from the first 20" in text
    assert "lot without limits yet 1" in text
    short = report(points(2, ("IL-6",)), levels=lambda: [levels(2, "IL-6")])
    assert "no pooled curve: lot K17 has 2 accepted plates, one needs 5" in parsed(trends_page(short)).text


def test_limits_never_lead_from_lot_to_lot_and_a_line_stands_between_them() -> None:
    page = trends_page(report(points(32, ("IL-6",), change=8)))
    drawing = page[page.index("<h3>IL-6 ") :]
    assert drawing.count('class="lot"') == 2, "one in each chart"
    mean = re.search(r'class="mean" d="([^"]+)"', drawing)
    assert mean is not None
    assert mean[1].count("M") == 2


def test_the_curve_is_held_against_the_geometric_mean_of_its_lot() -> None:
    text = parsed(trends_page(report(points(8, ("IL-6",)), levels=lambda: [levels(8, "IL-6", off=1.5)]))).text
    off = 100 * (1.5 ** (7 / 8) - 1)
    assert f"P7: at most +{off:.0f} %, at 1000; pooled over 8 accepted plates of lot K17" in text


GUIDE = GuideSet("IL-6", "qc1", "K18; controls C2", "", (), 104.0, 9.5, "A. Name", "a ring trial", "sheet 4")


def test_guide_sets_that_people_gave_are_told_with_who_and_why() -> None:
    text = parsed(trends_page(replace(whole(), guides=[GUIDE]))).text
    assert "IL-6 qc1 K18; controls C2 any mean 104, SD 9.5 A. Name: a ring trial sheet 4" in text
    assert "Guide sets that people gave" not in trends_page(whole())


CHANGES: dict[str, Callable[[TrendsReport], TrendsReport]] = {
    "a value": lambda data: replace(data, point=moved(data, "value", lambda all_of: [140.0, *all_of[1:]])),
    "a value within the chart": lambda data: replace(data, point=moved(data, "value", lambda v: [*v[:9], v[9] + 9.0, *v[10:]])),
    "a limit": lambda data: replace(data, point=moved(data, "limit_high", lambda v: [x and x + 5 for x in v])),
    "a mean": lambda data: replace(data, point=moved(data, "mean", lambda v: [x and x + 3 for x in v])),
    "whether a plate is accepted": lambda data: replace(data, point=moved(data, "is_accepted", lambda v: [False, *v[1:]])),
    "a lot": lambda data: replace(data, point=moved(data, "lot", lambda v: [x.replace("K18", "K19") for x in v])),
    "the guide set": lambda data: replace(data, is_guide=~data.is_guide),
    "a plate less": lambda data: report(points(24, ("IL-6", "TNF"), change=3)),
    "a curve": lambda data: replace(data, levels=lambda: [levels(25, "TNF", off=1.2)]),
    "a finding": lambda data: replace(data, finding=findings(ALARM)),
    "an alarm": lambda data: replace(data, alarms=[]),
    "an alarm of another plate": lambda data: replace(data, alarms=[*data.alarms, data.alarms[0] | {"analyte": None}]),
    "a note": lambda data: replace(data, notes=[replace(data.notes[0], reason="an old vial")]),
    "the plate of a note": lambda data: replace(data, notes=[replace(data.notes[0], run_id="r22", plate="P22")]),
    "a guide set": lambda data: replace(data, guides=[GUIDE]),
    "the plates of a guide set": lambda data: replace(data, guides=[replace(GUIDE, mean=None, sd=None, runs=("r1", "r2"))]),
    "a page of a plate": lambda data: replace(data, pages={("r24", 1): "plates/other.html"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_when_its_rows_change_its_text_changes(name: str) -> None:
    before = trends_page(whole())
    assert trends_page(whole()) == before
    assert trends_page(CHANGES[name](whole())) != before


def test_many_findings_are_counted_and_the_latest_shown() -> None:
    rows = [(str(i), "IL-6", "qc1", "warn", f"off on day {i}") for i in range(MOST_FINDINGS + 3)]
    text = parsed(trends_page(report(points(25, ("IL-6",)), finding=findings(*rows)))).text
    assert f"{MOST_FINDINGS + 3} findings" in text
    assert "3 earlier: view qc_trend" in text
    assert "off on day 10" in text
    assert "off on day 2 " not in text


def test_a_plate_without_any_time_is_counted_and_in_no_chart() -> None:
    times = [None if i < 2 else FIRST + timedelta(days=i // 2) for i in range(50)]
    page = trends_page(report(points(25, ("IL-6",), started_at=times)))
    assert "1 plate without any time is in no order and not drawn." in parsed(page).text
    assert "Control, low of IL-6 over 24 plates" in page


@pytest.mark.parametrize("values", [[0.0] * 50, [1e9, *[1.0] * 49], [-3.0] * 50])
def test_charts_hold_whatever_comes_to_them(values: list[float]) -> None:
    page = trends_page(report(points(25, ("IL-6",), value=values)))
    assert "nan" not in "".join(re.findall(r'd="[^"]*"', page)).lower()


def test_names_of_others_cannot_become_markup() -> None:
    bad = "<img src=x>"
    page = trends_page(report(points(6, (bad,), lot=[bad] * 12, instrument=[bad] * 12, plate=[bad] * 12)))
    assert "<img" not in page
    assert parsed(page).text.count(bad) >= 4


def test_nothing_is_followed_yet() -> None:
    text = parsed(trends_page(report(points(1, ("IL-6",)).slice(0, 0)))).text
    assert "No plate that stands has a control" in text


def test_41_analytes_over_200_plates_stay_small() -> None:
    names = tuple(f"AN-{i:02d}" for i in range(41))
    point = points(200, names, change=90)
    rows = [(str(i), name, "qc1", "warn", f"{name} qc1: 106.5 is +2.1 SD from the mean (mean 99.9, SD 5.1)") for i in range(150, 200, 9) for name in names]  # fmt: skip
    size = len(trends_page(report(point, finding=findings(*rows))).encode())
    assert size < 600_000
    more = trends_page(report(points(230, names[:21] + tuple(f"B{i}" for i in range(41))), finding=findings(*rows)))
    assert len(more.encode()) < 700_000
    assert "earlier plates not drawn" in more
