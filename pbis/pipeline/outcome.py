"""What came out of a night, in numbers that a terminal, a report and a program can show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

import warehouse
from pbis.core.open_items import OF_CELLS, OpenItem
from pbis.core.quoted import called, without_cells
from pbis.pipeline.context import Night
from pbis.pipeline.holding import HeldPlate, held_plates
from pbis.pipeline.lake import InLake
from pbis.pipeline.stages import LoadedPlate, Reported
from pbis.pipeline.todo import items_of, linked
from pbis.pipeline.walking import Walked

GROUPS = ("high", "low", "indeterminate", "not_scored")


@dataclass(frozen=True)
class RefusedFile:
    """A refused file as people see it. message: where and why, the cell by its kind and length (it stands in quarantine); file_id: sha256
    of its bytes, None where they were not read."""

    kind: str
    name: str
    message: str
    is_moved: bool = False  # to quarantine
    file_id: str | None = None


@dataclass(frozen=True)
class PartlyRefused:
    """A file of which a part was refused and the rest is used. own: where the part lies, relative to the site; '' in a dry run."""

    kind: str
    name: str
    message: str
    own: str


@dataclass(frozen=True)
class Closing:
    """What closing a night did. moved: refused files that lie in quarantine now, as kind/name; notes: what it could not do."""

    moved: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrendAlarm:
    """A failing finding of a trend that no decision has settled. takes: the analyte's results of the plate are kept back; is_new: it
    was not there when the last finished night ended."""

    plate: str
    analyte: str | None
    lot: str | None
    rule: str
    message: str
    action: str
    takes: bool
    is_new: bool


@dataclass(frozen=True)
class HeldWells:
    """Wells of a standing plate that wait for a person for one reason, whichever night they came in."""

    plate: str
    file_name: str
    wells: str
    well_count: int
    reason: str


@dataclass(frozen=True)
class Outcome:
    """The night in numbers. groups: patients by group under the site's cut-off set; seconds: wall time by hop."""

    night_id: str
    state: str  # done, done_with_refusals, done_with_alarms, nothing_new or dry_run
    plates_loaded: int
    plates_recomputed: int
    plates_known: int
    plates_superseded: int
    refused: tuple[RefusedFile, ...]
    analytes_passed: int
    analytes_warned: int
    analytes_failed: int
    analytes_held: int
    groups: dict[str, int]
    cutoff_set: str
    imported: dict[str, int]
    clinical_known: int
    notes: tuple[str, ...]
    report_index: str | None
    database: str | None
    alarms: tuple[TrendAlarm, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    held: tuple[HeldPlate, ...] = ()
    held_wells: tuple[HeldWells, ...] = ()
    refused_parts: tuple[PartlyRefused, ...] = ()
    open_items: tuple[OpenItem, ...] = ()
    lake: InLake | None = None

    @property
    def waits_for_a_person(self) -> bool:
        """Whether something is for a person to settle: an open item that keeps a result back, a file or part of one that was refused
        tonight, a trend alarm that is new."""
        return (
            self.blocking_count > 0
            or bool(self.refused or self.refused_parts or self.held or self.held_wells)
            or any(alarm.is_new for alarm in self.alarms)
        )

    @property
    def blocking_count(self) -> int:
        """Open items that keep a result back."""
        return sum(item.is_blocking for item in self.open_items)

    def counts(self) -> dict[str, int]:
        """Whole numbers for the warehouse's record of the night."""
        names = ("plates_loaded", "plates_recomputed", "plates_known", "plates_superseded")
        named = {name: getattr(self, name) for name in names}
        named |= {"trend_alarms": len(self.alarms)} if self.alarms else {}
        named |= {"open_items": len(self.open_items)} if self.open_items else {}
        named |= {"partly_refused": len(self.refused_parts)} if self.refused_parts else {}
        return (
            named
            | {"refused": len(self.refused), "plates_held": len(self.held)}
            | {"wells_held": sum(each.well_count for each in self.held_wells)}
            | {f"patients_{k}": v for k, v in self.groups.items()}
        )

    def as_json(self) -> dict[str, Any]:
        """For programs: the fields of this class."""
        return asdict(self) | {"seconds": {name: round(value, 3) for name, value in self.seconds.items()}}


def summarise(night: Night, walked: Walked[Reported], closing: Closing) -> Outcome:
    """Count what happened."""
    came, plates = walked.stage, walked.stage.plates
    verdicts = _verdicts(night, plates)
    new = sum(plate.is_new for plate in plates)
    return Outcome(
        night_id=night.night_id,
        state=_state(night, came),
        plates_loaded=new,
        plates_recomputed=len(plates) - new + came.due.reselected,
        plates_known=came.due.known,
        plates_superseded=len({run_id for plate in plates for run_id in plate.superseded}),
        refused=tuple(
            RefusedFile(r.kind, r.name, without_cells(str(r.error)), f"{r.kind}/{r.name}" in closing.moved, r.file_id)
            for r in came.told.refusals
        ),
        analytes_passed=verdicts["pass"],
        analytes_warned=verdicts["warn"],
        analytes_failed=verdicts["fail"],
        analytes_held=verdicts["held"],
        groups=_groups(came.scores.score),
        cutoff_set=night.site.file.score.cutoff_set,
        imported=dict(came.imports.stored),
        clinical_known=came.imports.known,
        notes=tuple(map(without_cells, came.told.notes + closing.notes)),
        alarms=tuple(trend_alarm(row) for row in came.alarms),
        report_index=_text(came.index),
        database=_text(came.release),
        seconds=walked.seconds,
        held=held_plates(night),
        held_wells=tuple(
            HeldWells(**row | {"reason": without_cells(row["reason"])}) for row in warehouse.held_wells(night.con)
        ),
        refused_parts=tuple(
            PartlyRefused(p.kind, p.name, without_cells(" ".join(filter(None, (p.sentence, p.trouble)))), p.own)
            for p in came.told.parts
        ),
        open_items=_open(night),
    )


def told_of_lake(outcome: Outcome, lake: InLake | None) -> Outcome:
    """The outcome with what became of the lake, which follows when all else of a night is done; the sentence of a trouble is a note too."""
    notes = (lake.trouble,) if lake is not None and lake.trouble else ()
    return replace(outcome, lake=lake, notes=outcome.notes + notes)


def _open(night: Night) -> tuple[OpenItem, ...]:
    """What waits for a person, without cells of files: a terminal's words can go to a log. `pbis status` names them."""
    return tuple(map(_without_names, linked(items_of(night), night.site.root)))


def _without_names(item: OpenItem) -> OpenItem:
    shown = replace(item, what=without_cells(item.what))
    if item.object_kind not in OF_CELLS:
        return shown
    plate = None if item.plate == item.object_key else item.plate
    return replace(shown, object_key=called(item.object_kind, item.object_key), plate=plate, command=None)


def _state(night: Night, came: Reported) -> str:
    if night.options.is_dry_run:
        return "dry_run"
    if came.told.refusals or came.told.parts:
        return "done_with_refusals"
    if any(row["is_new"] for row in came.alarms):
        return "done_with_alarms"
    return "nothing_new" if came.scores.is_current else "done"


def trend_alarm(row: dict[str, Any]) -> TrendAlarm:
    """A row of warehouse.trend_alarms for people."""
    same = ("plate", "analyte", "lot", "rule", "message", "action", "is_new")
    return TrendAlarm(**{name: row[name] for name in same}, takes=row["effect"] == "fail_analyte")


def _verdicts(night: Night, plates: Iterable[LoadedPlate]) -> Counter[str]:
    """Tonight's analyte x plate by state as the warehouse has it after the trends, which page and SQL show too."""
    return Counter(warehouse.analyte_states(night.con, [plate.assay_id for plate in plates]))


def _groups(score: pa.Table) -> dict[str, int]:
    """Patients by group under the set that the site reports; all four groups, also where a count is zero."""
    mine = score.filter(score.column("is_site_set")).column("group").to_pylist()
    counted = Counter(mine)
    return {group: counted[group] for group in GROUPS}


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
