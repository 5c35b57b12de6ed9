"""Roll-up of findings: readings, then analyte x plate, then plate; every verdict is a sentence with numbers.

An analyte fails on a plate by a failing rule about it, or when no sample reading of it is left. A plate fails by a failing
rule about the plate or its run; those rules are rates (share of analytes, of readings) or facts about the run, so one analyte
of many never fails a plate, but a plate that fails takes its analytes along, as it takes their readings. A rule that could not
run makes a warning, never a pass and never a failure.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from pbis.core.frames import JUDGED
from pbis.core.verdicts.about_plate import AboutPlates
from pbis.core.verdicts.analyte import analyte_rows, analyte_verdicts
from pbis.core.verdicts.plate import plate_verdicts
from pbis.core.verdicts.reading import marks, reading_state


@dataclass(frozen=True)
class Verdicts:
    """analyte: ANALYTE_VERDICT; plate: PLATE_VERDICT; reading_state: READING_STATE (pbis.core.frames)."""

    analyte: pa.Table
    plate: pa.Table
    reading_state: pa.Table


def roll_up(result: pa.Table, finding: pa.Table, curve: pa.Table, judged: pa.Table | None = None) -> Verdicts:
    """Verdicts of every plate of `result`; `judged` (frames.JUDGED) adds the false alarms to expect."""
    found = marks(result, finding)
    state = reading_state(result, found)
    about = AboutPlates.among(finding)
    rows = analyte_rows(result, finding, curve, found, state, about)
    plate = plate_verdicts(result, finding, rows, state, JUDGED.empty() if judged is None else judged, about)
    return Verdicts(analyte_verdicts(rows), plate, state)
