"""All measures of a night at once: from the frames of its plates to one measure frame a table; nothing is judged here."""

from __future__ import annotations

import pyarrow as pa

from pbis.core import (
    measures_analyte,
    measures_control,
    measures_level,
    measures_plate,
    measures_reading,
    measures_well,
)
from pbis.core.qc import CheckFrames, MeasureSettings


def measure(frames: CheckFrames, settings: MeasureSettings) -> dict[str, pa.Table]:
    """Every measure frame that needs one plate only, by name (pbis.core.measures_spec), for all plates of the night."""
    valid = measures_reading.valid_mfi(frames.result, settings.low_beads)
    control = measures_control.controls(frames)
    return {
        "readings": measures_reading.readings(frames.result),
        "replicates": measures_reading.replicates(frames.result, valid),
        "standards": measures_level.standards(frames.level),
        "controls": control,
        "curves": measures_analyte.curves(frames, control, settings),
        "wells": measures_well.wells(frames.result, valid, settings),
        "plates": measures_plate.plates(frames, valid, settings),
    }
