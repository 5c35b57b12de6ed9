"""Trend rules: a series that breaks each, and one that comes near; one history for all of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from expectations import TrendChecked, judge_trend, load_suite, trend_settings
from expectations.entries import TREND_TABLES
from pbis.core.errors import ConfigError
from pbis.core.frames import BRIDGE, HISTORY, TREND_FINDING

START = datetime(2026, 1, 5, 9, 0)
# Guide set: ten plates at 95 and ten at 105: mean 100, SD 5.13; its last plate lies below the mean.
GUIDE = [105.0, 95.0] * 10
SD = 5 * np.sqrt(20 / 19)


def at(*z: float) -> list[float]:
    return [*GUIDE, *(100 + one * SD for one in z)]


def qc(*z: float) -> list[float]:
    """The same of a control, which is held against its plates on the log scale: geometric mean 100, SD of ln 0.0513."""
    return [100 * float(np.exp(one / 100)) for one in (*(value - 100 for value in GUIDE), *(one * SD for one in z))]


ROWS: tuple[tuple[str, dict[str, list[float]], set[tuple[str, str]]], ...] = (
    ("in control", {"qc1": qc(0.5, -0.5), "qc2": qc(-0.5, 0.5)}, set()),
    ("1.9 SD", {"qc1": qc(1.9)}, set()),
    ("2.1 SD", {"qc1": qc(2.1)}, {("westgard_1_2s", "warn")}),
    ("2.9 SD", {"qc1": qc(2.9)}, {("westgard_1_2s", "warn")}),
    ("3.1 SD", {"qc1": qc(3.1)}, {("westgard_1_2s", "warn"), ("westgard_1_3s", "fail")}),
    ("2.1 and -2.1 SD on end", {"qc1": qc(2.1, -2.1)}, {("westgard_1_2s", "warn")}),
    ("twice 2.1 SD", {"qc1": qc(2.1, 2.1)}, {("westgard_1_2s", "warn"), ("westgard_2_2s", "fail")}),
    ("both controls", {"qc1": qc(2.1), "qc2": qc(2.1)}, {("westgard_1_2s", "warn"), ("westgard_2_2s", "fail")}),
    ("opposite controls", {"qc1": qc(2.1), "qc2": qc(-2.1)}, {("westgard_1_2s", "warn"), ("westgard_r_4s", "fail")}),
    ("opposite but near", {"qc1": qc(2.1), "qc2": qc(-1.9)}, {("westgard_1_2s", "warn")}),
    ("3 beyond 1 SD", {"qc1": qc(1.1, 1.1, 1.1)}, set()),
    ("4 beyond 1 SD", {"qc1": qc(1.1, 1.1, 1.1, 1.1)}, {("westgard_4_1s", "warn")}),
    ("9 on one side", {"qc1": qc(*[0.3] * 9)}, set()),
    ("10 on one side", {"qc1": qc(*[0.3] * 10)}, {("westgard_10_x", "warn")}),
    ("EC50 at 2.9 SD", {"ln_ec50": at(2.9)}, set()),
    ("EC50 at -3.1 SD", {"ln_ec50": at(-3.1)}, {("levey_jennings", "warn")}),
    ("area at 3.1 SD", {"auc": at(3.1)}, {("levey_jennings", "warn")}),
    ("top at 3.1 SD", {"high_mfi": at(3.1)}, {("levey_jennings", "warn")}),
    ("asymptote at 3.1 SD", {"ln_top": at(3.1)}, {("levey_jennings", "warn")}),
    ("background at 2.9 SD", {"background": at(2.9)}, set()),
    ("background at 3.1 SD", {"background": at(3.1)}, {("background_level", "warn")}),
    ("background at -3.1 SD", {"background": at(-3.1)}, {("levey_jennings", "warn")}),
    ("CV 19 %", {"qc2": [84.0, 116.0, 84.0, 116.0, 100.0]}, set()),
    ("CV 24 %", {"qc2": [76.0, 124.0, 76.0, 124.0, 100.0]}, {("inter_assay_cv", "warn")}),
    ("samples 4.9 times higher", {"ln_samples": [3.0, 3.1, 2.9, 3.0, 3.0, 3.0 + np.log(4.9)]}, set()),
    ("samples 5.1 times lower", {"ln_samples": [3.0, 3.1, 2.9, 3.0, 3.0, 3.0 - np.log(5.1)]}, {("unit_sanity", "fail")}),
)  # fmt: skip


def history(series: dict[str, list[float]], analyte: str, **own: Any) -> list[dict[str, Any]]:
    base = {"lot": "K1", "instrument": "LX1", "method": "robust", "kit": "kit", "is_accepted": True, "plate_number": 1}
    return [
        {
            **base, "assay_id": f"a{i:03d}", "run_id": f"r{i:03d}", "plate": f"P{i}", "analyte": analyte, "metric": metric,
            "started_at": START + timedelta(days=i), "value": value, **own,
        }
        for metric, values in series.items()
        for i, value in enumerate(values)
    ]  # fmt: skip


def bridge(lot: str, day: int, analyte: str, factor: float, count: int) -> list[dict[str, Any]]:
    base = {"lot": lot, "instrument": "LX1", "kit": "kit", "plate_number": 1, "analyte": analyte}
    named = {"assay_id": f"b{day}", "run_id": f"b{day}", "plate": f"B{day}", "started_at": START + timedelta(days=day)}
    return [
        {**base, **named, "well": f"A{i}", "specimen_id": f"S{i}", "value": 10.0 * factor * (i + 1)}
        for i in range(count)
    ]


def table(spec: Any, rows: list[dict[str, Any]]) -> Any:
    return spec.table({name: [row[name] for row in rows] for name in spec.names})


def copies() -> list[dict[str, Any]]:
    """Three plates with 12 numbers each: of the second the first six are those of the first, of the third seven those of the second."""
    first, own = list(range(12)), [list(range(n, n + 12)) for n in (100, 200)]
    second = first[:6] + own[0][6:]
    rows = []
    for day, values in enumerate((first, second, second[:7] + own[1][7:])):
        same = {
            "assay_id": f"c{day}",
            "run_id": f"c{day}",
            "plate": f"C{day}",
            "started_at": START + timedelta(days=day),
        }
        for i, value in enumerate(values):
            rows += history({"auc": [float(value)]}, f"copy-{i}", instrument="LX4", is_accepted=False, **same)
    return rows


@pytest.fixture(scope="module")
def checked() -> TrendChecked:
    rows = [row for i, (_, series, _) in enumerate(ROWS) for row in history(series, f"AN-{i}")]
    lots = history({"qc1": [1.0, 1.0, 1.0]}, "lots", instrument="LX2")
    for row in lots:
        row |= {"assay_id": "l" + row["assay_id"], "lot": "K1" if row["plate"] == "P0" else "K2"}
    copied = copies()
    undated = history({"qc1": [1.0]}, "none", instrument="LX3", started_at=None, assay_id="u")
    bridges = []
    for analyte, factor, count in (("good", 1.2, 5), ("off", 1.3, 5), ("few", 1.3, 4)):
        bridges += bridge("K1", 1, analyte, 1.0, count) + bridge("K2", 5, analyte, factor, count)
    return judge_trend(table(HISTORY, rows + lots + copied + undated), table(BRIDGE, bridges), load_suite("research"))


@pytest.mark.parametrize("number", range(len(ROWS)), ids=[row[0].replace(" ", "_") for row in ROWS])
def test_series(number: int, checked: TrendChecked) -> None:
    found = {(f["rule"], f["severity"]) for f in checked.finding.to_pylist() if f["analyte"] == f"AN-{number}"}
    assert found == ROWS[number][2]


def test_lots_and_bridges(checked: TrendChecked) -> None:
    rules = ("lot_change", "trend_undated", "lot_bridging", "duplicate_plate")
    found = [(f["rule"], f["severity"], f["assay_id"], f["analyte"]) for f in checked.finding.to_pylist()]
    found = [one for one in found if one[0] in rules and not one[2].startswith("a")]  # guide sets repeat two numbers
    assert sorted(found, key=str) == [
        ("duplicate_plate", "fail", "c2", None),
        ("lot_bridging", "info", "b5", "few"),
        ("lot_bridging", "warn", "b5", "off"),
        ("lot_change", "info", "la001", None),
        ("trend_undated", "info", "u", None),
    ]


def test_every_trend_check_has_been_broken_and_kept(checked: TrendChecked) -> None:
    entries = {entry.id for entry in load_suite("research").entries if entry.table in TREND_TABLES}
    judged = checked.judged.to_pylist()
    assert {one["entry"] for one in judged if one["found_count"]} == entries
    assert {one["entry"] for one in judged if one["judged_count"] > one["found_count"]} == entries


def test_sentences(checked: TrendChecked) -> None:
    assert checked.finding.schema.equals(TREND_FINDING.schema)
    messages = [f["message"] for f in checked.finding.to_pylist()]
    assert [m for m in messages if "unknown" in m or "{" in m] == []
    assert (
        "AN-4 qc1: 117.2 is +3.1 SD from the mean (mean 100, SD 5.13, guide set of 20 accepted plates, log scale), limit +3"
        in messages
    )
    assert "lots changed from K1 to K2: limits of the old lots do not apply, 0 accepted plates of the new ones came before" in messages  # fmt: skip
    assert "58 % of 12 numbers of curves and controls are those of C1, to the last digit" in messages
    assert "off: lot K2 reads 130 % of lot K1 (130 to 130 %, 5 specimens), 125 % is the limit" in messages


def test_a_plate_alone_gives_nothing(checked: TrendChecked) -> None:
    one = judge_trend(table(HISTORY, history({"qc1": [1.0]}, "x")), BRIDGE.empty(), load_suite("research"))
    assert one.finding.num_rows == 0
    none = judge_trend(HISTORY.empty(), BRIDGE.empty(), load_suite("research"))
    assert (none.finding.num_rows, none.baseline.num_rows) == (0, 0)


GUIDE_SET = {
    "analyte": "IL-6",
    "metric": "qc1",
    "mean": 100,
    "sd": 5,
    "author": "K. Lab",
    "reason": "peers",
    "source": "x",
}


def written(path: Path, *guides: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"guide_sets": list(guides)}, indent=1))
    return path


def test_a_guide_set_of_the_lab_judges_and_computes_no_plate_anew(tmp_path: Path) -> None:
    plain, own = load_suite("research"), load_suite("research", written(tmp_path / "own.json", GUIDE_SET))
    assert (own.hash == plain.hash, own.trend_hash == plain.trend_hash) == (True, False)
    rows = table(HISTORY, history({"qc1": [100.0, 116.0]}, "IL-6"))
    assert judge_trend(rows, BRIDGE.empty(), plain).finding.num_rows == 0
    found = judge_trend(rows, BRIDGE.empty(), own).finding.to_pylist()
    assert [f["rule"] for f in found] == ["westgard_1_2s", "westgard_1_3s"]
    assert "as given by the laboratory" in found[1]["message"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"author": None},
        {"metric": "qc3"},
        {"sd": 0},
        {"sd": "5"},
        {"runs": ["a", "b"]},
    ],
)
def test_a_wrong_guide_set_is_refused_with_its_line(wrong: dict[str, Any], tmp_path: Path) -> None:
    item = {name: value for name, value in {**GUIDE_SET, **wrong}.items() if value is not None}
    with pytest.raises(ConfigError, match=r"own\.json, line \d+: "):
        load_suite("research", written(tmp_path / "own.json", item))


def test_a_rule_of_the_trend_can_be_overridden_without_touching_plates(tmp_path: Path) -> None:
    change = {"id": "westgard_1_2s.warn", "set": {"guide_plates": 30}, "author": "a", "reason": "r", "source": "s"}
    path = tmp_path / "own.json"
    path.write_text(json.dumps({"overrides": [change]}))
    own = load_suite("research", path)
    assert trend_settings(own).guide_plates == 30
    assert own.hash == load_suite("research").hash
    assert replace(own, guide_sets=()).trend_hash == own.trend_hash
