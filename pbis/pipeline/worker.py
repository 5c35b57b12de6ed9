"""A process that helps a night (pbis.pipeline.crew): python -m pbis.pipeline.worker TASK REPLY [TASK REPLY ...], each the number of a pipe.

What all workers need is imported once; then the process becomes one worker for each pair of pipes, and waits for them. A worker opens no
warehouse and knows no engine. It ends when nobody can hand it anything any more, however the night ended.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection
from typing import Any

from pbis.pipeline import reading, reporting, shards  # noqa: F401  what workers are asked for, imported before there are several
from pbis.pipeline.memory import LET_GO_EVERY, let_go
from pbis.pipeline.packed import packed
from pbis.report.plate import make_ready


def main(arguments: Sequence[str]) -> None:
    """Become the workers and wait for them."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the night is told to stop, and ends its workers
    os.umask(0o077)  # as a night does (pbis.pipeline.modes)
    make_ready()
    gc.freeze()  # what is there now is never garbage, and workers share its memory as long as nothing touches it
    ends = [int(number) for number in arguments]
    pairs = list(zip(ends[::2], ends[1::2], strict=True))
    workers = [_worker(pair, ends) for pair in pairs]
    for end in ends:
        os.close(end)
    for worker in workers:
        os.waitpid(worker, 0)


def _worker(pair: tuple[int, int], ends: Sequence[int]) -> int:
    """Number of a new process that serves the pair; the ends of others are closed in it, so that each end has one holder."""
    number = os.fork()
    if number:
        return number
    try:
        for end in ends:
            if end not in pair:
                os.close(end)
        _serve(Connection(pair[0], writable=False), Connection(pair[1], readable=False))
    finally:
        os._exit(0)  # nothing of the process that it was forked from is tidied twice


def _serve(task: Connection[Any, Any], reply: Connection[Any, Any]) -> None:
    """Do what comes until the pipe is closed; the first thing that comes are the tools."""
    try:
        tools = pickle.loads(task.recv_bytes())
        count = 0
        while True:
            asked = task.recv_bytes()
            reply.send_bytes(_done(tools, asked))
            count += 1
            if count % LET_GO_EVERY == 0:
                let_go()
    except (EOFError, OSError):  # the night is over
        return


def _done(tools: Any, asked: bytes) -> bytes:
    """What the task made, alone in a tuple; None where it raised: the night does that piece again, and tells why it cannot be done."""
    try:
        function, given = pickle.loads(asked)
        return packed((function(tools, given),))
    except Exception:
        return pickle.dumps(None)


if __name__ == "__main__":
    main(sys.argv[1:])
