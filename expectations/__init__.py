"""Checks: suites as JSON (the home of thresholds), and the judging of measures by them.

Great Expectations is imported by `judge`, `check` and `check_labs` on their first use, not by this package.
"""

from expectations.check import Checked, check, check_labs, judge
from expectations.suite import Suite, load_suite
from pbis.core.qc import CheckFrames

__all__ = ["CheckFrames", "Checked", "Suite", "check", "check_labs", "judge", "load_suite"]
