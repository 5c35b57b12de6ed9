"""`pbis backup`: one file from which a site is restored, made while the laboratory works.

What changes with a night (warehouse, ledger, pages) is copied under the site's lock, which takes seconds, so that it is of one moment;
a night that runs is waited for. DuckDB writes its log into its file before that is copied; the decision log is copied by SQLite
itself, because decisions may be entered at any time. Archive and releases never change once they are there, and are read afterwards.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import warehouse
from pbis.config import Site
from pbis.core.errors import IntegrityError, SiteBusy, UsageError
from pbis.files.temporary import temporary_folder
from pbis.pipeline.account_store import accounts_path, copy_accounts
from pbis.pipeline.archive import archived_path
from pbis.pipeline.decision_log import copy_log, log_of
from pbis.pipeline.handing_over import delivery_files
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.ledger import ledger_path, read_ledger
from pbis.pipeline.lock import site_lock
from pbis.pipeline.modes import private
from pbis.pipeline.room import bytes_below, require_free
from pbis.pipeline.sealing import heads_of
from pbis.pipeline.site_files import configuration_of, require_inside
from pbis.pipeline.unfinished import note_path, noted
from pbis.pipeline.withdrawals import key_path

MANIFEST = "backup.json"  # the last of the file, so that a file which was cut has none
_PAUSE_SECONDS = 0.5
_TRIES = 20  # at the pause above: longer than a decision takes between the log and the ledger


@dataclass(frozen=True)
class BackedUp:
    """What the file holds: files and bytes, and the sha256 of the whole of it."""

    files: int
    byte_count: int
    sha256: str


@private()
def back_up(site: Site, target: Path, wait_seconds: float) -> BackedUp:
    """Write the backup, whole or not at all. UsageError where the file exists, SiteBusy where a night runs for longer than that."""
    if os.path.lexists(target):
        raise UsageError(f"{target}: is there already, expected a new name; no backup is written over")
    require_inside(site)
    part = target.with_name(f".{target.name}.partial")
    sweep_partial(site, part)
    require_free(target.absolute().parent, bytes_below(site.root))
    with temporary_folder("backup") as folder:
        with _locked(site, wait_seconds):
            moment = _moment(site, folder)
        try:
            with part.open("xb") as file:
                fcntl.flock(
                    file.fileno(), fcntl.LOCK_EX
                )  # a kill lets go of it, so that the next backup knows what is left over
                part.chmod(0o600)  # it holds record numbers
                sums = _write(site, moment, file)
                file.flush()
                os.fsync(file.fileno())
            part.rename(target)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
    return BackedUp(len(sums), target.stat().st_size, warehouse.sha256_of(target))


def sweep_partial(site: Site, own: Path) -> None:
    """Remove what killed backups of the site left beside `own`, under whatever name, each of the size of a site. SiteBusy where
    another backup writes `own` now."""
    for path in sorted(own.parent.glob(".*.partial")):
        if path == own or _is_backup(path, site):
            with path.open("rb") as file:
                try:
                    fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if path == own:
                        raise SiteBusy(
                            f"{own}: another backup is writing it; wait for it, or give another name"
                        ) from None
                    continue
                path.unlink(missing_ok=True)


def _is_backup(path: Path, site: Site) -> bool:
    """Whether the file begins as a backup of this site does: with a file that lies in it. Anything else is not ours."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file, suppress(tarfile.TarError):
        first = PurePosixPath(tarfile.TarInfo.frombuf(file.read(tarfile.BLOCKSIZE), "utf-8", "strict").name)
        return bool(first.parts) and first.parts[0] in {each.name for each in site.root.iterdir()}
    return False


@contextmanager
def _locked(site: Site, wait_seconds: float) -> Iterator[None]:
    """The site's lock, waited for."""
    until = time.monotonic() + wait_seconds
    with ExitStack() as stack:
        while True:
            try:
                stack.enter_context(site_lock(site.path("state")))
                break
            except SiteBusy:
                if time.monotonic() >= until:
                    raise
                time.sleep(min(_PAUSE_SECONDS, wait_seconds))
        yield


@dataclass(frozen=True)
class _Moment:
    """A site at one moment. copied: path in the site -> a copy of what was there; lasting: files that never change; current: the name
    that releases/current leads to."""

    copied: dict[str, Path]
    lasting: tuple[Path, ...]
    current: str | None


