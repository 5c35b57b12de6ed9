"""What a night costs does not grow with the archive: proven on 5,000 plates by `make prove growth` (hours; PBIS_GROWTH=1000 for fewer)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench" / "growth.py"


@pytest.mark.prove
def test_growth_of_a_night_with_its_archive() -> None:
    """A night of 20 plates on the archive costs at most 1.3 times what it costs on 20 plates."""
    size = os.environ.get("PBIS_GROWTH", "5000")
    done = subprocess.run([sys.executable, BENCH, "20", size, "--goal", "1.3"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
