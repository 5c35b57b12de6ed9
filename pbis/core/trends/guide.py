"""Which plates of a series are its guide set, so that a chart can show what the limits rest on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from pbis.core.frames.trend import SERIES
from pbis.core.measures import group as by
from pbis.core.measures.group import Mask
from pbis.core.measures.qc import TrendSettings
from pbis.core.trends.baseline import GuideSet, accepted_before, guide_for


def in_guide_set(point: pa.Table, settings: TrendSettings, guide_sets: Sequence[GuideSet] = ()) -> Mask:
    """Of each row of TREND (sorted by series and time) whether its plate is one of those that limits are taken from: the first
    accepted ones, or those that a person named; none where a person gave mean and SD, or where they are too few for limits."""
    dated: Mask = point.column("started_at").is_valid().to_numpy()
    counts: Mask = (by.numbers(point, "is_accepted") == 1) & dated
    groups = by.group_by(point, SERIES)
    before = accepted_before(counts)
    enough = by.count(groups, counts) >= settings.least_plates
    first = before - before[groups.first[groups.code]] < settings.guide_plates
    found: Mask = counts & first & enough[groups.code]
    if guide_sets:
        keys = point.select(list(SERIES)).take(pa.array(groups.first)).to_pylist()
        runs = np.array(point.column("run_id").to_pylist())
        for code, key in enumerate(keys):
            guide = guide_for(guide_sets, tuple(key.values()))
            if guide is not None:
                mine = groups.code == code
                found = np.where(mine, np.isin(runs, guide.runs) & dated, found)
    return found
