"""One component of a score, three-valued: a point, no point, or unknown with the reason why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Context
from fractions import Fraction
from functools import cached_property
from typing import Literal

from pbis.core.amount import Amount, NoAmount, amount_of
from pbis.core.scoring.cutoffs import RATIO, Cutoff
from pbis.core.scoring.interval import Interval, exact, interval_of, is_ratio_at, nearest_ratio, point, ratio_point
from pbis.core.scoring.nearness import FAR, Beyond, Nearness, by_cv, by_interval, by_reach
from pbis.core.scoring.weighing import ANYTHING, Chance, chance
from pbis.core.units import COUNT, SHARE, Unit, factor, multiply_text, plain_text, to_unit

BelowAtCut = Literal["zero", "unknown"]
RATIO_DIGITS = 12  # shown of an NLR that never ends; compared is the exact fraction
_BELOW = ("<", "<=")


@dataclass(frozen=True)
class Measure:
    """One measured quantity as chosen for the score: decimal text in `unit`, or the reason why there is none.

    ci_low, ci_high: 95 % interval in `unit`, also behind a bound. plate_cv_pct: what plates of its lot were found to differ by, percent;
    None where too few say so. is_plate_even: whether the same plates show that the place on a plate adds little."""

    op: str | None = None
    text: str | None = None
    unit: str | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    reason: str | None = None
    plate_cv_pct: float | None = None
    is_plate_even: bool | None = None

    @property
    def is_present(self) -> bool:
        return self.text is not None and self.reason is None


ABSENT = Measure(reason="not_received")


@dataclass(frozen=True)
class ComponentPoint:
    """point 1, 0 or None; `op` and `text` are the value in the cut-off's unit; reason is set exactly where point is None.

    p_reached: probability that the true value reaches the cut; None where no interval says so. chance: the same with assumed
    imprecision where there is no interval, between two probabilities where a bound is all that is known; None where nobody says."""

    point: int | None
    op: str | None = None
    text: str | None = None
    is_at_cut: bool = False
    is_near_cut: bool = False
    p_reached: float | None = None
    reason: str | None = None
    chance: Chance | None = ANYTHING

    @property
    def flip_probability(self) -> float | None:
        """That the true value lies on the other side of the cut; None without a point or an interval."""
        if self.point is None or self.p_reached is None:
            return None
        return 1 - self.p_reached if self.point else self.p_reached


def unknown(reason: str) -> ComponentPoint:
    return ComponentPoint(point=None, reason=reason)


def measures_of(component: str) -> tuple[str, ...]:
    """The measures that a component is made of."""
    return ("neutrophils", "lymphocytes") if component == "nlr" else (component,)


def decide(cut: Cutoff, measures: Mapping[str, Measure], below_at_cut: BelowAtCut = "zero") -> ComponentPoint:
    """The component's decision; measures that are not in the mapping count as not received.

    below_at_cut: what a value below a limit at or under the cut is where its interval holds the cut: "zero" or "unknown"."""
    chosen = [measures.get(name, ABSENT) for name in measures_of(cut.component)]
    found = decide_ratio(cut, *chosen) if cut.unit == RATIO else decide_value(cut, chosen[0])
    is_open = below_at_cut == "unknown" and found.op in _BELOW and found.point == 0 and found.is_near_cut
    return replace(found, point=None, is_near_cut=False, reason="below_range_undecided") if is_open else found


def decide_value(cut: Cutoff, measure: Measure) -> ComponentPoint:
    """One measure against its cut-off, in the cut-off's unit."""
    amount = _amount(measure)
    if isinstance(amount, NoAmount):
        return unknown(amount.reason)
    unit, wanted = to_unit(measure.unit or ""), to_unit(cut.unit)
    if unit is None or wanted is None or unit.dimension != wanted.dimension:
        return unknown("unit_unknown")
    scale = factor(unit, wanted)
    values = interval_of(amount, scale)
    decided = point(values, cut.bound, cut.comparator)
    near = _value_nearness(measure, values, scale, cut)
    return ComponentPoint(
        point=decided,
        op=amount.op,
        text=amount.text if scale == 1 else multiply_text(amount.text, scale),
        is_at_cut=values.is_point and values.low == cut.bound,
        is_near_cut=near.is_near and decided is not None,
        p_reached=near.p_reached,
        reason=None if decided is not None else _undecided(amount),
        chance=chance(
            near, amount.op, float(values.high if values.high is not None else values.low), float(cut.bound), _cv(cut)
        ),
    )


def _cv(cut: Cutoff) -> float | None:
    return None if cut.cv_pct is None else float(cut.cv_pct)


