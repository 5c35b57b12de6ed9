"""What a ratio of a study's own table may be before somebody should ask, from study.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from expectations.plausible import PlausibleRange

_FILE = Path(__file__).parent / "study.json"


@dataclass(frozen=True)
class RatioLimits:
    """of_one: a patient's ratio; least_median: of a column with at least `fewest` ratios, below which it is the inverse."""

    of_one: PlausibleRange
    least_median: float
    fewest: int


@lru_cache(maxsize=1)
def nlr_of_a_study() -> RatioLimits:
    """The limits that the project ships."""
    told = json.loads(_FILE.read_text(encoding="utf-8"))["limits"]
    low, high = float(told["nlr_low"]), float(told["nlr_high"])
    return RatioLimits(
        PlausibleRange(low, high, f"{low:g} to {high:g}"), float(told["nlr_least_median"]), int(told["nlr_fewest"])
    )
