"""A file that is kept under its hash: its name proves its bytes, and the bytes that were proven are the ones that are parsed."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Protocol

from pbis.core.errors import IntegrityError

_HASH = re.compile(r"[0-9a-f]{64}")
_BLANKED = re.compile(r"([0-9a-f]{64})\.([0-9a-f]{64})")


class Readable(Protocol):
    """What a reader needs of a file: its name, and its bytes, which it asks for once. A path is one."""

    @property
    def name(self) -> str: ...

    def read_bytes(self) -> bytes: ...


@dataclass(frozen=True)
class NamedBytes:
    """A file that is in memory already; whoever read it has proven it."""

    name: str
    data: bytes

    def read_bytes(self) -> bytes:
        """The bytes."""
        return self.data


def is_hash(name: str) -> bool:
    """Whether a file of this name lies in an archive: people do not call files by a sha256."""
    return _HASH.fullmatch(name) is not None


def parts_of(name: str) -> tuple[str, str] | None:
    """(file_id, sha256 of the bytes) of an archived file by its name; None where it is called otherwise. The two differ where lines
    of a subject who withdrew were blanked: it is still the file that it was, and its name proves what is left of it."""
    found = _BLANKED.fullmatch(name)
    if found is not None:
        return found[1], found[2]
    return (name, name) if is_hash(name) else None


def prove(data: bytes, expected: str, where: str) -> bytes:
    """The bytes, if their sha256 is `expected`. IntegrityError names `where`, both hashes and the way out."""
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise IntegrityError(
            f"{where}: the archived file was changed: expected bytes with sha256 {expected}, "
            f"found {len(data)} bytes with sha256 {found}; {WAY_OUT}"
        )
    return data


def gone(expected: str, where: str) -> IntegrityError:
    """The error for an archived file that is not there."""
    return IntegrityError(
        f"{where}: the archived file is gone: expected bytes with sha256 {expected}, found no file; {WAY_OUT}"
    )


def proven(data: bytes, file: Readable) -> bytes:
    """The bytes of a file that a person named; one that lies in an archive is proven like any other read of it."""
    parts = None if isinstance(file, NamedBytes) else parts_of(file.name)
    return data if parts is None else prove(data, parts[1], str(file))


WAY_OUT = "restore this file of the archive from a backup, then run the night again"
