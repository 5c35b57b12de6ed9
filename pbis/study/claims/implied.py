"""What printed figures imply without any data: an interval from a hazard ratio and its p, events from an interval, sums, ranges."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from pbis.study.claims.load import Claim
from pbis.study.stats.wald import WALD_Z

Finding = tuple[str, str]  # verdict, and the arithmetic in words


@dataclass(frozen=True)
class ImpliedInterval:
    """A hazard ratio with the 95 % Wald interval that its p implies, or the narrowest that a bound of p allows."""

    hr: float
    low: float
    high: float
    se: float


def half_unit(printed: str) -> Decimal:
    """Half of the last printed digit."""
    return Decimal(1).scaleb(-len(printed.partition(".")[2])) / 2


def implied_interval(claim: Claim) -> ImpliedInterval | None:
    """From the interval that is printed, else from HR and p; None where neither is."""
    if claim.hr is None:
        return None
    hr = float(claim.hr)
    if claim.low and claim.high:
        low, high = float(claim.low), float(claim.high)
        return ImpliedInterval(hr, low, high, float(np.log(high / low)) / (2 * WALD_Z))
    p = claim.p or claim.p_below
    if p is None or hr == 1:
        return None
    se = abs(float(np.log(hr))) / float(norm.isf(float(p) / 2))
    return ImpliedInterval(hr, float(hr * np.exp(-WALD_Z * se)), float(hr * np.exp(WALD_Z * se)), se)


def events_behind(se: float, groups: tuple[int, int]) -> float:
    """Events that give ln HR this standard error between two groups of these sizes: 1 / (se^2 x share x (1 - share)), Schoenfeld 1981."""
    share = groups[0] / sum(groups)
    return 1 / (se**2 * share * (1 - share))


def value(claim: Claim) -> Finding:
    """A hazard ratio alone: nothing to recompute, but with p an interval follows, and with the groups about how many events."""
    found = implied_interval(claim)
    if found is None:
        return "not checkable", "printed without an interval or counts; needs the data"
    bound = claim.p is None
    words = f"HR {claim.hr} with p {'below ' if bound else ''}{claim.p or claim.p_below} implies "
    words += f"{'at most ' if bound else ''}{found.low:.2f} to {found.high:.2f}"
    if claim.groups:
        words += f", and {'at least ' if bound else 'about '}{events_behind(found.se, claim.groups):.0f} events between {claim.groups[0]} and {claim.groups[1]} patients"
    return "not checkable", f"{words}; the printed value itself needs the data"


def number(claim: Claim) -> Finding:
    return "not checkable", "printed alone; needs the data"


def total(claim: Claim) -> Finding:
    added = sum(claim.parts)
    words = f"{' + '.join(map(str, claim.parts))} = {added}"
    return ("reproduced", words) if added == claim.total else ("inconsistent", f"{words}, not {claim.total}")


def part(claim: Claim) -> Finding:
    """A part of a set is at most as large as the set."""
    few, many = claim.part or 0, claim.whole or 0
    if few <= many:
        return "reproduced", f"{few} can be among {many}"
    words = f"{few} cannot be among {many}"
    if claim.pooled and few <= sum(claim.pooled):
        words += f"; they can only if the cohorts were pooled ({claim.pooled[0]} + {claim.pooled[1]})"
    return "inconsistent", words


def below(claim: Claim) -> Finding:
    bound = Decimal(claim.p_below or "0")
    over = [v for v in claim.values if Decimal(v) - half_unit(v) >= bound]
    if not over:
        return "reproduced", f"{', '.join(claim.values)} may lie below {bound}"
    return "inconsistent", f"{', '.join(over)} is not below {bound}: two p values for one comparison"


def correlation(claim: Claim) -> Finding:
    """The t approximation of Spearman's p from r and the number of patients."""
    r, n = float(claim.r or "nan"), claim.patients or 0
    p = float(2 * student.sf(abs(r) * np.sqrt((n - 2) / (1 - r * r)), n - 2))
    words = f"r {claim.r} among {n} patients has p {p:.5f}"
    return ("reproduced" if p < float(claim.p_below or "0") else "not reproduced"), words


def within(claim: Claim) -> Finding:
    """Values, rounded to the digits of the range, lie in it."""
    low, high = claim.low or "0", claim.high or "0"
    outside = [
        v for v in claim.values if not Decimal(low) - half_unit(low) <= Decimal(v) <= Decimal(high) + half_unit(high)
    ]
    if not outside:
        return "reproduced", f"{', '.join(claim.values)} lie between {low} and {high} as rounded"
    return (
        "inconsistent",
        f"{', '.join(outside)} {'does' if len(outside) == 1 else 'do'} not lie between {low} and {high}",
    )


def fold(claim: Claim) -> Finding:
    """A hazard ratio over each of others, against the range that is stated."""
    top, low, high = float(claim.values[0]), float(claim.low or "nan"), float(claim.high or "nan")
    ratios = [top / float(v) for v in claim.against]
    words = ", ".join(f"{claim.values[0]} / {v} = {ratio:.2f}" for v, ratio in zip(claim.against, ratios, strict=True))
    fits = all(low <= round(ratio, 2) <= high for ratio in ratios)
    return ("reproduced", words) if fits else ("inconsistent", f"{words}: not {claim.low} to {claim.high}")


def events(claim: Claim) -> Finding:
    groups = claim.groups or (1, 1)
    se = float(np.log(float(claim.high or "nan") / float(claim.low or "nan"))) / (2 * WALD_Z)
    words = f"an interval from {claim.low} to {claim.high} has a standard error of ln HR of {se:.4f}, which between {groups[0]} and {groups[1]} "
    return "reproduced", f"{words}patients takes about {events_behind(se, groups):.0f} events"


def overlap(claim: Claim, others: dict[str, Claim]) -> Finding:
    """Do implied intervals overlap that of the reference? A claim that the others are worse needs that some do not."""
    reference = implied_interval(others[claim.reference or ""])
    pairs = [(name, implied_interval(others[name])) for name in claim.claims]
    if reference is None:
        return "not checkable", "the reference has neither an interval nor a p"
    known = [(name, one) for name, one in pairs if one is not None]
    apart = [name for name, one in known if one.high < reference.low or one.low > reference.high]
    words = f"{claim.reference} {reference.low:.2f} to {reference.high:.2f}; "
    words += ", ".join(f"{name} {one.low:.2f} to {one.high:.2f}" for name, one in known)
    if apart:
        return "reproduced", f"{words}: apart from it are {', '.join(apart)}"
    return "inconsistent", f"{words}: every interval overlaps that of the reference, so none is shown to be worse"
