"""The static QC report: one self-contained HTML page a plate, and one for the night.

    plate_report(PlateReport) -> str      everything a data manager needs to judge a plate
    night_index(NightReport) -> str       which plates need a person, who scored what, what was refused

Pages work offline and without a server, run no code but the page's own script (bound by its sha256 in the page's
Content-Security-Policy), and are byte-stable: the same input gives the same bytes, so a page can be hashed and signed.
"""

from __future__ import annotations

from pbis.report.data import (
    AlarmRow,
    Hold,
    LabFileRow,
    NightReport,
    PlateDecision,
    PlateReport,
    PlateRow,
    RefusedRow,
    ScoreChange,
    UnmappedWord,
)
from pbis.report.night import basis_of, night_index
from pbis.report.pages.todo import NoteRow, TodoRow
from pbis.report.plate import plate_report, plate_row

__all__ = [
    "AlarmRow",
    "Hold",
    "LabFileRow",
    "NightReport",
    "NoteRow",
    "PlateDecision",
    "PlateReport",
    "PlateRow",
    "RefusedRow",
    "ScoreChange",
    "TodoRow",
    "UnmappedWord",
    "basis_of",
    "night_index",
    "plate_report",
    "plate_row",
]
