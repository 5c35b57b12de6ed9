"""The study: speed beside one log-rank test at a time, the whole of it with 1,000 bootstraps, and what it recovers of a known truth.

python bench/study.py [repeats]        default 300 simulated cohorts a line of the table of truth
python bench/study.py --searched       only the interval of the searched score, with its goals
python bench/study.py --searched SEED  its first two worlds with cohorts of other seeds, from SEED on: none that its form was chosen on
python bench/study.py --against DIR    CPU of the whole study here over that of another checkout, in one run
The peer is lifelines where it is installed (`uv pip install lifelines`; it is not a requirement), else this project's own single test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pbis.study.run import run_study
from pbis.study.stats.logrank import logrank
from pbis.study.stats.scan import scan
from pbis.study.truth import (
    SearchedWorld,
    censored_exponential,
    confounded,
    known_hazard_ratio,
    noise_rates,
    planted_cut,
    searched_coverage,
)

PATIENTS = 191


def main(repeats: int) -> None:
    speed()
    whole()
    truth(repeats)
    searched()


def timed(work: Callable[[], object], times: int = 3) -> float:
    """Seconds, the best of `times`."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def speed() -> None:
    rng = np.random.default_rng(1)
    marker = rng.normal(size=PATIENTS)
    data = censored_exponential(0.5 * marker, rng)
    cuts = scan(data, marker).cut
    ours = timed(lambda: scan(data, marker), 20)
    single = timed(lambda: [logrank(data, marker >= cut) for cut in cuts])
    print(f"scan of {len(cuts)} cut-offs, {PATIENTS} patients      {1e3 * ours:8.2f} ms")
    print(f"own test, one at a time                     {1e3 * single:8.1f} ms   ratio {single / ours:6.0f}")
    try:
        from lifelines.statistics import logrank_test
    except ImportError:
        print("lifelines, one at a time                    not installed")
        return

    def peer() -> list[float]:
        return [_lifelines(logrank_test, data, marker >= cut) for cut in cuts]

    theirs = timed(peer, 1)
    same = np.allclose(peer(), scan(data, marker).chisq, rtol=1e-9)
    print(
        f"lifelines, one at a time                    {1e3 * theirs:8.1f} ms   ratio {theirs / ours:6.0f}   same statistics: {same}"
    )


def _lifelines(test: Callable[..., object], data: object, high: np.ndarray) -> float:
    time_, event = data.time, data.event  # type: ignore[attr-defined]
    return float(test(time_[high], time_[~high], event[high], event[~high]).test_statistic)  # type: ignore[attr-defined]


def cohort() -> pd.DataFrame:
    """As many patients as the paper has, ten markers, censored concentrations, two cohorts and a second regimen."""
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"subject_id": [f"S{k:03d}" for k in range(PATIENTS)]})
    frame["cohort"] = ["derivation"] * 116 + ["validation"] * 54 + ["lenvatinib"] * 21
    frame["regimen"] = ["AB"] * 170 + ["lenvatinib"] * 21
    frame["nlr"], frame["crp_mg_dl"] = (
        np.exp(rng.normal(1.25, 0.4, PATIENTS)),
        np.exp(rng.normal(-2, 1, PATIENTS)).round(2),
    )
    for name, middle in (
        ("il12", 2.3),
        ("il2", 0.8),
        ("il6", 2.2),
        ("il10", 2.6),
        ("il17", 1.9),
        ("tnf", 2.7),
        ("ifn_gamma", 2.1),
    ):
        value = np.exp(rng.normal(middle, 0.8, PATIENTS))
        frame[f"{name}_pg_ml"], frame[f"{name}_pg_ml_op"] = np.maximum(value, 3.2), np.where(value < 3.2, "<", "=")
    frame["afp_ng_ml"] = np.exp(rng.normal(4, 2, PATIENTS))
    points = sum((frame[m] >= c) * 1 for m, c in (("nlr", 3.5), ("crp_mg_dl", 0.13), ("il12_pg_ml", 11.6)))
    data = censored_exponential(1.2 * (points >= 2).to_numpy(), rng)
    frame["os_months"], frame["os_event"] = data.time, data.event
    earlier = censored_exponential(0.8 * (points >= 2).to_numpy() + 0.8, rng)
    frame["pfs_months"], frame["pfs_event"] = np.minimum(earlier.time, data.time), earlier.event | data.event
    frame["best_response"] = rng.choice(["CR", "PR", "SD", "PD", "NE"], PATIENTS)
    return frame


