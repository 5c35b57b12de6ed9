"""Dask's settings, made before its `distributed` is imported: no log, no page, nothing spilled to a disk."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

_SETTINGS = {
    "logging": {"distributed": "critical", "distributed.client": "critical"},  # a log quotes what tasks were given
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.admin.large-graph-warning-threshold": "1 GB",  # a shard of packed plates goes along with its task
    "distributed.comm.timeouts.connect": "30s",
}


def distributed() -> Any:
    """The package, settled; its own constructors are untyped. Processes that it starts inherit the settings."""
    importlib.import_module("dask").config.set(_SETTINGS)
    return importlib.import_module("distributed")


def scratch_in(folder: Path) -> None:
    """Let schedulers, too, which are told no folder, put theirs in here: they would leave one in /tmp that anybody may have made before them, and
    each process looks for modules in its own."""
    importlib.import_module("dask").config.set({"temporary-directory": str(folder)})
