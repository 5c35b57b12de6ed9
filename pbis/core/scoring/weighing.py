"""How likely is the high group, from what each component's error allows: a probability, or an interval where one is missing.

Components are taken as independent given their values. Nothing is imputed: of a component that is missing nothing is known but that
its probability lies between 0 and 1, so the whole lies between what the two would give. The group never comes from this.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from pbis.core.scoring.nearness import Nearness, normal_share


@dataclass(frozen=True)
class Chance:
    """Between which probabilities a true value reaches its cut, and what says so: assay, cv or nothing."""

    low: float
    high: float
    basis: str


ANYTHING = Chance(0.0, 1.0, "nothing")


def chance(near: Nearness, op: str, value: float | None, cut: float, cv_pct: float | None) -> Chance | None:
    """Of one component. near: by its interval, where it has one; value: its number or bound; cv_pct: assumed, without an interval.

    None where it has a value and nobody says how sure that is.
    """
    if near.p_reached is not None:
        return Chance(near.p_reached, near.p_reached, "assay")
    if value is None or value <= 0:
        return ANYTHING
    if cv_pct is None:
        return None
    at_bound = normal_share(log(value / cut) / (cv_pct / 100))
    if op == "=":
        return Chance(at_bound, at_bound, "cv")
    return Chance(0.0, at_bound, "cv") if op in ("<", "<=") else Chance(at_bound, 1.0, "cv")


@dataclass(frozen=True)
class Weighed:
    """Between which probabilities the group is high; p: where they are one; basis: component and what its probability rests on."""

    low: float
    high: float
    basis: str

    @property
    def p(self) -> float | None:
        return self.low if self.high - self.low < SAME else None


SAME = 1e-9  # two probabilities that differ by rounding alone


def weigh(chances: Mapping[str, Chance | None], high_at: int) -> Weighed | None:
    """The high group's probability from those of all components; None where one of them cannot be weighed."""
    known = {name: each for name, each in chances.items() if each is not None}
    if not known or len(known) < len(chances):
        return None
    low, high = (at_least([getattr(each, end) for each in known.values()], high_at) for end in ("low", "high"))
    return Weighed(low, high, "; ".join(f"{name}: {each.basis}" for name, each in known.items()))


def at_least(chances: Sequence[float], count: int) -> float:
    """Probability that so many of independent events happen."""
    sums = [1.0]
    for p in chances:
        sums = [a * (1 - p) + b * p for a, b in zip([*sums, 0.0], [0.0, *sums], strict=True)]
    return min(1.0, sum(sums[count:]))


def expected_wrong(groups: Iterable[tuple[str, float | None, float | None]]) -> tuple[float, float]:
    """Least and most groups that are expected to be wrong, from (group, p_high_low, p_high_high) of each patient. A group that is
    neither high nor low, and one that cannot be weighed, counts for none."""
    least = most = 0.0
    for group, low, high in groups:
        if low is not None and high is not None and group in ("high", "low"):
            wrong = (1 - high, 1 - low) if group == "high" else (low, high)
            least, most = least + wrong[0], most + wrong[1]
    return least, most
