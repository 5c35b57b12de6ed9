"""What the checks look at, and the numbers that the measures of it need; the measures themselves are pbis.core.measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from pbis.core.frames import DOUBT
from pbis.core.plates.panel import Panel
from pbis.core.plates.plate import Run


@dataclass(frozen=True)
class CheckFrames:
    """Everything of a night that a check may need; frames follow the specs of pbis.core.frames.

    assay_of_run names the assay that each run's computed rows belong to; a run without a panel maps to None.
    """

    result: pa.Table
    curve: pa.Table
    level: pa.Table
    reading: pa.Table
    well: pa.Table
    reagent: pa.Table
    calibration: pa.Table
    lot: pa.Table
    analyte: pa.Table
    run: tuple[Run, ...]
    assay_of_run: Mapping[str, str]
    panels: Mapping[str, Panel | None]
    doubt: pa.Table = field(default_factory=DOUBT.empty)  # what readers found doubtful about wells


@dataclass(frozen=True)
class MeasureSettings:
    """Numbers that a measure needs before it can be judged; they come from the suites, whose entries carry them.

    low_beads: beads below which a reading does not count; outlier_z: |z| beyond which an analyte deviates; inversion_pct: drop
    between adjacent standard levels that counts as inverted; control_tolerance_pct: distance of a control well from its
    nominal; scatter_floor_pct: the least scatter between wells that is believed; carry_ratio: how many times higher the well
    read before must be to carry anything over.
    """

    low_beads: float
    outlier_z: float
    inversion_pct: float
    control_tolerance_pct: float
    scatter_floor_pct: float
    carry_ratio: float


@dataclass(frozen=True)
class TrendSettings:
    """Numbers of trends, from the suites likewise.

    guide_plates: accepted plates of a full guide set; least_plates: accepted plates before anything is judged; cv_plates:
    window of the inter-assay CV. limit_*_sds: SDs from the mean at which a control is out, warn_*_sds: at which it is said; what
    charts draw. pair_sds, range_sds, shift_sds: SDs beyond which a control counts for the rules 2_2s, R_4s and 4_1s. log_controls:
    controls are held against their plates on the log scale, as concentrations of an assay with a constant CV are log-normal.
    """

    guide_plates: int
    least_plates: int
    cv_plates: int
    log_controls: bool
    limit_low_sds: float
    limit_high_sds: float
    warn_low_sds: float
    warn_high_sds: float
    pair_sds: float
    range_sds: float
    shift_sds: float
