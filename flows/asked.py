"""What is asked of a service: when nights begin; and why one runs that no schedule began, by the tag of its run and in words of its name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

Clock = Callable[[], datetime]
Say = Callable[[str], None]

WATCHED, MISSED, ASKED = "watched", "missed", "asked"
WHY = {WATCHED: "by new files", MISSED: "made up", ASKED: "asked for"}


@dataclass(frozen=True)
class Serving:
    """at: time of the site's day; is_watching: nights also by what comes into the inbox."""

    at: time
    is_watching: bool = False
