"""Processes of the machine, as the system lists them."""

from __future__ import annotations

from pathlib import Path


def workers_of(parent: int) -> list[int]:
    """Processes below this one that were started as workers, as the system lists them; the first is the one they are forked from."""
    found, asked = [], [parent]
    while asked:
        asked = [child for one in asked for child in children_of(one)]
        found += [one for one in asked if b"pbis.pipeline.worker" in command_of(one)]
    return found


def children_of(process: int) -> list[int]:
    try:
        lists = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:
        return []
    return [int(child) for text in lists for child in text.split()]


def command_of(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""
