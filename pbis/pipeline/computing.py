"""A process that computes for the desk (pbis.desk.apart): python -m pbis.pipeline.computing TASK REPLY, each the number of a pipe.

Everything that a small night may import is imported before it is asked, so that whoever decided waits for the computing alone; where it is
asked sooner, what is needed then is enough. It computes one thing after the other, and ends when nobody can hand it anything any more.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

import expectations
from pbis.core.errors import PbisError
from pbis.pipeline.at_once import compute_now
from pbis.pipeline.packed import packed
from pbis.report.plate import make_ready


def main(arguments: Sequence[str]) -> None:
    """Get ready, then do what comes until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the desk is told to stop, and waits for what is computed
    os.umask(0o077)  # as a night does (pbis.pipeline.modes)
    task, reply = (int(number) for number in arguments)
    asked = Connection(task, writable=False)
    for get_ready in (make_ready, expectations.get_ready):
        if not asked.poll(0):
            get_ready()
    _serve(asked, Connection(reply, readable=False))


def _serve(task: Connection[Any, Any], reply: Connection[Any, Any]) -> None:
    """Answer what is asked with what came of it."""
    try:
        while True:
            asked = task.recv_bytes()
            heard = signal.signal(
                signal.SIGTERM, signal.SIG_IGN
            )  # who ends all of a service at once lets it come to its end
            answer = _done(asked)
            signal.signal(signal.SIGTERM, heard)
            reply.send_bytes(answer)
    except (EOFError, OSError):  # the desk has ended
        return


def _done(asked: bytes) -> bytes:
    """What was computed, or the error that a person mends; None for a defect: the desk does it again itself, and tells."""
    try:
        return packed(compute_now(*pickle.loads(asked)))
    except PbisError as error:
        return packed(error)
    except Exception:
        return pickle.dumps(None)


if __name__ == "__main__":
    main(sys.argv[1:])
