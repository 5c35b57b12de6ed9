"""What a night tells while it runs, an event at a time, for programs that read logs: counts, hashes and words of closed lists alone.

Events are records of Python's own logging, under `pbis.night`; they go nowhere until a command asks for them. As JSON each is one line.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO

_LOG = logging.getLogger("pbis.night")
_LOG.addHandler(logging.NullHandler())  # else Python prints warnings that nobody asked for
_LOG.propagate = False  # else Prefect's handlers do


def tell(event: str, level: int = logging.INFO, **facts: Any) -> None:
    """An event with its facts: night_id, step, seconds, counts and the like; no names of files, plates, tubes or people."""
    _LOG.log(level, event, extra={"facts": facts})


@contextmanager
def json_lines(stream: TextIO) -> Iterator[None]:
    """Write each event to the stream as it comes, a line of JSON each."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_AsJson())
    kept = _LOG.level
    _LOG.addHandler(handler)
    _LOG.setLevel(logging.INFO)
    try:
        yield
    finally:
        _LOG.removeHandler(handler)
        _LOG.setLevel(kept)


class _AsJson(logging.Formatter):
    """time in UTC to the millisecond, level, event, and its facts."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told = {"time": at, "level": record.levelname.lower(), "event": record.getMessage()}
        return json.dumps(told | getattr(record, "facts", {}), ensure_ascii=True)
