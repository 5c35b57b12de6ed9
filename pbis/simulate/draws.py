"""Blood draws around the first dose: the baseline draw of every patient and the further ones of some."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import numpy as np

from pbis.simulate.cohort import CANONICAL, Subject

_DAYS_BEFORE = (0, 1, 2, 3, 4, 5, 6, 7)
_WEIGHTS = (0.14, 0.34, 0.18, 0.12, 0.08, 0.06, 0.05, 0.03)


@dataclass(frozen=True)
class Draw:
    """A tube. scale: its true cytokines relative to the subject's baseline truth; has_time: whether the clock is known."""

    barcode: str
    subject: str
    collected_at: datetime
    has_time: bool = True
    scale: float = 1.0
    is_baseline: bool = True

    def concentrations(self, subject: Subject) -> np.ndarray:
        """True concentrations in panel order, pg/mL."""
        return self.scale * np.array([subject.cytokines[name] for name in CANONICAL])


def baseline_draws(subjects: Sequence[Subject], rng: np.random.Generator) -> dict[str, Draw]:
    """Subject -> the draw that its score rests on: 0 to 7 days before the first dose, in the early morning."""
    barcodes = rng.choice(np.arange(100_000, 1_000_000), len(subjects), replace=False)
    draws = {}
    for subject, number in zip(subjects, barcodes.tolist(), strict=True):
        days = int(rng.choice(_DAYS_BEFORE, p=_WEIGHTS))
        at = _morning(subject.started_at - timedelta(days=days), rng)
        draws[subject.subject] = Draw(f"SR{number}", subject.subject, at)
    return draws


def _morning(day: datetime, rng: np.random.Generator) -> datetime:
    return datetime.combine(day.date(), time(6, 40)) + timedelta(minutes=int(rng.integers(0, 140)))


def further_draw(draw: Draw, at: datetime, rng: np.random.Generator) -> Draw:
    """A tube of the same patient at another time: barcode one letter on, concentrations moved by about 30 %."""
    scale = float(np.exp(rng.normal(0.0, 0.3)))
    return replace(draw, barcode=draw.barcode + "B", collected_at=at, scale=scale, is_baseline=False)
