#!/usr/bin/env bash
# One outlier test gives two answers for the same numbers: in a numpy array or a list it finds
# an outlier in every triplicate, in a Series it does not.
#
# Versions: outlier-utils 0.0.5, numpy 2.4.6, pandas 3.1.1, scipy 1.17.1.
# Seen: Grubbs' statistic is a distance divided by `data.std()`, which divides by n for an array and by n - 1 for a Series; the critical value
# belongs to n - 1. At a level of 5 % all triplicates of one normal distribution have an "outlier" as an array, 59 % of quadruplicates and 32 % of
# five wells; four wells from 24,510 to 25,110 lose two. As a Series one sample in twenty has one, as it should be. No warning.
# Expected instead: one in twenty, whatever holds the numbers. scikit-posthocs (outliers_grubbs) does so with an array.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check outlier-utils==0.0.5 numpy==2.4.6 pandas==3.1.1 scipy==1.17.1
venv/bin/python - <<'PYTHON'
import numpy as np
import pandas as pd
from outliers import smirnov_grubbs

chance = np.random.default_rng(1)
shares = {}
for n in (3, 4, 5, 8):
    samples = chance.normal(100, 5, (1000, n))
    for form in (np.array, pd.Series):
        shares[n, form] = np.mean([len(smirnov_grubbs.test(form(sample), alpha=0.05)) < n for sample in samples])
    print(f"{n} values without an outlier: one is found in {shares[n, np.array]:.1%} as an array, {shares[n, pd.Series]:.1%} as a Series")
for wells in ([10.1, 10.2, 10.4], [24510.0, 24890.0, 25020.0, 25110.0]):
    kept = {form.__name__: len(smirnov_grubbs.test(form(wells), alpha=0.05)) for form in (list, np.array, pd.Series)}
    print(wells, "kept", kept)
assert shares[3, np.array] == 1 and shares[4, np.array] > 0.5 and shares[5, np.array] > 0.25, "it divides by n - 1 now"
assert all(0.03 < shares[n, pd.Series] < 0.08 for n in (3, 4, 5, 8))
PYTHON
