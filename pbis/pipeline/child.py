"""Starting another process of this program, which is handed pipes and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence


def start(module: str, ends: Sequence[int]) -> subprocess.Popen[bytes]:
    """python -m MODULE with the numbers of these ends of pipes, in a group of its own: a ctrl-C at the terminal is for who started it. OSError
    where there is no room for a process."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *map(str, ends)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,  # what a trace quotes must not reach a terminal or log; who started it does that piece again and tells
        pass_fds=ends,
        process_group=0,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
