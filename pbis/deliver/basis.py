"""When a score differs from what somebody was told: the facts that count, and the differences in words.

What counts: cut-off set, group, score, bounds, certainty, reasons; of each component the point, operator and value to four significant
digits, unit, cut-off and reason. What does not: probabilities, marks, the way to the NLR, days, release, program, decisions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pbis.deliver.told import ToldComponent, ToldScore, shortened


def basis_of(told: ToldScore) -> dict[str, Any]:
    """The facts of which another makes a corrected message, as what JSON holds."""
    return {
        "cutoff_set": told.cutoff_set,
        "group": told.group,
        "score": told.score,
        "score_min": told.score_min,
        "score_max": told.score_max,
        "is_certain": told.is_certain,
        "reasons": told.reasons or "",
        "components": {each.component: _component(each) for each in told.components},
    }


def changes(was: ToldScore, now: ToldScore) -> tuple[str, ...]:
    """What of the basis is another, a phrase each; none where nothing is."""
    return tuple(_changes(was, now))


def _component(told: ToldComponent) -> dict[str, Any]:
    return {
        "point": told.point,
        "value_op": told.value_op,
        "value": shortened(told.value_text),
        "unit": told.unit,
        "cut": f"{told.comparator} {told.cut_text}",
        "reason": told.reason,
    }


def _changes(was: ToldScore, now: ToldScore) -> Iterator[str]:
    before, after = basis_of(was), basis_of(now)
    for name in ("cutoff_set", "group", "score", "is_certain", "reasons"):
        if before[name] != after[name]:
            yield f"{name} {_shown(before[name])} -> {_shown(after[name])}"
    bounds = [f"{each['score_min']} to {each['score_max']}" for each in (before, after)]
    if bounds[0] != bounds[1]:
        yield f"points {bounds[0]} -> {bounds[1]}"
    then = {each.component: each for each in was.components}
    for each in now.components:
        earlier = then.get(each.component)
        if earlier is None:
            yield f"{each.name} none -> {_said(each)}"
        elif _component(earlier) != _component(each):
            yield f"{each.name} {_said(earlier)} -> {_said(each)}"


def _said(told: ToldComponent) -> str:
    point = {1: "1 point", 0: "0 points", None: "unknown"}[told.point]
    return f"{told.value}, {point}" + (f" ({told.reason})" if told.reason else "")


def _shown(value: object) -> str:
    return "none" if value in (None, "") else str(value).lower() if isinstance(value, bool) else str(value)