def decide_ratio(cut: Cutoff, upper: Measure, lower: Measure) -> ComponentPoint:
    """Neutrophils over lymphocytes, both counts or both shares of the same differential."""
    top, bottom = _amount(upper), _amount(lower)
    if isinstance(top, NoAmount) or isinstance(bottom, NoAmount):
        return unknown(next(amount.reason for amount in (top, bottom) if isinstance(amount, NoAmount)))
    units = _cell_unit(upper), _cell_unit(lower)
    if units[0] is None or units[1] is None:
        return unknown("unit_unknown")
    if units[0].dimension != units[1].dimension:
        return unknown("assay_mismatch")
    return _ratio_decision(cut, _Part(top, units[0]), _Part(bottom, units[1]))


def _cell_unit(measure: Measure) -> Unit | None:
    """The unit if cells are counted or shared out in it."""
    unit = to_unit(measure.unit or "")
    return unit if unit is not None and unit.dimension in (COUNT, SHARE) else None


@dataclass(frozen=True)
class _Part:
    amount: Amount
    unit: Unit

    @cached_property
    def values(self) -> Interval:
        return interval_of(self.amount, self.unit.factor)

    @property
    def bound(self) -> Fraction:
        return exact(self.amount.text) * self.unit.factor


def _ratio_decision(cut: Cutoff, top: _Part, bottom: _Part) -> ComponentPoint:
    decided = ratio_point(top.values, bottom.values, cut.bound, cut.comparator)
    nearest = nearest_ratio(top.values, bottom.values)
    near = FAR
    if nearest is not None and cut.cv_pct is not None:
        near = by_cv(float(nearest), float(cut.bound), float(cut.cv_pct))
    return ComponentPoint(
        point=decided,
        op=_ratio_op(top.amount, bottom.amount),
        text=_ratio_text(top, bottom),
        is_at_cut=is_ratio_at(top.values, bottom.values, cut.bound),
        is_near_cut=near.is_near and decided is not None,
        reason=None if decided is not None else _undecided_ratio(top.amount, bottom.amount),
        chance=_ratio_chance(cut, top, bottom),
    )


def _ratio_chance(cut: Cutoff, top: _Part, bottom: _Part) -> Chance | None:
    op = _ratio_op(top.amount, bottom.amount)
    ratio = float(top.bound / bottom.bound) if op is not None else None
    return chance(FAR, op or "=", ratio, float(cut.bound), _cv(cut))


def _amount(measure: Measure) -> Amount | NoAmount:
    if measure.reason is not None or measure.text is None:
        return NoAmount(measure.reason or "not_received", "")
    return amount_of(measure.op or "=", measure.text)


def _value_nearness(measure: Measure, values: Interval, scale: Fraction, cut: Cutoff) -> Nearness:
    low, high = (None if end is None else end * float(scale) for end in (measure.ci_low, measure.ci_high))
    bound = float(cut.bound)
    beyond = Beyond(float(cut.plate_cv_pct or 0), measure.plate_cv_pct, _place(measure, cut))
    if low is not None and not values.is_point:
        return by_reach(low, high, bound, beyond)
    if low is not None and high is not None:
        return by_interval(float(values.low), low, high, bound, beyond)
    if cut.cv_pct is None:
        return FAR
    nearest = values.high if values.high is not None else values.low  # of a bound that says no more, the bound itself
    return by_cv(float(nearest), bound, float(cut.cv_pct))


def _place(measure: Measure, cut: Cutoff) -> float:
    """What the place on the plate adds, percent: more where enough plates say what they differ by and do not show that they are even.
    What is assumed of plates in their stead holds it."""
    least, uneven = float(cut.place_cv_pct or 0), float(cut.uneven_cv_pct or 0)
    return least if measure.plate_cv_pct is None or measure.is_plate_even else max(least, uneven)


def _undecided(amount: Amount) -> str:
    return "above_range_undecided" if amount.op in (">", ">=") else "below_range_undecided"


def _undecided_ratio(top: Amount, bottom: Amount) -> str:
    """The censored part names the reason; plain counts leave only lymphocytes of zero, which lie below what is counted."""
    return next((_undecided(part) for part in (top, bottom) if part.op != "="), "below_range_undecided")


def _ratio_op(top: Amount, bottom: Amount) -> str | None:
    """Operator of top/bottom, strict if one of them is; None where the two bounds pull opposite ways or bottom is zero."""
    bounds = [op for op in (top.op, _TURNED[bottom.op]) if op != "="]
    if bottom.text == "0" or len({op[0] for op in bounds}) > 1:
        return None
    return min(bounds, key=len, default="=")


def _ratio_text(top: _Part, bottom: _Part) -> str | None:
    if _ratio_op(top.amount, bottom.amount) is None:
        return None
    ratio = top.bound / bottom.bound
    return plain_text(Context(prec=RATIO_DIGITS).divide(ratio.numerator, ratio.denominator))


_TURNED = {"=": "=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
