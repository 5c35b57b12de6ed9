"""The static QC report: one self-contained HTML page a plate, and one for the night.

    plate_report(PlateReport) -> str      everything a data manager needs to judge a plate
    night_index(NightReport) -> str       which plates need a person, who scored what, what was refused

Pages work offline and without a server, run no code but the page's own script (bound by its sha256 in the page's
Content-Security-Policy), and are byte-stable: the same input gives the same bytes, so a page can be hashed and signed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pbis.doors import door

if TYPE_CHECKING:
    from pbis.report.data import AlarmRow as AlarmRow
    from pbis.report.data import Hold as Hold
    from pbis.report.data import LabFileRow as LabFileRow
    from pbis.report.data import NightReport as NightReport
    from pbis.report.data import PlateDecision as PlateDecision
    from pbis.report.data import PlateReport as PlateReport
    from pbis.report.data import PlateReview as PlateReview
    from pbis.report.data import PlateRow as PlateRow
    from pbis.report.data import RefusedRow as RefusedRow
    from pbis.report.data import ScoreChange as ScoreChange
    from pbis.report.data import SignatureLine as SignatureLine
    from pbis.report.data import UnmappedWord as UnmappedWord
    from pbis.report.night import basis_of as basis_of
    from pbis.report.night import night_index as night_index
    from pbis.report.pages.todo import NoteRow as NoteRow
    from pbis.report.pages.todo import TodoRow as TodoRow
    from pbis.report.plate import plate_report as plate_report
    from pbis.report.plate import plate_row as plate_row

_ROOMS = {
    "AlarmRow": "data",
    "Hold": "data",
    "LabFileRow": "data",
    "NightReport": "data",
    "NoteRow": "pages.todo",
    "PlateDecision": "data",
    "PlateReport": "data",
    "PlateReview": "data",
    "PlateRow": "data",
    "RefusedRow": "data",
    "ScoreChange": "data",
    "SignatureLine": "data",
    "TodoRow": "pages.todo",
    "UnmappedWord": "data",
    "basis_of": "night",
    "night_index": "night",
    "plate_report": "plate",
    "plate_row": "plate",
}
__all__ = [
    "AlarmRow",
    "Hold",
    "LabFileRow",
    "NightReport",
    "NoteRow",
    "PlateDecision",
    "PlateReport",
    "PlateReview",
    "PlateRow",
    "RefusedRow",
    "ScoreChange",
    "SignatureLine",
    "TodoRow",
    "UnmappedWord",
    "basis_of",
    "night_index",
    "plate_report",
    "plate_row",
]

if not TYPE_CHECKING:  # a type checker takes the names above, and refuses others
    __getattr__ = door(__name__, _ROOMS)
