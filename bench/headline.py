"""The headline probability: of patients whose p_high lies in a bin, how many are truly high.

python bench/headline.py [PATIENTS]      120000 by default: four minutes on one core

A patient has a true NLR, CRP, IL-12 and IL-2, each log-normal about its cut. IL-12 and IL-2 go through plate, export, reader, curves and
replicates as in bench/cut.py, on plates whose lot is known; counts and CRP are measured with the imprecision that the cut-off set states,
and printed as a laboratory prints them. Exit 1 where a bin of 300 patients or more is more than 3 points off.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
from cut import ENOUGH, NEAR, WORLDS, World, simulated

from pbis.core.arrays import Flags, Floats
from pbis.core.frames import SCORE_INPUT
from pbis.core.scoring.components import Measure
from pbis.core.scoring.cutoffs import Cutoff
from pbis.core.scoring.score import score
from pbis.scores import load_sets

SET = load_sets()["pbis-2025-il2-pgml"]
BINS = (0.0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 1.0)
SPREAD = {"nlr": 0.4, "crp": 0.8}  # SD of ln truth about the cut
LYMPHOCYTES = 1.25  # 10*9/L, typical of the disease


@dataclass(frozen=True)
class Headline:
    """Arrays (patients,): p_high, and whether the true group is high."""

    p_high: Floats
    is_high: Flags


def headline(count: int, world: World, seed: int = 3) -> Headline:
    """Patients of a world, one for each pair of readings."""
    rng = np.random.default_rng(seed)
    readings = {name: _known(count, name, world) for name in ("il12", "il2")}
    size = min(map(len, readings.values()))
    truth = {name: np.array([value for value, _ in found[:size]]) for name, found in readings.items()}
    measures = {name: [measure for _, measure in found[:size]] for name, found in readings.items()}
    for name, spread in SPREAD.items():
        truth[name] = _cut(name) * np.exp(rng.normal(0.0, spread, size))
    measures |= _blood(truth, rng)
    points = sum((truth[name] >= _cut(name)).astype(int) for name in ("nlr", "crp", "il12", "il2"))
    rows = score(_inputs(measures, size), [SET], SET.name).score.to_pylist()
    p = {row["subject_id"]: row["p_high"] for row in rows}
    told = np.array([np.nan if p[_name(i)] is None else p[_name(i)] for i in range(size)])
    return Headline(told, np.asarray(points >= SET.high_at))


def _known(count: int, component: str, world: World) -> list[tuple[float, Measure]]:
    """Readings about the component's cut, on plates of which the controls of twenty before them say what plates differ by."""
    seed = 11 if component == "il12" else 12
    found = simulated(count, _cut(component), world, seed=seed)
    return [one for one in found if one[1].plate_cv_pct is not None]


def _blood(truth: dict[str, Floats], rng: np.random.Generator) -> dict[str, list[Measure]]:
    """Counts to two decimals, CRP to three; each count has the same part of the error of their ratio."""
    size = truth["nlr"].size
    each = _cv("nlr") / np.sqrt(2.0)
    lymphocytes = LYMPHOCYTES * np.exp(rng.normal(0.0, 0.3, size))
    neutrophils = truth["nlr"] * lymphocytes * np.exp(rng.normal(0.0, each, size))
    lymphocytes = lymphocytes * np.exp(rng.normal(0.0, each, size))
    crp = truth["crp"] * np.exp(rng.normal(0.0, _cv("crp"), size))
    return {
        "neutrophils": [Measure("=", f"{value:.2f}", "10*9/L") for value in neutrophils],
        "lymphocytes": [Measure("=", f"{value:.2f}", "10*9/L") for value in lymphocytes],
        "crp": [Measure("=", f"{value:.3f}", "mg/dL") for value in crp],
    }


def _inputs(measures: dict[str, list[Measure]], size: int) -> pa.Table:
    rows = [(_name(i), name, found[i]) for name, found in measures.items() for i in range(size)]
    columns = {
        "subject_id": [who for who, _, _ in rows],
        "measure": [name for _, name, _ in rows],
        "value_op": [one.op for *_, one in rows],
        "value_text": [one.text for *_, one in rows],
        "unit": [one.unit for *_, one in rows],
        "ci_low": [one.ci_low for *_, one in rows],
        "ci_high": [one.ci_high for *_, one in rows],
        "reason": [one.reason for *_, one in rows],
        "plate_cv_pct": [one.plate_cv_pct for *_, one in rows],
        "is_plate_even": [one.is_plate_even for *_, one in rows],
    }
    return SCORE_INPUT.table(columns, absent=[name for name in SCORE_INPUT.names if name not in columns])


def _name(number: int) -> str:
    return f"P{number:06d}"


def _cut(component: str) -> float:
    return float(_rule(component).value)


def _cv(component: str) -> float:
    return float(_rule(component).cv_pct or 0) / 100


def _rule(component: str) -> Cutoff:
    found = SET.cutoff(component)
    assert found is not None
    return found


def main(count: int) -> int:
    goals: dict[str, bool] = {}
    for world in WORLDS[:2]:
        one = headline(count, world)
        known = np.isfinite(one.p_high)
        print(f"\n{world.name}: {known.sum()} patients with a p_high, {(~known).sum()} between two probabilities")
        goals[world.name] = max(map(abs, _excess(one, BINS))) <= NEAR
    print()
    for text, is_met in goals.items():
        print(f"{'met   ' if is_met else 'MISSED'}  {text}: each bin observed within 3 points of stated")
    return 0 if all(goals.values()) else 1


def _excess(one: Headline, bins: Sequence[float]) -> list[float]:
    """Observed less stated of each bin in points, after printing it; 0 of one with too few patients."""
    found = []
    for low, high in pairwise(bins):
        inside = (one.p_high >= low) & ((one.p_high < high) | ((high == 1.0) & (one.p_high == 1.0)))
        stated, observed = (100 * float(each[inside].mean()) for each in (one.p_high, one.is_high))
        print(f"  {low:4.2f}-{high:4.2f} {inside.sum():6d} {stated:6.1f} {observed:6.1f}")
        found.append(observed - stated if inside.sum() >= ENOUGH else 0.0)
    return found


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 120000))
