"""Recompute what a claim allows: from counts, from an interval, from other claims, from data; and show the arithmetic.

verdict: reproduced, not reproduced, inconsistent (two statements cannot both hold), not checkable (nothing to compute from).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
from scipy.stats import norm

from pbis.study.claims import implied
from pbis.study.claims.implied import half_unit
from pbis.study.claims.load import Claim, ClaimList
from pbis.study.stats.contingency import TESTS, two_by_two
from pbis.study.stats.wald import WALD_Z

Lookup = Callable[[Claim], str | None]


@dataclass(frozen=True)
class Verdict:
    """What was found about one claim. by: tests that give the printed p; found: the arithmetic in words.

    place, printed, derived: those of the claim.
    """

    id: str
    says: str
    place: str
    printed: tuple[str, ...]
    derived: bool
    verdict: str
    by: tuple[str, ...]
    found: str
    p: dict[str, float]
    data: str | None = None


def check_claims(claims: ClaimList, lookup: Lookup = lambda _: None) -> list[Verdict]:
    """One verdict a claim, in order. lookup: what a study's data says about it, or None."""
    done: dict[str, Verdict] = {}
    named = {claim.id: claim for claim in claims.claim}
    for claim in claims.claim:
        if claim.kind == "overlap":
            done[claim.id] = _verdict(claim, *implied.overlap(claim, named))
            continue
        done[claim.id] = replace(_KINDS[claim.kind](claim, done), data=lookup(claim))
    return list(done.values())


def prints_as(value: float, printed: str) -> bool:
    """Does the value, rounded to the digits of the printed one, print the same?"""
    return abs(Decimal(repr(float(value))) - Decimal(printed)) <= half_unit(printed)


def _verdict(
    claim: Claim, verdict: str, found: str, by: tuple[str, ...] = (), p: dict[str, float] | None = None
) -> Verdict:
    return Verdict(claim.id, claim.says, claim.place, claim.printed, claim.derived, verdict, by, found, p or {})


def _counts(claim: Claim, done: dict[str, Verdict]) -> Verdict:
    """Every test of the table; those whose p prints as published."""
    (a, n), (b, m) = claim.first or (0, 0), claim.second or (0, 0)
    if a > n or b > m:
        return _verdict(claim, "inconsistent", f"{a} of {n} and {b} of {m} cannot be counts")
    found = two_by_two((a, n - a), (b, m - b), with_unconditional=True)
    by = tuple(name for name, p in found.p.items() if prints_as(p, claim.p or ""))
    wrong = _percentages(claim)
    words = f"{a}/{n} = {100 * a / n:.1f} %, {b}/{m} = {100 * b / m:.1f} %; " + ", ".join(
        f"{name} {p:.4f}" for name, p in found.p.items()
    )
    words += f"; odds ratio {found.sample_or:.3f} ({found.sample_low:.3f} to {found.sample_high:.3f})"
    if wrong:
        return _verdict(claim, "inconsistent", f"{wrong}; {words}", by, found.p)
    return _verdict(claim, "reproduced" if by else "not reproduced", words, by, found.p)


def _percentages(claim: Claim) -> str:
    pairs = zip((claim.first, claim.second), claim.printed_pct, strict=False)
    wrong = [
        f"{c[0]}/{c[1]} is not {printed} %" for c, printed in pairs if c and not prints_as(100 * c[0] / c[1], printed)
    ]
    return ", ".join(wrong)


def _interval(claim: Claim, done: dict[str, Verdict]) -> Verdict:
    """A Wald interval is symmetric on the log scale and implies its p: allow for the rounding of all three numbers."""
    hr, low, high = (float(v or "nan") for v in (claim.hr, claim.low, claim.high))
    middle = (low * high) ** 0.5
    se = np.log(high / low) / (2 * WALD_Z)
    p = float(2 * norm.sf(abs(np.log(hr)) / se))
    smallest, largest = _p_range(claim)
    words = (
        f"middle of the interval {middle:.3f}; SE of ln HR {se:.4f}, z {np.log(hr) / se:.3f}, Wald p {p:.5f} "
        f"({smallest:.5f} to {largest:.5f} allowing for rounding)"
    )
    slack = float(half_unit(claim.low or "0")) / low + float(half_unit(claim.high or "0")) / high
    if abs(middle - hr) > hr * slack / 2 + float(half_unit(claim.hr or "0")):
        return _verdict(
            claim, "inconsistent", f"the estimate is not the middle of a Wald interval: {words}", (), {"wald": p}
        )
    if claim.p is None:
        return _verdict(claim, "reproduced", words, ("wald",), {"wald": p})
    half = float(half_unit(claim.p))
    fits = smallest - half <= float(claim.p) <= largest + half
    verdict = "reproduced" if fits else "not reproduced"
    return _verdict(claim, verdict, words, ("wald",) if fits else (), {"wald": p})


