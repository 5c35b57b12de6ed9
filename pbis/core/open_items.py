"""What waits for a person, in words: the closed list of kinds, and for each what is open, what a person does, and what to type.

An item is named by its kind and the key of its object. One cause is one item, with a count.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pbis.core.words import plural, slips

OF_CELLS = ("specimen", "layout")  # kinds of objects whose keys are cells of files
MOST_NAMED = 3  # names that a sentence lists: more are a count, and stand in SQL; own choice


@dataclass(frozen=True)
class OpenKind:
    """One kind of open item. title: for a heading; command: `{key}` and `{run}` are the item's own, quoted for a shell."""

    name: str
    title: str
    is_blocking: bool
    remedy: str
    command: str = ""


@dataclass(frozen=True)
class OpenItem:
    """One thing that waits. blocks: what waits for it, None where nothing does; since_night: the night that found it first."""

    kind: str
    object_kind: str
    object_key: str
    what: str
    remedy: str
    item_count: int = 1  # most causes are one thing
    plate: str | None = None
    run_id: str | None = None
    subject_id: str | None = None
    blocks: str | None = None
    command: str | None = None
    since_night: str = ""

    @property
    def name(self) -> tuple[str, str]:
        """What tells one item from another."""
        return self.kind, self.object_key

    @property
    def is_blocking(self) -> bool:
        """Whether a result waits for it."""
        return self.blocks is not None


_EXCLUDE = 'pbis decide exclude --plate {run} --cause CAUSE --reason "..." --author "..."'
KINDS: Mapping[str, OpenKind] = {
    kind.name: kind
    for kind in (
        OpenKind(
            "plate_blocked_by_sheet", "Plates that a lot sheet contradicts", True,
            "Mend the lot sheet, or add a line Plate to the one that is meant, and drop it into inbox/lot_sheets again.",
        ),
        OpenKind(
            "plate_without_layout", "Plates without a layout", True,
            "Drop the layout of the plate into inbox/layouts; it names the plate as its export does.",
        ),
        OpenKind(
            "barcode_without_specimen", "Barcodes that nobody registered", True,
            "Correct the barcode in the layout, or add the tube to the specimen table, and drop that file again.",
        ),
        OpenKind(
            "held_well", "Wells that are held", True,
            "Say what the well holds, or take it out; the plate's page says what is unknown about it.",
            'pbis decide release --plate {run} --well WELL --specimen BARCODE --reason "..." --author "..."',
        ),
        OpenKind(
            "twin", "Plates that share their readings", True,
            "Say which of them is the right one; the others are excluded.",
            'pbis decide release --plate {run} --reason "..." --author "..."',
        ),
        OpenKind(
            "failed_plate", "Plates that fail", True,
            "Look at the plate's page: exclude the plate and run its samples again, or keep what was found to be right.",
            _EXCLUDE,
        ),
        OpenKind(
            "awaiting_decision", "Plates that wait for a review", True,
            "Look at the plate's page: accept it, or reject it and have its samples run again.",
            'pbis decide accept --plate {run} --reason "..." --author "..."',
        ),
        OpenKind(
            "file_in_quarantine", "Files in quarantine", True,
            "Do what the text beside the file says and drop the mended file into the inbox again; one that nobody needs is put off.",
            'pbis decide later file_in_quarantine {key} --until DATE --reason "..." --author "..."',
        ),
        OpenKind(
            "lab_without_linkage", "Results of record numbers that no linkage knows", True,
            "Add the record numbers to the linkage table and drop it into inbox/linkage; if they are no patients of the study, put it off.",
            'pbis decide later lab_without_linkage {key} --until DATE --reason "..." --author "..."',
        ),
        OpenKind(
            "trend_alarm", "Trend alarms", False,
            "Look at the trend on the plate's page: keep what it found, or exclude the analyte; either ends the alarm.",
            'pbis decide keep --plate {run} --rule RULE --analyte ANALYTE --cause verified --reason "..." --author "..."',
        ),
        OpenKind(
            "decision_not_applying", "Decisions that touch nothing any more", False,
            "The plate reads otherwise than when it was decided: decide anew about what stands, and reverse this decision.",
            'pbis decide reverse {key} --reason "..." --author "..."',
        ),
        OpenKind(
            "work_expected", "Planned work that has not come", False,
            "Run the plate or tube, or drop what is missing; if it will not come, put it off.",
            'pbis decide later work_expected {key} --until DATE --reason "..." --author "..."',
        ),
        OpenKind(
            "layout_without_plate", "Layouts without a plate", False,
            "Drop the plate's export into inbox/plates, or correct the plate's name in the layout and drop it again.",
        ),
        OpenKind(
            "sheet_without_plate", "Lot sheets that fit no plate", False,
            "Correct the lot or the plate that the sheet names and drop it again, if a plate should have it.",
        ),
        OpenKind("specimen_never_run", "Tubes that are on no plate", False, "Run the tubes, or put them off."),
        OpenKind(
            "patient_without_plate", "Treated patients without a tube", False,
            "Add the patient's tubes to the specimen table, or put it off.",
        ),
        OpenKind(
            "group_hangs_on_il2", "Patients whose group hangs on the IL-2 cut-off", False,
            "Let the study decide how the IL-2 cut-off is read; until then do not act on these groups.",
        ),
    )
}  # fmt: skip
_ORDER = {name: place for place, name in enumerate(KINDS)}
# What is done about a plate that is decided about already, by what is open: remedy and command. An acceptance of these is refused, or ends nothing.
_REVIEWED: Mapping[str, tuple[str, str]] = {
    "partly": (
        "Let a second person sign it; one of the two approves.",
        'pbis decide sign --plate {run} --meaning approval --reason "..." --author ACCOUNT',
    ),
    "rejected": (
        "Have its samples run again; a rejection that was wrong is reversed.",
        'pbis decide repeat --plate {run} --reason "..." --author "..."',
    ),
    "repeat_ordered": (
        "Have its samples run again; once they were, name the plate that answers.",
        'pbis decide repeat --plate {run} --answered-by PLATE --reason "..." --author "..."',
    ),
}
_BESIDE = {
    "specimen_never_run": 'pbis decide later specimen_never_run {key} --until DATE --reason "..." --author "..."',
    "patient_without_plate": 'pbis decide later patient_without_plate {key} --until DATE --reason "..." --author "..."',
}


