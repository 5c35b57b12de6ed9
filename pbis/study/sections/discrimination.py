"""How well the scores of one table order survival: C and AUC of each, and the differences to PBIS over the same resamples.

Like is compared with like: a graded score (a sum, a measured value) with the PBIS sum, a group with the PBIS group.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pbis.study.data import Complete
from pbis.study.result import Number
from pbis.study.sections.contenders import PBIS
from pbis.study.stats.concordance import ResampledPairs, harrell_c, resampled_pairs, uno_c
from pbis.study.stats.paired import paired_difference
from pbis.study.stats.prediction import auc_at
from pbis.study.stats.survival import Floats
from pbis.study.stats.wald import wald_interval

OF_GROUP = " of the group"
MEASURES = (("Harrell", ""), ("Uno", ""), ("Harrell", OF_GROUP))


@dataclass(frozen=True)
class Graded:
    """One entry on the cases of a table: its name, its graded score and its group, each (n,)."""

    name: str
    score: Floats
    high: Floats

    def values(self, of: str) -> Floats:
        return self.high if of else self.score


def base_number(section: str, population: str, endpoint: str, cases: Complete) -> Number:
    """What all numbers of the table have in common."""
    return Number(
        section=section,
        population=population,
        endpoint=endpoint,
        term="",
        quantity="",
        value=None,
        n=cases.data.n,
        events=cases.data.events,
        missing=cases.missing,
        direction="higher score, earlier event",
    )


def discrimination(base: Number, cases: Complete, one: Graded, months: Sequence[float]) -> list[Number]:
    """Harrell's and Uno's C of the graded score, Harrell's of the group, AUC of the score at each month."""
    numbers = []
    for kind, of in MEASURES:
        found = (harrell_c if kind == "Harrell" else uno_c)(cases.data, one.values(of))
        low, high = wald_interval(found.value, found.se)
        test = "infinitesimal jackknife interval" + (", censoring weights fixed" if kind == "Uno" else "")
        quantity = f"{kind}'s C{of}"
        numbers.append(
            replace(base, term=one.name, quantity=quantity, value=found.value, low=low, high=high, test=test)
        )
    test = "cumulative/dynamic, inverse censoring weights"
    return numbers + [
        replace(
            base,
            term=one.name,
            quantity=f"AUC at {month:g} months",
            value=auc_at(cases.data, one.score, month),
            test=test,
        )
        for month in months
    ]


def resamples(cases: Complete, weights: Floats) -> dict[str, ResampledPairs]:
    """The pairs of every resample, by the kind of C."""
    return {kind: resampled_pairs(cases.data, weights, kind) for kind in ("Harrell", "Uno")}


def resampled(pairs: dict[str, ResampledPairs], one: Graded) -> dict[tuple[str, str], Floats]:
    """Each measure in every resample."""
    return {(kind, of): pairs[kind].c(one.values(of)) for kind, of in MEASURES}


def differences(
    base: Number, name: str, own: dict[tuple[str, str], Floats], reference: dict[tuple[str, str], Floats]
) -> list[Number]:
    """Each measure less that of PBIS, in the same resamples."""
    numbers = []
    for kind, of in MEASURES:
        gap = paired_difference(own[kind, of], reference[kind, of])
        numbers.append(
            replace(
                base,
                term=f"{name} minus {PBIS}" + (", high vs low" if of else ""),
                quantity=f"difference of {kind}'s C{of}",
                value=gap.value,
                low=gap.low,
                high=gap.high,
                p=gap.p,
                test=f"paired bootstrap, {gap.resamples} resamples, percentile interval",
                direction="below 0: worse than PBIS",
            )
        )
    return numbers
