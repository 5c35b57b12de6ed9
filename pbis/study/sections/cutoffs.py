"""Where the cut-offs come from: the paper's search (lowest log-rank p) beside maxstat, and what the search itself costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pbis.draw.palette import AMBER, GREEN, PURPLE
from pbis.study.data import Endpoint, label, markers, short
from pbis.study.draw.charts import ScanLine, histogram, scan_plot
from pbis.study.points import cuts
from pbis.study.result import Cell, Figure, Number, Section, StudyTable, show, show_p
from pbis.study.sections.searching import Search, is_searchable, search
from pbis.study.stats.maxstat import naive_level_of_best
from pbis.study.study import Study

NAME = "cutoffs"
_LIBERAL = " bound on the root of chi-square; made for maxstat's statistic, here 5.5 % of noise passes 5 %"
_CAVEAT = {"naive": "", "Lausen-Schumacher 1992": _LIBERAL, "Lausen 1994": _LIBERAL}


def cutoff_search(study: Study) -> Section:
    """Search every marker on both endpoints in the derivation cohort."""
    offered = [(m, e) for e in study.endpoints(study.derivation) for m in markers(study.derivation.frame)]
    chosen = [pair for pair in offered if is_searchable(study, study.derivation, *pair)]
    searches = [search(study, study.derivation, marker, endpoint) for marker, endpoint in chosen]
    numbers = [n for s in searches for n in _numbers(study, s)]
    figures = [
        f
        for s in searches
        if s.endpoint.key == "os" and s.marker in cuts(study.settings.score)
        for f in _figures(study, s)
    ]
    return Section(
        NAME,
        "Cut-offs",
        _lead(study),
        (_table(study, searches),),
        tuple(figures),
        tuple(numbers),
        (*_warnings(study, searches), *(_not_searched(m, e) for m, e in offered if (m, e) not in chosen)),
    )


def _lead(study: Study) -> str:
    share = study.settings.methods.min_share
    return (
        f"In {study.derivation.name}, every value of a marker that leaves at least {100 * share:.0f} % of the patients on each side is tried "
        "as a cut-off (value ≥ cut is high). The paper takes the lowest log-rank p; maxstat takes the largest standardized statistic. "
        "The naive p of the best cut ignores that it was chosen; the adjusted ones do not. "
        f"The search is repeated in {study.settings.methods.resamples} bootstrap samples: a cut that wanders was not found, but drawn."
    )


def _spread(search: Search) -> tuple[float, float, float]:
    """2.5 %, median and 97.5 % of the cut over the resamples."""
    if not np.isfinite(search.resampled.cut).any():
        return float("nan"), float("nan"), float("nan")
    low, middle, high = np.nanquantile(search.resampled.cut, [0.025, 0.5, 0.975])
    return float(low), float(middle), float(high)


def _numbers(study: Study, search: Search) -> list[Number]:
    """The cut by lowest p, once a way of adjusting it, and the cut by maxstat likewise."""
    found = search.lowest
    share = f"candidates tried {len(found.cut)}; minimum group share {found.min_share:g}"
    base = Number(
        section=NAME,
        population=study.derivation.name,
        endpoint=search.endpoint.key,
        term=search.marker,
        quantity="",
        value=None,
        n=search.cases.data.n,
        events=search.cases.data.events,
        missing=search.cases.missing + "; censored values tie at their limit",
    )
    return _by_lowest_p(base, search, share) + _by_maxstat(base, search, share)


def _by_lowest_p(base: Number, search: Search, share: str) -> list[Number]:
    found = search.lowest
    low, _, high = _spread(search)
    searches = f"95 % of {len(search.resampled.cut)} bootstrap searches, a spread and no confidence interval"
    return [
        replace(
            base,
            quantity=f"cut-off by lowest log-rank p, {kind} p",
            value=float(found.cut[found.best]),
            low=low,
            high=high,
            p=p,
            test=f"log-rank, {kind}" + _CAVEAT.get(kind, " p for the best of all candidates"),
            direction=found.direction,
            note=f"value >= cut is high; {share}; low and high: {searches}",
        )
        for kind, p in search.p_values.items()
    ]


def _by_maxstat(base: Number, search: Search, share: str) -> list[Number]:
    chosen = search.maxstat
    return [
        replace(
            base,
            quantity=f"cut-off by maxstat, {kind} p",
            value=chosen.cut,
            p=p,
            test=f"maximally selected log-rank statistic M = {chosen.statistic:.6g}, {kind}",
            direction="high is worse" if chosen.is_high_worse else "low is worse",
            note=f"R prints {chosen.estimate:.10g} (value <= estimate is low); {share}",
        )
        for kind, p in search.maxstat_p_values.items()
    ]


def _table(study: Study, searches: list[Search]) -> StudyTable:
    columns = (
        *("endpoint", "marker", "published", "lowest p", "bootstrap 95 %", "direction", "tried", "naive p"),
        *("permutation p", "maxstat", "Lau92 p", "Lau94 p", "permutation p", "n / events"),
    )
    notes = (
        "maxstat: cut of the largest standardized statistic, with the p of Lausen and Schumacher 1992, Lausen et al. 1994, and permutation.",
    )
    published = cuts(study.settings.score)
    return StudyTable(
        "cutoffs", "Cut-offs found by search", columns, tuple(_row(s, published) for s in searches), notes
    )


def _row(s: Search, published: dict[str, float]) -> tuple[Cell, ...]:
    low, _, high = _spread(s)
    return (
        s.endpoint.short,
        label(s.marker),
        f"{published[s.marker]:g}" if s.marker in published else "",
        f"{s.lowest.cut[s.lowest.best]:.3g}",
        f"{low:.3g} to {high:.3g}",
        s.lowest.direction,
        len(s.lowest.cut),
        show_p(s.p_values["naive"]),
        show_p(s.p_values["permutation"]),
        f"{s.maxstat.cut:.3g}",
        show_p(s.maxstat.p_lau92),
        show_p(s.maxstat.p_lau94),
        show_p(s.maxstat_p_values["permutation"]),
        f"{s.cases.data.n} / {s.cases.data.events}",
    )


def _figures(study: Study, s: Search) -> list[Figure]:
    published = cuts(study.settings.score)[s.marker]
    best = float(s.lowest.cut[s.lowest.best])
    marks = [
        (best, GREEN, f"lowest p: {best:.3g}"),
        (s.maxstat.cut, PURPLE, f"maxstat: {s.maxstat.cut:.3g}"),
        (published, AMBER, f"published: {published:g}"),
    ]
    limit = naive_level_of_best(s.lowest_permuted)
    title = f"{short(s.marker)}: every cut-off tried, {s.endpoint.name.lower()}"
    path = Figure(
        f"scan_{s.endpoint.key}_{s.marker}",
        title,
        scan_plot(title, label(s.marker), ScanLine(s.lowest.cut, s.lowest.p, marks, limit)),
        f"{len(s.lowest.cut)} candidates. Naive p of the best {show_p(s.p_values['naive'])}, permutation p {show_p(s.p_values['permutation'])}.",
    )
    title = f"{short(s.marker)}: the cut found in {len(s.resampled.cut)} bootstrap samples"
    is_log = bool(s.lowest.cut.min() > 0 and s.lowest.cut.max() / s.lowest.cut.min() > 20)
    spread = Figure(
        f"cut_bootstrap_{s.endpoint.key}_{s.marker}",
        title,
        histogram(title, s.resampled.cut, label(s.marker), [(v, c, w) for v, c, w in marks if w[0] != "m"], is_log),
        f"The high side is the worse one in {100 * s.resampled.is_high_worse.mean():.0f} % of the samples.",
    )
    return [path, spread]


def _not_searched(marker: str, endpoint: Endpoint) -> str:
    return (
        f"{short(marker)}, {endpoint.short}: not searched; fewer than 5 different values, no cut that leaves enough patients on both "
        "sides, or all events at one time."
    )


def _warnings(study: Study, searches: list[Search]) -> tuple[str, ...]:
    found = []
    for s in searches:
        p = s.p_values
        if p["naive"] < 0.05 <= p["permutation"]:
            found.append(
                f"{short(s.marker)}, {s.endpoint.short}: p {show_p(p['naive'])} looks significant, but the best of "
                f"{len(s.lowest.cut)} random cuts is as good in {show(100 * p['permutation'], 0)} % of permutations."
            )
    return tuple(found)
