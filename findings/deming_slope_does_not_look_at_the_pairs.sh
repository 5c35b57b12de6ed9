#!/usr/bin/env bash
# The Deming slope of a package that compares laboratory methods is the same however the values are paired; its Passing-Bablok slope is
# no median for half of all numbers of samples.
#
# Versions: methcomp 1.0.0, numpy 2.4.6, scipy 1.17.1, pandas 2.3.3, statsmodels 0.15.0, matplotlib 3.11.2.
# Seen: deming() takes the variance of the second method where the covariance of both belongs. Forty samples give the slope 0.97 as they were
# measured, with the second method shuffled and with it turned upside down; right are 0.97, 0.04 and -0.97. passingbablok() takes, where the
# number of pairs of samples is odd (6, 7, 10, 11, 14, 15, ... samples), a slope whose place in the sorted list depends on how many are
# negative: -2.79 for 1.12 with 39 samples, and a division by zero where at most one is. The line is drawn with its equation; nothing is said.
# Expected instead: the slopes of the two definitions, which are a few lines of numpy below.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check methcomp==1.0.0 numpy==2.4.6 scipy==1.17.1 pandas==2.3.3 \
    statsmodels==0.15.0 matplotlib==3.11.2
MPLBACKEND=Agg venv/bin/python - <<'PYTHON'
import re
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
from methcomp import deming, passingbablok


def drawn(method, *values, **more):
    axes = method(*values, ax=plt.figure().add_subplot(), **more)
    (text,) = (t.get_text() for t in axes.get_legend().get_texts() if "Method 1" in t.get_text())
    plt.close("all")
    return float(re.search(r"\+ (\S+) \* Method 1", text)[1])


def deming_by_hand(x, y):
    (vx, vxy), (_, vy) = np.cov(x, y)
    return (vy - vx + np.sqrt((vy - vx) ** 2 + 4 * vxy**2)) / (2 * vxy)


def slopes(x, y):
    return np.sort([(y[i] - y[j]) / (x[i] - x[j]) for i, j in combinations(range(len(x)), 2)])


def passing_bablok_by_hand(x, y):
    found = slopes(x, y)
    return np.median(found[2 * int((found < -1).sum()) :]) if (found < -1).any() else np.median(found)


chance = np.random.default_rng(1)
true = chance.lognormal(3, 0.6, 40)
x, y = true * chance.lognormal(0, 0.15, 40), 1.05 * true * chance.lognormal(0, 0.15, 40)
by_package, by_hand = [], []
for what, second in (("as measured", y), ("shuffled", chance.permutation(y)), ("upside down", y.max() + y.min() - y)):
    by_package.append(drawn(deming, x, second, bootstrap=None))
    by_hand.append(deming_by_hand(x, second))
    print(f"Deming, second method {what:12} methcomp {by_package[-1]:.2f}, by definition {by_hand[-1]:.2f}")
assert len(set(by_package)) == 1, "it looks at the pairs now"
assert by_hand[2] < 0 < by_package[2] and by_hand[1] < 0.1 < by_package[1]

right, other = [], []
for n in range(10, 41):
    found, by_hand = drawn(passingbablok, x[:n], y[:n]), passing_bablok_by_hand(x[:n], y[:n])
    far = abs(found - by_hand) > 0.1
    (other if far else right).append(f"{n}: {found:.2f} for {by_hand:.2f}")
    assert far == bool(n * (n - 1) // 2 % 2), (n, found, by_hand)
print("Passing-Bablok, near the definition:", *right, sep="  ")
print("Passing-Bablok, another slope:", *other, sep="  ")
try:
    drawn(passingbablok, true[:6], 2 * true[:6])
except ZeroDivisionError as error:
    print("Passing-Bablok of six samples on a line:", error)
else:
    raise SystemExit("it finds the slope of a line now")
PYTHON
