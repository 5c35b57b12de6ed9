"""Tumour response by group: objective response (CR + PR) and disease control (CR + PR + SD), every test by its name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pbis.study.data import RESPONSES, Population
from pbis.study.draw.charts import stacked_bars
from pbis.study.result import ChapterPart, Figure, Number, Section, StudyTable, show, show_interval, show_p
from pbis.study.stats.contingency import TESTS, TwoByTwo, two_by_two, wilson
from pbis.study.study import Study

NAME = "response"
_RATES = (("ORR", ("CR", "PR"), "objective response"), ("DCR", ("CR", "PR", "SD"), "disease control"))
_SHOWN = ("fisher", "pearson", "yates")


def response(study: Study) -> Section:
    """Rates over all patients with a group; a response that is not evaluable or not recorded counts as none."""
    sets = (*study.populations, *([study.comparison] if study.comparison else []))
    recorded = [p for p in sets if "best_response" in p.frame]
    found = sum((_rate(study, p, rate) for p in recorded for rate in _RATES), ChapterPart())
    if not found.rows:
        return Section(NAME, "Tumour response", "The data has no best response.")
    lead = (
        "Best response by mRECIST. Not evaluable (NE) and not recorded count as no response, as in an intention-to-treat rate. "
        "Three tests are shown by name, because they can fall on different sides of .05. Other regimens stand beside: no difference among few "
        "patients is no proof of sameness; read the interval."
    )
    title = "Best response by PBIS group"
    bars = [bar for population in recorded for bar in _bars(study, population)]
    figure = Figure("response", title, stacked_bars(title, bars, RESPONSES), "Counts of patients.")
    return Section(NAME, "Tumour response", lead, (_table(found),), (figure,), found.numbers)


def _table(found: ChapterPart) -> StudyTable:
    columns = (
        *("set", "rate", "high", "low", "OR (95 % CI), sample", "OR (95 % CI), exact"),
        *("Fisher p", "Pearson p", "Yates p"),
    )
    note = "OR below 1: fewer responses in PBIS high. Sample OR with Woolf's interval; exact: conditional maximum likelihood."
    return StudyTable("response", "Response rates", columns, found.rows, (note,))


def _bars(study: Study, population: Population) -> list[tuple[str, list[int]]]:
    """Counts of every response in the low and in the high group."""
    high = study.scored(population).high
    best = population.frame["best_response"].fillna("NE").to_numpy(str)
    return [
        (f"{population.name}, {name}", [int(((high == value) & (best == r)).sum()) for r in RESPONSES])
        for name, value in (("low", 0), ("high", 1))
    ]


def response_counts(
    population: Population, high: np.ndarray, good: tuple[str, ...] = ("CR", "PR")
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """(with, without) of the high and of the low group; None where a group is empty or no response is recorded."""
    if "best_response" not in population.frame:
        return None
    is_good = np.isin(population.frame["best_response"].fillna("NE").to_numpy(str), good)
    first, second = ((int((is_good & (high == g)).sum()), int((~is_good & (high == g)).sum())) for g in (1, 0))
    return (first, second) if min(sum(first), sum(second)) else None


def _rate(study: Study, population: Population, rate: tuple[str, tuple[str, ...], str]) -> ChapterPart:
    name, good, words = rate
    high = study.scored(population).high
    counts = response_counts(population, high, good)
    if counts is None:
        return ChapterPart()
    found = two_by_two(counts[0], counts[1])
    exact = show_interval(found.conditional_or, found.conditional_low, found.conditional_high)
    sample = show_interval(found.sample_or, found.sample_low, found.sample_high)
    shares = [f"{c[0]}/{sum(c)} ({100 * c[0] / sum(c):.0f} %)" for c in counts]
    row = (population.name, name, *shares, sample, exact, *[show_p(found.p[t]) for t in _SHOWN])
    n = int(np.isfinite(high).sum())
    missing = (
        f"indeterminate groups left out: {population.n - n} of {population.n}; NE and not recorded count as no response"
    )
    note = f"high {shares[0]}, low {shares[1]}; smallest expected count {show(found.min_expected, 1)}"
    ratios = odds_ratios(NAME, population, f"{words}, PBIS high vs low", found, missing, note)
    exactly = _exact_ratio(ratios[0], found)
    return ChapterPart((row,), (*ratios, exactly, *_shares(population, words, counts, missing)))


def odds_ratios(
    section: str, population: Population, term: str, found: TwoByTwo, missing: str, note: str | None = None
) -> list[Number]:
    """The sample odds ratio, once with the p of every test."""
    return [
        Number(
            section=section,
            population=population.name,
            endpoint=None,
            term=term,
            quantity="odds ratio",
            value=found.sample_or,
            low=found.sample_low,
            high=found.sample_high,
            p=p,
            test=TESTS[test],
            direction="below 1: fewer in high",
            n=int(found.table.sum()),
            events=int(found.table[:, 0].sum()),
            missing=missing,
            note=note,
        )
        for test, p in found.p.items()
    ]


def _exact_ratio(sample: Number, found: TwoByTwo) -> Number:
    """The odds ratio that belongs to Fisher's test, which the table shows beside the sample's."""
    return replace(
        sample,
        quantity="odds ratio, conditional",
        value=found.conditional_or,
        low=found.conditional_low,
        high=found.conditional_high,
        p=found.p["fisher"],
        test="Fisher's exact test, conditional maximum likelihood",
    )


def _shares(population: Population, words: str, counts: Sequence[tuple[int, int]], missing: str) -> list[Number]:
    numbers = []
    for group, count in zip(("high", "low"), counts, strict=True):
        low, high = wilson(count[0], sum(count))
        numbers.append(
            Number(
                section=NAME,
                population=population.name,
                endpoint=None,
                term=f"{words}, PBIS {group}",
                quantity="rate",
                value=count[0] / sum(count),
                low=low,
                high=high,
                test="Wilson interval",
                n=sum(count),
                events=count[0],
                missing=missing,
            )
        )
    return numbers
