"""What one night knows: its site, its options, what it has read so far, and what it will report."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

import warehouse
from pbis.config import Site
from pbis.core.curves.assay import AssayFrames
from pbis.core.decision import Decision
from pbis.core.errors import InputRefused
from pbis.core.plates.panel import AliasTable, Panel
from pbis.core.plates.plate import PlateRead
from pbis.core.scoring.cutoffs import CutoffSet
from pbis.core.verdicts.roll_up import Verdicts
from pbis.pipeline.inbox import Arrival, Inbox, Refusal

if TYPE_CHECKING:
    from expectations import Suite  # its package needs the extra for nights, which reading one plate does not


class Teller(Protocol):
    """Whoever shows progress: a terminal, a log, nobody."""

    def step(self, name: str, total: int) -> None: ...

    def advance(self, count: int = 1) -> None: ...


class Silent:
    """Shows nothing."""

    def step(self, name: str, total: int) -> None:
        """Begin a step silently."""

    def advance(self, count: int = 1) -> None:
        """Advance silently."""


@dataclass(frozen=True)
class NightOptions:
    """since: leave older files alone; only: take these inbox files; is_dry_run: look, decide, change nothing."""

    since: datetime | None = None
    only: frozenset[str] = frozenset()
    is_dry_run: bool = False


@dataclass(frozen=True)
class PlateJob:
    """A plate to be assayed tonight: new in the inbox, or archived and due again because something under it changed."""

    run_id: str
    name: str
    archived: Path
    arrival: Arrival | None


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

    @property
    def used(self) -> PlateRead:
        """What is computed from; `read` is what the export says alone, and what is stored of it."""
        return self.told or self.read


@dataclass(frozen=True)
class Settings:
    """What every step of a night shares and nothing changes: data files read once."""

    panel: Panel | None
    aliases: AliasTable
    suite: Suite
    panel_hash: str
    cutoff_sets: tuple[CutoffSet, ...]

    @property
    def suite_hash(self) -> str:
        return self.suite.hash


@dataclass
class Night:
    """The state of a running night; steps fill it in their order, and only the load steps write to the warehouse."""

    site: Site
    options: NightOptions
    night_id: str
    started_at: datetime
    clock: Callable[[], datetime]
    teller: Teller
    settings: Settings
    con: warehouse.Connection
    loaded_before: frozenset[tuple[str, str]] = frozenset()  # (kind, file_id) of what the warehouse held when it began
    decisions: dict[str, tuple[Decision, ...]] = field(default_factory=dict)  # standing, by content of the plate
    inbox: Inbox = field(default_factory=lambda: Inbox((), ()))
    plates: list[ReadPlate] = field(default_factory=list)
    frames: AssayFrames | None = None
    finding: pa.Table | None = None
    judged: pa.Table | None = None
    verdicts: Verdicts | None = None
    trend_point: pa.Table | None = None
    loaded: list[str] = field(default_factory=list)
    known: list[str] = field(default_factory=list)
    known_clinical: list[str] = field(default_factory=list)
    reselected: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    left_behind: set[Path] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    basis: str = ""
    is_current: bool = False
    score: pa.Table | None = None
    component: pa.Table | None = None
    score_input: pa.Table | None = None
    superseded: list[str] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    not_moved: list[str] = field(default_factory=list)  # refused files that could not be moved to quarantine
    alarms: list[dict[str, Any]] = field(default_factory=list)  # of trends, as they stand tonight
    imported: dict[str, int] = field(default_factory=dict)
    written: Path | None = None  # the database of tonight's release, once it is in place
    release: Path | None = None
    index: Path | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    def refuse(self, job: PlateJob, error: InputRefused) -> None:
        """A new file goes to quarantine with the reason; of an archived one the earlier results stand, and a note says so."""
        if job.arrival is not None:
            self.refusals.append(Refusal("plates", job.arrival.path, job.name, error, job.run_id))
        else:
            self.notes.append(f"{job.name}: could not be computed anew, its earlier results stand: {error}")

    @property
    def archive(self) -> Path:
        return self.site.path("archive")

    @property
    def warehouse(self) -> Path:
        return self.site.path("warehouse")

    @contextmanager
    def timed(self, hop: str) -> Iterator[None]:
        """Add the wall seconds of the block to the hop's total."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[hop] = self.seconds.get(hop, 0.0) + time.perf_counter() - begun
