"""Three cohorts of patients with true laboratory states, shaped like the published ones, and their outcomes.

The cut-offs below are the simulator's own copy on purpose: the truth must not follow an edit of the score's data files,
it is what their result is compared with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np

NLR_CUT, CRP_CUT_MG_DL, IL12_CUT_PG_ML, IL2_CUT_PG_ML = Decimal("3.5"), Decimal("0.13"), 11.6, 3.2
HIGH_FROM = 2
CANONICAL = ("IFN-gamma", "IL-10", "IL-12p70", "IL-17A", "IL-2", "IL-6", "TNF")  # the order of the seven-plex
COMPONENTS = ("nlr", "crp", "il12", "il2")

_SHARE = np.array([0.32, 0.33, 0.22, 0.13])  # which component a point tends to come from: nlr, crp, il12, il2
_LOW_SCORES, _LOW_WEIGHTS = (0, 1), (0.4, 0.6)
_HIGH_SCORES, _HIGH_WEIGHTS = (2, 3, 4), (0.5, 0.35, 0.15)


@dataclass(frozen=True)
class CohortShape:
    """A cohort: how many patients, how many of them PBIS-high, and the hazard ratio high over low."""

    name: str
    regimen: str
    patients: int
    high: int
    hazard_ratio: float


COHORTS = (
    CohortShape("derivation", "atezolizumab + bevacizumab", 116, 62, 3.6),
    CohortShape("validation", "atezolizumab + bevacizumab", 54, 39, 3.6),
    CohortShape("lenvatinib", "lenvatinib", 21, 10, 1.4),  # the ratio is this simulation's assumption
)


@dataclass(frozen=True)
class CourseOfDisease:
    """Months from treatment start, one decimal; best response by mRECIST."""

    os_months: Decimal
    is_dead: bool
    pfs_months: Decimal
    is_progressed: bool
    best_response: str


@dataclass(frozen=True)
class Subject:
    """A patient's truth at baseline. Counts in 10^9/L, CRP in mg/dL, AFP in ng/mL, cytokines in pg/mL by canonical name."""

    subject: str
    cohort: str
    regimen: str
    mrn: str
    started_at: datetime
    neutrophils: Decimal
    lymphocytes: Decimal
    crp_mg_dl: Decimal
    afp_ng_ml: Decimal
    cytokines: Mapping[str, float]
    outcome: CourseOfDisease

    @property
    def points(self) -> Mapping[str, int]:
        """True points by component, exact; IL-2 read as pg/mL."""
        return {
            "nlr": int(self.neutrophils >= NLR_CUT * self.lymphocytes),
            "crp": int(self.crp_mg_dl >= CRP_CUT_MG_DL),
            "il12": int(self.cytokines["IL-12p70"] >= IL12_CUT_PG_ML),
            "il2": int(self.cytokines["IL-2"] >= IL2_CUT_PG_ML),
        }

    @property
    def is_high(self) -> bool:
        return sum(self.points.values()) >= HIGH_FROM


def make_cohort(rng: np.random.Generator, base_on: date) -> tuple[Subject, ...]:
    """All patients of all cohorts; ids are random and carry nothing. Treatment starts lie in the years before base_on."""
    total = sum(shape.patients for shape in COHORTS)
    ids = rng.choice(np.arange(1000, 10000), total, replace=False)
    mrns = rng.choice(np.arange(200_000, 99_000_000), total, replace=False)
    subjects: list[Subject] = []
    for shape in COHORTS:
        for is_high in _groups(shape, rng):
            n = len(subjects)
            subjects.append(_subject(f"P{ids[n]}", f"{mrns[n]:08d}", shape, is_high, rng, base_on))
    return tuple(subjects)


def _groups(shape: CohortShape, rng: np.random.Generator) -> list[bool]:
    return [bool(is_high) for is_high in rng.permutation(np.arange(shape.patients) < shape.high)]


