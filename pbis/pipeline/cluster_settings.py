"""Dask's settings, made before its `distributed` is imported: no log, no page, nothing spilled to a disk."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

_SETTINGS = {
    "logging": {"distributed": "critical", "distributed.client": "critical"},  # a log quotes what tasks were given
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    # Nobody looks at where workers were at: a sample of it each 10 ms, and a look at the clock each 20, take 2.5 % of a core of each process.
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500ms",
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.admin.large-graph-warning-threshold": "1 GB",  # a shard of packed plates goes along with its task
    "distributed.comm.timeouts.connect": "30s",
}
# Dask's own has the C library give back each 64 kB at once, by which a worker fits curves at two thirds of its speed: workers give back by
# themselves. Set once the package is there, which would fill in again what is left out.
_ENVIRONMENT = {
    "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "MKL_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1}
}


def distributed() -> Any:
    """The package, settled; its own constructors are untyped. Processes that it starts inherit the settings."""
    config = importlib.import_module("dask").config
    config.set(_SETTINGS)
    package = importlib.import_module("distributed")
    config.set(_ENVIRONMENT)
    return package


def scratch_in(folder: Path) -> None:
    """Let schedulers, too, which are told no folder, put theirs in here: they would leave one in /tmp that anybody may have made before them, and
    each process looks for modules in its own."""
    importlib.import_module("dask").config.set({"temporary-directory": str(folder)})
