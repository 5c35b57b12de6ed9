"""A small site after its first night, and browsers of the desk that are signed in."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from desk_browser import Served, chromium_open, serving
from desk_elsewhere import provider_running
from desk_site import Clock, bare_desk, client_of, desk_of
from fastapi.testclient import TestClient
from made_once import Once
from open_dates import OPEN
from playwright.sync_api import Browser
from small_site import write_small_site

from pbis.config import load_site
from pbis.desk.app import build
from pbis.desk.people import Role
from pbis.desk.routing import DeskSite
from pbis.desk.work import WorkQueue
from pbis.pipeline import passwords
from pbis.pipeline.at_once import ComputedNow
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain, utc_clock
from pbis.simulate.open_work import plant

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


@pytest.fixture(scope="session")
def made_site(once: Once) -> Path:
    """A site of two plates after its first night; look, and do not touch."""

    def make(folder: Path) -> None:
        write_small_site(folder, plates=2)
        run_plain(load_site(folder), NightOptions(), Silent(), utc_clock)

    return once("desk_site", make)


# What waits on the site of waiting_site: all kinds that one night finds, but for those that are mended on the plate's own page.
WAITING = (
    "plate_without_layout", "barcode_without_specimen", "held_well", "twin", "file_in_quarantine", "lab_without_linkage",
    "work_expected", "layout_without_plate", "sheet_without_plate", "specimen_never_run", "patient_without_plate",
)  # fmt: skip


@pytest.fixture(scope="session")
def waiting_site(once: Once) -> Path:
    """A site on which one of each of these waits for a person, and a refused file whose dates can be read in two ways; look, and do not touch."""

    def make(folder: Path) -> None:
        write_small_site(folder, plates=1)
        plant(folder / "inbox", WAITING)
        text = (GOLDEN / "xponent_small.csv").read_text(encoding="utf-8")
        for before, after in OPEN:
            text = text.replace(before, after, 1)
        (folder / "inbox" / "plates" / "open_dates.csv").write_text(text, encoding="utf-8")
        run_plain(load_site(folder), NightOptions(), Silent(), utc_clock)

    return once("desk_waiting_site", make)


@pytest.fixture
def leave_to_the_night() -> Callable[[DeskSite], None]:
    """Let a desk compute nothing of what it is asked, where a test looks only at what it puts into the inbox or the log."""

    def leave(desk: DeskSite) -> None:
        desk.__dict__["work"] = WorkQueue(desk.root, desk.clock, lambda root, names, clock: ComputedNow("", ()))

    return leave


@pytest.fixture
def waiting_desk(waiting_site: Path, tmp_path: Path) -> Iterator[DeskSite]:
    """The desk of a copy of it."""
    desk = desk_of(Path(shutil.copytree(waiting_site, tmp_path / "waiting", symlinks=True)))
    yield desk
    desk.work.end()


@pytest.fixture
def own_site(made_site: Path, tmp_path: Path) -> Path:
    """A copy of it that the test may change."""
    return Path(shutil.copytree(made_site, tmp_path / "site", symlinks=True))


@pytest.fixture
def clock() -> Clock:
    """A clock that the test sets."""
    return Clock()


@pytest.fixture
def bare(tmp_path: Path, clock: Clock) -> DeskSite:
    """The desk of a new site that had no night."""
    return bare_desk(tmp_path, clock)


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """Address of a running provider at which people of a desk can sign in."""
    with provider_running() as address:
        yield address


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """argon2 as it is, with the least memory and time, where a test signs in many times."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobody_s.cache_clear()


@pytest.fixture(scope="session")
def at_desk(made_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Role | None], TestClient]:
    """Browsers of the site that nobody may change."""
    desk = desk_of(made_site, tmp_path_factory.mktemp("at_desk") / "state")
    app = build(desk)
    return lambda role: client_of(desk, role, app)


@pytest.fixture
def own_desk(own_site: Path) -> Iterator[DeskSite]:
    """The desk of a site that the test may change."""
    desk = desk_of(own_site)
    yield desk
    desk.work.end()


@pytest.fixture
def sit_down() -> Callable[[DeskSite, Role | None], TestClient]:
    """Browsers at a desk of the test's own."""
    return client_of


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a module."""
    with chromium_open() as one:
        yield one


@pytest.fixture(scope="module")
def desk_server(made_site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The desk of the site that nobody may change, listening; what a test changes it serves itself: `serving(desk_of(own_site))`."""
    with serving(desk_of(made_site, tmp_path_factory.mktemp("state"))) as served:
        yield served


@pytest.fixture
def own_server(own_site: Path) -> Iterator[Served]:
    """The desk of a copy that the test may change, listening."""
    with serving(desk_of(own_site)) as served:
        yield served
