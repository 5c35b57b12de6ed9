"""A night imports pandas where it makes a frame of it, and not to find out that nobody handed it one.

Before they convert a list or bind a parameter, pyarrow (26.0) and DuckDB (1.5) import pandas where it is installed, only to recognise
what is its own among what they are given. That takes 0.35 s, a fifth of a night in which nothing came, and a night hands
them nothing of the kind. So they are told meanwhile that it cannot be had, as on a machine without it; where a table is
to become a frame, `pandas_now` comes first, and from then on both find it.

It holds for the whole process, so only a command does it whose process is its own and runs the night alone (`pbis night`, plain engine):
never a night inside of another program, whose threads may want pandas.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


class _NotNow:
    """Says of pandas that it cannot be had. None in sys.modules, Python's own sign for that, is taken for the module by compiled code."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


@contextmanager
def pandas_later() -> Iterator[None]:
    """Meanwhile nobody imports pandas before `pandas_now` was called; nothing changes where it is imported already."""
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _NotNow)
    try:
        yield
    finally:
        _allow()


def pandas_now() -> None:
    """Whoever wants pandas may have it."""
    _allow()


def _allow() -> None:
    if _NotNow in sys.meta_path:
        sys.meta_path.remove(_NotNow)