def whole() -> None:
    start, cpu = time.perf_counter(), time.process_time()
    result = run_study(cohort())
    seconds, used = time.perf_counter() - start, time.process_time() - cpu
    print(
        f"\nwhole study, {PATIENTS} patients, {result.settings.methods.resamples} bootstraps: {seconds:.1f} s ({used:.1f} CPU s)"
    )
    for name, part in sorted(result.seconds.items(), key=lambda item: -item[1])[:5]:
        print(f"  {name:24s}{part:6.1f} s")


_WHOLE = (
    "import time; from bench.study import cohort; from pbis.study.run import run_study; frame = cohort(); "
    "begun = time.process_time(); run_study(frame); print(time.process_time() - begun)"
)


def against(other: Path, rounds: int = 3) -> bool:
    """CPU seconds of the whole study here and in another checkout, in turns, the least of each; goal: at most 0.6 of it."""
    trees = {"here": Path(__file__).parent.parent, str(other): other}
    used: dict[str, list[float]] = {name: [] for name in trees}
    for _ in range(rounds):
        for name, tree in trees.items():
            called = subprocess.run(
                [sys.executable, "-c", _WHOLE],
                cwd=tree,
                env={**os.environ, "PYTHONPATH": str(tree.resolve()), "OPENBLAS_NUM_THREADS": "1"},
                capture_output=True,
                text=True,
                check=True,
            )
            used[name].append(float(called.stdout))
    ours, theirs = (min(seconds) for seconds in used.values())
    print(
        f"whole study, {PATIENTS} patients, 1,000 bootstraps: {ours:.2f} CPU s here, {theirs:.2f} in {other}: ratio {ours / theirs:.2f}"
    )
    print(f"goal (at most 0.6): {'met' if ours <= 0.6 * theirs else 'MISSED'}")
    return ours <= 0.6 * theirs


def truth(repeats: int) -> None:
    rng = np.random.default_rng(3)
    rows = [known_hazard_ratio(repeats, rng), *confounded(repeats, rng), *planted_cut(repeats, rng)]
    print(f"\nrecovered from {repeats} cohorts                              truth    mean    bias      SD  coverage")
    for row in rows:
        coverage = "" if row.coverage is None else f"{100 * row.coverage:8.1f} %"
        print(f"  {row.what:54s}{row.truth:7.3f} {row.mean:7.3f} {row.bias:+7.3f} {row.sd:7.3f} {coverage}")
    print("\nnoise markers with p < .05 of the best cut")
    for kind, rate in noise_rates(max(repeats // 10, 10), rng).items():
        print(f"  {kind:54s}{100 * rate:6.1f} %")


# Cohorts, patients, markers, hazard ratio: what the printed interval is tried on (pbis.study.stats.searched.Covered says the same).
WORLDS = (
    *((400, 116, 4, 1.0), (200, 116, 4, 1.78), (100, 116, 4, 3.0)),
    *((150, 60, 4, 1.0), (100, 60, 4, 1.78), (100, 191, 4, 1.0), (100, 116, 3, 1.0), (100, 116, 3, 1.78)),
)


def searched(first: int = 11, worlds: Sequence[tuple[int, int, int, float]] = WORLDS) -> bool:
    """The printed interval of the searched score's hazard ratio; goals: holds the truth 90 %, above 1 on noise 7 %, point inside.

    first: seed of the first world, the next one's is one more.
    """
    print("\ncorrected for the search, log hazard ratio: 95 % intervals that hold the truth")
    print(
        "cohorts patients markers   HR   truth apparent corrected  printed  Wald alone  shifted bootstrap  above no effect  point inside"
    )
    met = True
    for seed, (cohorts, patients, markers, ratio) in enumerate(worlds, first):
        world = SearchedWorld(patients, markers, float(np.log(ratio)))
        found = searched_coverage(cohorts, np.random.default_rng(seed), world)
        print(
            f"{found.cohorts:7d} {patients:8d} {markers:7d} {ratio:5.2f} {found.truth:7.3f} {found.apparent:8.3f} {found.mean:9.3f}"
            f" {100 * found.printed:7.1f} % {100 * found.wald:9.1f} % {100 * found.shifted:16.1f} %"
            f" {100 * found.above:14.1f} % {100 * found.inside:11.0f} %",
            flush=True,
        )
        met &= found.printed >= 0.9 and found.inside == 1 and (ratio != 1 or found.above <= 0.07)
    print(f"goals (truth inside 90 %, above 1 on noise at most 7 %, point always inside): {'met' if met else 'MISSED'}")
    return met


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--against":
        sys.exit(0 if against(Path(sys.argv[2])) else 1)
    if sys.argv[1:] == ["--searched"]:
        sys.exit(0 if searched() else 1)
    if len(sys.argv) == 3 and sys.argv[1] == "--searched":
        sys.exit(0 if searched(int(sys.argv[2]), WORLDS[:2]) else 1)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 300)
