"""The study in a paragraph for somebody who knows no statistics: how the groups differed, in months and shares, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pbis.study.points import contrast
from pbis.study.result import Number, Section

HIGH, LOW = "PBIS high", "PBIS low"


def in_plain_words(sections: Sequence[Section], high_at: int) -> str:
    """Sentences from the chapter on survival; empty where it has no two groups. high_at: the sum from which a patient is high."""
    numbers = [n for s in sections if s.name == "survival" for n in s.numbers if n.endpoint == "os"]
    ratios = [n for n in numbers if (n.term, n.quantity) == (contrast(high_at), "hazard ratio") and _known(n.value)]
    if not ratios:
        return ""
    first, *others = ratios
    own = [n for n in numbers if n.population == first.population]
    said = [_opening(first), _medians(own), _year(own), *(_again(n) for n in others), _LIMIT]
    return " ".join(one for one in said if one)


_LIMIT = "This is how groups of patients differed in these data. It does not say what will happen to one of them, nor that the score is the cause."


def _opening(n: Number) -> str:
    head = f"Of {n.n} patients of the set {n.population} whose group is certain, {n.events} had died."
    if n.value is None or n.low is None or n.high is None:
        return head
    span = f"{_one(n.low)} to {_one(n.high)} times would fit these data too"
    if n.low <= 1 <= n.high:
        said = f"at any time the risk of death of those with a high score was {_one(n.value)} times that of a low one, but {span}"
        return f"{head} They leave open whether a high score goes with an earlier or a later death: {said}."
    when = "sooner" if n.value > 1 else "later"
    said = f"at any time their risk of death was {_one(n.value)} times that of patients with a low score ({span})"
    return f"{head} Patients with a high score died {when}: {said}."


def _medians(numbers: Sequence[Number]) -> str:
    high, low = (_of(numbers, term, "median months") for term in (HIGH, LOW))
    if high is None or low is None:
        return ""
    return f"Of those with a high score {_half(high)}, of those with a low score {_half(low)}."


def _half(n: Number) -> str:
    if not _known(n.value):
        return "fewer than half had died by the end"
    return f"half had died after {n.value:.1f} months"


def _year(numbers: Sequence[Number]) -> str:
    high, low = (_of(numbers, term, "survival at 12 months") for term in (HIGH, LOW))
    if high is None or low is None or not (_known(high.value) and _known(low.value)):
        return ""
    return f"A year after the first dose {_share(high)} of those with a high score were alive, and {_share(low)} of those with a low one."


def _again(n: Number) -> str:
    if n.value is None or n.low is None or n.high is None:
        return ""
    if n.low <= 1 <= n.high:
        return f"In the set {n.population} ({n.n} patients) the data leave open whether there is a difference ({_one(n.value)} times, {_one(n.low)} to {_one(n.high)})."
    return f"In the set {n.population} ({n.n} patients) the risk was {_one(n.value)} times ({_one(n.low)} to {_one(n.high)})."


def _of(numbers: Sequence[Number], term: str, quantity: str) -> Number | None:
    return next((n for n in numbers if (n.term, n.quantity) == (term, quantity)), None)


def _known(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _share(n: Number) -> str:
    return f"{100 * (n.value or 0):.0f} %"


def _one(value: float) -> str:
    return f"{value:.1f}"
