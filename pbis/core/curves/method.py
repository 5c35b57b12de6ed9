"""Which method: the numbers that define `robust` and `xponent`, and the versions of all three.

`instrument` fits nothing: it gives the Results that an export brings along, and evaluates its coefficients where it has none.

A number that judges a plate (a bead count, a recovery, a CV) is a laboratory's and lives in the suites (pbis.core.tolerances); a number
here is part of what the method is, so changing one changes the method's version.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Method = Literal["robust", "xponent", "instrument"]
Profile = Literal["research", "regulated"]

METHOD_VERSION: dict[str, str] = {"robust": "4", "xponent": "6", "instrument": "4"}


@dataclass(frozen=True)
class FitRules:
    """Numbers of the robust method: model, weights, priors and the fallback ladder.

    Sources: [M] measured on 4,000 simulated and 42 real curves; the ladder follows the reference of the project.
    """

    levels_for_5pl: int = 6  # one more than the parameters; the ladder of the project
    levels_for_4pl: int = 4  # at 4 levels with a warning
    most_hooked_levels: int = 2  # dropped from the top; who loses more has no upper half left; own choice
    huber_k: float = 1.5  # in robust scales
    scale_floor: float = 0.03  # relative residual scale is never taken below 3 %
    error_floor: float = 0.01  # nor the error of a reading, with which intervals are made, below 1 %
    scale_first: float = 0.07  # relative scale before any residual is known; typical replicate CV 5-8 %
    # Turns of Huber's weights; a fixed number, so that a curve does not depend on its company. Own choice.
    reweightings: int = 5
    ln_g_sd: float = 0.7  # ln G ~ N(0, 0.7)
    ln_b_mean: float = 0.2  # ln B ~ N(0.2, 0.6)
    ln_b_sd: float = 0.6  # likewise
    ln_s_sd: float = 1.5  # around 1.3 x the highest level
    c_sd: float = 3.0  # around the upper third of the ladder, in ln dose
    a_sd: float = 2.0  # around the background; 0.7 around 0.7 x the lowest level where there is none
    wild_scales: float = (
        6.0  # a point this many scales off is proposed for exclusion; the error of a reading is cut there too
    )
    most_proposals: int = 2  # wells a curve; where more are off, it is the curve that is wrong; own choice
    top_not_reached: float = (
        3.0  # fitted rise over observed rise above this: the top is extrapolated; named, and judges nothing
    )
    largest_exponent: float = 20.0  # |D| or F beyond it: degenerate


FIT = FitRules()
