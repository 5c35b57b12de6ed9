"""`pbis restore`: a site from its backup, in an empty folder; whole by hash and by `pbis verify` before it is there under its name."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

import warehouse
from pbis.config import load_site
from pbis.core.errors import IntegrityError
from pbis.files.trouble import trouble_of
from pbis.pipeline.backing_up import MANIFEST
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.modes import private, settle_new
from pbis.pipeline.room import require_free
from pbis.pipeline.site_files import require_empty
from pbis.pipeline.verifying import Verified, verify

_AT_ONCE = 1 << 20  # bytes that are copied at once; a release can be larger than the memory


@private()
def restore(backup: Path, folder: Path, clock: Callable[[], datetime]) -> Verified:
    """Write the site of a backup into a folder that is empty or absent, and look at all of it. UsageError where something is there,
    IntegrityError where the file is not whole; nothing is left then. Faults that the site had when it was saved are returned."""
    require_empty(folder, "restored")
    part = folder.with_name(f".{folder.name}.partial")
    shutil.rmtree(part, ignore_errors=True)
    require_free(folder, backup.stat().st_size)
    part.mkdir(parents=True, mode=0o700)
    try:
        _unpack(backup, part)
        site = load_site(part)
        for kind in KINDS:
            (site.path("inbox") / kind).mkdir(parents=True, exist_ok=True)
        settle_new(part, site.path("inbox"))
        found = verify(site, None, clock)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    if folder.exists():
        folder.rmdir()
    part.rename(folder)
    return found


def _unpack(backup: Path, folder: Path) -> None:
    """Every file, then the list of them: the hashes must be those that were written."""
    sums: dict[str, str] = {}
    said: Mapping[str, Any] | None = None
    try:
        with tarfile.open(backup, mode="r:") as tar:
            for member in tar:
                if member.name == MANIFEST:
                    said = json.loads(_opened(tar, member).read())
                elif member.islnk() and member.linkname in sums:
                    sums[member.name] = _share(member, folder, sums[member.linkname])
                else:
                    sums[member.name] = _write(tar, member, folder)
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        trouble = trouble_of(error, (folder,))
        if trouble is not None:
            raise trouble from None
        raise IntegrityError(
            f"{backup}: expected a backup that pbis backup wrote, found another file or a part of one: {error}"
        ) from None
    if said is None:
        raise IntegrityError(
            f"{backup}: expected {MANIFEST} at its end, found none: the file was cut; take another backup"
        )
    for name in sorted(said["files"].keys() | sums.keys()):
        was, now = said["files"].get(name, "no such file"), sums.get(name, "no file")
        if was != now:
            raise IntegrityError(f"{backup}, {name}: expected sha256 {was[:12]}, found {now[:12]}; take another backup")
    for name, mode in sorted(said["folders"].items(), reverse=True):  # what lies in a folder before the folder
        (folder / name).chmod(mode & 0o777)
    if said["current"] is not None:
        (folder / said["releases"] / warehouse.CURRENT).symlink_to(Path(said["current"]).name, target_is_directory=True)


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, folder: Path) -> str:
    """One ordinary file below the folder; its sha256."""
    target = _below(folder, member)
    digest = hashlib.sha256()
    with _opened(tar, member) as source, target.open("xb") as file:
        while block := source.read(_AT_ONCE):
            digest.update(block)
            file.write(block)
        file.flush()
        os.fsync(file.fileno())
    target.chmod(member.mode & 0o777)
    return digest.hexdigest()


def _share(member: tarfile.TarInfo, folder: Path, digest: str) -> str:
    """A part that another release, which was written before, has too; its sha256."""
    target = _below(folder, member)
    warehouse.share(folder / member.linkname, target)
    return digest


def _below(folder: Path, member: tarfile.TarInfo) -> Path:
    """Where a file of the site comes to lie. IntegrityError where that would not be below the folder."""
    path = PurePosixPath(member.name)
    if not (member.isfile() or member.islnk()) or path.is_absolute() or ".." in path.parts:
        raise IntegrityError(
            f"{member.name}: expected an ordinary file of a site, found something else in the backup; nothing was restored"
        )
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return target


def _opened(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    file = tar.extractfile(member)
    if file is None:
        raise IntegrityError(
            f"{member.name}: expected an ordinary file, found something else in the backup; nothing was restored"
        )
    return file
