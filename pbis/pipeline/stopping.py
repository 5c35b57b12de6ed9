"""A ctrl-C ends a night also where Python loses it: an interrupt that is raised inside a destructor or a callback of a library is printed or
dropped there. It is remembered, and the next step of the night ends what the first try did not."""

from __future__ import annotations

import signal
import threading
from types import FrameType

_HEARD = threading.Event()


def listen() -> None:
    """Remember a ctrl-C of this process from now on; it is raised as ever. Who has a handler of their own keeps it."""
    is_main = threading.current_thread() is threading.main_thread()
    if is_main and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _hear)


def end_after_step() -> None:
    """For a night of a service: SIGTERM and ctrl-C are remembered alone, and end it after the step that runs."""
    if threading.current_thread() is threading.main_thread():
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda number, frame: _HEARD.set())


def stop_if_asked() -> None:
    """KeyboardInterrupt where a ctrl-C came."""
    if _HEARD.is_set():
        raise KeyboardInterrupt


def _hear(number: int, frame: FrameType | None) -> None:
    _HEARD.set()
    raise KeyboardInterrupt
