"""The set of values that a laboratory's amount allows, and whether all, none or some of them reach a cut-off.

Exact: every number is a Fraction, so 0.7/0.2 is 3.5 and not 3.4999999999999996.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from pbis.core.amount import Amount


@dataclass(frozen=True)
class Interval:
    """Values from `low` to `high` (None: no upper end); an open end does not belong to the set. Never empty."""

    low: Fraction
    high: Fraction | None
    is_low_open: bool = False
    is_high_open: bool = False

    @property
    def is_point(self) -> bool:
        return self.high == self.low


def interval_of(amount: Amount, scale: Fraction = Fraction(1)) -> Interval:
    """Non-negative values that the amount allows, times `scale` (a unit factor): `<6.4` is [0, 6.4), `>100` is (100, ...)."""
    bound = exact(amount.text) if scale == 1 else exact(amount.text) * scale
    if amount.op in ("<", "<="):
        return Interval(Fraction(0), bound, is_high_open=amount.op == "<")
    if amount.op in (">", ">="):
        return Interval(bound, None, is_low_open=amount.op == ">")
    return Interval(bound, bound)


def exact(text: str) -> Fraction:
    """Plain decimal text, as an Amount holds it, as a fraction; half the time of Fraction(text), which also reads more."""
    whole, _, decimals = text.partition(".")
    return Fraction(int(whole + decimals), 10 ** len(decimals))


def point(values: Interval, cut: Fraction, comparator: str = ">=") -> int | None:
    """1 if every value of the set reaches the cut, 0 if none does, None if the set does not decide."""
    if values.is_point and comparator == ">=":
        return int(values.low >= cut)
    most = None if values.high is None else values.high - cut
    return _sign_point(values.low - cut, values.is_low_open, most, values.is_high_open, comparator)


def ratio_point(upper: Interval, lower: Interval, cut: Fraction, comparator: str = ">=") -> int | None:
    """The same for upper/lower against the cut, by the sign of upper - cut * lower; a lower of exactly zero decides nothing."""
    if lower.is_point and lower.low == 0:
        return None
    least = None if lower.high is None else upper.low - cut * lower.high
    most = None if upper.high is None else upper.high - cut * lower.low
    return _sign_point(
        least, upper.is_low_open or lower.is_high_open, most, upper.is_high_open or lower.is_low_open, comparator
    )


def nearest_ratio(upper: Interval, lower: Interval) -> Fraction | None:
    """The end of upper/lower that its nearness to a cut is judged by: the upper one, else the lower; None where it has neither."""
    if upper.high is not None and lower.low != 0:
        return upper.high / lower.low
    return upper.low / lower.high if lower.high else None


def is_ratio_at(upper: Interval, lower: Interval, cut: Fraction) -> bool:
    """Both are plain values and upper/lower is exactly the cut."""
    return upper.is_point and lower.is_point and lower.low != 0 and upper.low == cut * lower.low


def _sign_point(
    least: Fraction | None, is_least_open: bool, most: Fraction | None, is_most_open: bool, comparator: str
) -> int | None:
    """Point of a set of differences between `least` and `most` (None: unbounded) against zero."""
    if comparator == ">=":
        reaches_all = least is not None and least >= 0
        reaches_none = most is not None and (most < 0 or (most == 0 and is_most_open))
    else:
        reaches_all = least is not None and (least > 0 or (least == 0 and is_least_open))
        reaches_none = most is not None and most <= 0
    return 1 if reaches_all else 0 if reaches_none else None