def _p_range(claim: Claim) -> tuple[float, float]:
    """Smallest and largest Wald p over everything that prints as the three numbers."""
    found = []
    for turns in np.ndindex(2, 2, 2):
        hr, low, high = (
            float(v or "nan") + (1 if t else -1) * float(half_unit(v or "0"))
            for v, t in zip((claim.hr, claim.low, claim.high), turns, strict=True)
        )
        found.append(float(2 * norm.sf(abs(np.log(hr)) / (np.log(high / low) / (2 * WALD_Z)))))
    return min(found), max(found)


def _of_figures(rule: Callable[[Claim], implied.Finding]) -> Callable[[Claim, dict[str, Verdict]], Verdict]:
    """A rule that looks at the claim's own figures only."""
    return lambda claim, _: _verdict(claim, *rule(claim))


def _same(claim: Claim, done: dict[str, Verdict]) -> Verdict:
    values = [Decimal(v) for v in claim.values]
    gap = max(values) - min(values)
    if gap <= max(half_unit(v) for v in claim.values) * 2:
        return _verdict(claim, "reproduced", "the printed values agree within rounding")
    shares = 100 * float(gap) / float(min(values))
    words = (
        f"{' and '.join(claim.values)} differ by {gap} ({shares:.1f} %), more than rounding allows, for one quantity"
    )
    return _verdict(claim, "inconsistent", words)


def _capacity(claim: Claim, done: dict[str, Verdict]) -> Verdict:
    """1:1 pairs without replacement are at most as many as the smaller group."""
    pairs, smaller = claim.pairs or 0, min(claim.groups or (0, 0))
    if pairs <= smaller:
        return _verdict(claim, "reproduced", f"{pairs} pairs fit into groups of {claim.groups}")
    words = f"{pairs} pairs without replacement need {pairs} patients in each group; the smaller has {smaller}"
    if claim.pooled and pairs <= min(claim.pooled):
        words += f"; they fit only if the cohorts were pooled ({claim.pooled[0]} high, {claim.pooled[1]} low)"
    return _verdict(claim, "inconsistent", words)


def _named(claim: Claim, done: dict[str, Verdict]) -> Verdict:
    """Tests that reproduce every one of the p values, against the one that is named."""
    others = [done[name] for name in claim.claims]
    common = [test for test in TESTS if all(test in one.by for one in others)]
    named = [test for test in claim.named if test in common]
    table = "; ".join(f"{one.id}: {', '.join(one.by) or 'none'}" for one in others)
    if named:
        return _verdict(claim, "reproduced", f"tests that give each p: {table}", tuple(named))
    answer = (
        f"only {' and '.join(TESTS[t] for t in common)} gives all {len(others)}"
        if common
        else "no single test gives all"
    )
    return _verdict(claim, "inconsistent", f"{answer}; tests that give each p: {table}", tuple(common))


def _unit(claim: Claim, done: dict[str, Verdict]) -> Verdict:
    """A cut-off that nobody reaches gives nobody a point, so leaving the component out could change nothing."""
    cut, normal = claim.cut_pg_ml or 0.0, claim.highest_normal_pg_ml or 0.0
    if cut <= 10 * normal or claim.before == claim.after:
        return _verdict(claim, "reproduced", f"the cut-off is {cut:g} pg/mL, normal is up to {normal:g} pg/mL")
    words = (
        f"{cut:g} pg/mL is {cut / normal:.0f} times the highest published upper limit of normal ({normal:g} pg/mL): practically nobody "
        f"would get the point, yet leaving the component out moves the hazard ratio from {claim.before} to {claim.after}, so some patients "
        f"had it; {cut / 1000:g} pg/mL, the lowest standard of such panels, would fit both"
    )
    return _verdict(claim, "inconsistent", words)


_KINDS: dict[str, Callable[[Claim, dict[str, Verdict]], Verdict]] = {
    "two_by_two": _counts,
    "shares": _counts,
    "hazard_ratio": _interval,
    "same": _same,
    "capacity": _capacity,
    "named_test": _named,
    "unit": _unit,
    "value": _of_figures(implied.value),
    "number": _of_figures(implied.number),
    "sum": _of_figures(implied.total),
    "part": _of_figures(implied.part),
    "below": _of_figures(implied.below),
    "correlation": _of_figures(implied.correlation),
    "range": _of_figures(implied.within),
    "fold": _of_figures(implied.fold),
    "events": _of_figures(implied.events),
}
