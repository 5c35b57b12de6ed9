"""Checks: suites as JSON (the home of thresholds), and the judging of measures by them.

Great Expectations, jsonschema and SciPy are imported on the first use of what needs them, not by this package: reading the suites
works without them.
"""

from expectations.check import (
    Checked,
    JudgedBefore,
    TrendChecked,
    check,
    check_labs,
    get_ready,
    judge,
    judge_trend,
    judged_together,
)
from expectations.plausible import PlausibleRange, plausible_ranges
from expectations.study import nlr_of_a_study
from expectations.suite import Suite, load_suite, nlr_limits, tolerances, trend_settings
from expectations.validation import validation_limits
from pbis.core.measures.qc import CheckFrames

__all__ = [
    "CheckFrames",
    "Checked",
    "JudgedBefore",
    "PlausibleRange",
    "Suite",
    "TrendChecked",
    "check",
    "check_labs",
    "get_ready",
    "judge",
    "judge_trend",
    "judged_together",
    "load_suite",
    "nlr_limits",
    "nlr_of_a_study",
    "plausible_ranges",
    "tolerances",
    "trend_settings",
    "validation_limits",
]
