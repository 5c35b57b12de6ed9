#!/usr/bin/env bash
# The limits of agreement of two methods are drawn too near by three libraries of four: they take the spread as if the pairs were all there are.
#
# Versions: statsmodels 0.15.0, pyCompare 1.5.4, bland-altman 0.1.4, pingouin 0.7.0, numpy 2.4.6, matplotlib 3.11.2.
# Seen: mean_diff_plot of statsmodels, pyCompare and bland-altman divide the squares by n, for eight pairs the limits are 6 % nearer to
# each other than those of pingouin, which divides by n - 1. pyCompare counts with n - 1 in the intervals around the limits.
# Expected instead: n - 1. Bland and Altman's limits are an estimate from a sample, and a method is accepted or not by them.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check statsmodels==0.15.0 pyCompare==1.5.4 bland-altman==0.1.4 pingouin==0.7.0 \
    numpy==2.4.6 matplotlib==3.11.2
MPLBACKEND=Agg venv/bin/python -W ignore - <<'PYTHON'
import matplotlib.pyplot as plt
import numpy as np
import pingouin
import pyCompare
import statsmodels.api as sm
from bland_altman import bland_altman_plot

first = np.array([12.1, 15.4, 20.3, 26.8, 33.0, 41.7, 55.2, 70.9])
second = np.array([11.4, 16.1, 19.2, 28.1, 31.9, 43.0, 53.8, 71.6])
difference = first - second
DRAWN = {
    "statsmodels": lambda axes: sm.graphics.mean_diff_plot(first, second, ax=axes),
    "pyCompare": lambda axes: pyCompare.blandAltman(first, second, ax=axes),
    "bland-altman": lambda axes: bland_altman_plot(first, second),
    "pingouin": lambda axes: pingouin.plot_blandaltman(first, second, ax=axes),
}


def width(draw):
    """Distance of the outermost two level lines that are drawn across the whole plot."""
    plt.close("all")
    draw(plt.figure().add_subplot())
    levels = [line.get_ydata()[0] for line in plt.gca().lines if len(set(line.get_ydata())) == 1 and list(line.get_xdata()) == [0, 1]]
    return max(levels) - min(levels)


widths = {name: width(draw) for name, draw in DRAWN.items()}
for name, found in widths.items():
    print(f"{name:12} {found:.3f}")
by_n, by_less = (2 * 1.96 * difference.std(ddof=ddof) for ddof in (0, 1))
print(f"by definition {by_less:.3f}, with n {by_n:.3f}")
assert np.allclose([widths[name] for name in ("statsmodels", "pyCompare", "bland-altman")], by_n), widths
assert np.isclose(widths["pingouin"], by_less)
PYTHON
