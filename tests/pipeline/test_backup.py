"""A backup is taken while the laboratory works, and what is restored from it is whole or is not restored."""

from __future__ import annotations

import fcntl
import hashlib
import io
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

import warehouse
from pbis.config import Site, load_site
from pbis.core.errors import IntegrityError, SiteBusy, UsageError
from pbis.pipeline.account_store import FILE_NAME, accounts_path, opened
from pbis.pipeline.accounts import add_account, all_accounts
from pbis.pipeline.backing_up import back_up
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.decision_log import read_log
from pbis.pipeline.delivering import deliver
from pbis.pipeline.delivery_record import read_record
from pbis.pipeline.lock import site_lock
from pbis.pipeline.restoring import restore


def at_eight() -> datetime:
    return datetime(2026, 1, 8, 3)


def contents(site: Site) -> dict[str, tuple[int, str]]:
    """Every file but the inbox, the lock, the log and the accounts, which SQLite copies in its own way, and what the next night makes
    again where it is not there; with its mode and hash."""
    others = ("lock", site.path("decisions").name, FILE_NAME)
    files = [path for path in site.root.rglob("*") if path.is_file() and path.name not in others]
    named = {str(path.relative_to(site.root)): path for path in files if not {"inbox", "followed"} & set(path.parts)}
    return {name: (path.stat().st_mode, hashlib.sha256(path.read_bytes()).hexdigest()) for name, path in named.items()}


@pytest.fixture(scope="module")
def saved(good: Site, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Path]:
    """A site with a decision that no night saw yet, and its backup: taken while another process held the lock for a moment."""
    folder = tmp_path_factory.mktemp("saved")
    site = load_site(Path(shutil.copytree(good.root, folder / "site", symlinks=True)))
    decide(
        site.root,
        Request("exclude", "A. Name", "bubble", "seen", "HCC7P_20250915_P01", well="D5"),
        lambda: datetime(2026, 1, 6),
    )
    add_account(site, "ben", "Ben", "reviewer", datetime(2026, 1, 6, tzinfo=UTC))
    with opened(site.path("state")) as con:
        con.execute("insert into session values ('00', 'ben', '', '', '')")
    deliver(site.root, "clinic", "csv", folder / "sent", lambda: datetime(2026, 1, 6, tzinfo=UTC))
    released = threading.Event()
    with site_lock(site.path("state")):
        with pytest.raises(SiteBusy):
            back_up(site, folder / "busy.tar", wait_seconds=0)
        assert not list(folder.glob("*.tar")) + list(folder.glob(".*"))
        waiting = threading.Thread(target=lambda: (back_up(site, folder / "backup.tar", 3600), released.set()))
        waiting.start()
        assert not released.wait(0.7)
    waiting.join()
    assert released.is_set()
    return site, folder / "backup.tar"


def test_a_restored_site_is_the_one_that_was_saved(saved: tuple[Site, Path], tmp_path: Path) -> None:
    site, backup = saved
    assert backup.stat().st_mode & 0o077 == 0
    found = restore(backup, tmp_path / "restored", at_eight)
    restored = load_site(tmp_path / "restored")
    assert all_accounts(restored) == all_accounts(site)
    assert accounts_path(restored.path("state")).stat().st_mode & 0o777 == 0o600
    with opened(restored.path("state")) as con:
        assert con.execute("select count(*) from session").fetchone()[0] == 0
    assert (found.faults, found.counts["plates computed again"]) == ([], 1)
    again = load_site(tmp_path / "restored")
    assert contents(again) == contents(site)
    assert (again.path("releases") / "current").readlink() == (site.path("releases") / "current").readlink()
    assert read_log(again.path("decisions")) == read_log(site.path("decisions")) != ()
    assert read_record(again.path("state")) == read_record(site.path("state"))
    assert len(read_record(again.path("state")).lines) > 100
    assert deliver(again.root, "clinic", "csv", tmp_path / "sent", lambda: datetime(2026, 1, 6, tzinfo=UTC)).sent == ()
    modes = [(root.path("archive").stat().st_mode, root.path("releases").stat().st_mode) for root in (site, again)]
    assert modes[0] == modes[1]


