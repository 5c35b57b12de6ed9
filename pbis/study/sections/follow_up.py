"""How long patients were followed: the median by the reverse Kaplan-Meier method, in which death ends the watching of a patient."""

from __future__ import annotations

from pbis.study.data import OS, Population, complete
from pbis.study.result import Number, StudyTable, show, show_interval
from pbis.study.stats.km import kaplan_meier, quantile
from pbis.study.stats.survival import Survival
from pbis.study.study import Study


def follow_up(study: Study) -> tuple[StudyTable, list[Number]]:
    """Median follow-up with its interval, every set (Schemper and Smith 1996)."""
    sets = (*study.populations, *([study.comparison] if study.comparison else []))
    numbers = [_median(population) for population in sets]
    rows = tuple((n.population, n.n, n.events, _words(n)) for n in numbers)
    notes = (
        "Reverse Kaplan-Meier: the censored are what is waited for; a death ends the watching. Interval on the log scale.",
    )
    columns = ("set", "patients", "still watched at the end (censored)", "median follow-up, months (95 % CI)")
    return StudyTable("follow_up", "Follow-up of overall survival", columns, rows, notes), numbers


def _median(population: Population) -> Number:
    cases = complete(population, OS, {})
    found = quantile(kaplan_meier(Survival(cases.data.time, ~cases.data.event))) if cases.data.n else None
    return Number(
        section="patients",
        population=population.name,
        endpoint="os",
        term="follow-up",
        quantity="median follow-up months",
        value=found.value if found else None,
        low=found.low if found else None,
        high=found.high if found else None,
        test="reverse Kaplan-Meier, log interval",
        n=cases.data.n,
        events=cases.data.n - cases.data.events,
        missing=cases.missing,
    )


def _words(n: Number) -> str:
    words = show_interval(n.value, n.low, n.high, 1)
    return words if words != "–" else f"not reached ({show(n.low, 1)} to –)"
