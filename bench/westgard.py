"""Westgard's rules while nothing changes: how often each alarms, by what the controls are like, and what a guide set that is off does.

python bench/westgard.py [SERIES]      400 by default: a minute on one core

A series is an analyte on a lot of 60 plates with two controls; the first 20 accepted plates are its guide set, as on every site. Controls
are normal or log-normal with a CV, and share nothing, half or four fifths of their variance (a plate effect). Rates are those of the
suite: of the judged controls, those that are named. Judged by the rules of expectations/trend.json, on both scales of `log_controls`.

    off     controls whose guide set happens to be off: named on one plate in five or more after it, by any rule, and by a rejecting one;
            and what is left of them when the laboratory names 40 plates as the guide set instead
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

from expectations import Suite, judge_trend, load_suite, trend_settings
from pbis.core.arrays import Floats
from pbis.core.frames import BRIDGE, HISTORY
from pbis.core.trends.baseline import GuideSet

PLATES = 60
LONG = 40  # plates of the guide set that a laboratory names later
START = datetime(2026, 1, 5, 9, 0)
RULES = ("westgard_1_2s", "westgard_1_3s", "westgard_2_2s", "westgard_r_4s", "westgard_4_1s", "westgard_10_x")
REJECTING = ("westgard_1_3s", "westgard_2_2s", "westgard_r_4s")
OFTEN = 0.2  # of the plates after the guide set
# Share of the controls that are off by 20 plates which may still be by 40. The errors of mean and SD fall to the root of a half; who lies in
# their tail must fall by more. Half of them is not to be had so: 80 plates leave 0.47, and limits without any error 0.2.
LEFT = 0.71


@dataclass(frozen=True)
class Controls:
    """cv: of each control; shared: part of the variance that both have in common; is_log: log-normal, else normal."""

    name: str
    cv: float
    shared: float
    is_log: bool


WORLDS = (
    Controls("normal, CV 8 %, independent", 0.08, 0.0, is_log=False),
    Controls("log-normal, CV 8 %, independent", 0.08, 0.0, is_log=True),
    Controls("log-normal, CV 8 %, half shared", 0.08, 0.5, is_log=True),
    Controls("log-normal, CV 8 %, four fifths shared", 0.08, 0.8, is_log=True),
    Controls("log-normal, CV 25 %, independent", 0.25, 0.0, is_log=True),
)


def values(world: Controls, series: int, seed: int = 5) -> Floats:
    """(series, plates, 2) concentrations of the controls."""
    rng = np.random.default_rng(seed)
    common = np.sqrt(world.shared) * rng.standard_normal((series, PLATES, 1))
    z = common + np.sqrt(1.0 - world.shared) * rng.standard_normal((series, PLATES, 2))
    level = np.array([110.0, 900.0])
    return level * (np.exp(np.sqrt(np.log1p(world.cv**2)) * z) if world.is_log else 1.0 + world.cv * z)


def history(found: Floats) -> pa.Table:
    """frames.HISTORY of the series; each is an analyte."""
    series, plates, _ = found.shape
    one, plate, control = (each.ravel() for each in np.indices(found.shape))
    number = [f"{i:06d}" for i in range(series * plates)]
    names = np.array(number)[one * plates + plate].tolist()
    same = {"plate_number": 1, "lot": "K1", "instrument": "LX1", "method": "robust", "kit": "kit", "is_accepted": True}
    return HISTORY.table(
        {
            "assay_id": names,
            "run_id": names,
            "plate": names,
            "analyte": [f"A{i:05d}" for i in one.tolist()],
            "metric": ["qc1" if c == 0 else "qc2" for c in control.tolist()],
            "started_at": [START + timedelta(days=i) for i in plate.tolist()],
            "value": found.ravel(),
            **{name: [value] * found.size for name, value in same.items()},
        }
    )


@dataclass(frozen=True)
class Rates:
    """rate: rule -> percent of judged controls; sides: of 1_3s above and below; off: percent of controls of which any rule, and a
    rejecting rule, names one plate in five or more after the guide set."""

    rate: Mapping[str, float]
    sides: tuple[float, float]
    off: tuple[float, float]


def judged(world: Controls, series: int, suite: Suite, from_plate: int) -> Rates:
    """By the suite; plates are counted from one on that no guide set holds."""
    said = judge_trend(history(values(world, series)), BRIDGE.empty(), suite)
    rows = said.judged.to_pylist()
    rate = {row["rule"]: 100 * row["found_count"] / row["judged_count"] for row in rows if row["rule"] in RULES}
    found = [row for row in said.finding.to_pylist() if row["rule"] in RULES]
    far = [row["observed"] > 0 for row in found if row["rule"] == "westgard_1_3s"]
    sides = (100 * sum(far) / (2 * series * PLATES), 100 * (len(far) - sum(far)) / (2 * series * PLATES))
    late = [row for row in found if int(row["assay_id"]) % PLATES >= from_plate]
    off = [_off(late, rules, PLATES - from_plate, series) for rules in (RULES, REJECTING)]
    return Rates(rate, sides, (off[0], off[1]))


def _off(found: Sequence[Mapping[str, Any]], rules: Sequence[str], plates: int, series: int) -> float:
    """Percent of controls of which the rules name as many of the plates after the guide set."""
    one = {(row["analyte"], row["metric"], row["assay_id"]) for row in found if row["rule"] in rules}
    named = Counter((analyte, metric) for analyte, metric, _ in one)
    return 100 * sum(count >= OFTEN * plates for count in named.values()) / (2 * series)


def scaled(suite: Suite, is_log: bool) -> Suite:
    """The suite with controls on one scale."""
    entries = [replace(e, measure={**e.measure, "log_controls": int(is_log)}) if "log_controls" in e.measure else e for e in suite.entries]  # fmt: skip
    return replace(suite, entries=tuple(entries))


def longer(suite: Suite, series: int) -> Suite:
    """The suite of a laboratory that names 40 plates as the guide set of every series."""
    runs = [tuple(f"{one * PLATES + plate:06d}" for plate in range(LONG)) for one in range(series)]
    sets = [GuideSet(f"A{one:05d}", metric, "", "", runs[one], None, None, "bench", "off", "bench") for one in range(series) for metric in ("qc1", "qc2")]  # fmt: skip
    return replace(suite, guide_sets=tuple(sets))


def main(series: int) -> int:
    goals: dict[str, bool] = {}
    suite = load_suite("research")
    guide = trend_settings(suite).guide_plates
    print(f"{series} series of {PLATES} plates; percent of judged controls")
    names = "".join(f"{rule.removeprefix('westgard_'):>7}" for rule in RULES)
    print(f"{'':<58}{names}   1_3s high/low   off by any, rejecting rule: % of controls")
    for world in WORLDS:
        for is_log in (False, True):
            one = judged(world, series, scaled(suite, is_log), guide)
            title = f"{world.name}, limits {'log' if is_log else 'linear'}"
            rates = "".join(f"{one.rate[rule]:7.2f}" for rule in RULES)
            print(f"{title:<58}{rates}   {one.sides[0]:5.2f} {one.sides[1]:5.2f}   {one.off[0]:5.1f} {one.off[1]:5.1f}")
            if world.is_log and is_log and not world.shared:
                is_even = max(one.sides) <= 2 * min(one.sides)
                goals[f"{title}: 1_3s at most 1 %, as often high as low"] = one.rate["westgard_1_3s"] <= 1.0 and is_even
    few, many = (judged(WORLDS[1], series, each, LONG).off for each in (suite, longer(suite, series)))
    print(
        f"\nafter plate {LONG}: {few[0]:.1f} % of controls named on one plate in five by the first {guide}, {many[0]:.1f} % by the first {LONG}; "
        f"by a rejecting rule {few[1]:.1f} and {many[1]:.1f} %"
    )
    goals[f"a guide set of {LONG} plates leaves at most {LEFT} of those that one of {guide} leaves off"] = (
        many[0] <= LEFT * few[0]
    )
    goals["and a rejecting rule of it is off on at most 0.5 % of controls"] = many[1] <= 0.5
    for text, is_met in goals.items():
        print(f"{'met   ' if is_met else 'MISSED'}  {text}")
    return 0 if all(goals.values()) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 400))
