"""One night at a time, and a killed night does not leave its lock behind."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import as_root
from second_account import STRANGER, held_by

from pbis.core.errors import SiteBusy
from pbis.pipeline import lock
from pbis.pipeline.lock import (
    COMMAND,
    DESK,
    NIGHT,
    OF_A_COMMAND,
    OF_A_NIGHT,
    Holder,
    Turn,
    holder_of,
    lock_holder,
    site_lock,
)

AT = datetime(2026, 1, 5, 3, 0, tzinfo=UTC)
_HOLD = """
import sys
from pathlib import Path
from pbis.pipeline.lock import Turn, site_lock
for kind in sys.argv[2:]:
    with site_lock(Path(sys.argv[1]), Turn(kind, 20.0, lambda said: print(said, flush=True))):
        print("held as", kind, flush=True)
        sys.stdin.readline()
"""


@contextmanager
def holding(state: Path, *kinds: str) -> Iterator[subprocess.Popen[str]]:
    """A process that takes the lock as each of the kinds in turn, and gives it back when it is told to."""
    typed = [sys.executable, "-c", _HOLD, str(state), *kinds]
    with subprocess.Popen(typed, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def give_back(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_a_night_waits_for_the_desk_and_the_desk_for_a_night_and_a_night_that_waits_comes_first(tmp_path: Path) -> None:
    with holding(tmp_path, DESK, DESK) as desk:
        assert said(desk) == "held as desk"
        held = lock_holder(tmp_path)
        assert held is not None
        assert (held.pid, held.kind) == (desk.pid, DESK)
        with holding(tmp_path, NIGHT) as night:
            assert said(night).startswith(f"the desk is at work (process {desk.pid}, for ")
            give_back(desk)  # which wants it again at once
            assert said(night) == "held as night"
            assert said(desk).startswith(f"a night is at work (process {night.pid}, for ")
            give_back(night)
            assert said(desk) == "held as desk"
        give_back(desk)
    assert lock_holder(tmp_path) is None


def test_a_night_that_says_that_it_waits_keeps_the_desk_from_coming_first_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "FOR_THE_DESK", 0.0)
    refused: list[str] = []

    def desk_wants_it_again(_: str) -> None:
        give_back(desk)
        while lock.holder_of(tmp_path / "lock") == desk.pid:
            pass
        with pytest.raises(SiteBusy) as busy, site_lock(tmp_path, Turn(DESK, -1.0)):
            pass
        refused.append(str(busy.value))

    with holding(tmp_path, DESK) as desk:
        assert said(desk) == "held as desk"
        with site_lock(tmp_path, Turn(NIGHT, 20.0, desk_wants_it_again)):
            assert refused == [f"{tmp_path.parent}: a night waits to begin here; it comes first"]


def test_a_command_waits_for_the_desk_a_minute_and_a_night_until_it_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "FOR_THE_DESK", 0.1)
    with (
        site_lock(tmp_path, Turn(DESK)),
        pytest.raises(SiteBusy, match=f"the desk is at work here .process {os.getpid()}"),
        site_lock(tmp_path, OF_A_COMMAND),
    ):
        pass
    with holding(tmp_path, DESK) as desk:
        assert said(desk) == "held as desk"
        ends = threading.Timer(0.5, give_back, [desk])
        ends.start()
        with site_lock(tmp_path, OF_A_NIGHT):
            ends.join()


def test_a_desk_without_patience_and_a_command_do_not_wait_for_a_night(tmp_path: Path) -> None:
    with site_lock(tmp_path, OF_A_NIGHT):
        for turn in (Turn(DESK), OF_A_COMMAND, OF_A_NIGHT):
            with pytest.raises(SiteBusy, match="another night is at work here"), site_lock(tmp_path, turn):
                pass


@pytest.mark.parametrize(
    ("holder", "words"),
    [
        (Holder(7, NIGHT, AT), "a night is at work (process 7, for 2 min 5 s)"),
        (Holder(7, "", None), "another process is at work (process 7)"),
        (Holder(None, COMMAND, AT + timedelta(seconds=100)), "another command is at work (for 25 s)"),
        (Holder(None, DESK, AT + timedelta(hours=1)), "the desk is at work (for 0 s)"),
    ],
)
def test_who_is_waited_for_is_said_in_words(holder: Holder, words: str) -> None:
    assert holder.words(AT + timedelta(seconds=125)) == words


def test_a_second_process_is_told_who_holds_the_site_and_a_killed_one_holds_it_no_more(tmp_path: Path) -> None:
    with holding(tmp_path, NIGHT) as holder:
        assert said(holder) == "held as night"
        with pytest.raises(SiteBusy, match=f"process {holder.pid}"), site_lock(tmp_path):
            pass
        holder.kill()
    with site_lock(tmp_path):
        assert (tmp_path / "lock").exists()


@as_root
def test_a_lock_that_another_account_holds_stops_no_night_and_is_out_of_its_reach_from_then_on(passable: Path) -> None:
    state = passable / "state"
    state.mkdir(mode=0o755)
    state.chmod(0o755)
    (state / "lock").write_text("999999\n")
    (state / "lock").chmod(0o644)

    def hold() -> int:
        descriptor = os.open(state / "lock", os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return descriptor

    with held_by(hold) as stranger:
        assert holder_of(state / "lock") == stranger
        with site_lock(state):
            assert holder_of(state / "lock") == os.getpid()
            with pytest.raises(SiteBusy, match=f"process {os.getpid()} of account root"), site_lock(state):
                pass
    assert stat.S_IMODE(state.stat().st_mode) == 0o700
    assert stat.S_IMODE((state / "lock").stat().st_mode) == 0o600
    with held_by(hold, uid=0), pytest.raises(SiteBusy), site_lock(state):  # one that may run nights is no stranger
        pass
    assert os.geteuid() != STRANGER
