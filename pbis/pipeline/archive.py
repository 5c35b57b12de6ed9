"""Every accepted file is kept for ever under its hash; a file leaves the inbox only when its copy here is proven equal."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pbis.core.errors import IntegrityError
from pbis.pipeline.inbox import Arrival, still_written


def archived_path(archive: Path, kind: str, file_id: str) -> Path:
    """Where the bytes with this hash lie. The name is the hash: what people call the file is in the warehouse."""
    return archive / kind / file_id[:2] / file_id


def keep(archive: Path, arrival: Arrival) -> Path:
    """Copy the arrival into the archive unless it is there. Durable before it is visible. Raises UnstableFile."""
    target = archived_path(archive, arrival.kind, arrival.file_id)
    if target.exists():
        return target
    _make_private(archive, target.parent)
    data = arrival.path.read_bytes()
    if hashlib.sha256(data).hexdigest() != arrival.file_id:
        raise still_written(arrival.name, "other bytes than a moment ago")
    _write_durably(target, data)
    return target


def release(archive: Path, arrival: Arrival) -> None:
    """Take the file out of the inbox, once its archived copy is proven to hold the same bytes."""
    target = archived_path(archive, arrival.kind, arrival.file_id)
    if fetch(target) and arrival.path.exists():
        arrival.path.unlink()


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
