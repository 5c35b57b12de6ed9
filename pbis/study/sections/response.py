"""Tumour response by group: objective response (CR + PR) and disease control (CR + PR + SD), every test by its name."""

from __future__ import annotations

import numpy as np

from pbis.study.data import RESPONSES, Population
from pbis.study.draw.charts import stacked_bars
from pbis.study.result import Cell, Figure, Number, Section, Table, show, show_interval, show_p
from pbis.study.stats.contingency import TESTS, two_by_two, wilson
from pbis.study.study import Study

NAME = "response"
_RATES = (("ORR", ("CR", "PR"), "objective response"), ("DCR", ("CR", "PR", "SD"), "disease control"))
_SHOWN = ("fisher", "pearson", "yates")


def response(study: Study) -> Section:
    """Rates over all patients with a group; a response that is not evaluable or not recorded counts as none."""
    rows: list[tuple[Cell, ...]] = []
    numbers: list[Number] = []
    bars: list[tuple[str, list[int]]] = []
    for population in study.populations:
        if "best_response" not in population.frame:
            continue
        high = study.scored(population).high
        best = population.frame["best_response"].fillna("NE").to_numpy(str)
        for name, value in (("low", 0), ("high", 1)):
            bars.append((f"{population.name}, {name}", [int(((high == value) & (best == r)).sum()) for r in RESPONSES]))
        for rate in _RATES:
            numbers += _rate(population, high, rate, rows)
    lead = (
        "Best response by mRECIST. Not evaluable (NE) and not recorded count as no response, as in an intention-to-treat rate. "
        "Three tests are shown by name, because they can fall on different sides of .05."
    )
    if not rows:
        return Section(NAME, "Tumour response", "The data has no best response.")
    columns = (
        "set",
        "rate",
        "high",
        "low",
        "OR (95 % CI), sample",
        "OR (95 % CI), exact",
        "Fisher p",
        "Pearson p",
        "Yates p",
    )
    title = "Best response by PBIS group"
    figure = Figure("response", title, stacked_bars(title, bars, RESPONSES), "Counts of patients.")
    table = Table(
        "response",
        "Response rates",
        columns,
        tuple(rows),
        (
            "OR below 1: fewer responses in PBIS high. Sample OR with Woolf's interval; exact: conditional maximum likelihood.",
        ),
    )
    return Section(NAME, "Tumour response", lead, (table,), (figure,), tuple(numbers))


def response_counts(
    population: Population, high: np.ndarray, good: tuple[str, ...] = ("CR", "PR")
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    """(with, without) of the high and of the low group; None where a group is empty or no response is recorded."""
    if "best_response" not in population.frame:
        return None
    is_good = np.isin(population.frame["best_response"].fillna("NE").to_numpy(str), good)
    first, second = ((int((is_good & (high == g)).sum()), int((~is_good & (high == g)).sum())) for g in (1, 0))
    return (first, second) if min(sum(first), sum(second)) else None


def _rate(
    population: Population,
    high: np.ndarray,
    rate: tuple[str, tuple[str, ...], str],
    rows: list[tuple[Cell, ...]],
) -> list[Number]:
    name, good, words = rate
    counts = response_counts(population, high, good)
    if counts is None:
        return []
    found = two_by_two(counts[0], counts[1])
    exact = show_interval(found.conditional_or, found.conditional_low, found.conditional_high)
    sample = show_interval(found.sample_or, found.sample_low, found.sample_high)
    shares = [f"{c[0]}/{sum(c)} ({100 * c[0] / sum(c):.0f} %)" for c in counts]
    rows.append((population.name, name, *shares, sample, exact, *[show_p(found.p[t]) for t in _SHOWN]))
    n = int(np.isfinite(high).sum())
    missing = (
        f"indeterminate groups left out: {population.n - n} of {population.n}; NE and not recorded count as no response"
    )
    place = {"n": n, "events": counts[0][0] + counts[1][0], "missing": missing}
    numbers = [
        Number(
            section=NAME,
            population=population.name,
            endpoint=None,
            term=f"{words}, PBIS high vs low",
            quantity="odds ratio",
            value=found.sample_or,
            low=found.sample_low,
            high=found.sample_high,
            p=p,
            test=TESTS[test],
            direction="below 1: fewer in high",
            note=f"high {shares[0]}, low {shares[1]}; smallest expected count {show(found.min_expected, 1)}",
            **place,  # type: ignore[arg-type]
        )
        for test, p in found.p.items()
    ]
    for group, count in zip(("high", "low"), counts, strict=True):
        low, upper = wilson(count[0], sum(count))
        numbers.append(
            Number(
                section=NAME,
                population=population.name,
                endpoint=None,
                term=f"{words}, PBIS {group}",
                quantity="rate",
                value=count[0] / sum(count),
                low=low,
                high=upper,
                test="Wilson interval",
                n=sum(count),
                events=count[0],
                missing=missing,
            )
        )
    return numbers
