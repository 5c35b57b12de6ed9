"""What Prefect raises and keeps where its server is away; imported once Prefect is."""

from __future__ import annotations

import logging
import queue
from contextlib import suppress
from operator import attrgetter

import httpx
from prefect.events.worker import EventsWorker
from prefect.settings import get_current_settings

from flows.away import COMING

_TRIED_AGAIN = (429, *COMING)  # by Prefect's client


def is_of_server(error: BaseException | None) -> bool:
    """Whether the error, or what it came of, is that the server does not answer."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, httpx.TransportError):
            return True
        if isinstance(error, httpx.HTTPStatusError) and error.response.status_code in _TRIED_AGAIN:
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False


def ask_once() -> None:
    """From here on Prefect tries nothing again: a ctrl-C at a terminal ends the night's own server too, and Prefect would try for a minute to tell it
    of the end (measured with 3.8.8). For a process that ends."""
    get_current_settings().client.max_retries = 0


def forget_events() -> None:
    """Drop what Prefect would still send to a server that is gone: at the process's end it tries for seconds over each of some fifty events,
    which no setting of it bounds (5 minutes, measured with 3.8.8), and prints each."""
    logging.getLogger(EventsWorker.__name__).setLevel(logging.CRITICAL)
    workers: dict[int, EventsWorker] = attrgetter("_instances")(EventsWorker)
    for worker in list(workers.values()):
        with suppress(queue.Empty):
            while True:
                worker._queue.get_nowait()
                worker._queue.task_done()
