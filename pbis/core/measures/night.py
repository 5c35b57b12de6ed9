"""All measures of a night at once: from the frames of its plates to one measure frame a table; nothing is judged here."""

from __future__ import annotations

import pyarrow as pa

from pbis.core.measures.analyte import curves
from pbis.core.measures.control import controls
from pbis.core.measures.level import standards
from pbis.core.measures.plate import plates
from pbis.core.measures.qc import CheckFrames, MeasureSettings
from pbis.core.measures.reading import readings, replicates, valid_mfi
from pbis.core.measures.well import wells


def measure(frames: CheckFrames, settings: MeasureSettings) -> dict[str, pa.Table]:
    """Every measure frame that needs one plate only, by name (pbis.core.measures.spec), for all plates of the night."""
    valid = valid_mfi(frames.result, settings.low_beads)
    control = controls(frames)
    return {
        "readings": readings(frames.result),
        "replicates": replicates(frames.result, valid),
        "standards": standards(frames.level),
        "controls": control,
        "curves": curves(frames, control, settings),
        "wells": wells(frames.result, valid, settings),
        "plates": plates(frames, valid, settings),
    }
