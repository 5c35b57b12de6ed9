"""What every step of a night is given: its site, options, settings, clock and connection; read-only for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from expectations import Suite
from pbis.config import Site
from pbis.core.decision import Decision
from pbis.core.plates.panel import AliasTable, Panel
from pbis.core.scoring.cutoffs import CutoffSet
from pbis.core.tolerances import Tolerances
from pbis.pipeline.stages import Told
from warehouse import Connection


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
class Settings:
    """What every step of a night shares and nothing changes: data files read once."""

    panel: Panel | None
    aliases: AliasTable
    suite: Suite
    panel_hash: str
    cutoff_sets: tuple[CutoffSet, ...]
    tolerances: Tolerances

    @property
    def suite_hash(self) -> str:
        return self.suite.hash


@dataclass(frozen=True)
class Night:
    """What never changes while a night runs; what the steps make is in their stages. Only loads write through the connection.

    loaded_before: (kind, file_id) of what the warehouse held when the night began; decisions: standing, by content of the plate;
    opening: what was said while the night was opened.
    """

    site: Site
    options: NightOptions
    night_id: str
    started_at: datetime
    clock: Callable[[], datetime]
    teller: Teller
    settings: Settings
    con: Connection
    loaded_before: frozenset[tuple[str, str]]
    decisions: Mapping[str, tuple[Decision, ...]]
    opening: Told

    @property
    def archive(self) -> Path:
        return self.site.path("archive")

    @property
    def warehouse(self) -> Path:
        return self.site.path("warehouse")
