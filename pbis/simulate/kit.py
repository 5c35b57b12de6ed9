"""Simulated kits: analytes with their true curves, the ladder, the controls, and their lots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pbis.simulate.model import Analyte, Lot, Reagents, Reals

LADDER_PG_ML = 3.2 * 4.0 ** np.arange(7)  # 3.2 ... 13107.2
LLOQ_PG_ML = 3.2  # the lowest standard, undiluted
CONTROL_RANGE = 0.35  # a kit maker's control range is about +-35 % of its target

CYTOKINES_7 = (
    Analyte("IFNg", "25"),
    Analyte("IL-10", "27"),
    Analyte("IL-12p70", "34"),
    Analyte("IL-17A", "39"),
    Analyte("IL-2", "48"),
    Analyte("IL-6", "57"),
    Analyte("TNFa", "75"),
)

_NAMES_41 = (
    *("sCD40L", "EGF", "Eotaxin", "FGF-2", "Flt-3L", "Fractalkine", "G-CSF", "GM-CSF", "GRO", "IFNa2", "IFNg"),
    *("IL-1a", "IL-1b", "IL-1ra", "IL-2", "IL-3", "IL-4", "IL-5", "IL-6", "IL-7", "IL-8", "IL-9", "IL-10"),
    *("IL-12p40", "IL-12p70", "IL-13", "IL-15", "IL-17A", "IP-10", "MCP-1", "MCP-3", "MDC", "MIP-1a", "MIP-1b"),
    *("PDGF-AA", "PDGF-AB/BB", "RANTES", "TGF-a", "TNFa", "TNFb", "VEGF"),
)


@dataclass(frozen=True, eq=False)
class Kit:
    """A kit lot. truth: (5, analytes) coefficients A, B, C, D, F of the true curve in MFI, A the background."""

    name: str
    lot: str
    expires_on: date
    analytes: tuple[Analyte, ...]
    truth: Reals
    reagents: Reagents

    @property
    def kit_lot(self) -> Lot:
        return Lot("", self.name, self.lot, self.expires_on)

    @property
    def reagent_lots(self) -> tuple[Lot, ...]:
        """The standards share a lot; each control has its own."""
        standards = [Lot(x, "Cytokine Standard", self.lot, self.expires_on) for x in self.reagents.standards]
        names = enumerate(self.reagents.controls, start=1)
        controls = [Lot(x, f"Quality Control {n}", f"{self.lot}-{n}", self.expires_on) for n, x in names]
        return (*standards, *controls)


def panel_analytes(count: int) -> tuple[Analyte, ...]:
    """The seven-plex for 7, otherwise the first `count` of 41 cytokines, numbered on beyond them."""
    if count == len(CYTOKINES_7):
        return CYTOKINES_7
    names = list(_NAMES_41[:count]) + [f"Analyte{n}" for n in range(len(_NAMES_41) + 1, count + 1)]
    return tuple(Analyte(name, str(12 + n)) for n, name in enumerate(names))


def make_kit(name: str, lot: str, expires_on: date, analytes: Sequence[Analyte], rng: np.random.Generator) -> Kit:
    """Draw true curves: net signal at the lowest standard ~5-10 times the background, the top standard short of flat."""
    size = len(analytes)
    background, asymmetry = rng.uniform(9.0, 18.0, size), rng.uniform(0.9, 1.15, size)
    truth = np.array(
        [
            background,
            background + rng.uniform(17000.0, 26000.0, size),
            np.exp(rng.uniform(np.log(1500.0), np.log(2600.0), size)),
            -rng.uniform(0.83, 0.9, size) / asymmetry,
            asymmetry,
        ]
    )
    return Kit(name, lot, expires_on, tuple(analytes), truth, _reagents(size, rng))


def _reagents(size: int, rng: np.random.Generator) -> Reagents:
    expected = np.repeat(np.round(LADDER_PG_ML, 1)[:, None], size, axis=1)
    targets = np.round(np.array([[110.0], [900.0]]) * np.exp(rng.normal(0.0, 0.15, (2, size))))
    return Reagents(
        tuple(f"Standard{n}" for n in range(1, len(expected) + 1)),
        expected,
        ("Control1", "Control2"),
        targets,
        np.round(targets * (1 - CONTROL_RANGE)),
        np.round(targets * (1 + CONTROL_RANGE)),
    )
