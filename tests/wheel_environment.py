"""Environments as `pip install` would make them, without a network: a new venv, the wheel, and links to what it needs.

What it needs is read from the wheel's own metadata and followed through the metadata of what is installed here, so that a
package which nothing asks for is not there.
"""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
_PATIENCE_S = 240  # a night on a machine with several times more to do than it can took 35


@dataclass(frozen=True)
class Environment:
    """A venv outside the tree; packages: canonical names of what is installed beside the wheel."""

    root: Path
    packages: frozenset[str]

    def run(self, *words: object, folder: Path, command: str = "pbis") -> subprocess.CompletedProcess[str]:
        """Run a command of the environment in a folder, with nothing inherited that could lead back to this checkout."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PBIS"))}
        call = [str(self.root / "bin" / command), *map(str, words)]
        return subprocess.run(
            call, cwd=folder, env=clean, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )


def build_wheel(folder: Path, tree: Path = ROOT) -> Path:
    """The wheel of the project, or of a tree of it that is no checkout, built with the build backend that is installed here."""
    call = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(call, cwd=tree, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


def environment(root: Path, wheel: Path, extra: str = "") -> Environment:
    """A venv with the wheel and, as links, the packages that the wheel with this extra asks for."""
    venv.create(root, with_pip=False, symlinks=True)
    packages = frozenset(_closure(wheel, extra))
    site = root / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    for name in packages:
        for top in _tops(name):
            link = site / top.name
            if not link.exists():
                link.symlink_to(top)
    uv = Path(sys.executable).with_name("uv")
    call = [uv, "pip", "install", "-q", "--offline", "--no-deps", "--python", root / "bin" / "python", wheel]
    subprocess.run(call, check=True, capture_output=True)
    return Environment(root, packages)


def _closure(wheel: Path, extra: str) -> set[str]:
    found: set[str] = set()
    waiting = [(text, extra) for text in _asked_for(wheel)]
    done: set[tuple[str, str]] = set()
    while waiting:
        text, wanted = waiting.pop()
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": wanted}):
            continue
        name = canonicalize_name(requirement.name)
        found.add(name)
        for each in ("", *requirement.extras):
            if (name, each) not in done:
                done.add((name, each))
                waiting += [(below, each) for below in importlib.metadata.requires(name) or ()]
    return found


def _asked_for(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith(".dist-info/METADATA")]
        message = importlib.metadata.PathDistribution(zipfile.Path(archive, name.rpartition("/")[0] + "/")).metadata
        return message.get_all("Requires-Dist") or []


def _tops(name: str) -> Iterator[Path]:
    """What a package put into site-packages: its top folders and files."""
    distribution = importlib.metadata.distribution(name)
    base = Path(str(distribution.locate_file("")))
    for top in {path.parts[0] for path in distribution.files or () if path.parts[0] not in ("..", "__pycache__")}:
        yield base / top
