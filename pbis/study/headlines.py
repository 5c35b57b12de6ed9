"""The study in a dozen sentences, for somebody who reads nothing else: what was found and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Sequence

from pbis.core.words import plural
from pbis.study.points import contrast
from pbis.study.result import Number, Section, show, show_interval, show_p


def headlines(sections: Sequence[Section], high_at: int) -> tuple[str, ...]:
    """Sentences from the chapters' numbers; a sentence whose number does not exist is left out. high_at: the sum that makes high."""
    numbers = [n for s in sections for n in s.numbers]
    first = next((n.population for n in numbers if n.section == "survival"), "")
    found = [
        *[_effect(n) for n in numbers if _is(n, "survival", contrast(high_at), "hazard ratio") and n.value],
        *[
            _response(n)
            for n in numbers
            if n.section == "response"
            and n.term.startswith("objective")
            and n.test == "Fisher's exact test, two-sided"
            and n.population == first
        ],
        *[
            _corrected(n)
            for n in numbers
            if n.section == "optimism" and n.quantity == "hazard ratio, optimism-corrected"
        ],
        *_bounds([n for n in numbers if n.section == "certainty" and n.endpoint == "os" and n.population == first]),
        *[
            _open(n)
            for n in numbers
            if n.section == "certainty" and n.quantity == "share whose group is not certain" and n.population == first
        ],
        *_cutoffs([n for n in numbers if n.section == "cutoffs" and n.endpoint == "os"]),
        *[
            _interaction(n)
            for n in numbers
            if _is(n, "subgroups", "PBIS high vs low by regimen", "interaction chi-square") and n.endpoint == "os"
        ],
    ]
    return tuple(found)


def _is(number: Number, section: str, term: str, quantity: str) -> bool:
    return (number.section, number.term, number.quantity) == (section, term, quantity)


def _effect(n: Number) -> str:
    words = show_interval(n.value, n.low, n.high)
    return f"{(n.endpoint or '').upper()}, {n.population}: PBIS high vs low HR {words}, p {show_p(n.p)} ({n.n} patients, {n.events} events)."


def _response(n: Number) -> str:
    return f"Objective response, {n.population}: {(n.note or '').split(';')[0]}; OR {show_interval(n.value, n.low, n.high)}, Fisher p {show_p(n.p)}."


def _corrected(n: Number) -> str:
    words = (
        show_interval(n.value, n.low, n.high)
        if n.low is not None
        else f"{show(n.value)} (no interval: not tried on such a search)"
    )
    return f"Had the cut-offs been searched in {n.population}, the hazard ratio corrected for that search would be {words}."


def _bounds(numbers: list[Number]) -> list[str]:
    by = {(n.note or "").rsplit(" ", 1)[-1]: n for n in numbers if (n.note or "").startswith("undecided patients")}
    if set(by) != {"smallest", "largest"}:
        return []
    low, high = by["smallest"], by["largest"]
    return [
        f"Depending on the patients whose group is undecided, the uncorrected hazard ratio of OS in {low.population} lies between {show(low.value)} and {show(high.value)}."
    ]


def _open(n: Number) -> str:
    return f"{100 * (n.value or 0):.0f} % of {n.n} patients in {n.population} have a group that is not certain."


def _cutoffs(numbers: list[Number]) -> list[str]:
    naive = {n.term for n in numbers if n.quantity.endswith("naive p") and "lowest" in n.quantity and _is_small(n.p)}
    kept = {n.term for n in numbers if n.quantity == "cut-off by lowest log-rank p, permutation p" and _is_small(n.p)}
    total = len({n.term for n in numbers})
    if not total:
        return []
    look = "looks" if len(naive) == 1 else "look"
    return [
        f"Searching cut-offs of {plural(total, 'marker')} on OS: {len(naive)} {look} significant by the naive p, {len(kept)} after allowing for the search."
    ]


def _is_small(p: float | None) -> bool:
    """Whether there is a p, below 0.05; one that is 0 in a computer's numbers is."""
    return p is not None and p < 0.05


def _interaction(n: Number) -> str:
    return f"OS under the other regimen: interaction p {show_p(n.p)} ({n.n} patients); without a small p this is no proof of sameness."