def _moment(site: Site, folder: Path) -> _Moment:
    copied: dict[str, Path] = {}

    def copy(path: Path, by: Callable[[Path, Path], object] = shutil.copyfile) -> None:
        name = str(path.relative_to(site.root))
        copied[name] = folder / str(len(copied))
        by(path, copied[name])

    known: frozenset[tuple[str, str]] = frozenset()
    if site.path("warehouse").is_file():
        warehouse.settle_file(site.path("warehouse"))
        copy(site.path("warehouse"))
        with closing(
            warehouse.connect(copied[str(site.path("warehouse").relative_to(site.root))], read_only=True)
        ) as con:
            holdings = warehouse.holdings(con)
        refused = {(kind, file_id) for kind in KINDS for file_id in holdings.refused}
        known = holdings.loaded | refused | noted(site.path("state"))
    for name in configuration_of(site):
        copy(site.root / name)
    own = (note_path(site.path("state")), *delivery_files(site.path("state")))
    for path in (*own, *_files(site.path("reports")), *_files(site.path("quarantine"))):
        if path.is_file():
            copy(path)
    _copy_decisions(site, copy)
    link = site.path("releases") / warehouse.CURRENT
    archived = [archived_path(site.path("archive"), *each) for each in sorted(known)]
    lasting = [path for path in archived if path.is_file()]
    for path in [
        path for each in sorted(site.path("releases").glob("[!.]*")) if not each.is_symlink() for path in _files(each)
    ]:
        if path.name == warehouse.FILE_NAME:  # the next night takes it away
            copy(path, _linked)
        else:
            lasting.append(path)
    return _Moment(copied, tuple(lasting), link.readlink().name if link.is_symlink() else None)


def _linked(path: Path, copy: Path) -> None:
    """The same file under a name of our own, or a copy where the temporary folder lies on another disk."""
    try:
        os.link(path, copy)
    except OSError:
        shutil.copyfile(path, copy)


def _copy_decisions(site: Site, copy: Callable[..., None]) -> None:
    """Log and ledger of one moment: a decision that is entered meanwhile stands in the one before it stands in the other."""
    for _ in range(_TRIES):
        events, entries = log_of(site), read_ledger(site.path("state"))
        if len(events) == max((head["sequence"] for _, head in heads_of(entries)), default=0) or not entries:
            break
        time.sleep(_PAUSE_SECONDS)
    if ledger_path(site.path("state")).is_file():
        copy(ledger_path(site.path("state")))
    if key_path(site.path("state")).is_file():
        copy(key_path(site.path("state")))
    if accounts_path(site.path("state")).is_file():
        copy(accounts_path(site.path("state")), copy_accounts)
    if site.path("decisions").is_file():
        copy(site.path("decisions"), copy_log)


def _files(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]


def _write(site: Site, moment: _Moment, file: BinaryIO) -> dict[str, str]:
    """Every file with its sha256, then the list of them. Times and owners are left out."""
    sums: dict[str, str] = {}
    modes = {name: (site.root / name).stat().st_mode & 0o777 for name in moment.copied if (site.root / name).exists()}
    sources = moment.copied | {str(path.relative_to(site.root)): path for path in moment.lasting}
    shared: dict[tuple[int, int], str] = {}  # a part that releases share is written once
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for name, path in sorted(sources.items()):
            seen = path.stat()
            first = shared.setdefault((seen.st_dev, seen.st_ino), name)
            if first != name and path.parent.name == "parts":
                tar.addfile(_link(name, first, seen.st_mode & 0o777))
                sums[name] = sums[first]
            else:
                sums[name] = _add(tar, name, path, modes.get(name, seen.st_mode & 0o777))
        releases = str(site.path("releases").relative_to(site.root))
        parents = {str(each) for name in sums for each in PurePosixPath(name).parents if each.name}
        folders = {name: (site.root / name).stat().st_mode & 0o777 for name in sorted(parents)}
        said = {"files": sums, "folders": folders, "current": moment.current, "releases": releases}
        data = json.dumps(said, indent=1, sort_keys=True).encode()
        tar.addfile(_member(MANIFEST, len(data), 0o600), BytesIO(data))
    return sums


def _add(tar: tarfile.TarFile, name: str, path: Path, mode: int) -> str:
    size = path.stat().st_size
    with path.open("rb") as source:
        tar.addfile(_member(name, size, mode), source)
        source.seek(0)
        digest = hashlib.file_digest(source, "sha256").hexdigest()
    if path.stat().st_size != size:
        raise IntegrityError(
            f"{path}: changed while it was copied, expected a file that stays as it is; nothing was written"
        )
    return digest


def _link(name: str, first: str, mode: int) -> tarfile.TarInfo:
    member = _member(name, 0, mode)
    member.type, member.linkname = tarfile.LNKTYPE, first
    return member


def _member(name: str, size: int, mode: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, mode
    return member
