"""What each step of a night hands to the next: values that are whole from the moment they are made and never change.

A plate goes through them: a job, read, assayed with the others of its shard, judged, loaded. What a night has to say to people
(`Told`) and how many files it knew go along; nothing is empty because its step is still to come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from pbis.core.curves.assay import AssayFrames
from pbis.core.decision import Decision
from pbis.core.errors import InputRefused
from pbis.core.plates.panel import Panel
from pbis.core.plates.plate import PlateRead
from pbis.core.trends.state import TrendState
from pbis.core.verdicts.roll_up import Verdicts
from pbis.pipeline.inbox import Arrival, Inbox, Refusal, RefusedPart
from pbis.pipeline.packed import PackedAway
from warehouse import ClosedWords, Named


@dataclass(frozen=True)
class Blocked:
    """A plate whose earlier results stand because its lot sheet, as it is now, contradicts it."""

    run_id: str
    name: str
    message: str


@dataclass(frozen=True)
class Told:
    """What people are to know: notes, what was refused, of which files only a part was, and which plates their lot sheets keep from being
    computed anew; each in the order in which it was found."""

    notes: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    parts: tuple[RefusedPart, ...] = ()
    blocked: tuple[Blocked, ...] = ()

    def __add__(self, later: Told) -> Told:
        return Told(
            self.notes + later.notes,
            self.refusals + later.refusals,
            self.parts + later.parts,
            self.blocked + later.blocked,
        )


def together(told: Iterable[Told]) -> Told:
    """All of it in its order."""
    return sum(told, Told())


@dataclass(frozen=True)
class PlateJob:
    """A plate to be assayed tonight: new in the inbox, or archived and due again because something under it changed."""

    run_id: str
    name: str
    archived: Path
    arrival: Arrival | None

    @property
    def short_name(self) -> str:
        """For tasks: names of batches and files can hold names of people (see flows)."""
        return self.run_id[:12]

    def refused(self, error: InputRefused, *, by_sheet: bool = False) -> Told:
        """A new file goes to quarantine with the reason; of an archived one the earlier results stand, and a note says so. by_sheet: it is
        the lot sheet that contradicts it."""
        if self.arrival is not None:
            return Told(refusals=(Refusal("plates", self.arrival.path, self.name, error, self.run_id),))
        notes = (f"{self.name}: could not be computed anew, its earlier results stand: {error}",)
        return Told(notes, blocked=(Blocked(self.run_id, self.name, str(error)),) if by_sheet else ())


@dataclass(frozen=True)
class ReadPlate:
    """A job with its export read, its wells' roles known and its assay named."""

    job: PlateJob
    assay_id: str
    read: PlateRead
    well: pa.Table
    layout_file_id: str | None
    warnings: tuple[tuple[str, str], ...]
    lot_sheet_file_id: str | None = None
    told: PlateRead | None = None  # the read with its kit's lot sheet, where there is one
    decisions: tuple[Decision, ...] = ()  # those that stand about it
    panel: Panel | None = None  # the kit that it is of; None where the site names none
    named: Named | None = None  # what its readings are called, where that is known already

    @property
    def used(self) -> PlateRead:
        """What is computed from; `read` is what the export says alone, and what is stored of it."""
        return self.told or self.read


@dataclass(frozen=True)
class Identity:
    """A plate as far as it can be mistaken for another. key: of the reading (warehouse.plate_key); readings: names of its readings,
    plate by plate."""

    file_name: str
    plate: str
    key: str
    readings: frozenset[str]


@dataclass(frozen=True)
class WaitingPlate:
    """A plate that was read, until its shard's turn: what must be known of it before, and the rest packed away. order: of loading."""

    job: PlateJob
    order: tuple[str, bool, str]
    identity: Identity
    has_layout: bool
    panel: Panel | None
    packed: PackedAway[ReadPlate]

    def unpacked(self) -> ReadPlate:
        """The plate, with the kit that all plates of the night share."""
        return replace(self.packed.unpacked(), job=self.job, panel=self.panel)


@dataclass(frozen=True)
class LoadedPlate:
    """A plate that is safe in the warehouse, and what the night still says of it. superseded: runs that it replaced."""

    run_id: str
    assay_id: str
    is_new: bool
    warnings: tuple[tuple[str, str], ...]
    superseded: tuple[str, ...]


@dataclass(frozen=True)
class Due:
    """Plates to work on. known: arrivals that are stored already; reselected: stored assays that stand again; told: about the rest."""

    jobs: tuple[PlateJob, ...]
    known: int
    reselected: int
    told: Told


@dataclass(frozen=True)
class Imports:
    """Clinical files. stored: kind -> files of which rows were stored tonight; known: arrivals that came before; told: about the rest."""

    stored: Mapping[str, int]
    known: int
    told: Told


@dataclass(frozen=True)
class Scores:
    """Tonight's scores and what they rest on (scoring.basis). is_current: the newest release rests on the same."""

    basis: str
    is_current: bool
    score: pa.Table
    component: pa.Table


@dataclass(frozen=True)
class Begun:
    """The night is open. told: all that was said up to this stage, as in every later one."""

    told: Told


@dataclass(frozen=True)
class Collected(Begun):
    """What lies in the inbox is known."""

    inbox: Inbox


@dataclass(frozen=True)
class Imported(Collected):
    """Clinical files are in the warehouse."""

    imports: Imports


@dataclass(frozen=True)
class Read(Imported):
    """Plates are read, or refused; those that can be told apart wait, in the order of loading, for the steps that they take in shards."""

    due: Due
    plates: tuple[WaitingPlate, ...]


@dataclass(frozen=True)
class Assayed(Imported):
    """Plates of a shard with their curves."""

    due: Due
    plates: tuple[ReadPlate, ...]
    frames: AssayFrames


@dataclass(frozen=True)
class Judged(Assayed):
    """Plates with what rules and people found. judged: what the rules looked at; trend_point: what later plates are held against;
    plate_place: how their samples lean."""

    finding: pa.Table
    judged: pa.Table
    verdicts: Verdicts
    trend_point: pa.Table
    plate_place: pa.Table


@dataclass(frozen=True)
class Loaded(Imported):
    """Plates are in the warehouse; their frames are let go."""

    due: Due
    plates: tuple[LoadedPlate, ...]


@dataclass(frozen=True)
class Followed(Loaded):
    """All that stands was held against its history. alarms: rows of warehouse.trend_alarms, as they stand tonight; followed: all
    series, None where nothing changed since they were followed, so that nobody did it tonight."""

    alarms: tuple[dict[str, Any], ...]
    followed: TrendState | None


@dataclass(frozen=True)
class Scored(Followed):
    """Patients are scored."""

    scores: Scores


@dataclass(frozen=True)
class Published(Scored):
    """release: the database that people are led to; None in a dry run, which publishes nothing. words: what release and open pages
    call cells that name something unknown; found when it is first asked, once for all of them."""

    release: Path | None
    words: Callable[[], ClosedWords]


@dataclass(frozen=True)
class Reported(Published):
    """index: the page that people open in the morning; None in a dry run, which writes none."""

    index: Path | None
