"""Passwords: argon2id, as slow for a name that does not exist as for one that does, and never more at once than the machine bears."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pbis.core.errors import SiteBusy, UsageError
from pbis.core.words import plural

# NIST SP 800-63B-4: at least 15 where a password stands alone; twelve is our own choice beside the limit of tries.
SHORTEST = 12
LONGEST = 200  # of characters: no more is hashed, whatever is sent
# RFC 9106, second recommended option: 64 MB of memory, 3 passes, 4 lanes.
_HASHER = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
_AT_ONCE = threading.BoundedSemaphore(2)  # 128 MB at most
_IN_THE_ROOM = threading.BoundedSemaphore(10)  # who would wait behind so many is sent away at once


def refuse_weak(password: str, account: str, name: str) -> None:
    """UsageError for a password that is too short, too long, or says who its owner is."""
    told = _normal(password).casefold()
    if not SHORTEST <= len(told) <= LONGEST:
        raise UsageError(
            f"the password has {plural(len(told), 'character')}; expected {SHORTEST} to {LONGEST}, for example four words in a row"
        )
    owner = [word.casefold() for word in (account, name) if len(word) > 2]
    if len(set(told)) < 5 or any(word in told for word in owner):
        raise UsageError("the password repeats a sign or holds the account's name; expected, for example, four words")


def hashed(password: str) -> str:
    """argon2id with its salt and parameters, as the store keeps it."""
    with _room():
        return _HASHER.hash(_normal(password))


def is_right(password: str, kept: str | None) -> bool:
    """Whether it is the password; kept: None for an account that has none or does not exist, which takes as long. SiteBusy where too
    many ask at once."""
    with _room():
        try:
            return _HASHER.verify(kept or _nobody_s(), _normal(password)[:LONGEST]) and kept is not None
        except (VerificationError, InvalidHashError):
            return False


@contextmanager
def _room() -> Iterator[None]:
    if not _IN_THE_ROOM.acquire(blocking=False):
        raise SiteBusy("too many people are signing in at this moment; try again in a minute")
    try:
        with _AT_ONCE:
            yield
    finally:
        _IN_THE_ROOM.release()


@cache
def _nobody_s() -> str:
    """Hash of no one's password, with the same cost."""
    return _HASHER.hash("nobody's password, which opens nothing")


def _normal(password: str) -> str:
    """The same characters typed on another keyboard are the same password."""
    return unicodedata.normalize("NFKC", password)
