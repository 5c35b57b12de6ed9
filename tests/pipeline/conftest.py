"""A simulated inbox, written once a process; tests copy the part of it that they need into a site of their own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from functools import partial
from pathlib import Path

import pytest
from forked_nights import Answer, Asked
from made_once import Once, copied
from small_site import write_small_site
from undisturbed import Begun, Forked, disturbed

from pbis.config import Site, load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import run_plain

PLATES = ("HCC7P_20250915_P01.csv", "HCC7P_20250916_P02.csv")


@pytest.fixture(scope="session")
def simulated(simulated_inbox: Path) -> Path:
    """inbox/ and truth/ of the simulated cohort."""
    return simulated_inbox


@pytest.fixture(scope="session")
def copy_site(simulated: Path, empty_warehouse: Path) -> Callable[..., Site]:
    """copy_site(root, plates=..., has_clinic=True) -> a site with these plates, their layouts and the clinical files."""
    return partial(_copy_site, simulated, empty_warehouse)


def _copy_site(
    simulated: Path, empty_warehouse: Path, root: Path, plates: tuple[str, ...] = PLATES, has_clinic: bool = True
) -> Site:
    """A site in `root` with these plates of the simulated inbox, its layouts and clinical files, before its first night."""
    write_site(root, name="a", time_zone="Asia/Shanghai", cutoff_set="pbis-2025-il2-pgml")
    (root / "warehouse").mkdir(mode=0o700)
    shutil.copy(empty_warehouse, root / "warehouse")
    (root / "warehouse" / empty_warehouse.name).chmod(0o600)
    text = (root / "site.toml").read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0")
    (root / "site.toml").write_text(text)
    for plate in plates:
        shutil.copy(simulated / "inbox" / "plates" / plate, root / "inbox" / "plates")
    if has_clinic:
        for kind in ("layouts", "specimens", "labs", "treatments", "linkage", "outcomes"):
            shutil.copytree(simulated / "inbox" / kind, root / "inbox" / kind, dirs_exist_ok=True)
    return load_site(root)


@pytest.fixture
def make_site(copy_site: Callable[..., Site], tmp_path: Path) -> Callable[..., Site]:
    """make_site(name, plates=..., has_clinic=True) -> copy_site into this test's own folder."""

    def make(name: str = "site", plates: tuple[str, ...] = PLATES, has_clinic: bool = True) -> Site:
        return copy_site(tmp_path / name, plates, has_clinic)

    return make


@pytest.fixture(scope="module")
def passable() -> Iterator[Path]:
    """A folder that other accounts can pass through, which those of pytest are not."""
    folder = Path(tempfile.mkdtemp(prefix="passable-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: datetime(2026, 1, 5, 3, 0)


@pytest.fixture(scope="session")
def finished(copy_site: Callable[..., Site], once: Once, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with one plate after its first night; to be read, or copied."""

    def make(folder: Path) -> None:
        site = copy_site(folder / "site", plates=PLATES[:1], has_clinic=False)
        run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))

    return copied(once("finished", make) / "site", tmp_path_factory.mktemp("finished") / "site")


@pytest.fixture(scope="session")
def good(copy_site: Callable[..., Site], once: Once, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with one plate and all clinical files after its first night; to be read."""

    def make(folder: Path) -> None:
        site = copy_site(folder / "site", PLATES[:1])
        run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))

    return load_site(copied(once("good", make) / "site", tmp_path_factory.mktemp("good") / "site"))


@pytest.fixture
def after_a_night(finished: Path, good: Site, tmp_path: Path) -> Callable[[bool], Site]:
    """after_a_night(has_clinic) -> a site of this test's own with the first plate, after its first night by the clock that stands still."""
    return lambda has_clinic: load_site(copied(good.root if has_clinic else finished, tmp_path / "site"))


@pytest.fixture(scope="session")
def killed() -> Iterator[Callable[[Site, str], int]]:
    """killed(site, point) -> exit status of a night on the site that is killed at the point (see killed_night.py)."""
    program = Path(__file__).with_name("killed_night.py")
    with subprocess.Popen(
        [sys.executable, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None

        def kill(site: Site, point: str) -> int:
            print(site.root, point, sep="\t", file=server.stdin, flush=True)
            return int(server.stdout.readline())

        yield kill
        server.stdin.close()


@pytest.fixture(scope="session")
def forked() -> Iterator[Forked]:
    """forked(asked) -> what became of a night in a fork of a warm process (see forked_nights.py)."""
    program = Path(__file__).parents[1] / "forked_nights.py"
    with subprocess.Popen(
        [sys.executable, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None

        def night(asked: Asked) -> Answer:
            print(json.dumps(asdict(asked)), file=server.stdin, flush=True)
            return Answer(**json.loads(server.stdout.readline()))

        yield night
        server.stdin.close()


@pytest.fixture(scope="session")
def first_night(forked: Forked, empty_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """A site of a small plate before its first night, in which a file and a line are refused, and what that night leaves."""
    site = write_small_site(tmp_path_factory.mktemp("first_night") / "site", 1)
    site.path("warehouse").parent.mkdir()
    shutil.copy(empty_warehouse, site.path("warehouse"))
    return disturbed(forked, site)
