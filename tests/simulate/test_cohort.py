"""The invented cohorts have the shape that they are meant to have."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from pbis.simulate.cohort import COHORTS, make_cohort

BASE_ON = date(2025, 9, 15)


@pytest.fixture(scope="module")
def subjects():
    return make_cohort(np.random.default_rng(1), BASE_ON)


@pytest.mark.parametrize("shape", COHORTS, ids=lambda shape: shape.name)
def test_sizes_and_shares(subjects, shape) -> None:
    mine = [s for s in subjects if s.cohort == shape.name]
    assert (len(mine), sum(s.is_high for s in mine)) == (shape.patients, shape.high)


def test_ids_are_unique(subjects) -> None:
    assert len({s.subject for s in subjects}) == len({s.mrn for s in subjects}) == len(subjects) == 191


def test_il12_keeps_its_distance_from_the_cut_and_il2_does_not(subjects) -> None:
    """A truth without values at a cut cannot show that a point is wrong."""
    assert all(abs(np.log(s.cytokines["IL-12p70"] / 11.6)) > 0.23 for s in subjects)
    away = np.array([abs(s.cytokines["IL-2"] / 3.2 - 1) for s in subjects])
    assert (away <= 0.2).mean() >= 0.08
    assert away.min() < 0.02


def test_every_component_is_sometimes_decisive(subjects) -> None:
    positive = np.array([list(s.points.values()) for s in subjects]).mean(axis=0)
    assert (positive > 0.12).all()
    assert (positive < 0.8).all()


def test_first_doses_lie_on_weekdays_before_the_plates(subjects) -> None:
    assert all(s.started_at.weekday() < 5 and s.started_at.date() < BASE_ON for s in subjects)


def test_outcomes_are_consistent(subjects) -> None:
    for s in subjects:
        assert s.outcome.pfs_months <= s.outcome.os_months
        assert s.outcome.is_progressed or not s.outcome.is_dead


def test_hazard_ratio_of_high_over_low_is_that_of_the_paper() -> None:
    """Deaths per person-month, pooled over many cohorts; a Weibull shape near 1 keeps the ratio of rates close."""
    months, deaths = {True: 0.0, False: 0.0}, {True: 0, False: 0}
    for seed in range(12):
        for s in make_cohort(np.random.default_rng(seed), BASE_ON):
            if s.cohort != "lenvatinib":
                months[s.is_high] += float(s.outcome.os_months)
                deaths[s.is_high] += s.outcome.is_dead
    assert 3.0 < (deaths[True] / months[True]) / (deaths[False] / months[False]) < 4.2
