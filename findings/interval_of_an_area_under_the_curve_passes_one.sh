#!/usr/bin/env bash
# The confidence interval of an area under the curve goes beyond 1, and a marker that tells all patients apart has 0.99999994.
#
# Versions: confidenceinterval 1.0.5, numpy 2.4.6, scipy 1.17.1, scikit-learn 1.9.1.
# Seen: roc_auc_score(), DeLong's method, default: of 10 patients with an event and 10 without, area 0.85, it says 0.669 to 1.031. Of a marker
# that separates them all it says area 0.99999994 and an interval of no width at that number, below 1 at both ends: the areas of the
# method are counted in single precision. Sensitivity and PPV are too small by one part in a hundred million (8 of 10 is 0.799999992).
# Expected instead: 0.85 with no end beyond 1, and 1 where all are told apart, with a lower end that knows how few they are. Take
# method="bootstrap_bca", or DeLong's variance for the logarithm of the odds, and do not ask whether an area is 1.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check confidenceinterval==1.0.5 numpy==2.4.6 scipy==1.17.1 scikit-learn==1.9.1
venv/bin/python -W ignore - <<'PYTHON'
import numpy as np
from confidenceinterval import ppv_score, roc_auc_score, tpr_score

event = np.repeat([0, 1], 10)
marker = np.array([1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 3, 7, 11, 12, 13, 14, 16, 17, 18, 19.0])
separating = np.r_[np.arange(10), np.arange(20, 30)].astype(float)

area, (low, high) = roc_auc_score(event, marker)
wins = (marker[event == 1][:, None] > marker[event == 0]) + 0.5 * (marker[event == 1][:, None] == marker[event == 0])
print(f"area {wins.mean()}: told {area!r}, {low:.4f} to {high:.4f}")
assert wins.mean() == 0.85 and area != 0.85 and area.dtype == np.float32
assert high > 1.03

area, (low, high) = roc_auc_score(event, separating)
print(f"all told apart: {area!r}, {low!r} to {high!r}")
assert area < 1 and low == high < 1

called = (marker > 10).astype(int)
print("sensitivity of 8 of 10:", tpr_score(event, called)[0], "PPV of 8 of 9:", ppv_score(event, called)[0], 8 / 9)
assert tpr_score(event, called)[0] < 0.8 and ppv_score(event, called)[0] < 8 / 9
PYTHON
