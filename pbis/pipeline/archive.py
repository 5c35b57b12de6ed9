"""Every accepted file is kept for ever under its hash; a file leaves the inbox only when its copy here is proven equal.

Nobody reads an archived file but through `fetch`, which proves the bytes that it returns. Where lines of a subject who withdrew were
blanked, what is left lies under the file's hash and its own: FILE_ID.SHA256 (ADR 14).
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from pbis.core.errors import IntegrityError
from pbis.core.kept import WAY_OUT, gone, parts_of, prove
from pbis.core.withdrawn import EMPTY
from pbis.files.durable import sync
from pbis.pipeline.inbox import KINDS, Arrival, still_written
from pbis.pipeline.opening import has_writer, hash_of, opened, refused, require_ordinary
from pbis.pipeline.taking import put_back, remove, take


def archived_path(archive: Path, kind: str, file_id: str) -> Path:
    """Where the file with this hash lies, or what is left of it. The name is the hash: what people call it is in the warehouse."""
    path = archive / kind / file_id[:2] / file_id
    return path if path.exists() else next(iter(sorted(path.parent.glob(f"{file_id}.*[0-9a-f]"))), path)


def is_emptied(path: Path) -> bool:
    """Whether nothing is left of an archived file but the mark that it was there."""
    parts = parts_of(path.name)
    return parts is not None and parts[1] == EMPTY


def put_blanked(archive: Path, kind: str, file_id: str, data: bytes) -> Path:
    """Let these bytes be what is left of a file; durable before what was there is taken away."""
    before = archived_path(archive, kind, file_id)
    target = archive / kind / file_id[:2] / f"{file_id}.{hashlib.sha256(data).hexdigest()}"
    if not target.exists():
        _make_private(archive, target.parent)
        _write_durably(target, data)
    if before != target:
        before.unlink(missing_ok=True)
        sync(target.parent)
    return target


def held(archive: Path) -> frozenset[tuple[str, str]]:
    """(kind, file_id) of every archived file, by name only; what else lies there is nobody's."""
    paths = ((kind, parts_of(path.name)) for kind in KINDS for path in (archive / kind).glob("??/*"))
    return frozenset((kind, parts[0]) for kind, parts in paths if parts is not None)


def arrived(arrival: Arrival) -> bytes:
    """The arrival's bytes as they were hashed when it was found. Raises UnstableFile where they are others by now."""
    try:
        require_ordinary(arrival.path, arrival.name, arrival.path.lstat().st_mode)
        with opened(arrival.path) as file:
            is_ordinary = stat.S_ISREG(os.fstat(file.fileno()).st_mode)
            data = file.read() if is_ordinary else b""
    except OSError as error:
        raise refused(arrival.name, error) from None
    if not is_ordinary or hashlib.sha256(data).hexdigest() != arrival.bytes_id:
        raise still_written(arrival.name, "other bytes than a moment ago")
    return data


def keep(archive: Path, arrival: Arrival) -> Path:
    """Copy the arrival into the archive unless it is there. Durable before it is visible. Raises UnstableFile."""
    target = archived_path(archive, arrival.kind, arrival.file_id)
    if target.exists():
        return target
    data = arrived(arrival)
    if arrival.left:
        return put_blanked(archive, arrival.kind, arrival.file_id, data)
    _make_private(archive, target.parent)
    _write_durably(target, data)
    return target


def fetch(path: Path) -> bytes:
    """Bytes of an archived file. IntegrityError if they no longer have the hash that is the file's name, or there are none."""
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise gone(path.name, str(path)) from None
    except IsADirectoryError:
        raise IntegrityError(f"{path}: the archived file is gone: a folder lies in its place; {WAY_OUT}") from None
    parts = parts_of(path.name)
    return prove(data, parts[1] if parts else path.name, str(path))


def release(archive: Path, arrival: Arrival) -> str | None:
    """Take out of the inbox what was archived, its archived copy proven first; None, or why something stays under the name.

    IntegrityError where the archived copy is not what it should be.
    """
    fetch(archived_path(archive, arrival.kind, arrival.file_id))
    try:
        taken = take(arrival.path)
        if taken is None:
            return None
        trouble = differs(taken, arrival.bytes_id)
        if trouble is None:
            remove(taken)
            return None
        home = put_back(taken)
    except OSError as error:
        return f"could not be taken out of the inbox and stays there: {error.strerror}"
    called = "" if home == arrival.path else f" as {home.name}"
    return f"{trouble}; what was read is archived, what came since stays in the inbox{called} for the next night"


def differs(path: Path, file_id: str) -> str | None:
    """None where the path is an ordinary file that nobody writes and that has this hash; else what it is, in words."""
    try:
        with opened(path) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return "something that is no file took its place while the night ran"
            if has_writer(file):
                return "somebody writes it again"
            found = hash_of(file)
    except OSError as error:
        return f"what lies there now cannot be read ({error.strerror})"
    return None if found == file_id else "was replaced or changed while the night ran"


def _make_private(archive: Path, folder: Path) -> None:
    archive.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(parents=True, exist_ok=True)
    for each in (folder.parent, archive):  # a new folder is durable once the one above it is
        sync(each)


def _write_durably(target: Path, data: bytes) -> None:
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    part.chmod(0o400)
    part.replace(target)
    sync(target.parent)
