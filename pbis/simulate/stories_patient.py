"""What happens to patients and tubes of the demo site, one function a story; each says what it planted.

These run before lab rows are written. Every story leaves the true group as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal

from pbis.simulate.cohort import IL12_CUT_PG_ML, Subject
from pbis.simulate.draft import Draft, Link, Problem, is_decided_by
from pbis.simulate.draws import further_draw
from pbis.simulate.labrows import Spelling


def two_mrns(draft: Draft) -> None:
    """Patients who moved hospital: labs under the old number, the treatment under the new one."""
    for _ in range(5):
        subject = draft.pick(lambda s: True)
        number = f"{int(draft.rng.integers(100_000_000, 190_000_000))}"
        draft.links.append(Link("south", number, subject.subject, "2019-01-01"))
        draft.treatment_mrn[subject.subject] = number
        draft.problems.append(
            Problem("two_mrns", "two record numbers for one patient", "both resolve to the subject", subject.subject)
        )


def shared_mrn(draft: Draft) -> None:
    """One record number filed under two patients."""
    victim, other = draft.pick(lambda s: True), draft.pick(lambda s: True)
    site = draft.styles[victim.subject].laboratory.site
    draft.links.append(Link(site, victim.mrn, other.subject))
    draft.blind(victim.subject, "identity_conflict", "nlr", "crp", "il12", "il2")
    text = f"the record number of {victim.subject} is also linked to {other.subject}"
    expected = "its rows are quarantined: identity_conflict; the other subject keeps its own number's rows"
    draft.problems.append(Problem("identity_conflict", text, expected, victim.subject))


def nlr_at_cut(draft: Draft) -> None:
    """N/L is exactly 3.5, but 3.4999999999999996 in binary floating point."""
    subject = draft.pick(lambda s: s.points["nlr"] == 1)
    lymphocytes = next(x for x in _lymphocytes() if float(x * Decimal("3.5")) / float(x) < 3.5)
    neutrophils = lymphocytes * Decimal("3.5")
    changed = replace(subject, neutrophils=neutrophils.quantize(Decimal("0.01")), lymphocytes=lymphocytes)
    draft.subjects[subject.subject] = changed
    draft.styles[subject.subject] = replace(draft.styles[subject.subject], count=Spelling("10^9/L", 1, 2))
    text = f"neutrophils {changed.neutrophils}, lymphocytes {lymphocytes}: the ratio is exactly 3.5"
    draft.problems.append(Problem("nlr_at_cut", text, "NLR gives a point and is marked at_cut", subject.subject))


def _lymphocytes() -> list[Decimal]:
    return [Decimal(n) / 100 for n in range(70, 240, 2)]


def crp_at_cut(draft: Draft) -> None:
    """CRP exactly at the cut, reported as 1300 ug/L."""
    subject = draft.pick(lambda s: s.points["crp"] == 1)
    draft.subjects[subject.subject] = replace(subject, crp_mg_dl=Decimal("0.13"))
    draft.styles[subject.subject] = replace(draft.styles[subject.subject], crp=Spelling("ug/L", 10_000, 0))
    text = "CRP 1300 ug/L, which is 0.13 mg/dL exactly"
    draft.problems.append(Problem("crp_at_cut", text, "CRP gives a point and is marked at_cut", subject.subject))


def _has_il12_point(point: int) -> Callable[[Subject], bool]:
    return lambda subject: subject.points["il12"] == point


def il12_near_cut(draft: Draft) -> None:
    """True IL-12 within 8 % of its cut: the measured value may fall on the other side."""
    for point, factor in ((1, 1.05), (0, 0.94), (1, 1.03), (0, 0.96)):
        subject = draft.pick(_has_il12_point(point))
        cytokines = {**subject.cytokines, "IL-12p70": round(IL12_CUT_PG_ML * factor, 3)}
        draft.subjects[subject.subject] = replace(subject, cytokines=cytokines)
        text = f"true IL-12p70 {cytokines['IL-12p70']} pg/mL at a cut of {IL12_CUT_PG_ML}"
        expected = "marked near_cut; either side is a fair measurement"
        draft.problems.append(Problem("near_cut", text, expected, subject.subject, analyte="IL-12p70"))


def two_draws(draft: Draft) -> None:
    """An earlier tube within the window beside the baseline tube: the later one counts."""
    for _ in range(6):
        subject = draft.pick(lambda s: draft.days_before(s) <= 3 and _is_early(draft, s))
        draw = draft.baseline[subject.subject]
        earlier = further_draw(draw, subject.started_at.replace(hour=7, minute=50) - timedelta(days=6), draft.rng)
        draft.further.append(earlier)
        text = f"tubes {earlier.barcode} and, later, {draw.barcode} within seven days"
        expected = f"cytokines come from {draw.barcode}"
        draft.problems.append(Problem("two_draws", text, expected, subject.subject, draw.barcode))


def draws_outside(draft: Draft) -> None:
    """Screening tubes weeks before, and tubes on treatment: not eligible, and not in the way."""
    for days in (-24, -19, -31, -12, 1, 22, 21):
        subject = draft.pick(lambda s: True)
        draw = draft.baseline[subject.subject]
        at = subject.started_at.replace(hour=8, minute=15) + timedelta(days=days)
        extra = further_draw(draw, at, draft.rng)
        draft.further.append(extra)
        text = f"tube {extra.barcode} drawn {days:+d} days from the first dose, beside {draw.barcode}"
        expected = f"{extra.barcode} is not used; cytokines come from {draw.barcode}"
        draft.problems.append(Problem("draw_outside_window", text, expected, subject.subject, extra.barcode))


def dose_before_second_draw(draft: Draft) -> None:
    """A second tube on the day of the first dose, an hour after it."""
    subject = draft.pick(lambda s: _is_early(draft, s))
    draw = draft.baseline[subject.subject]
    late = further_draw(draw, subject.started_at + timedelta(minutes=65), draft.rng)
    draft.further.append(late)
    text = f"tube {late.barcode} drawn 65 minutes after the first dose"
    expected = f"{late.barcode} is not eligible; cytokines come from {draw.barcode}"
    draft.problems.append(Problem("post_dose_draw", text, expected, subject.subject, late.barcode))


def only_draw_too_early(draft: Draft) -> None:
    """The only cytokine tube lies 12 days before the first dose; blood count and CRP of the day before are there."""
    for _ in range(3):
        subject = draft.pick(lambda s: True)
        draw = draft.baseline[subject.subject]
        at = (subject.started_at - timedelta(days=12)).replace(hour=8, minute=10)
        draft.baseline[subject.subject] = replace(draw, collected_at=at)
        draft.blind(subject.subject, "outside_window", "il12", "il2")
        text = f"tube {draw.barcode} drawn 12 days before the first dose, and no other"
        expected = "IL-12 and IL-2 unknown: outside_window"
        draft.problems.append(Problem("only_draw_outside_window", text, expected, subject.subject, draw.barcode))


def same_day_without_clock(draft: Draft) -> None:
    """Tube and first dose on one day, and nobody wrote down the hour of the tube."""
    for _ in range(2):
        subject = draft.pick(lambda s: True)
        at = datetime.combine(subject.started_at.date(), time(0, 0))
        draft.baseline[subject.subject] = replace(draft.baseline[subject.subject], collected_at=at, has_time=False)
        text = "tube and blood count on the day of the first dose, without a time"
        expected = "they count, marked same_day_unordered"
        draft.problems.append(Problem("same_day_unordered", text, expected, subject.subject))


def tube_never_assayed(draft: Draft) -> None:
    """A tube that no plate holds."""
    subject = draft.pick(is_decided_by("il12"))
    barcode = draft.baseline[subject.subject].barcode
    draft.unassayed.add(barcode)
    draft.blind(subject.subject, "not_received", "il12", "il2")
    text = f"tube {barcode} is on no plate"
    draft.problems.append(
        Problem("not_received", text, "IL-12 and IL-2 unknown: not_received", subject.subject, barcode)
    )


BEFORE_LABS: tuple[Callable[[Draft], None], ...] = (
    *(shared_mrn, nlr_at_cut, crp_at_cut, il12_near_cut, only_draw_too_early, same_day_without_clock),
    *(tube_never_assayed, two_draws, draws_outside, dose_before_second_draw, two_mrns),
)


def _is_early(draft: Draft, subject: Subject) -> bool:
    """Drawn before the dose by the clock, so that a further tube cannot change the choice."""
    return draft.baseline[subject.subject].collected_at < subject.started_at