def open_item(row: Mapping[str, Any]) -> OpenItem:
    """A row of the queries open_*.sql in words. names, known: what is listed, and what a name that is nearly right may have meant."""
    kind = KINDS[row["kind"]]
    run = (row["run_id"] or "")[:12]
    own = {"key": shlex.quote(row["object_key"]), "run": shlex.quote(run)}  # a file's name or a cell may hold anything
    plain = kind.remedy, kind.command or _BESIDE.get(kind.name, "")
    remedy, command = _REVIEWED.get(row["detail"] or "", plain) if kind.name == "awaiting_decision" else plain
    same = ("kind", "object_kind", "object_key", "plate", "run_id", "item_count", "blocks")
    return OpenItem(
        **{name: row[name] for name in same},
        subject_id=row.get("subject_id"),
        what=_WHAT[kind.name](row) + _meant(row),
        remedy=remedy,
        command=command.format(**own) or None,
    )


def in_order(items: Sequence[OpenItem]) -> list[OpenItem]:
    """Those that keep a result back first, then by kind, what is to be done, and key."""
    return sorted(items, key=lambda item: (not item.is_blocking, _ORDER[item.kind], item.remedy, item.object_key))


def _listed(names: Sequence[str]) -> str:
    """`'A1', 'A2', 'A3' and 4 more`; quoted, so that pages for everybody can tell them by their length."""
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(repr(name) for name in names[:MOST_NAMED]) + more


def _meant(row: Mapping[str, Any]) -> str:
    """` Nearly right: 'SR105' for 'SRI05'.`; '' where no name is one slip away from one that is known."""
    pairs = [(name, slips(name, row["known"])) for name in row["names"]]
    said = [f"{near!r} for {name!r}" for name, near in pairs if near]
    return f" Nearly right: {', '.join(said[:MOST_NAMED])}." if said else ""


def _barcodes(row: Mapping[str, Any]) -> str:
    wells = plural(row["item_count"], "well")
    stands = "which nobody registered" if len(row["names"]) == 1 else "none of which is registered"
    return f"{row['plate']}: the layout puts {_listed(row['names'])} into {wells}, {stands}: no result of {'it' if len(row['names']) == 1 else 'them'} has a patient."


