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
        13.95768, 17174.77, 3097.385, -1.153221, 0.9388793, 3.2, 819.2, 1.20655, 3.2, 4634.095,
        13.08546, 10.67082, 16.04651, 0.1961598, 117.4795, 99.7921, 138.3019, 0.1837486, 463.3703, 388.9578, 552.0188, 0.1971957,
        0.7561373, 2.750028, 0.1842951, 0.0, 0.1834648, 0.3141506,
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
