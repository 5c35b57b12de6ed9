"""One night at a time, and a killed night does not leave its lock behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pbis.core.errors import SiteBusy
from pbis.pipeline.lock import site_lock

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