def _expected(row: Mapping[str, Any]) -> str:
    """The day of a plate alone: a release moves the days of patients, and a sentence would tell what they were."""
    day = f"Planned for {row['detail']}" if row["object_kind"] == "layout" else "Planned, due"
    return f"{day} and not there: {_listed(row['names'])}."


def _sheet(row: Mapping[str, Any]) -> str:
    name, *named = row["names"]
    where = "of that lot" if row["detail"] == "lot" else "of that name"
    return f"{row['object_key'].partition('/')[2]}: the lot sheet names {_listed(named or [name])}, and no plate is {where}."


def _never_run(row: Mapping[str, Any]) -> str:
    return f"{plural(row['item_count'], 'tube is', 'tubes are')} registered and on no plate: {_listed(row['names'])}."


def _quarantined(row: Mapping[str, Any]) -> str:
    often = f" ({row['item_count']} times)" if row["item_count"] > 1 else ""
    why = row["detail"].removeprefix(row["names"][0]).lstrip(",: ").partition("; ")[0]
    return f"{row['names'][0]} was refused{often} and lies in quarantine: {why}."


def _held(row: Mapping[str, Any]) -> str:
    return f"{row['plate']}: {plural(row['item_count'], 'well is', 'wells are')} held ({'; '.join(row['names'])}): {row['detail']}"


def _alarm(row: Mapping[str, Any]) -> str:
    kept = "; its results are kept back" if row["blocks"] else ""
    return f"{row['plate']}: {', '.join(row['names'])} beyond a failing limit against earlier plates{kept}: {row['detail']}"


def _idle(row: Mapping[str, Any]) -> str:
    decision = f"Decision {row['object_key']} ({row['detail']} {' '.join(map(repr, row['names']))})"
    if row["blocks"]:
        return f"{decision} took out what another export of the plate with other readings has again; that one is held until a person decides."
    return f"{decision} touches nothing that stands."


_STATES = {
    "pending": "waits for a person to accept it",
    "stale": "was accepted, but its results are others since, and waits for a person to look again",
    "other_export": "was accepted, but another export of this plate with other readings came since, and waits for a person to look again",
    "partly": "is accepted with exclusions and signed by one person: a second person's signature is missing",
    "rejected": "is rejected",
    "repeat_ordered": "is to be run again, and no plate is named that answers",
}
_WHAT: Mapping[str, Any] = {
    "plate_without_layout": lambda row: (
        f"{row['plate']} has no layout: {plural(row['item_count'], 'well')} of samples belong to nobody, and none of their results reaches a patient."
    ),
    "barcode_without_specimen": _barcodes,
    "plate_blocked_by_sheet": lambda row: (
        f"{row['plate']} could not be computed anew, its earlier results stand: {row['detail']}"
    ),
    "held_well": _held,
    "twin": lambda row: (
        f"{plural(row['item_count'], 'plate')} hold the same readings, or one plate's samples beside others, and wait: {'; '.join(row['names'])}."
    ),
    "failed_plate": lambda row: f"{row['detail']}",
    "awaiting_decision": lambda row: (
        f"{row['plate']} {_STATES[row['detail']]}{'; no score uses it' if row['blocks'] else ''}."
    ),
    "file_in_quarantine": _quarantined,
    "lab_without_linkage": lambda row: (
        f"{row['names'][0]}: {plural(row['item_count'], 'row is', 'rows are')} of a record number that no linkage knows."
    ),
    "trend_alarm": _alarm,
    "decision_not_applying": _idle,
    "work_expected": _expected,
    "layout_without_plate": lambda row: (
        f"A layout names plate {row['object_key']!r} ({plural(row['item_count'], 'well')}), and no plate is called so."
    ),
    "sheet_without_plate": _sheet,
    "specimen_never_run": _never_run,
    "patient_without_plate": lambda row: (
        f"{plural(row['item_count'], 'treated patient has', 'treated patients have')} no registered tube: {', '.join(row['names'][:MOST_NAMED])}"
        + (f" and {len(row['names']) - MOST_NAMED} more." if len(row["names"]) > MOST_NAMED else ".")
    ),
    "group_hangs_on_il2": lambda row: (
        f"{plural(row['item_count'], 'patient')} would be in another group under another reading of the IL-2 cut-off."
    ),
}
