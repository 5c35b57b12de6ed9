"""What a night costs does not grow with the archive: proven on 5,000 plates by `make prove growth` (hours; PBIS_GROWTH=1000 for fewer).

PBIS_GROWTH_FOLDER=DIR keeps archive and figures there, so that a run that was stopped goes on, and a larger one begins where a smaller ended.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

BENCH = Path(__file__).resolve().parents[2] / "bench" / "growth.py"
SIZES = (20, 120, 300, 500, 1000, 2000, 5000)  # plates: as many of them as are not larger than what is asked for


@pytest.mark.prove
@pytest.mark.timeout(0)
def test_growth_of_a_night_with_its_archive() -> None:
    """A night of 20 plates on the archive costs at most 1.3 times what it costs on 20 plates."""
    largest = int(os.environ.get("PBIS_GROWTH", "5000"))
    kept = os.environ.get("PBIS_GROWTH_FOLDER")
    sizes = sorted({*(size for size in SIZES if size < largest), largest})
    folder = ["--kept", kept] if kept else []
    done = subprocess.run(
        [sys.executable, BENCH, *map(str, sizes), "--goal", "1.3", *folder], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(name="growth")
def growth_bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """bench/growth.py, which finds bench/night.py beside it."""
    monkeypatch.syspath_prepend(str(BENCH.parent))
    spec = importlib.util.spec_from_file_location("growth", BENCH)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_stopped_run_goes_on_from_its_last_whole_night(
    growth: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nights that only move files stand for real ones: what is tested is what is taken up, and what is thrown away."""
    told: list[tuple[str, int]] = []
    one = growth.Night(cpu=1.0, wall=1.0, peak=1.0, disk=1.0, hops={})

    def moved(build: Path, root: Path, new: Any = ()) -> Any:
        told.append((root.name, len(new)))
        for path in new:
            target = root / "archive" / "plates" / "00" / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(b"")
        if len(told) == stop_at:
            raise KeyboardInterrupt
        return replace(one, cpu=float(len(told)))

    monkeypatch.setattr(growth, "night", moved)
    monkeypatch.setattr(growth, "new_site", lambda build, root: root.mkdir(parents=True))
    exports = [tmp_path / f"{number:03d}.csv" for number in range(250)]
    stop_at = 4  # in the night that makes 120 plates of 20
    with pytest.raises(KeyboardInterrupt):
        growth.nights_on(tmp_path, tmp_path / "kept", exports, (20, 60, 120), 20, 100)
    assert told == [("archive", 20), ("copy", 20), ("archive", 40), ("copy", 20)]
    told.clear()
    stop_at = 3
    with pytest.raises(KeyboardInterrupt):
        growth.nights_on(tmp_path, tmp_path / "kept", exports, (20, 60, 120), 20, 100)
    assert told == [("archive", 0), ("copy", 20), ("archive", 60)]  # what was cut off stands again: 60 plates
    told.clear()
    stop_at = 0
    found = growth.nights_on(tmp_path, tmp_path / "kept", exports, (20, 60, 120), 20, 40)
    assert told == [("archive", 0), ("archive", 40), ("archive", 20), ("copy", 20)]
    assert [night.cpu for night in found.values()] == [2.0, 2.0, 4.0]
    told.clear()
    assert growth.nights_on(tmp_path, tmp_path / "kept", exports, (20, 60, 120), 20, 100) == found
    assert told == [("archive", 0)]
