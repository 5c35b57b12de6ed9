"""A method's version names its numbers: where these change, the version rises and its new numbers are entered here."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from expectations import load_suite, tolerances
from pbis.core.curves.assay import AssayFrames, AssayOptions, assay
from pbis.core.curves.method import METHOD_VERSION

RESEARCH = tolerances(load_suite("research"))

# Coefficients, limits and, of wells at 60, 500 and 2000 MFI, concentration, interval and its shared part; of wells at 19 and 12 MFI,
# which lie below the range, interval and shared part; six digits.
NUMBERS: dict[tuple[str, str], tuple[float, ...]] = {
    ("robust", "4"): (
        13.95047, 17785.12, 3074.296, -1.057046, 1.031701, 3.2, 13107.2, 1.164216, 3.2, 5705.24,
        13.10107, 10.87791, 15.77857, 0.1977024, 116.7468, 100.4576, 135.6772, 0.190184, 464.8942, 395.1752, 546.9134, 0.1952323,
        0.8472754, 2.692405, 0.1897954, 0.0, 0.1114834, 0.3216409,
    ),
    ("xponent", "6"): (
        -3.669544, 14941.75, 3484.428, -2.016334, 0.5036848, 3.2, 13107.2, 2.876688, 3.2, 2017.107,
        12.57916, 9.58487, 16.50885, 0.1510645, 120.3244, 91.44729, 158.3203, 0.1332235, 482.8, 358.8987, 649.4753, 0.2265219,
        0.8796638, 3.992521, 0.1157609, 0.0, 2.396954, 0.4242932,
    ),
}  # fmt: skip
CURVE = ("coef_a", "coef_b", "coef_c", "coef_d", "coef_f", "lloq", "uloq", "lod", "lloq_precision", "uloq_precision")
WELL = ("concentration", "ci_low", "ci_high", "ci_shared")


def plate(sketch: Callable) -> object:
    """Standards with unremarkable errors, one of them wild; no random number, so that every machine has the same."""
    made = sketch(analytes=("IL-6",))
    for k, key in enumerate(made.mfi):
        made.mfi[key] *= 1.0 + 0.05 * float(np.sin(7.0 * k))
    made.mfi["F2", "IL-6"] *= 1.6
    for well, mfi in (("C10", 60.0), ("D10", 500.0), ("E10", 2000.0), ("F10", 19.0), ("G10", 12.0)):
        made.sample(well, mfi)
    return made


def numbers(frames: AssayFrames) -> list[float]:
    (curve,) = frames.curve.to_pylist()
    wells = [r for r in frames.result.to_pylist() if r["well"] in ("C10", "D10", "E10")]
    below = [r for r in frames.result.to_pylist() if r["well"] in ("F10", "G10")]
    assert [row["concentration_op"] for row in below] == ["<", "<"]
    known = [row[name] for row in wells for name in WELL] + [row[name] for row in below for name in WELL[1:]]
    return [curve[name] for name in CURVE] + known


@pytest.mark.parametrize("method", ["robust", "xponent"])
def test_the_version_stands_for_its_numbers(sketch: Callable, method: str) -> None:
    found = numbers(assay([plate(sketch).input()], AssayOptions(RESEARCH, method=method)))
    assert found == pytest.approx(NUMBERS[method, METHOD_VERSION[method]], rel=1e-5)
