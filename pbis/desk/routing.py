"""What a line of the table of routes is, and what an endpoint may ask for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, Request

from pbis.desk.door import Door
from pbis.desk.people import Permission, Person
from pbis.desk.provider import Provider
from pbis.desk.sessions import Sessions
from pbis.desk.waiting import Waiting
from pbis.desk.work import Compute, WorkQueue
from pbis.pipeline.at_once import compute_now


@dataclass(frozen=True)
class Route:
    """A line of the table: who may call what. endpoint: a function of FastAPI, which takes `DeskHere`, `PersonHere` and forms."""

    method: str
    path: str
    permission: Permission
    endpoint: Callable[..., Any]


@dataclass(frozen=True)
class DeskSite:
    """What every request shares. root: the site's folder; clock: in UTC; door: by which addresses it is reached; provider: who signs
    people in elsewhere, None where nobody does; compute: how what was decided is computed."""

    root: Path
    sessions: Sessions
    clock: Callable[[], datetime]
    door: Door = field(default_factory=Door)
    provider: Provider | None = None
    compute: Compute = compute_now

    @cached_property
    def work(self) -> WorkQueue:
        """What is to be computed, in its order."""
        return WorkQueue(self.root, self.clock, self.compute)

    @cached_property
    def waiting(self) -> Waiting:
        """What waits for a person."""
        return Waiting(self.root, self.work)


def _desk(request: Request) -> DeskSite:
    found: DeskSite = request.app.state.desk
    return found


def _person(request: Request) -> Person:
    """Who calls; the guard of the route has put it there, so that an open route has nobody."""
    found: Person = request.state.person
    return found


DeskHere = Annotated[DeskSite, Depends(_desk)]
PersonHere = Annotated[Person, Depends(_person)]
