"""Runs a night on a site and kills its own process with SIGKILL at a named point; started by test_night.py.

python killed_night.py SITE POINT
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


if __name__ == "__main__":
    arm(sys.argv[2])
    nights.run_plain(load_site(Path(sys.argv[1])), NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))
