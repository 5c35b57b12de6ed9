"""The truth beside the data: true concentrations, true scores, and what a right program can know of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import numpy as np

from pbis.simulate.cohort import (
    CANONICAL,
    COMPONENTS,
    HIGH_FROM,
    IL2_CUT_PG_ML,
    IL12_CUT_PG_ML,
    Subject,
)
from pbis.simulate.draft import Draft
from pbis.simulate.kit import LLOQ_PG_ML
from pbis.simulate.plates import SitePlate

SITE_SET = "pbis-2025-il2-pgml"
_SETS = {"as_published": (*COMPONENTS[:3], "il2_ng"), "il2_pgml": COMPONENTS, "no_il2": COMPONENTS[:3]}
_NEAR = 0.25  # on the log scale: about two CVs of a duplicate near the bottom of the curve

SUBJECT_COLUMNS = (
    *("subject", "cohort", "specimen", "collected_at", "started_at", "plate", "dilution"),
    *("neutrophils_10_9_l", "lymphocytes_10_9_l", "nlr", "crp_mg_dl", "afp_ng_ml", "il12_pg_ml", "il2_pg_ml"),
    *(f"true_{name}" for name in COMPONENTS),
    *(f"true_{what}_{name}" for name in _SETS for what in ("score", "group")),
    *(f"expected_{name}" for name in COMPONENTS),
    *("expected_score", "expected_group", "expected_reasons", "expected_group_after_late", "near_cut"),
)


def subject_rows(draft: Draft, plates: Iterable[SitePlate], late: SitePlate) -> list[tuple[str, ...]]:
    """One row a subject. expected_*: of the first night under the site's set, a component empty where unknowable."""
    places = _places(plates)
    late_tubes = set(late.plate.wells.specimen)
    return [_subject_row(draft, s, places, late_tubes) for _, s in sorted(draft.subjects.items())]


def concentration_rows(draft: Draft, plates: Iterable[SitePlate]) -> list[tuple[str, ...]]:
    """specimen,subject,plate,dilution,analyte,concentration_pg_ml of every assayed tube, undiluted."""
    places = _places(plates)
    rows: list[tuple[str, ...]] = []
    for draw in sorted((*draft.baseline.values(), *draft.further), key=lambda draw: draw.barcode):
        plate, factor = places.get(draw.barcode, ("", ""))
        values = draw.concentrations(draft.subjects[draw.subject]).tolist()
        for analyte, value in zip(CANONICAL, values, strict=True):
            rows.append((draw.barcode, draw.subject, plate, factor, analyte, f"{value:.6g}"))
    return rows


def group_of(points: Mapping[str, int | None]) -> str:
    """high, low or indeterminate from three-valued points."""
    least = sum(point == 1 for point in points.values())
    most = least + sum(point is None for point in points.values())
    return "high" if least >= HIGH_FROM else "low" if most < HIGH_FROM else "indeterminate"


def expected_points(draft: Draft, subject: Subject, more: Mapping[str, str] | None = None) -> dict[str, int | None]:
    """The true points, None where a story or `more` (component -> reason) hides one."""
    hidden = {c for c in COMPONENTS if (subject.subject, c) in draft.unknown} | set(more or ())
    return {c: None if c in hidden else subject.points[c] for c in COMPONENTS}


def _places(plates: Iterable[SitePlate]) -> dict[str, tuple[str, str]]:
    """Barcode -> plate and dilution."""
    return {
        barcode: (at.name, f"{factor:g}")
        for at in plates
        for barcode, factor in zip(at.plate.wells.specimen, at.plate.wells.dilution, strict=True)
        if barcode is not None and factor is not None
    }


def _subject_row(
    draft: Draft, subject: Subject, places: Mapping[str, tuple[str, str]], late_tubes: set[str | None]
) -> tuple[str, ...]:
    draw = draft.baseline[subject.subject]
    plate, factor = places.get(draw.barcode, ("", ""))
    tonight = {"il2": "failed_qc"} if draw.barcode in late_tubes else {}
    reasons = {c: draft.unknown[subject.subject, c] for c in COMPONENTS if (subject.subject, c) in draft.unknown}
    reasons = {**tonight, **reasons}
    points, later = expected_points(draft, subject, tonight), expected_points(draft, subject)
    is_known = all(point is not None for point in points.values())
    return (
        *(
            subject.subject,
            subject.cohort,
            draw.barcode,
            f"{draw.collected_at}",
            f"{subject.started_at}",
            plate,
            factor,
        ),
        *_values(subject),
        *(str(subject.points[c]) for c in COMPONENTS),
        *_true_scores(subject),
        *("" if points[c] is None else str(points[c]) for c in COMPONENTS),
        str(sum(p or 0 for p in points.values())) if is_known else "",
        _group(points, reasons),
        "; ".join(f"{c}: {reasons[c]}" for c in COMPONENTS if c in reasons),
        _group(later, reasons),
        "; ".join(_near(subject, float(factor or 1))),
    )


def _group(points: Mapping[str, int | None], reasons: Mapping[str, str]) -> str:
    """not_scored where nothing at all was measured; a value below range is a measurement."""
    is_blank = all(points[c] is None and reasons.get(c) != "below_range_undecided" for c in COMPONENTS)
    return "not_scored" if is_blank else group_of(points)


def _values(subject: Subject) -> tuple[str, ...]:
    nlr = subject.neutrophils / subject.lymphocytes
    return (
        *(f"{subject.neutrophils}", f"{subject.lymphocytes}", f"{nlr:.6f}", f"{subject.crp_mg_dl}"),
        *(f"{subject.afp_ng_ml}", f"{subject.cytokines['IL-12p70']:g}", f"{subject.cytokines['IL-2']:g}"),
    )


def _true_scores(subject: Subject) -> list[str]:
    points = {**subject.points, "il2_ng": int(subject.cytokines["IL-2"] >= 1000 * IL2_CUT_PG_ML)}
    cells = []
    for names in _SETS.values():
        chosen = {name: points[name] for name in names}
        cells += [str(sum(chosen.values())), group_of(chosen)]
    return cells


def _near(subject: Subject, factor: float) -> list[str]:
    """Cytokines whose measured value may fairly fall on the other side of the cut, or of a limit beside it."""
    pairs = (
        ("il12", subject.cytokines["IL-12p70"], IL12_CUT_PG_ML),
        ("il2", subject.cytokines["IL-2"], max(IL2_CUT_PG_ML, LLOQ_PG_ML * factor)),
    )
    return [name for name, value, cut in pairs if abs(np.log(value / cut)) < _NEAR]


def shares(draft: Draft) -> dict[str, Decimal]:
    """Cohort -> true share of PBIS-high, percent, for the manifest."""
    by_cohort: dict[str, list[bool]] = {}
    for subject in draft.subjects.values():
        by_cohort.setdefault(subject.cohort, []).append(subject.is_high)
    return {name: Decimal(f"{100 * np.mean(flags):.1f}") for name, flags in sorted(by_cohort.items())}
