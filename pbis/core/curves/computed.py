"""What an assay computes before it is frames: how to compute, what was fitted, and all arrays side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from pbis.core.arrays import Flags, Floats
from pbis.core.curves.acceptance import Acceptance
from pbis.core.curves.backcalc import BackCalculated
from pbis.core.curves.batch import Batch
from pbis.core.curves.censor import Censored, ReportableRange
from pbis.core.curves.fit import Fitted
from pbis.core.curves.limits import CurveLimits, LevelRecovery
from pbis.core.curves.method import Method
from pbis.core.curves.own_results import OwnResults
from pbis.core.curves.points import Packed
from pbis.core.curves.reach import Reach
from pbis.core.curves.screen import Screened
from pbis.core.tolerances import Tolerances


@dataclass(frozen=True)
class AssayOptions:
    """How to compute. tolerances: limits of levels and curves, as the suite tells them. min_beads: readings with fewer beads
    get LOW_BEADS and, with the robust method, stay out of the fit; None judges no bead count, which is what the suites are
    for. lod "lot": pool the backgrounds of the plates that have one kit lot and instrument in common; then an LOD depends on
    what is computed together, which is why nights do not ask."""

    tolerances: Tolerances
    method: Method = "robust"
    min_beads: int | None = None
    lod: Literal["plate", "lot"] = "plate"


@dataclass(frozen=True)
class Fits:
    """What was fitted to what. packed: standards on raw MFI; raw: their screen; response (slots, n): what the curves predict;
    background mean and SD (n,) on raw MFI; is_low (slots, n): readings with too few beads."""

    packed: Packed
    background_mean: Floats
    background_sd: Floats
    net_mfi: Floats
    response: Floats
    is_low: Flags
    raw: Screened
    fitted: Fitted

    @property
    def blank(self) -> Floats:
        """MFI (n,) that was taken off the responses before the fit: 0 where the background is part of the curve."""
        return np.where(self.fitted.fit.is_log_a, 0.0, np.nan_to_num(self.background_mean))


@dataclass(frozen=True)
class Computed:
    """All arrays behind the frames; (slots, n) for wells, (points, n) for standards, (levels, n), or (n,) a curve.

    reach: intervals of the readings that have a number or a bound.
    own: the export's own concentrations, for the method that gives them; `back` holds them already."""

    batch: Batch
    options: AssayOptions
    fits: Fits
    recovery: LevelRecovery
    limits: CurveLimits
    range: ReportableRange
    acceptance: Acceptance
    influence_pct: Floats
    proposed: Flags
    back: BackCalculated
    censored: Censored
    reach: Reach
    own: OwnResults | None = None

    @property
    def fitted(self) -> Fitted:
        return self.fits.fitted
