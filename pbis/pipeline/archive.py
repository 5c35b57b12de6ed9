"""Every accepted file is kept for ever under its hash; a file leaves the inbox only when its copy here is proven equal."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pbis.core.errors import IntegrityError, UnstableFile
from pbis.pipeline.inbox import Arrival, still_written
from pbis.pipeline.opening import bytes_of


def archived_path(archive: Path, kind: str, file_id: str) -> Path:
    """Where the bytes with this hash lie. The name is the hash: what people call the file is in the warehouse."""
    return archive / kind / file_id[:2] / file_id


def keep(archive: Path, arrival: Arrival) -> Path:
    """Copy the arrival into the archive unless it is there. Durable before it is visible. Raises UnstableFile."""
    target = archived_path(archive, arrival.kind, arrival.file_id)
    if target.exists():
        return target
    _make_private(archive, target.parent)
    data = bytes_of(arrival.path, arrival.name)
    if hashlib.sha256(data).hexdigest() != arrival.file_id:
        raise still_written(arrival.name, "other bytes than a moment ago")
    _write_durably(target, data)
    return target


def release(archive: Path, arrival: Arrival) -> str | None:
    """Take the file out of the inbox, once its archived copy is proven to hold the same bytes; a note where it stays there.

    Another file that has taken its name meanwhile stays, and the next night looks at it.
    """
    fetch(keep(archive, arrival))
    try:
        if hashlib.sha256(bytes_of(arrival.path, arrival.name)).hexdigest() != arrival.file_id:
            return f"{arrival.name}: another file has taken its name in the inbox; the next night looks at it"
        arrival.path.unlink()
    except UnstableFile as error:
        return None if not os.path.lexists(arrival.path) else f"stays in the inbox: {error}"
    except OSError as error:
        return f"{arrival.name}: is stored, but cannot be removed from the inbox: {error.strerror}"
    return None


def fetch(path: Path) -> bytes:
    """Bytes of an archived file. Raises IntegrityError if they no longer have the hash that is the file's name."""
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != path.name:
        raise IntegrityError(f"{path}: the archived file was changed; restore it from a backup")
    return data


def _make_private(archive: Path, folder: Path) -> None:
    archive.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(parents=True, exist_ok=True)


def _write_durably(target: Path, data: bytes) -> None:
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(0o440)
    part.replace(target)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
