"""Which score is told as preliminary, final or corrected, and which change of it is told at all."""

from __future__ import annotations

from typing import Any

import pytest
from told_scores import told_score

from pbis.core.frames.score import REASONS
from pbis.deliver import CORRECTED, FINAL, PRELIMINARY, as_plain, basis_of, changes, from_plain, is_final_now, status_of
from pbis.deliver.states import MAY_STILL_COME

UNKNOWN: dict[str, Any] = {"point": None, "value_op": None, "value_text": None}


@pytest.mark.parametrize(
    ("group", "reason", "status"),
    [
        ("high", None, FINAL),
        ("low", None, FINAL),
        ("high", "below_range_undecided", FINAL),
        ("high", "not_ordered", FINAL),
        ("high", "outside_window", FINAL),
        ("high", "not_received", PRELIMINARY),
        ("low", "awaiting_decision", PRELIMINARY),
        ("high", "failed_qc", PRELIMINARY),
        ("high", "preliminary_only", PRELIMINARY),
        ("indeterminate", "below_range_undecided", PRELIMINARY),
        ("indeterminate", "not_received", PRELIMINARY),
        ("not_scored", "not_ordered", PRELIMINARY),
    ],
)
def test_a_first_message_is_final_once_nothing_more_can_come(group: str, reason: str | None, status: str) -> None:
    told = told_score({"crp": {"reason": reason}}, group=group)
    assert status_of(told, is_known=False) == status
    assert status_of(told, is_known=True) == CORRECTED


def test_a_score_beside_a_plate_that_waits_for_a_person_is_not_final() -> None:
    told = told_score(is_awaited=True)
    assert status_of(told, is_known=False) == PRELIMINARY
    assert from_plain(as_plain(told)) == told
    assert basis_of(told) == basis_of(told_score()), "that it waits no more is no other score"


def test_a_preliminary_score_that_stays_is_final_once_nothing_waits() -> None:
    assert is_final_now(told_score(), PRELIMINARY)
    assert not is_final_now(told_score(is_awaited=True), PRELIMINARY)
    assert not is_final_now(told_score(), FINAL)
    assert not is_final_now(told_score(), CORRECTED), "it was told as what it is"


def test_what_may_still_come_is_of_the_closed_list() -> None:
    assert set(REASONS) > MAY_STILL_COME


@pytest.mark.parametrize(
    ("of", "changed", "said"),
    [
        ({}, {"group": "low"}, ("group high -> low",)),
        ({}, {"score": None, "score_max": 3}, ("score 2 -> none", "points 2 to 2 -> 2 to 3")),
        ({}, {"score_min": 1}, ("points 2 to 2 -> 1 to 2",)),
        ({}, {"is_certain": False}, ("is_certain true -> false",)),
        ({}, {"reasons": "crp: cancelled"}, ("reasons none -> crp: cancelled",)),
        ({}, {"cutoff_set": "pbis-2025-no-il2"}, ("cutoff_set pbis-2025-il2-pgml -> pbis-2025-no-il2",)),
        ({"crp": {"point": 1}}, {}, ("CRP 0.05 mg/dL, 0 points -> 0.05 mg/dL, 1 point",)),
        ({"crp": {"value_text": "0.0501"}}, {}, ("CRP 0.05 mg/dL, 0 points -> 0.0501 mg/dL, 0 points",)),
        ({"il2": {"value_op": "<="}}, {}, ("IL-2 < 3.2 pg/mL, 0 points -> <= 3.2 pg/mL, 0 points",)),
        ({"il2": {"unit": "ng/mL"}}, {}, ("IL-2 < 3.2 pg/mL, 0 points -> < 3.2 ng/mL, 0 points",)),
        ({"il2": {"cut_text": "3.3"}}, {}, ("IL-2 < 3.2 pg/mL, 0 points -> < 3.2 pg/mL, 0 points",)),
        (
            {"crp": UNKNOWN | {"reason": "cancelled"}},
            {},
            ("CRP 0.05 mg/dL, 0 points -> no value, unknown (cancelled)",),
        ),
    ],
)
def test_what_counts_is_told_anew_and_said(
    of: dict[str, dict[str, Any]], changed: dict[str, Any], said: tuple[str, ...]
) -> None:
    now = told_score(of, **changed)
    assert basis_of(now) != basis_of(told_score())
    assert changes(told_score(), now) == said


@pytest.mark.parametrize(
    ("of", "changed"),
    [
        ({}, {"p_high": 0.9871, "p_high_low": 0.9871, "p_high_high": 0.9871}),
        ({}, {"p_high_basis": "nlr: cv; crp: cv"}),
        ({}, {"marks": "near_cut", "mark_reasons": "near_cut: crp"}),
        ({"il12": {"is_near_cut": True, "is_at_cut": True}}, {}),
        ({"il12": {"study_day": -3}}, {}),
        ({"il12": {"value_text": "43.4061999"}}, {}),
        ({"crp": {"value_text": "0.0500"}}, {}),
    ],
)
def test_what_changes_nothing_for_a_reader_is_not_told_anew(
    of: dict[str, dict[str, Any]], changed: dict[str, Any]
) -> None:
    now = told_score(of, **changed)
    assert now != told_score()
    assert basis_of(now) == basis_of(told_score())
    assert changes(told_score(), now) == ()


def test_a_score_is_the_same_after_it_was_kept_as_json() -> None:
    told = told_score({"il2": UNKNOWN}, score=None)
    assert from_plain(as_plain(told)) == told


def test_a_probability_is_said_in_words_as_a_number_or_a_range() -> None:
    assert "probability of 98.7 %;" in told_score().chance
    assert "probability of 10.0 to 98.7 %;" in told_score(p_high=None, p_high_low=0.1).chance
    assert "probability of > 99.9 %;" in told_score(p_high=0.9999, p_high_low=0.9999, p_high_high=0.9999).chance
    assert told_score(p_high_low=None).chance == ""
