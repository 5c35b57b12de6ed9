"""What is kept of the nights that ended, also of those that could not be done: the last one, and how many ended how.

It lies in `state/`, so that `pbis status` and the metrics can say it while a night holds the working database. It is no part of a backup: a
site from one counts anew.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec

from pbis.files.durable import sync
from pbis.pipeline.modes import private
from pbis.pipeline.summary import Summary

_NAME = "last_night.json"


class NightsSoFar(msgspec.Struct, frozen=True):
    """last: how the last one ended; done_at: when one that took all of the inbox came to its end last, in UTC; counts: nights by how they
    ended."""

    last: Summary
    done_at: datetime | None
    counts: Mapping[str, int]


def read_nights(state: Path) -> NightsSoFar | None:
    """What was kept; None where no night has ended here, or what was kept cannot be read."""
    try:
        return msgspec.json.decode((state / _NAME).read_bytes(), type=NightsSoFar)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):  # also ValidationError: another build wrote it
        return None


def keep_night(state: Path, summary: Summary) -> None:
    """Keep how a night ended in the place of the one before, whole or not at all."""
    before = read_nights(state)
    done_before = before.done_at if before else None
    done_at = summary.ended_at if summary.is_done and not summary.is_partial else done_before
    counts = Counter(before.counts if before else {}) + Counter([summary.state])
    with private():
        state.mkdir(parents=True, exist_ok=True)
        aside = state / f"{_NAME}.{os.getpid()}"
        try:
            aside.write_bytes(msgspec.json.encode(NightsSoFar(summary, done_at, dict(sorted(counts.items())))))
            sync(aside)  # else a power cut leaves an empty file under the name
            aside.replace(state / _NAME)
        finally:
            aside.unlink(missing_ok=True)
