"""A call that has no limit of its own, with one."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar, cast

Answer = TypeVar("Answer")


def within(seconds: float, call: Callable[[], Answer]) -> Answer:
    """What the call answers; TimeoutError where it does not in time, as where a worker stands still without being gone: what Dask asks all
    workers has no limit of its own. The call is left alone then, in a thread that ends with this process."""
    came: queue.SimpleQueue[tuple[Answer | None, Exception | None]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            came.put((call(), None))
        except Exception as error:  # whatever it is: it is raised where the answer is waited for
            came.put((None, error))

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer, error = came.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"a worker did not answer within {seconds:.0f} s") from None
    if error is not None:
        raise error
    return cast("Answer", answer)
