"""What all tests share: the folder of real example files, where a checkout has it beside itself, and a bound on what is skipped."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for partial_frames
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    # A shell starts what it puts into the background deaf to ctrl-C, and every night that a test begins would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
from made_once import Once, once_of
from postgres import PostgresServer, programs

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
ABSENT = "real example files are not part of the project"
# Why a test may be skipped, and how many may be for it: a test that skips in silence proves nothing.
NOT_ROOT = "only root can act as a second account"
NO_R = "R reads exports: apt-get install r-base-core r-cran-haven r-cran-foreign"
NO_SYSTEMD = "systemd-analyze is not here"
NO_POSTGRES = "PostgreSQL holds the catalogue of a lake: apt-get install postgresql"
NO_HISTORY = "the project's own history is not here: a checkout of git with its branch main has it"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason=NOT_ROOT)
MOST_SKIPPED = {
    ABSENT: 0 if SHARED.is_dir() else 250,
    "Linux": 0 if sys.platform == "linux" else 2,
    NOT_ROOT: 0 if os.geteuid() == 0 else 17,
    NO_SYSTEMD: 0 if shutil.which("systemd-analyze") else 4,
    NO_POSTGRES: 0 if programs() else 20,
    NO_R: 0 if shutil.which("Rscript") else 7,
    NO_HISTORY: 1,  # a proof
}


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real files and reference values; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"no {SHARED}: {ABSENT}")
    return SHARED


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    """once(name, make) -> a folder that make(folder) filled, one for all workers; to be read, or copied (see made_once.py)."""
    return once_of(tmp_path_factory)


@pytest.fixture(scope="session")
def simulated_inbox(once: Once) -> Path:
    """A folder with inbox/ and truth/ of the simulated cohort; to be read."""
    from pbis.simulate import write_site_data

    return once("simulated", lambda folder: write_site_data(folder / "inbox", folder / "truth", seed=10))


@pytest.fixture(scope="session")
def empty_warehouse(once: Once) -> Path:
    """A migrated file without rows, as a first night makes it; to be copied, because migrating takes longer than most tests."""
    import warehouse

    def make(folder: Path) -> None:
        with warehouse.opened(folder / "working.duckdb") as con:
            warehouse.migrate(con)

    return once("empty_warehouse", make) / "working.duckdb"


@pytest.fixture(scope="session")
def prefect_store(once: Once) -> Path:
    """A new home of Prefect, to be copied to state/prefect of a site: its migrations cost more than a night."""
    build = "import asyncio, flows; from prefect.server.database import provide_database_interface as db; asyncio.run(db().create_db())"

    def make(folder: Path) -> None:
        environment = os.environ | {"PREFECT_HOME": str(folder)}
        subprocess.run([sys.executable, "-c", build], env=environment, check=True, timeout=250, capture_output=True)

    return once("prefect-store", make)


@pytest.fixture(scope="session")
def eight_plates(once: Once) -> Path:
    """A site of eight plates of a lot (LOAD_0001 and so on) after its first night; look, and do not touch."""
    from small_site import put_plate, write_small_site

    from pbis.pipeline.context import NightOptions, Silent
    from pbis.pipeline.night import run_plain

    def make(folder: Path) -> None:
        site = write_small_site(folder / "site", 0)
        for number in range(1, 9):
            put_plate(site.path("inbox"), number)
        run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3))

    return once("eight_plates", make) / "site"


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes of a file that was made a moment ago hold that moment: workers would collect tests of other names."""
    return f"{argname}-{len(val)}-bytes" if isinstance(val, bytes) and len(val) > 8 else None


def _skipped(config: pytest.Config) -> Counter[str]:
    """How many tests were skipped for each known reason, and for what else there was."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter else []
    said = [str(report.longrepr[-1] if isinstance(report.longrepr, tuple) else report.longrepr) for report in reports]
    return Counter(next((known for known in MOST_SKIPPED if known in text), text) for text in said)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """More tests skipped than are known to be: the run fails."""
    if not hasattr(session.config, "workerinput") and any(
        count > MOST_SKIPPED.get(why, 0) for why, count in _skipped(session.config).items()
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The number of skipped tests, and of those that are too many."""
    for why, count in sorted(_skipped(config).items()):
        most = MOST_SKIPPED.get(why, 0)
        verdict = "" if count <= most else f": TOO MANY, at most {most} may be (MOST_SKIPPED in tests/conftest.py)"
        terminalreporter.write_line(f"{count} tests skipped: {why}{verdict}")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL, one for all tests of a worker; who stops it starts it again."""
    found = programs()
    if found is None:
        pytest.skip(NO_POSTGRES)
    server = PostgresServer(found)
    yield server
    server.end()
