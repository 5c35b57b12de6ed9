"""Tumour response by every score that competes: odds ratios of the high group, crude and adjusted, on the same patients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pbis.study.data import Population, complete_words, label
from pbis.study.estimates import fit_response, odds_ratio
from pbis.study.result import Number, StudyTable, show_interval, show_p
from pbis.study.sections.contenders import Contender, common_field
from pbis.study.sections.models import adjusting_columns
from pbis.study.stats.survival import Floats
from pbis.study.study import Study

NAME = "comparison"
CRUDE, ADJUSTED = "odds ratio", "odds ratio, adjusted"
NOT_FITTED = "not fitted: one group only, or fewer patients in the rarer outcome than the model has terms"
_COUNTED = "; NE and not recorded count as no response"


def compared_response(study: Study, population: Population) -> tuple[StudyTable, list[Number]] | None:
    """The table and its numbers; None where no response is recorded."""
    if "best_response" not in population.frame:
        return None
    field = common_field(study, population, np.ones(population.n, bool))
    best = population.frame["best_response"].fillna("NE").to_numpy(str)
    event = np.isin(best, ("CR", "PR"))[field.rows]
    columns = {name: value[field.rows] for name, value in adjusting_columns(study, population).items()}
    missing = complete_words(population.n - len(field.rows), population.n) + _COUNTED
    made = [_odds_ratios(population, entry, field.rows, event, columns, missing) for entry in field.entries]
    rows = tuple(_row(entry.name, numbers) for entry, numbers in zip(field.entries, made, strict=True))
    notes = (f"n {len(event)}, responders {int(event.sum())}; {missing}.", adjusted_words(columns), *field.notes)
    title = f"Response by PBIS beside others, {population.name}"
    heads = ("score", "OR high vs low (95 % CI)", "p", "OR adjusted (95 % CI)", "p adjusted")
    return StudyTable(f"comparison_response_{population.name}", title, heads, rows, notes), [
        n for each in made for n in each
    ]


def adjusted_words(columns: dict[str, Floats]) -> str:
    """What a table is adjusted for."""
    if not columns:
        return "Not adjusted: the data has no covariate that varies."
    return f"Adjusted, every entry for the same: {'; '.join(label(name) for name in columns)}. On the patients who have them all."


def _odds_ratios(
    population: Population,
    entry: Contender,
    rows: np.ndarray,
    event: np.ndarray,
    columns: dict[str, Floats],
    missing: str,
) -> list[Number]:
    """Crude, and adjusted where there is something to adjust for."""
    high = entry.high[rows]
    crude = _one(population, entry.name, event, {entry.name: high}, CRUDE, missing)
    return (
        [crude, _one(population, entry.name, event, {entry.name: high} | columns, ADJUSTED, missing)]
        if columns
        else [crude]
    )


def _one(
    population: Population, name: str, event: np.ndarray, columns: dict[str, Floats], quantity: str, missing: str
) -> Number:
    x = np.column_stack(list(columns.values()))
    kept = np.isfinite(x).all(axis=1)
    x, seen = x[kept], event[kept]
    term, words = f"objective response, {name}: high vs low", f"{missing}; {int((~kept).sum())} without a covariate"
    varies = [k for k in range(x.shape[1]) if len(x) and np.ptp(x[:, k]) > 0]
    rarer = min(int(seen.sum()), int((~seen).sum()))
    if 0 not in varies or rarer < len(varies):
        return Number(
            section=NAME, population=population.name, endpoint=None, term=term, quantity=quantity, value=None,
            test="Wald test of the logistic coefficient", n=len(seen), events=int(seen.sum()), missing=words, note=NOT_FITTED,
        )  # fmt: skip
    fit = fit_response(seen, x[:, varies], [list(columns)[k] for k in varies], only=1)
    found = odds_ratio(NAME, population, fit, 1, term, quantity, words)
    return replace(found, direction="below 1: fewer in high")


def response_effect(population: Population, name: str, high: Floats, columns: dict[str, Floats]) -> Number | None:
    """Odds ratio of one score's high group, with the covariates given; None where no response is recorded."""
    if "best_response" not in population.frame:
        return None
    event = np.isin(population.frame["best_response"].fillna("NE").to_numpy(str), ("CR", "PR"))
    return _one(population, name, event, {name: high} | columns, ADJUSTED if columns else CRUDE, _COUNTED)


def _row(name: str, numbers: list[Number]) -> tuple[str, ...]:
    cells = [(show_interval(n.value, n.low, n.high), show_p(n.p)) for n in numbers]
    cells += [("–", "–")] * (2 - len(cells))
    return (name, *cells[0], *cells[1])
