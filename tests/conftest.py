"""What all tests share: the folder of real example files, where a checkout has it beside itself."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for partial_frames

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real files and reference values; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"no {SHARED}: real example files are not part of the project")
    return SHARED
