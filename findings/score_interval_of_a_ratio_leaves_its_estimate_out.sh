#!/usr/bin/env bash
# The score interval of a ratio of two response rates lies elsewhere than the ratio, where all patients of the second arm responded.
#
# Versions: statsmodels 0.15.0, scipy 1.17.1, numpy 2.4.6, pandas 2.3.3.
# Seen: of 5 of 20 against 20 of 20 the ratio is 0.25, and confint_proportions_2indep(method="score", compare="ratio") says 0.625 to 0.625;
# with the arms exchanged it says 2.12 to 9.03, whose reciprocals, 0.11 to 0.47, are right. The lower limit lies halfway from the ratio
# to 1 for each count of the first arm from 0 to 19, and of 20 against 20 it is 1 where the upper one is 1.20; some limits are complex numbers. With
# compare="diff" two in five of all pairs of counts of 20 end with an error (1 of 20 against 5 of 20: "f(a) and f(b) must have different
# signs"), where an interval exists.
# Expected instead: 0.11 to 0.47. Look whether the estimate is inside, or take the intervals "log-adjusted" and "newcomb".
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check statsmodels==0.15.0 scipy==1.17.1 numpy==2.4.6 pandas==2.3.3
venv/bin/python -W ignore - <<'PYTHON'
import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import binom, norm
from statsmodels.stats.proportion import confint_proportions_2indep

N = 20


def limits(one, other, compare="ratio", method="score"):
    return confint_proportions_2indep(one, N, other, N, method=method, compare=compare)


def score(ratio, one, other):
    """Distance of the observed rates from those with this ratio that are most likely, in standard errors (Miettinen and Nurminen)."""

    def unlikely(second):
        return -binom.logpmf(one, N, ratio * second) - binom.logpmf(other, N, second)

    second = minimize_scalar(unlikely, bounds=(1e-9, min(1, 1 / ratio) - 1e-9), method="bounded", options={"xatol": 1e-12}).x
    first = ratio * second
    variance = (first * (1 - first) + ratio**2 * second * (1 - second)) / N * 2 * N / (2 * N - 1)
    return (one / N - ratio * other / N) / np.sqrt(variance)


z = norm.ppf(0.975)
by_hand = [brentq(lambda ratio, side=side: score(ratio, 5, 20) - side, 0.02, 0.9) for side in (z, -z)]
print("5 of 20 against 20 of 20, ratio 0.25: statsmodels", limits(5, 20), "by definition", np.round(by_hand, 3))
exchanged = [1 / limit for limit in limits(20, 5)[::-1]]
print("reciprocals of the exchanged arms:", np.round(exchanged, 3))
assert np.allclose(by_hand, exchanged, rtol=0.01), (by_hand, exchanged)
for one in range(N):
    low = np.real(limits(one, N)[0])
    assert abs(low - (1 + one / N) / 2) < 1e-3 and low > one / N, "the ratio is inside now"
print("20 of 20 against 20 of 20:", limits(20, 20))
kinds = [np.iscomplexobj(np.array(limits(one, other))) for one in range(N + 1) for other in range(N + 1)]
print("pairs of counts with complex limits:", sum(kinds))
assert any(kinds)

ended = []
for one in range(N + 1):
    for other in range(N + 1):
        low, high = limits(one, other, "diff", "newcomb")
        assert low <= (one - other) / N <= high
        try:
            limits(one, other, "diff")
        except ValueError as error:
            ended.append((one, other))
            if (one, other) == (1, 5):
                print("difference of 1 of 20 and 5 of 20:", error)
print(f"differences that end with an error: {len(ended)} of {(N + 1) ** 2}")
assert (1, 5) in ended and len(ended) > 100
PYTHON
