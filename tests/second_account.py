"""What another account of the machine can do, and what a disk denies: the system itself answers, in a fork or by a limit."""

from __future__ import annotations

import os
import pickle
import resource
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

STRANGER = 65534  # an account that owns nothing


def run_as(work: Callable[[], Any], uid: int = STRANGER, groups: Sequence[int] = (STRANGER,)) -> Any:
    """What `work` returns in a process of the account, or the error that it raised; what it needs must be imported by now."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _become(uid, groups)
        try:
            answer: Any = work()
        except BaseException as error:
            answer = error
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(pickle.dumps(answer))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    os.waitpid(child, 0)
    return pickle.loads(data)


@contextmanager
def held_by(descriptor_of: Callable[[], int], uid: int = STRANGER) -> Iterator[int]:
    """A process of the account that has done `descriptor_of` and lives until the block ends; its number."""
    ready, tell = os.pipe()
    wait, end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(end)
        _become(uid, (uid,))
        descriptor_of()
        os.write(tell, b"x")
        os.read(wait, 1)
        os._exit(0)
    assert os.read(ready, 1) == b"x"
    yield child
    os.close(end)
    os.waitpid(child, 0)
    for each in (ready, tell, wait):
        os.close(each)


@contextmanager
def largest_file(byte_count: int) -> Iterator[None]:
    """The system itself denies this process larger files, as a quota does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (byte_count, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def _become(uid: int, groups: Sequence[int]) -> None:
    os.setgroups(list(groups))
    os.setgid(groups[0])
    os.setuid(uid)
