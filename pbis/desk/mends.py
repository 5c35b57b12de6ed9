"""Which forms mend which kind of open item: one line a kind. What an item waits for, and no more, is offered beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Mend:
    """button: what leads to the forms, as the morning says it; forms: templates `mend_NAME.html.j2`, in the order of the page."""

    button: str
    forms: tuple[str, ...] = ()


MENDS: Mapping[str, Mend] = {
    "plate_blocked_by_sheet": Mend("Give the right lot sheet", ("bring",)),
    "plate_without_layout": Mend("Give the layout", ("layout_file", "layout_grid")),
    "barcode_without_specimen": Mend("Correct or register the tube", ("barcode", "tube", "layout_grid")),
    "held_well": Mend("Say what the wells hold", ("wells", "layout_grid")),
    "twin": Mend("Say which is right", ("twins",)),
    "failed_plate": Mend("Look at the plate"),
    "file_in_quarantine": Mend("Mend the file", ("tell", "copy", "again")),
    "lab_without_linkage": Mend("Say whose results they are", ("link", "bring")),
    "trend_alarm": Mend("Look at the plate"),
    "decision_not_applying": Mend("Reverse the decision", ("reverse",)),
    "work_expected": Mend("Bring it, or put it off", ("bring",)),
    "layout_without_plate": Mend("Correct the plate's name", ("plate_name", "bring")),
    "sheet_without_plate": Mend("Correct the lot", ("lot", "bring")),
    "specimen_never_run": Mend("Put it off"),
    "patient_without_plate": Mend("Register a tube", ("tube", "bring")),
    "awaiting_decision": Mend("Review the plate"),
    "group_hangs_on_il2": Mend("Look"),
}
