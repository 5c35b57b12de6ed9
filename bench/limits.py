"""The low end that is reported: how often is a well that holds nothing read as a number, and what does the detection limit cost.

python bench/limits.py [CURVES]      4000 by default; then the real plates in ../shared/examples, where they are at hand

Simulated curves of the cases of bench/truth.py that have a background, a reading of nothing each. Real plates: samples that would be
QUANT between LLOQ and ULOQ without the detection limit, and those of them that it turns into `<`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from truth import CASES, RESEARCH, Case, night

from pbis.core.curves.acceptance import accept
from pbis.core.curves.assay import AssayInput, AssayOptions, assay, reportable_range
from pbis.core.curves.backcalc import back_calculate
from pbis.core.curves.fit import fit_curves
from pbis.core.curves.influence import proposed_exclusions
from pbis.core.curves.limits import find_limits, level_recovery
from pbis.core.curves.logistic import forward
from pbis.core.curves.method import Method
from pbis.core.curves.standards import level_means
from pbis.core.errors import InputRefused
from pbis.core.plates.panel import AliasTable
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.well import assign_roles
from pbis.readers import read

EXAMPLES = Path(__file__).resolve().parents[2] / "shared" / "examples"
METHODS: tuple[Method, ...] = ("robust", "xponent")
NO_LIMIT = -1e9  # SDs from the background: never detected there, so no limit
NAMED = ("regular", "12 % CV", "one wild well", "single wells", "top not reached")


def zeros_read_as_numbers_pct(case: Case, method: Method, n: int, seed: int) -> tuple[float, float]:
    """Of readings of nothing on usable curves, those between the limits, percent; share of curves that are usable."""
    data = night(case, n, np.random.default_rng(seed))
    blank = np.nan_to_num(level_means(data.points).mean[0]) if method == "xponent" else np.zeros(n)
    points = replace(data.points, y=data.points.y - blank)
    fitted = fit_curves(points, method, np.zeros(n, bool), RESEARCH)
    none = np.full(n, np.nan)
    limits = find_limits(fitted, level_recovery(fitted), none, none, RESEARCH, blank_mfi=blank)
    verdict = accept(fitted, fitted.screened, limits, proposed_exclusions(fitted).any(axis=0), RESEARCH)
    span = reportable_range(fitted, limits, verdict)
    nothing = forward(data.truth, np.full((20, n), -700.0), True)
    y = nothing * np.exp(np.random.default_rng(seed + 1).normal(0, case.cv, nothing.shape)) - blank
    x = back_calculate(fitted.fit, y).x
    read_as_number = (x >= span.low) & (x <= span.high)
    return 100 * float(read_as_number[:, span.is_accepted].mean()), 100 * float(span.is_accepted.mean())


def real_plates() -> Iterator[tuple[str, PlateRead]]:
    """Plates of the examples that hold standards."""
    for path in sorted(EXAMPLES.rglob("*")):
        if path.suffix.lower() in (".csv", ".xlsx", ".xls") and "clinical" not in path.parts:
            try:
                found = read(path)
            except InputRefused:
                continue
            yield path.name, found


def lost(plate: PlateRead, method: Method) -> tuple[int, int]:
    """Samples QUANT without the detection limit, and with it."""
    options = [AssayOptions(replace(RESEARCH, lod_sds=sds), method) for sds in (NO_LIMIT, RESEARCH.lod_sds)]
    given = [AssayInput("x", plate, assign_roles(plate, None).table, None, AliasTable())]
    return tuple(_quant(assay(given, each).result.to_pylist()) for each in options)


def _quant(rows: list[dict[str, object]]) -> int:
    return sum(row["status"] == "QUANT" and row["well_role"] == "unknown" for row in rows)


def main(n: int) -> int:
    worst: dict[str, float] = {}
    print(f"{'case':18s}{'method':10s}{'zeros as numbers %':>20s}{'usable %':>10s}")
    for number, case in enumerate(one for one in CASES if one.name in NAMED):
        for method in METHODS:
            with np.errstate(all="ignore"):
                share, usable = zeros_read_as_numbers_pct(case, method, n, 300 + number)
            print(f"{case.name:18s}{method:10s}{share:20.2f}{usable:10.1f}", flush=True)
            worst[method] = max(worst.get(method, 0.0), share)
    _show_real()
    print()
    for method, share in worst.items():
        print(
            f"{'met   ' if share <= 0.5 else 'MISSED'}  {method}: a well that holds nothing is read as a number in at most 0.5 %"
        )
    return 0 if max(worst.values()) <= 0.5 else 1


def _show_real() -> None:
    for name, plate in real_plates():
        for method in (*METHODS, "instrument"):
            try:
                without, within = lost(plate, method)
            except InputRefused:
                continue
            if without:
                print(
                    f"{name[:60]:62s}{method:11s}{without:6d} -> {within:5d}  lost {100 * (1 - within / without):5.1f} %"
                )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 4000))
