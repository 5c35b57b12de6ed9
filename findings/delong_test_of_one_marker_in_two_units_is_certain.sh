#!/usr/bin/env bash
# The test whether two markers have the same area under the curve is certain that a marker in pg/mL and the same in ng/mL do not.
#
# Versions: MLstatkit 0.1.91, numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1.
# Seen: Delong_test of IL-12 in pg/mL and in ng/mL gives both the same area, and P = 0.0, z = 0. A variance of 0 between the two sends it to
# 5,000 resamples, in each of which the difference is 0; P is twice the smaller of the shares "0 or less" (all) and "more than 0" (none).
# Any two markers of the same ranks do so: NLR and its logarithm, a score and its square. Where all patients with an event lie above all
# others for both, P is 0 too. Of two markers whose ranks differ the answer is right. The method is told in the last element alone.
# Expected instead: P = 1. Look at the difference before the P value, and at info["method"].
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check MLstatkit==0.1.91 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
venv/bin/python -W ignore - <<'PYTHON'
import numpy as np
from MLstatkit import Delong_test
from scipy.stats import norm

event = np.repeat([0, 1], 10)
pg_ml = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 3.5, 7.5, 11, 12, 13, 14, 16, 17, 18, 19])
other = np.array([0, 1, 1, 2, 0, 1, 2, 0, 1, 1, 2, 2, 1, 3, 4, 1, 2, 3, 2, 0])


def by_definition(one, two):
    """Two-sided P of DeLong, DeLong and Clarke-Pearson; 1 where the areas do not differ at all."""
    wins = [(m[event == 1][:, None] > m[event == 0]) + 0.5 * (m[event == 1][:, None] == m[event == 0]) for m in (one, two)]
    covariance = np.cov([win.mean(1) for win in wins]) / 10 + np.cov([win.mean(0) for win in wins]) / 10
    difference = wins[0].mean() - wins[1].mean()
    variance = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    return 1.0 if difference == 0 and variance < 1e-15 else 2 * norm.sf(abs(difference) / np.sqrt(variance))


def told(what, one, two):
    z, p, _, _, area, area_two, info = Delong_test(event, one, two, random_state=1)
    right = by_definition(one, two)
    print(f"{what}: areas {area:.3f} and {area_two:.3f}, z {z:.3f}, P {p:.4f} by {info['method']}; by definition P {right:.4f}")
    return z, p, right


z, p, right = told("IL-12 in pg/mL and in ng/mL", pg_ml, pg_ml / 1000)
assert (z, p, right) == (0.0, 0.0, 1.0)
assert told("IL-12 and its logarithm", pg_ml, np.log(pg_ml))[1] == 0.0
assert told("two markers that separate all", event * 10.0 + pg_ml / 100, event * 5.0 - pg_ml / 100)[1] == 0.0
_, p, right = told("IL-12 and another", pg_ml, other)
assert np.isclose(p, right)
PYTHON
