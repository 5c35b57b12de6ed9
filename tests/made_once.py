"""What costs seconds to make and is only read, or copied: made by the first process of a test run that asks, for all of them."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

Make = Callable[[Path], object]
Once = Callable[[str, Make], Path]


def once_of(factory: pytest.TempPathFactory) -> Once:
    """once(name, make): the folder of that name, filled by make(folder). The workers of a run share it, so nothing is written there
    afterwards: a site that a test opens is a copy."""
    base = factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return lambda name, make: made_once(base / "once", name, make)


def made_once(base: Path, name: str, make: Make) -> Path:
    """base/name, made whole or not at all: while one process makes it the others wait, and where it fails the next one tries."""
    base.mkdir(exist_ok=True)
    folder, done = base / name, base / f"{name}.done"
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            done.touch()
    return folder


def copied(folder: Path, to: Path) -> Path:
    """A copy that its owner may change; links of a site stay links."""
    return Path(shutil.copytree(folder, to, symlinks=True))