def _subject(
    subject: str, mrn: str, shape: CohortShape, is_high: bool, rng: np.random.Generator, base_on: date
) -> Subject:
    points = _points(is_high, rng)
    lymphocytes = _decimal(float(np.clip(np.exp(rng.normal(np.log(1.25), 0.3)), 0.4, 3.5)), 2)
    nlr = _beside(float(NLR_CUT), points["nlr"], rng, gap=0.08, above=0.35, below=0.4)
    crp = _beside(float(CRP_CUT_MG_DL), points["crp"], rng, gap=0.14, above=1.6, below=0.7)
    started_at = _start(rng, base_on)
    return Subject(
        subject,
        shape.name,
        shape.regimen,
        mrn,
        started_at,
        _decimal(nlr * float(lymphocytes), 2),
        lymphocytes,
        _decimal(float(np.clip(crp, 0.02, 18.0)), 2),
        _decimal(float(np.exp(rng.normal(np.log(70.0), 2.0))), 1),
        _cytokines(points, rng),
        _outcome(shape, is_high, (base_on - timedelta(days=30) - started_at.date()).days / 30.44, rng),
    )


def _points(is_high: bool, rng: np.random.Generator) -> dict[str, int]:
    """Which components are positive, for a score drawn from the group."""
    scores, weights = (_HIGH_SCORES, _HIGH_WEIGHTS) if is_high else (_LOW_SCORES, _LOW_WEIGHTS)
    score = int(rng.choice(scores, p=weights))
    chosen = rng.choice(len(COMPONENTS), score, replace=False, p=_SHARE)
    return {name: int(i in chosen) for i, name in enumerate(COMPONENTS)}


def _beside(cut: float, point: int, rng: np.random.Generator, *, gap: float, above: float, below: float) -> float:
    """A value on the side of the cut that the point says, at least `gap` away on the log scale."""
    away = gap + abs(float(rng.normal(0.0, above if point else below)))
    return cut * float(np.exp(away if point else -away))


def _cytokines(points: Mapping[str, int], rng: np.random.Generator) -> dict[str, float]:
    values = dict(zip(CANONICAL, np.exp(rng.normal(np.log([8, 14, 1, 7, 1, 9, 16]), 0.8)).tolist(), strict=True))
    values["IL-12p70"] = min(_beside(IL12_CUT_PG_ML, points["il12"], rng, gap=0.24, above=0.6, below=0.8), 120.0)
    # Without a gap about the cut but what three decimals round: whoever lies there may fairly come out on the other side.
    values["IL-2"] = min(_beside(IL2_CUT_PG_ML, points["il2"], rng, gap=0.001, above=0.7, below=1.0), 60.0)
    return {name: round(value, 3) for name, value in values.items()}


def _start(rng: np.random.Generator, base_on: date) -> datetime:
    """First dose: a weekday in the 3 years before the last 7 months, between 9:30 and 14:20."""
    on = base_on - timedelta(days=int(rng.integers(210, 1300)))
    on -= timedelta(days=max(0, on.weekday() - 4))
    return datetime.combine(on, time(9, 30)) + timedelta(minutes=10 * int(rng.integers(0, 30)))


def _outcome(shape: CohortShape, is_high: bool, follow_up: float, rng: np.random.Generator) -> CourseOfDisease:
    """Weibull survival under proportional hazards (median 27 months in PBIS-low), censored by follow-up and loss."""
    relative = shape.hazard_ratio if is_high else 1.0
    death = _weibull(27.0, relative, 1.15, rng)
    progression = min(death, _weibull(12.0, relative**0.8, 1.05, rng))
    seen_until = min(follow_up, float(rng.exponential(240.0)))
    responses, weights = ("CR", "PR", "SD", "PD", "NE"), (_RESPONSE_HIGH if is_high else _RESPONSE_LOW)
    response = str(rng.choice(responses, p=weights))
    return CourseOfDisease(
        _months(min(death, seen_until)),
        death <= seen_until,
        _months(min(progression, seen_until)),
        progression <= seen_until,
        response,
    )


_RESPONSE_LOW = (0.08, 0.32, 0.38, 0.17, 0.05)
_RESPONSE_HIGH = (0.01, 0.14, 0.34, 0.44, 0.07)


def _weibull(median: float, relative_hazard: float, shape: float, rng: np.random.Generator) -> float:
    scale = median / np.log(2.0) ** (1.0 / shape)
    return float(scale * (rng.exponential() / relative_hazard) ** (1.0 / shape))


def _months(value: float) -> Decimal:
    return max(_decimal(value, 1), Decimal("0.1"))


def _decimal(value: float, places: int) -> Decimal:
    return Decimal(f"{value:.{places}f}")
