#!/usr/bin/env bash
# A patient whose status is 2 dies twice, and who is alive with status 1 dies once: survival of a table that was coded for R.
#
# Versions: statsmodels 0.15.0, numpy 2.4.6, scipy 1.17.1, pandas 2.3.3.
# Seen: SurvfuncRight() and survdiff() sum the status instead of asking whether it is one. R's survival codes 1 censored and 2 dead in its own data
# sets (lung), and so do tables that come from there. Of eight patients, five of them dead, the median survival is 3 instead of 6, nobody is
# censored, the table counts 13 events among 8 patients, and the log-rank test of two groups has p 0.45 instead of 0.79. With 0 and 2 (a cause of
# death beside 1) five dead are ten. A status that is missing counts as censored. PHReg() of the
# same columns takes the living for the dead and the dead for censored: ln HR 0.27 instead of -1.39. There is no word of any of it.
# Expected instead: an error for a status that is neither 0 nor 1, or any status that is not 0 taken for one event. Recode before
# (status == 2), and look whether a table of events counts more of them than patients.
set -euo pipefail
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/python -m pip install -q --disable-pip-version-check statsmodels==0.15.0 numpy==2.4.6 scipy==1.17.1 pandas==2.3.3
venv/bin/python - <<'PYTHON'
import warnings

import numpy as np
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

warnings.simplefilter("error")
time = np.arange(1.0, 9.0)
dead = np.array([1, 0, 1, 1, 0, 1, 0, 1])
group = np.array([0, 1] * 4)

right, coded, doubled = SurvfuncRight(time, dead), SurvfuncRight(time, dead + 1), SurvfuncRight(time, 2 * dead)
print("0 and 1:", right.surv_prob.round(3), "median", right.quantile(0.5), "events", right.n_events.sum())
print("1 and 2:", coded.surv_prob.round(3), "median", coded.quantile(0.5), "events", coded.n_events.sum())
print("0 and 2:", doubled.surv_prob.round(3), "events", doubled.n_events.sum())
assert (right.quantile(0.5), coded.quantile(0.5)) == (6.0, 3.0)
assert (right.n_events.sum(), coded.n_events.sum(), doubled.n_events.sum()) == (5, 13, 10)
assert len(coded.surv_times) == len(time)  # no one is censored

p = [survdiff(time, status, group)[1] for status in (dead, dead + 1, 2 * dead)]
print("log-rank p:", np.round(p, 3))
assert [round(each, 2) for each in p] == [0.79, 0.45, 0.65]

other = np.array([0, 1, 0, 0, 1, 1, 0, 1.0])[:, None]
ratios = [float(PHReg(time, other, status=status).fit().params[0]) for status in (dead, dead + 1, 1 - dead)]
print("ln HR:", np.round(ratios, 2))
assert [round(each, 2) for each in ratios] == [-1.39, 0.27, 0.27]

missing = SurvfuncRight(time, np.where(time == 3, np.nan, dead))
censored = SurvfuncRight(time, np.where(time == 3, 0, dead))
print("missing:", missing.surv_prob.round(3), "as censored:", censored.surv_prob.round(3))
assert np.array_equal(missing.surv_prob, censored.surv_prob)
PYTHON
