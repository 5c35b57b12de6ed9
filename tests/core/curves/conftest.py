"""Simulated standard curves with their truth, and exports made of them in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pytest
from partial_frames import partial

from pbis.core import frames
from pbis.core.curves.assay import AssayInput
from pbis.core.curves.logistic import forward
from pbis.core.curves.standards import Standards, standards
from pbis.core.plates.panel import AliasTable, Panel
from pbis.core.plates.plate import PlateRead, Run
from pbis.core.tolerances import Tolerances

LOWEST, STEP = 3.2, 4.0


@dataclass(frozen=True)
class Simulated:
    """theta (5, n) is the truth; points are its duplicates on a ladder of 1:4 steps with two background wells."""

    theta: np.ndarray
    points: Standards

    def take(self, which: object) -> Simulated:
        return Simulated(self.theta[:, which], self.points.take(which))


@pytest.fixture(scope="session")
def lenient() -> Callable[[Tolerances], Tolerances]:
    """Tolerances that every curve meets: for tests of what is computed, whether or not the curve may be used."""
    wide = {"recovery_low_pct": 0.0, "recovery_high_pct": np.inf, "level_cv_pct": np.inf}
    wide |= {"recovery_end_low_pct": 0.0, "recovery_end_high_pct": np.inf, "end_cv_pct": np.inf, "lod_sds": -1e9}
    unasked = dict.fromkeys(("run_warn", "run_fail", "least_passing", "least_passing_pct"))
    return lambda tolerances: replace(tolerances, **wide, **unasked)


def true_curves(n: int, rng: np.random.Generator) -> np.ndarray:
    a = np.exp(rng.uniform(np.log(8), np.log(40), n))
    top = np.exp(rng.uniform(np.log(8e3), np.log(3e4), n))
    c = np.log(LOWEST) + rng.uniform(0.5, 0.95, n) * 6 * np.log(STEP)
    return np.stack([np.log(a), np.log(top - a), c, rng.normal(0.1, 0.25, n), rng.normal(0, 0.4, n)])


def measure(theta: np.ndarray, ln_dose: np.ndarray, rng: np.random.Generator, cv: float) -> np.ndarray:
    mean = forward(theta, ln_dose, True)
    return np.maximum(mean * np.exp(rng.normal(0, cv, mean.shape)), 0.5)


def simulate(n: int, seed: int, *, cv: float = 0.06, levels: int = 7, replicates: int = 2) -> Simulated:
    rng = np.random.default_rng(seed)
    theta = true_curves(n, rng)
    level = np.repeat(np.arange(levels + 1), replicates)[:, None] + np.zeros((1, n), np.int64)
    dose = np.where(level > 0, LOWEST * STEP ** (level - 1.0), 0.0)
    ln_dose = np.where(dose > 0, np.log(np.where(dose > 0, dose, 1.0)), -700.0)
    return Simulated(theta, standards(level, dose, measure(theta, ln_dose, rng, cv)))


@pytest.fixture(scope="session")
def simulated() -> Callable[..., Simulated]:
    return simulate


@pytest.fixture(scope="session")
def measured() -> Callable[..., np.ndarray]:
    return measure


def ladder_points(means: list[list[float]], background: list[float]) -> Standards:
    """One curve: background wells, then the wells of each level of the ladder."""
    wells = [(0, 0.0, y) for y in background]
    wells += [(k, LOWEST * STEP ** (k - 1), y) for k, ys in enumerate(means, start=1) for y in ys]
    level, dose, y = (np.array(part, float)[:, None] for part in zip(*wells, strict=True))
    return standards(level.astype(np.int64), dose, y)


@pytest.fixture(scope="session")
def ladder() -> Callable[..., Standards]:
    return ladder_points


GOOD = [
    22.0,
    60.0,
    230.0,
    900.0,
    3100.0,
    8600.0,
    15000.0,
]  # seven levels of an unremarkable curve over a background of 14


@dataclass
class PlateSketch:
    """A small export: wells as (well, role, level, dilution), MFI by analyte; edit, then `input()`."""

    run_id: str = "a" * 64
    batch: str = "plate-1"
    unit: str | None = "pg/mL"
    analysis_type: str | None = "Logistic 5P Weighted"
    analytes: tuple[str, ...] = ("IL-6", "TNF")
    background: bool = True
    levels: int = 7

    def __post_init__(self) -> None:
        self.wells: list[tuple[str, str, int | None, float | None, str]] = []
        self.mfi: dict[tuple[str, str], float | None] = {}
        self.beads: dict[tuple[str, str], int] = {}
        self.missing_rows: set[tuple[str, str]] = set()
        if self.background:
            self._add("A1", "background", None, None, "Background0", 13.0)
            self._add("B1", "background", None, None, "Background0", 15.0)
        for k in range(1, self.levels + 1):
            for replicate, shift in ((1, 0.97), (2, 1.03)):
                self._add(
                    f"{'ABCDEFGH'[k - 1]}{replicate + 1}", "standard", k, None, f"Standard{k}", GOOD[k - 1] * shift
                )
        self.sample("A10", 500.0)
        self.sample("B10", 500.0, dilution=2.0)

    def _add(self, well: str, role: str, level: int | None, dilution: float | None, label: str, mfi: float) -> None:
        self.wells.append((well, role, level, dilution, label))
        for position, analyte in enumerate(self.analytes):
            self.mfi[well, analyte] = mfi * (1 + 0.1 * position)

    def sample(
        self, well: str, mfi: float | None, dilution: float = 1.0, label: str | None = None, role: str = "unknown"
    ) -> None:
        self._add(well, role, None, dilution, label or f"Unknown-{well}", np.nan if mfi is None else mfi)

    def dose(self, level: int) -> float:
        return LOWEST * STEP ** (level - 1)

    def reading(self) -> pa.Table:
        rows = [(w, a) for w in self.wells for a in self.analytes if (w[0], a) not in self.missing_rows]
        mfi = [self.mfi[w[0], a] for w, a in rows]
        return partial(
            frames.READING,
            {
                "run_id": [self.run_id] * len(rows),
                "plate_number": [1] * len(rows),
                "well": [w[0] for w, _ in rows],
                "analyte_reported": [a for _, a in rows],
                "location": [f"1(1,{w[0]})" for w, _ in rows],
                "source_line": [100 + self.wells.index(w) for w, _ in rows],
                "sample_label": [w[4] for w, _ in rows],
                "mfi": [None if m is None or np.isnan(m) else m for m in mfi],
                "bead_count": [self.beads.get((w[0], a), 100) for w, a in rows],
            },
        )

    def well_table(self) -> pa.Table:
        n = len(self.wells)
        return partial(
            frames.WELL,
            {
                "run_id": [self.run_id] * n,
                "plate_number": [1] * n,
                "well": [w[0] for w in self.wells],
                "sample_label": [w[4] for w in self.wells],
                "well_role": [w[1] for w in self.wells],
                "role_source": ["reagent_table"] * n,
                "reagent_label": [w[4] if w[1] in ("standard", "qc_control") else None for w in self.wells],
                "standard_level": [w[2] for w in self.wells],
                "replicate_group": [w[4] for w in self.wells],
                "dilution_factor": [w[3] for w in self.wells],
            },
        )

    def read(self) -> PlateRead:
        labels = [(f"Standard{k}", "standard", self.dose(k)) for k in range(1, self.levels + 1)]
        labels += [("Control1", "qc_control", 100.0)]
        rows = [(label, kind, dose, a) for label, kind, dose in labels for a in self.analytes]
        empty = {
            name: getattr(frames, name.upper()).empty()
            for name in ("header", "lot", "calibration", "summary", "event", "block", "warning")
        }
        return PlateRead(
            run=Run(self.run_id, "x.csv", 1, "xponent", batch=self.batch),
            reading=self.reading(),
            analyte=partial(
                frames.ANALYTE,
                {
                    "run_id": [self.run_id] * len(self.analytes),
                    "analyte_reported": list(self.analytes),
                    "position": list(range(1, len(self.analytes) + 1)),
                    "unit_reported": [self.unit] * len(self.analytes),
                    "analysis_type": [self.analysis_type] * len(self.analytes),
                },
            ),
            reagent=partial(
                frames.REAGENT,
                {
                    "run_id": [self.run_id] * len(rows),
                    "reagent_label": [r[0] for r in rows],
                    "reagent_kind": [r[1] for r in rows],
                    "analyte_reported": [r[3] for r in rows],
                    "expected_concentration": [r[2] for r in rows],
                },
            ),
            **empty,
        )

    def input(self, panel: Panel | None = None, aliases: AliasTable | None = None) -> AssayInput:
        return AssayInput("assay-" + self.run_id[:6], self.read(), self.well_table(), panel, aliases or AliasTable())


@pytest.fixture(scope="session")
def sketch() -> type[PlateSketch]:
    return PlateSketch
