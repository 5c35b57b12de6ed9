"""Starting another process of this program, which is handed numbers and pipes and nothing else, and ending it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress

_PATIENCE_S = 10.0  # for processes that were told to end


def start(
    module: str, arguments: Sequence[int], speaks: int = subprocess.DEVNULL, pass_fds: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """python -m MODULE with these numbers, in a group of its own: a ctrl-C at the terminal is for who started it. speaks: what its standard
    input and output are; pass_fds: ends of pipes that stay open in it. OSError where there is no room for a process."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *map(str, arguments)],
        stdin=speaks,
        stdout=speaks,
        stderr=subprocess.DEVNULL,  # what a trace quotes must not reach a terminal or log; who started it does that piece again and tells
        pass_fds=pass_fds,
        process_group=0,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )


def end(process: subprocess.Popen[bytes], after_s: float = 0.0) -> None:
    """End the process and what it became, after so many seconds in which it may end of itself."""
    with suppress(subprocess.TimeoutExpired):
        process.wait(after_s)
        return
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE_S)
            return
