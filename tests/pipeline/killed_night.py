"""Runs nights on sites and kills each at a named point with SIGKILL; started once a test process, by the fixture `killed`.

It imports everything once, then forks for each line `SITE<tab>POINT` that it reads, and answers with the child's status: what
a night imports costs more than a night of two plates.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import warehouse.load
from pbis.config import load_site
from pbis.files import table_out as tabular
from pbis.pipeline import night as nights
from pbis.pipeline import reporting
from pbis.pipeline.context import NightOptions, Silent


def die(*_: Any, **__: Any) -> None:
    """Stop this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def before(module: Any, name: str, calls: int = 1) -> None:
    """Let the function of the module kill the process at its n-th call, before it does anything."""
    original: Callable[..., Any] = getattr(module, name)
    seen = [0]

    def deadly(*args: Any, **kwargs: Any) -> Any:
        seen[0] += 1
        return die() if seen[0] == calls else original(*args, **kwargs)

    setattr(module, name, deadly)


def arm(point: str) -> None:
    """Make the process die at the point."""
    if point == "in_transaction":
        before(warehouse.load, "append", calls=20)
    elif point == "between_plates":
        before(nights, "load_plate", calls=2)
    elif point == "in_publish":
        before(importlib.import_module("warehouse.publish"), "_switch")
    elif point == "close":
        before(nights, "close_night")
    elif point == "between_pages":
        before(reporting, "write_page", calls=2)
    elif point == "before_index":
        before(reporting, "write_index")
    elif point in ("in_page", "in_index"):
        _write_half(point)
    elif point == "in_inbox":
        before(nights, "release", calls=3)
    else:
        _arm_step(point)


def _write_half(point: str) -> None:
    """Die in the middle of writing a page of a plate, or the index."""
    original = reporting.write_whole

    def deadly(path: Path, text: str) -> None:
        if (path.name == "index.html") == (point == "in_index"):
            path.parent.mkdir(parents=True, exist_ok=True)
            tabular.os.fsync = die
        original(path, text)

    reporting.write_whole = deadly


def _arm_step(point: str) -> None:
    original = nights.plan

    def plan() -> nights.Plan[Any, Any]:
        doomed: nights.Work[Any, Any] = nights.Work([nights.Part("die", die)], lambda made: None)
        steps = original().steps
        return nights.Plan(
            tuple(nights.Step(s.name, s.title, lambda *_: doomed) if s.name == point else s for s in steps)
        )

    nights.plan = plan


def run(root: Path, point: str) -> None:
    """One night that does not come to its end."""
    arm(point)
    nights.run_plain(load_site(root), NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))


def serve() -> None:
    """Answer each line with the status of the night that was run for it: minus the signal, or an exit code."""
    importlib.import_module("expectations._gx")  # heavy, and imported late by a night
    for line in sys.stdin:
        root, point = line.rstrip("\n").split("\t")
        child = os.fork()
        if child == 0:
            run(Path(root), point)
            os._exit(0)  # it reached its end, which no test expects
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    serve()
