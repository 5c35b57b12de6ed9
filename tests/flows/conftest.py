"""Prefect's store, built once for all tests: its migrations cost more than a night."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from made_once import Once

_BUILD = """
import asyncio
import flows
from prefect.server.database import provide_database_interface
asyncio.run(provide_database_interface().create_db())
"""


def _build(folder: Path) -> None:
    environment = os.environ | {"PREFECT_HOME": str(folder)}
    subprocess.run([sys.executable, "-c", _BUILD], env=environment, check=True, timeout=250, capture_output=True)


@pytest.fixture(scope="session")
def prefect_store(once: Once) -> Path:
    """A new home of Prefect, to be copied to state/prefect of a site."""
    return once("prefect-store", _build)
