"""Westgard's rules on standard scores of control materials.

Names and definitions after Westgard JO et al., Clin Chem 1981;27:493, as restated in PMC3909142: 1_2s warns; 1_3s, 2_2s and R_4s
reject; 4_1s and 10_x speak of a shift. R_4s looks at two controls of one run only, the others also across runs.

What is here counts; how far is far and how many are too many stands in the suites.
"""

from __future__ import annotations

import numpy as np

from pbis.core.measures.group import Codes, Mask, Reals


def run_length(z: Reals, beyond: float, side_before: int = 0, count_before: int = 0) -> Codes:
    """For each point the number of points in a row, ending with it, that lie more than `beyond` SD away on its side.

    A point without a score (NaN) neither counts nor breaks a row; one within the limit breaks it and has 0. side_before, count_before:
    of the row in which the points before these ended.
    """
    side = np.where(z > beyond, 1, np.where(z < -beyond, -1, 0))
    length = np.zeros(len(z), np.int64)
    last, count = side_before, count_before
    for i in np.flatnonzero(~np.isnan(z)).tolist():
        now = int(side[i])
        count = count + 1 if now and now == last else abs(now)
        last, length[i] = now, count
    return length


def pair_beyond(one: Reals, other: Reals, beyond: float) -> Mask:
    """2_2s within a run: both controls lie more than `beyond` SD away on the same side."""
    together: Mask = ((one > beyond) & (other > beyond)) | ((one < -beyond) & (other < -beyond))
    return together


def range_beyond(one: Reals, other: Reals, beyond: float) -> Mask:
    """R_4s: one control lies above +`beyond` SD and the other below -`beyond` SD in the same run."""
    apart: Mask = ((one > beyond) & (other < -beyond)) | ((one < -beyond) & (other > beyond))
    return apart
