"""Does a plate read its samples differently at different places? By how much, from the samples themselves.

A gradient over the columns moves samples away from standards that stand in the first ones, and controls beside the standards move
with them: neither says so. The samples do, faintly: over a plate their signals should not lean. Wells of one sample at
different places say it best, since they hold the same; samples among each other say it through their own spread, which is large, so
that a plate alone says next to nothing and twenty say a little. Here is what one plate says, with how far chance leads it astray.

The lean is a plane over columns and rows, of ln MFI, pooled over the analytes; an analyte whose samples are alike counts more. The
analytes of a well are pooled before anything is fitted, so what they share does not count twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pbis.core.frames import PLATE_PLACE
from pbis.core.frames.stored import stored
from pbis.core.measures import group as by
from pbis.core.measures.group import Reals
from pbis.core.verdicts.reading import RESULT_STATUSES, SAMPLE_ROLES

LEAST_SAMPLES = 12  # fewer leave a plane over two directions hardly any freedom; a third of a plate, own choice
LEAST_SPREAD = (
    1e-9  # of an analyte's ln MFI: readings that are all one number, such as a floor of the instrument, have no weight
)

_WELL = re.compile(r"([A-Z]+)(\d+)")


@dataclass(frozen=True)
class Lean:
    """slope (2,): change of ln MFI a column and a row; covariance (2, 2) of it."""

    slope: Reals
    covariance: Reals


def places(result: pa.Table) -> pa.Table:
    """frames.PLATE_PLACE of each plate of frames.RESULT that has samples enough, and standards to hold them against."""
    plates = by.group_by(result, by.PLATE_KEY)
    read = np.flatnonzero(by.is_in(result, "status", *RESULT_STATUSES) & (by.numbers(result, "mfi") > 0))
    found = []
    for plate, first in enumerate(plates.first.tolist()):
        one = _of_plate(result.take(pa.array(read[plates.code[read] == plate])))
        if one is not None:
            found.append((first, *one))
    rows, variance, error, samples = zip(*found, strict=True) if found else ((),) * 4
    head = result.take(pa.array(rows, pa.int64())).select(["assay_id", "run_id", "plate_number"])
    columns = {name: head.column(name) for name in head.column_names}
    measured = {"variance": stored(np.array(variance, float)), "error": stored(np.array(error, float))}
    table = PLATE_PLACE.table({**columns, **measured, "sample_count": list(samples)})
    return table.sort_by([(name, "ascending") for name in PLATE_PLACE.key])


def _of_plate(readings: pa.Table) -> tuple[float, float, int] | None:
    samples = readings.filter(pa.array(by.is_in(readings, "well_role", *SAMPLE_ROLES)))
    standards = readings.filter(pa.array(by.is_in(readings, "well_role", "standard")))
    wells = by.group_by(samples, ("well",))
    if not standards.num_rows or not wells.count:
        return None
    sample = by.group_by(samples.take(pa.array(wells.first)), ("replicate_group",)).code
    if sample.max() + 1 < LEAST_SAMPLES:
        return None
    at = positions(samples.column("well").take(pa.array(wells.first)).to_pylist())
    found = lean(at, _pooled(samples, wells, sample), sample)
    if found is None:
        return None
    where = np.unique(np.array(standards.column("well").to_pylist(), str)).tolist()
    away = at - positions(where).mean(axis=0)
    return *added(found, away), int(sample.max()) + 1


def positions(wells: list[str]) -> Reals:
    """(wells, 2): column and row, from 0."""
    parts = [_WELL.fullmatch(well) for well in wells]
    return np.array([[int(part[2]) - 1, _row(part[1])] if part else [np.nan, np.nan] for part in parts], float)


def _row(letters: str) -> int:
    """A is 0, Z 25, AA 26."""
    number = 0
    for letter in letters:
        number = 26 * number + ord(letter) - 64
    return number - 1


def _pooled(samples: pa.Table, wells: by.Groups, sample: by.Codes) -> Reals:
    """(wells,): ln MFI about the mean of its analyte, averaged over analytes by how alike its samples are."""
    analyte = by.group_by(samples, ("analyte",))
    value = by.log(by.numbers(samples, "mfi"))
    value = value - by.mean(analyte, value)[analyte.code]
    each = by.regroup(sample[wells.code], analyte.code)
    spread = by.mean(by.Groups(analyte.code[each.first], np.unique(analyte.code)), by.mean(each, value) ** 2)
    weight = np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > LEAST_SPREAD)[analyte.code]
    return np.nan_to_num(by.ratio(by.total(wells, weight * value), by.total(wells, weight)))


def lean(at: Reals, value: Reals, sample: by.Codes) -> Lean | None:
    """The plane of `value` (wells,) over `at` (wells, 2), wells of one sample sharing what they hold; None where the places of the
    samples do not span it."""
    count = np.bincount(sample).astype(float)
    mean_at = np.stack([np.bincount(sample, at[:, d]) / count for d in (0, 1)], axis=1)
    mean = np.bincount(sample, value) / count
    among = _information(mean_at - mean_at.mean(axis=0), mean - mean.mean(), 1)
    if among is None:
        return None
    within = _information(at - mean_at[sample], value - mean[sample], len(count))
    total, pull = among if within is None else (among[0] + within[0], among[1] + within[1])
    covariance = np.linalg.inv(total)
    return Lean(covariance @ pull, np.asarray(covariance, float))


def _information(x: Reals, y: Reals, means: int) -> tuple[Reals, Reals] | None:
    """(2, 2) information about the slopes and (2,) what pulls at them, in units of the residuals' variance; means: of how many the
    values are centred. None where the places do not differ in either direction, or leave no freedom."""
    square = x.T @ x
    rank = int(np.linalg.matrix_rank(square))
    freedom = len(y) - means - rank
    if rank < (2 if means == 1 else 1) or freedom < 1:
        return None
    slope = np.linalg.pinv(square) @ (x.T @ y)
    variance = float(((y - x @ slope) ** 2).sum()) / freedom
    return None if variance <= 0 else (square / variance, x.T @ y / variance)


def added(found: Lean, away: Reals) -> tuple[float, float]:
    """Variance of ln MFI that the lean adds to samples so far (samples, 2) from the standards, unbiased and so below 0 as well; and
    the SD that it has by chance where nothing leans."""
    reach = away.T @ away / len(away)
    chance = reach @ found.covariance
    return float(found.slope @ reach @ found.slope - np.trace(chance)), float(np.sqrt(2 * np.trace(chance @ chance)))


def is_even(variance: Reals, error: Reals) -> bool:
    """Whether plates (plates,) together show that the place on them adds little: less than half of what a gradient does against which
    a place is assumed, and what chance alone may show besides. Where even that cannot be told they are not even."""
    chance = float(np.sqrt((error**2).sum())) / len(error)
    return bool(chance <= UNEVEN and variance.mean() <= UNEVEN / 2 + BY_CHANCE * chance)


# Variance of ln MFI that a gradient of 10 % from the first to the last column adds to samples in columns 3 to 12, whose standards
# stand in the first two: (0.10 x 0.6)^2.
UNEVEN = 0.0036
# SDs of chance that even plates are allowed. Few plates lie between two errors: to call even ones uneven, which makes probabilities
# too high, and the other way round, which is worse. Chosen so that over lots of 20 to 59 plates no bin of bench/cut.py is more than 3 points
# too low with a gradient of 10 %, and hardly one more than 3 too high without.
BY_CHANCE = 0.7
