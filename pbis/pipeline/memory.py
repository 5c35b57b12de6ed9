"""Memory that a step is done with goes back to the machine: the allocators of Arrow and of the C library keep it for what may come,
and a night would hold the sum of what each of its steps needed."""

from __future__ import annotations

import ctypes

import pyarrow as pa

LET_GO_EVERY = 8  # tasks of a worker: giving memory back takes a millisecond, and what a page leaves behind is small


def let_go() -> None:
    """Give freed memory back; where the C library cannot be asked (it is not glibc), only Arrow's."""
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
