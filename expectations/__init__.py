"""Checks: suites as JSON (the home of thresholds), and the judging of measures by them.

Great Expectations is imported by `judge`, `check` and `check_labs` on their first use, not by this package.
"""

from expectations.check import Checked, TrendChecked, check, check_labs, judge, judge_trend
from expectations.suite import Suite, load_suite, trend_settings
from pbis.core.measures.qc import CheckFrames

__all__ = [
    "CheckFrames",
    "Checked",
    "Suite",
    "TrendChecked",
    "check",
    "check_labs",
    "judge",
    "judge_trend",
    "load_suite",
    "trend_settings",
]