def test_faults_that_the_site_had_are_said_when_it_is_restored(saved: tuple[Site, Path], tmp_path: Path) -> None:
    site = load_site(Path(shutil.copytree(saved[0].root, tmp_path / "site", symlinks=True)))
    page = next((site.path("reports") / "plates").glob("*.html"))
    page.write_text(page.read_text() + "x")
    back_up(site, tmp_path / "backup.tar", 0)
    found = restore(tmp_path / "backup.tar", tmp_path / "restored", at_eight)
    assert [fault.kind for fault in found.faults] == ["page"]


def amid(data: bytes) -> int:
    """A place in the middle of what the largest file of the backup holds: between two files a backup ends otherwise."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        largest = max(tar.getmembers(), key=lambda member: member.size)
    return largest.offset_data + largest.size // 2


def flipped(data: bytes) -> bytes:
    at = amid(data)
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (flipped, "expected sha256"),
        (lambda data: data[: amid(data)], "found another file or a part of one"),
        (lambda data: b"no backup" * 200, "found another file or a part of one"),
        (lambda data: b"", "found another file or a part of one"),
    ],
)
def test_a_damaged_backup_restores_nothing(
    damage: Callable[[bytes], bytes], said: str, saved: tuple[Site, Path], tmp_path: Path
) -> None:
    (tmp_path / "backup.tar").write_bytes(damage(saved[1].read_bytes()))
    with pytest.raises(IntegrityError, match=said):
        restore(tmp_path / "backup.tar", tmp_path / "restored", at_eight)
    assert [path.name for path in tmp_path.iterdir()] == ["backup.tar"]


def test_nothing_is_written_over(saved: tuple[Site, Path], tmp_path: Path) -> None:
    site, backup = saved
    before = warehouse.sha256_of(backup)
    with pytest.raises(UsageError, match="no backup is written over"):
        back_up(site, backup, 0)
    assert warehouse.sha256_of(backup) == before
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(UsageError, match="expected an empty folder"):
        restore(backup, tmp_path, at_eight)


def _killed(site: Site, target: Path) -> None:
    """A backup in a process of its own, killed while it writes its last member."""
    code = (
        "import os, signal, sys\nfrom pathlib import Path\nfrom pbis.config import load_site\nfrom pbis.pipeline import backing_up\n"
        "own = backing_up._member\n"
        "backing_up._member = lambda name, *rest: own(name, *rest) if name != backing_up.MANIFEST else os.kill(os.getpid(), signal.SIGKILL)\n"
        "backing_up.back_up(load_site(Path(sys.argv[1])), Path(sys.argv[2]), 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(site.root), str(target)], check=False)
    assert done.returncode == -signal.SIGKILL


def test_what_killed_backups_left_is_swept_by_the_next_one_whatever_its_name(
    saved: tuple[Site, Path], tmp_path: Path
) -> None:
    good, _ = saved
    _killed(good, tmp_path / "monday.tar")
    assert [path.name for path in tmp_path.iterdir()] == [".monday.tar.partial"]
    (tmp_path / ".tuesday.tar.partial").write_bytes((tmp_path / ".monday.tar.partial").read_bytes())
    for name, data in ((".theirs.partial", b"of another program"), (".empty.partial", b"")):
        (tmp_path / name).write_bytes(data)
    with (tmp_path / ".tuesday.tar.partial").open("rb") as file:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)
        with pytest.raises(SiteBusy, match="another backup is writing it"):
            back_up(good, tmp_path / "tuesday.tar", 0)
    back_up(good, tmp_path / "tuesday.tar", 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".empty.partial", ".theirs.partial", "tuesday.tar"]
