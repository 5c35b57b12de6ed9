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
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import warehouse.load
from pbis.config import load_site
from pbis.files import table_out as tabular
from pbis.pipeline import night as nights
from pbis.pipeline import reporting, shards
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.walking import Part, Plan, Shards, Step, Work


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
        _one_plate_a_shard()
        before(warehouse, "load_plates", calls=2)
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


def _one_plate_a_shard() -> None:
    original = shards._cut
    shards._cut = lambda night, stage: [
        replace(shard, plates=(plate,)) for shard in original(night, stage) for plate in shard.plates
    ]


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

    def plan() -> Plan[Any, Any]:
        doomed: Work[Any, Any] = Work([Part("die", die)], lambda made: None)

        def armed(plan: Plan[Any, Any]) -> Plan[Any, Any]:
            return Plan(tuple(_armed(step) for step in plan.steps))

        def _armed(step: Step[Any, Any] | Shards[Any, Any]) -> Step[Any, Any] | Shards[Any, Any]:
            if isinstance(step, Shards):
                return replace(step, plan=armed(step.plan))
            return Step(step.name, step.title, lambda *_: doomed) if step.name == point else step

        return armed(original())

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
