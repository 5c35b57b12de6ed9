"""What workers of a Dask cluster run for a night (pbis.pipeline.cluster). They may be on other machines: they see no disk of the night's.

All that a piece of work needs goes along in bytes, and what it made comes back in bytes. A worker does a piece only if it would make the
same of it, to the last bit, as the process of the night: the same program, the same libraries, the same instructions of the processor.
"""

from __future__ import annotations

import hashlib
import importlib
import pickle
import platform
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from itertools import count
from pathlib import Path
from threading import Lock
from typing import Any

from distributed import WorkerPlugin

from pbis.packages import HOME
from pbis.pipeline import reading, reporting, shards  # noqa: F401  what workers are asked for, imported before they are
from pbis.pipeline.memory import LET_GO_EVERY, let_go
from pbis.pipeline.packed import PackedAway, packed
from pbis.report.plate import make_ready

_NUMBERS = ("numpy", "pyarrow", "pandas", "scipy", "duckdb", "msgspec", "jinja2", "python-calamine")
_SOURCES = ("pbis", "expectations", "warehouse")
_KINDS = (".py", ".toml", ".json", ".css", ".js", ".j2", ".sql")
_ONE_AT_A_TIME = (
    Lock()
)  # a worker of several threads: Python runs one of them anyway, and modules keep what they need once
_pieces = count(1)
_tools: dict[str, bytes] = {}  # packed, by the night that sent them


class Bringing(WorkerPlugin):
    """A plugin of Dask: every worker of the cluster, also one that joins later, gets the night's tools when it begins."""

    def __init__(self, night: str, tools: bytes) -> None:
        self.name = f"pbis-{night}"
        self.night, self.tools = night, tools

    def setup(self, worker: Any) -> None:
        """Called by Dask in each worker."""
        _tools[self.night] = self.tools
        make_ready()
        identity()

    def teardown(self, worker: Any) -> None:
        """Called by Dask when the night ends: nothing of it stays."""
        _tools.pop(self.night, None)
        _unpacked.cache_clear()


def ask(function: Any, given: Any) -> bytes:
    """A piece of work as `done` takes it."""
    return _small((function, given))


def done(night: str, like: str, asked: bytes) -> bytes:
    """What the task made, alone in a tuple; None where it raised, or where this worker is not `like` the night's process: the night does
    that piece itself, and tells why it cannot be done. No error goes back: what it quotes must not lie in a log of the cluster."""
    try:
        if likeness() != like:
            return _small(None)
        with _ONE_AT_A_TIME:
            function, given = answer(asked)
            made = _small((function(_unpacked(night), given),))
            if next(_pieces) % LET_GO_EVERY == 0:
                let_go()
        return made
    except Exception:
        return _small(None)


def answer(data: bytes) -> Any:
    """What `ask` or `done` put into bytes."""
    value: PackedAway[bytes] = pickle.loads(data)
    return pickle.loads(value.unpacked())


def _small(value: Any) -> bytes:
    return pickle.dumps(PackedAway.of(packed(value)), pickle.HIGHEST_PROTOCOL)


@cache
def _unpacked(night: str) -> Any:
    return pickle.loads(_tools[night])


def likeness() -> str:
    """One word for `identity`."""
    return hashlib.sha256(repr(identity()).encode()).hexdigest()


@cache
def identity() -> tuple[tuple[str, str], ...]:
    """What has to be equal in two processes so that they make the same of a plate: (what, which)."""
    return (
        ("program", _program()),
        ("Python", platform.python_version()),
        *((name, _version(name)) for name in _NUMBERS),
        ("C library", "-".join(platform.libc_ver())),
        ("processor", platform.machine()),
        ("instructions", _instructions()),
    )


def _program() -> str:
    """Hash of our own files, in their order: a version alone does not tell a checkout from another."""
    found = hashlib.sha256()
    for folder in _SOURCES:
        for path in sorted(path for path in (HOME / folder).rglob("*") if path.suffix in _KINDS):
            found.update(f"{path.relative_to(HOME)}\0".encode() + _bytes(path))
    return found.hexdigest()[:16]


def _bytes(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _instructions() -> str:
    """What numpy found the processor able to do: by it the last digit of a logarithm can be another."""
    features = importlib.import_module("numpy._core._multiarray_umath").__cpu_features__
    return " ".join(sorted(name for name, has in features.items() if has)) or sys.byteorder
