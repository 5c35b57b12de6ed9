"""What happens to lab results of the demo site, one function a story; each says what it planted.

These run after lab rows are written. Every story leaves the true group as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from pbis.simulate.cohort import Subject
from pbis.simulate.draft import Draft, Problem, is_decided_by
from pbis.simulate.labrows import LabRow, is_at


def missing_lymphocytes(draft: Draft) -> None:
    """No lymphocyte count was ever ordered."""
    subject = draft.pick(is_decided_by("nlr"))
    _edit(draft, subject, lambda row: None if row.analyte.startswith("lymphocytes") else row)
    _unknown(draft, subject, "missing_lymphocytes", "no lymphocyte result at all", "nlr", "not_ordered")


def preliminary_only(draft: Draft) -> None:
    """The CRP in the window stayed preliminary."""
    subject = draft.pick(is_decided_by("crp"))
    _edit_window(draft, subject, "crp", lambda row: replace(row, status="preliminary"))
    _unknown(draft, subject, "preliminary_only", "CRP is preliminary and never became final", "crp", "preliminary_only")


def cancelled_crp(draft: Draft) -> None:
    """The CRP in the window was cancelled."""
    subject = draft.pick(is_decided_by("crp"))
    _edit_window(draft, subject, "crp", lambda row: replace(row, status="cancelled", value=""))
    _unknown(draft, subject, "cancelled", "CRP was cancelled", "crp", "cancelled")


def unknown_unit(draft: Draft) -> None:
    """A CRP in a unit that is no concentration of CRP."""
    subject = draft.pick(is_decided_by("crp"))
    _edit_window(draft, subject, "crp", lambda row: replace(row, unit="AU/mL", reference_range=""))
    _unknown(draft, subject, "unknown_unit", "CRP in AU/mL", "crp", "unit_unknown")


def censored_crp(draft: Draft) -> None:
    """An insensitive assay: CRP `<0.3` mg/dL says nothing about a cut of 0.13."""
    subject = draft.pick(lambda s: is_decided_by("crp")(s) and s.points["crp"] == 0)
    _edit_window(draft, subject, "crp", lambda row: replace(row, value="<0.3", unit="mg/dL", reference_range="0-0.5"))
    _unknown(draft, subject, "censored_crp", "CRP reported as <0.3 mg/dL", "crp", "below_range_undecided")


def conflicting_counts(draft: Draft) -> None:
    """Two final neutrophil counts of one specimen and time that differ."""
    subject = draft.pick(is_decided_by("nlr"))
    for row in _baseline(draft, subject, "neutrophils"):
        draft.labs[subject.subject].append(replace(row, value=f"{Decimal(row.value) * Decimal('1.6'):f}"))
    _unknown(draft, subject, "duplicate_conflict", "two final neutrophil counts", "nlr", "duplicate_conflict")


def corrected_counts(draft: Draft) -> None:
    """A wrong final result, then its correction: the correction counts."""
    for analyte in ("neutrophils", "crp", "neutrophils", "lymphocytes", "crp", "neutrophils"):
        subject = draft.pick(lambda s: True)
        _edit_window(draft, subject, analyte, lambda row: replace(_later(row), status="corrected"))
        for row in _baseline(draft, subject, analyte):
            wrong = replace(row, status="final", value=f"{Decimal(row.value) * 3:f}")
            draft.labs[subject.subject].append(replace(wrong, resulted_at=row.resulted_at - timedelta(hours=5)))
        draft.problems.append(
            Problem(
                "corrected", f"{analyte}: a wrong final and its correction", "the correction counts", subject.subject
            )
        )


def preliminary_then_final(draft: Draft) -> None:
    """A preliminary CRP, followed by the final one."""
    for _ in range(8):
        subject = draft.pick(lambda s: True)
        for row in _baseline(draft, subject, "crp"):
            early = replace(row, status="preliminary", value=f"{Decimal(row.value) * 4:f}")
            draft.labs[subject.subject].append(replace(early, resulted_at=row.resulted_at - timedelta(minutes=40)))
        draft.problems.append(
            Problem(
                "preliminary_then_final", "a preliminary CRP before the final one", "the final counts", subject.subject
            )
        )


def entered_in_error(draft: Draft) -> None:
    """A CRP filed under the wrong patient and withdrawn; the patient's own is there too."""
    subject = draft.pick(lambda s: True)
    for row in _baseline(draft, subject, "crp"):
        wrong = replace(row, accession=row.accession[:-1] + "X", status="entered in error")
        draft.labs[subject.subject].append(replace(wrong, value=f"{Decimal(row.value) * 7:f}"))
    text = "a CRP withdrawn as entered in error beside the right one"
    draft.problems.append(Problem("entered_in_error", text, "the right one counts", subject.subject))


def same_row_twice(draft: Draft) -> None:
    """The extract repeats a patient's rows."""
    for _ in range(2):
        subject = draft.pick(lambda s: True)
        draft.labs[subject.subject] += list(draft.labs[subject.subject])
        draft.problems.append(
            Problem("identical_duplicates", "every lab row is there twice", "equal rows collapse", subject.subject)
        )


def no_afp(draft: Draft) -> None:
    """AFP was not measured: CRAFITY is open, PBIS is not touched."""
    for _ in range(3):
        subject = draft.pick(lambda s: True)
        _edit(draft, subject, lambda row: None if row.analyte == "afp" else row)
        draft.problems.append(Problem("no_afp", "no AFP at all", "CRAFITY is a range; PBIS as usual", subject.subject))


AFTER_LABS: tuple[Callable[[Draft], None], ...] = (
    *(missing_lymphocytes, preliminary_only, cancelled_crp, unknown_unit, censored_crp, conflicting_counts),
    *(corrected_counts, preliminary_then_final, entered_in_error, same_row_twice, no_afp),
)


def _edit(draft: Draft, subject: Subject, change: Callable[[LabRow], LabRow | None]) -> None:
    changed = [change(row) for row in draft.labs[subject.subject]]
    draft.labs[subject.subject] = [row for row in changed if row is not None]


def _edit_window(draft: Draft, subject: Subject, analyte: str, change: Callable[[LabRow], LabRow]) -> None:
    """Change the analyte's baseline row; drop its other rows within the window, so that nothing stands in for it."""
    at = draft.labs_at(subject)
    window = (subject.started_at - timedelta(days=8), subject.started_at)

    def edit(row: LabRow) -> LabRow | None:
        if is_at(row, analyte, at):
            return change(row)
        return None if row.analyte == analyte and window[0] <= row.collected_at <= window[1] else row

    _edit(draft, subject, edit)


def _baseline(draft: Draft, subject: Subject, analyte: str) -> list[LabRow]:
    at = draft.labs_at(subject)
    return [row for row in draft.labs[subject.subject] if is_at(row, analyte, at)]


def _unknown(draft: Draft, subject: Subject, kind: str, planted: str, component: str, reason: str) -> None:
    draft.blind(subject.subject, reason, component)
    draft.problems.append(Problem(kind, planted, f"{component} unknown: {reason}", subject.subject))


def _later(row: LabRow) -> LabRow:
    return replace(row, resulted_at=row.resulted_at + timedelta(hours=6))
