"""An expected concentration that cannot be right, what it should be, and how far print hides the last digit of a number."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

# Digits, and digits behind a mark: then half a unit depends on how many stand there and on nothing else.
_PLAIN = r"^[+-]?\d+([.,]\d+)?$"
_MOST_DECIMALS = 300  # a table of half units that a float can hold


@dataclass(frozen=True)
class Suspect:
    """A cell of a reagent table that cannot be right; expected, found in the reported unit."""

    line: int
    label: str
    analyte: str
    found: float
    should_be: float

    def __str__(self) -> str:
        return (
            f"{self.label} of {self.analyte} (line {self.line}) is {self.found:.10g}, should be {self.should_be:.10g}"
        )


@lru_cache(maxsize=4096)
def half_unit(text: str) -> float:
    """Half a unit of the last digit as written: a cell 0.00006 may have been 0.000064 before it was rounded.

    What follows the number (a unit, a mark) counts for nothing.
    """
    match = re.search(r"\d*(?:[.,](\d+))?(?:[eE]([+-]?\d+))?[^\d]*$", text)
    if match is None:
        return 0.0
    return 0.5 * 10.0 ** (min(int(match.group(2) or 0), 300) - len(match.group(1) or ""))


def half_units(texts: pa.Array) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """half_unit of the plain numbers among the texts, all at once, and which those are; the others are to be asked one by one."""
    is_plain = pc.fill_null(pc.match_substring_regex(texts, _PLAIN), False).to_numpy(zero_copy_only=False).copy()
    length, *marks = (
        pc.fill_null(found, -1).to_numpy()
        for found in (pc.binary_length(texts), pc.find_substring(texts, "."), pc.find_substring(texts, ","))
    )
    mark = np.maximum(*marks)
    is_plain &= length - mark <= _MOST_DECIMALS
    decimals = np.where(is_plain & (mark >= 0), length - 1 - mark, 0)
    units = np.array([0.5 * 10.0**-n for n in range(int(decimals.max(initial=0)) + 1)])
    return units[decimals], is_plain


def mend(found: float, predicted: float, low: float | None = None, high: float | None = None) -> float:
    """The found value moved by whole powers of ten where that agrees with the prediction to 10 %, or lies in what print
    allows (low to high); else the prediction."""
    tens = round(math.log10(found / predicted))
    shifted = found / 10.0**tens
    is_allowed = low is not None and high is not None and low <= shifted <= high
    is_near = is_allowed or abs(math.log(shifted / predicted)) < 0.1
    return float(f"{shifted if tens and is_near else predicted:.12g}")
