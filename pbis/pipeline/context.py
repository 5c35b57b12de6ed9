"""What every step of a night is given: its site, options, settings, clock and connection; read-only for all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Protocol

import msgspec

from expectations import Suite
from pbis.config import Site
from pbis.core.decision import Decision
from pbis.core.plates.panel import AliasTable, Panel
from pbis.core.scoring.cutoffs import CutoffSet
from pbis.core.tolerances import Tolerances
from pbis.core.withdrawn import Withdrawn
from pbis.labs import LabsMap
from pbis.pipeline.crew import Crew
from pbis.pipeline.lock import OF_A_NIGHT, Turn
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
class AcceptedFall:
    """A person lets a release show less than the one before it: of each kind at most so many that no cause explains."""

    at_most: int
    author: str
    reason: str


@dataclass(frozen=True)
class NightOptions:
    """since: leave older files alone; only: take these inbox files; is_dry_run: look, decide, change nothing; accept_fall: a fall
    that may pass, entered in the decision log; replayed: the name of a night of another site that is run again (pbis rebuild): it
    bears that name, and what falls is told and stops nothing; decisions: how many events of the log such a night saw, None for all;
    is_small: computes what decisions changed (recomputing.py), and of the inbox takes what `only` names and nothing else; turn: at the lock."""

    since: datetime | None = None
    only: frozenset[str] = frozenset()
    is_dry_run: bool = False
    accept_fall: AcceptedFall | None = None
    replayed: str | None = None
    decisions: int | None = None
    is_small: bool = False
    turn: Turn = OF_A_NIGHT

    @property
    def takes_all(self) -> bool:
        """Nothing of the inbox is left for a later night."""
        return not (self.is_small or self.only or self.since)

    @property
    def is_told(self) -> bool:
        """People hear how it ended: not of what is only tried, computed beside the nights or run again."""
        return not (self.is_dry_run or self.is_small or self.replayed)


@dataclass(frozen=True)
class Settings:
    """What every step of a night shares and nothing changes: data files read once."""

    panels: tuple[Panel, ...]
    aliases: AliasTable
    suite: Suite
    cutoff_sets: tuple[CutoffSet, ...]
    tolerances: Tolerances
    labs_map: LabsMap

    @property
    def suite_hash(self) -> str:
        return self.suite.hash

    @cached_property
    def _panel_hashes(self) -> dict[str | None, str]:
        return {panel.name if panel else None: self._hashed(panel) for panel in (None, *self.panels)}

    def panel_hash(self, panel: Panel | None) -> str:
        """sha256 over a kit's panel and the names of analytes: another kit of the site changes no plate of this one."""
        return self._panel_hashes[panel.name if panel else None]

    def _hashed(self, panel: Panel | None) -> str:
        content = [asdict(panel) if panel else None, sorted(self.aliases.canonical_by_spelling.items())]
        return hashlib.sha256(msgspec.json.encode(content)).hexdigest()


class Bench(Protocol):
    """What a plate is read and computed with; a process that has no warehouse has it too (pbis.pipeline.worker)."""

    @property
    def site(self) -> Site: ...

    @property
    def settings(self) -> Settings: ...

    @property
    def options(self) -> NightOptions: ...

    @property
    def decisions(self) -> dict[str, tuple[Decision, ...]]: ...

    @property
    def archive(self) -> Path: ...


@dataclass(frozen=True)
class Night:
    """What never changes while a night runs; what the steps make is in their stages. Only loads write through the connection. One
    exception: the words of decisions that name a subject who withdrew are blanked here too, so that no finding says them again.

    loaded_before: (kind, file_id) of what the warehouse held when the night began; decisions: standing, by content of the plate;
    opening: what was said while the night was opened; withdrawn: who has withdrawn consent, as the whole log says; crew: processes that
    help it, none where it works alone; supposed: the whole log as it would be, of a night that is only supposed; None where it is the site's.
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
    decisions: dict[str, tuple[Decision, ...]]
    opening: Told
    withdrawn: Withdrawn = field(default_factory=Withdrawn)
    crew: Crew = field(default_factory=Crew)
    supposed: tuple[Decision, ...] | None = None

    @property
    def archive(self) -> Path:
        return self.site.path("archive")

    @property
    def warehouse(self) -> Path:
        return self.site.path("warehouse")
