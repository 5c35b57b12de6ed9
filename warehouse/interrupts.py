"""A ctrl-C is heard in the middle of a question. DuckDB looks for signals in the thread that asked alone, and its other threads go on with what
they have: seen with 1.5.5, a question of two threads that was given up worked on, up to its time limit, and the next one waited for it."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def heard_at_once(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Around a question: a signal that ends this process ends it, and Python answers the signal then. For the main thread, where nobody else
    listens so (a server's loop); elsewhere nothing is changed."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    here, there = socket.socketpair()
    there.setblocking(False)
    before = signal.set_wakeup_fd(there.fileno(), warn_on_full_buffer=False)
    if before != -1:
        signal.set_wakeup_fd(before)
    listener = threading.Thread(target=_listen, args=(here, con), daemon=True)
    listener.start()
    try:
        yield
    finally:
        if before == -1:
            signal.set_wakeup_fd(-1)
        there.close()
        listener.join()
        here.close()


def _listen(here: socket.socket, con: duckdb.DuckDBPyConnection) -> None:
    while heard := here.recv(16):  # a byte a signal: its number
        if any(number in _ENDING for number in heard):
            con.interrupt()
