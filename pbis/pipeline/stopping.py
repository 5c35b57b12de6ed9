"""A ctrl-C ends a night also where Python loses it: an interrupt that is raised inside a destructor or a callback of a library is printed or
dropped there. It is remembered, and the next step of the night ends what the first try did not.

SIGTERM, and a terminal that is closed, end a command in the same way: a process that the system ends without asking leaves its temporary
folders, and the server that Prefect started for it, behind."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

_HEARD = threading.Event()
_TAKEN: set[signal.Signals] = set()  # what is answered here as a ctrl-C, because nobody else answered it


def end_as_by_ctrl_c() -> None:
    """Let SIGTERM, and SIGHUP of a terminal that is closed, end this command as a ctrl-C does. Who ignores one (nohup) or answers it keeps that."""
    if threading.current_thread() is threading.main_thread():
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            _take(signal.SIGTERM)
        _let_hangup_be_sigterm()


def listen() -> None:
    """Remember a ctrl-C of this process from now on; it is raised as ever. Who has a handler of their own keeps it, but for SIGTERM where this
    command answered it before a library did."""
    if threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        _take(signal.SIGINT)
    for each in _TAKEN:
        signal.signal(each, _hear)


def end_after_step() -> None:
    """For a night of a service: SIGTERM and ctrl-C are remembered alone, and end it after the step that runs."""
    if threading.current_thread() is threading.main_thread():
        answer(lambda: _HEARD.set())


def answer(asked: Callable[[], None]) -> None:
    """Call this where the process is asked to end, by SIGTERM, a ctrl-C or a terminal that is closed. For the main thread."""
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda number, frame: asked())
    _let_hangup_be_sigterm()


def stop_if_asked() -> None:
    """KeyboardInterrupt where a ctrl-C came."""
    if _HEARD.is_set():
        raise KeyboardInterrupt


def _take(each: signal.Signals) -> None:
    signal.signal(each, _hear)
    _TAKEN.add(each)


def _let_hangup_be_sigterm() -> None:
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:
        signal.signal(signal.SIGHUP, lambda number, frame: os.kill(os.getpid(), signal.SIGTERM))


def _hear(number: int, frame: FrameType | None) -> None:
    _HEARD.set()
    raise KeyboardInterrupt
