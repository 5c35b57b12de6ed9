"""One night at a time, and a killed night does not leave its lock behind."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import as_root
from second_account import STRANGER, held_by

from pbis.core.errors import SiteBusy
from pbis.pipeline.lock import holder_of, site_lock

_HOLD = """
import sys
from pathlib import Path
from pbis.pipeline.lock import site_lock
with site_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_told_who_holds_the_site_and_a_killed_one_holds_it_no_more(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", _HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
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
