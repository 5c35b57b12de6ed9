"""A folder of the same name as one of our packages: the command takes its own; everyone else is told which folder it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pbis.packages import OWN
from pbis.pipeline.new_site import write_site

COMMAND = Path(sys.executable).with_name("pbis")
WAYS = {"pbis": [str(COMMAND)], "python -m pbis": [sys.executable, "-m", "pbis"]}


def _folder_with(path: Path, *names: str) -> Path:
    for name in names:
        (path / name).mkdir(parents=True)
        (path / name / "__init__.py").write_text("mine = 1\n")
    return path


def _run(folder: Path, call: list[str], python_path: str = "") -> subprocess.CompletedProcess[str]:
    inherited = os.environ.get("PYTHONPATH", "")
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [python_path, inherited]))}
    return subprocess.run(call, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("python_path", ["", "."], ids=["as it is", "folder on PYTHONPATH"])
@pytest.mark.parametrize("way", WAYS)
def test_a_night_works_in_a_folder_with_packages_of_our_names(way: str, python_path: str, tmp_path: Path) -> None:
    folder = _folder_with(tmp_path, *OWN)
    write_site(tmp_path / "site", name="a", cutoff_set="pbis-2025-il2-pgml")
    done = _run(folder, [*WAYS[way], "night", "--site", "site", "--engine", "plain", "--dry-run"], python_path)
    assert done.returncode == 0, done.stderr
    assert "dry run" in done.stdout


@pytest.mark.parametrize("name", OWN)
def test_a_program_that_has_loaded_another_package_of_our_name_is_told_which(name: str, tmp_path: Path) -> None:
    folder = _folder_with(tmp_path, name)
    code = f"import sys; sys.path.insert(0, '.'); import {name}; from pbis.cli import main; main()"
    done = _run(folder, [sys.executable, "-c", code, "read", "nowhere.csv"])
    assert done.returncode == 4, done.stderr
    assert str(folder / name) in done.stderr
    assert repr(name) in done.stderr
    assert "another folder" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_worker_that_loads_the_flow_beside_a_package_of_our_name_is_told_which(tmp_path: Path) -> None:
    folder = _folder_with(tmp_path, "warehouse")
    done = _run(folder, [sys.executable, "-c", "import flows.night"], ".")
    assert "pbis.core.errors.ConfigError" in done.stderr
    assert str(folder / "warehouse") in done.stderr
    assert "'warehouse'" in done.stderr


def test_a_single_file_hides_a_package_too(tmp_path: Path) -> None:
    (tmp_path / "warehouse.py").write_text("mine = 1\n")
    code = "from pbis.packages import require_own; require_own('warehouse')"
    done = _run(tmp_path, [sys.executable, "-c", code])
    assert "warehouse.py hides the package 'warehouse'" in done.stderr
