"""Where refused files go: moved, never deleted, each beside a small text that says why and what to do.

What is put aside is what was refused. Where something else lies under the name by then, that stays in the inbox for the next
night, and the refused bytes are put aside from their archived copy where there is one.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path

from pbis.files.table_out import write_whole
from pbis.pipeline.archive import archived_path, differs, fetch
from pbis.pipeline.inbox import KINDS, Refusal, is_unfinished
from pbis.pipeline.opening import hash_of, is_being_written, opened
from pbis.pipeline.taking import PREFIX, bring, put_back, take
from pbis.pipeline.why_text import why_text

Refused = tuple[str, str, str | None]  # kind, name, sha256 where the bytes were read
_WRITTEN = "state: still being written"
WHY = ".why.txt"
PRIVATE_INDEX = "night.html"  # of a night's folder: the index with all cells as they came


_TAKEN = "the next night takes it. Nothing else waits for it."
_TELL = (
    "or, where the file is right and leaves something open, say it, and the next night reads it again as it is: pbis decide tell --site SITE "
    '--file {file_id} --label WELL=NAME, --date-order ORDER or --panel NAME, --reason "..." --author "..."'
)
_NOTE = "\nnote: "  # of a text that no file lies beside, and why
_GONE = "note: the file was gone before it could be moved\n"
_REPLACED = (
    "note: another file lay under its name when it was to be moved, and stays in the inbox for the next night{copied}\n"
)


def put_aside(quarantine: Path, night_id: str, refusal: Refusal, archive: Path | None = None) -> Path:
    """Move the refused entry to quarantine/<night>/<kind>/ and write its text first, so that no file lies there unexplained.

    Where the entry was replaced since, the new one stays where it is. Raises OSError, and the entry stays then too.
    """
    folder = quarantine / night_id / refusal.kind
    quarantine.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(parents=True, exist_ok=True)
    target = free_name(folder / refusal.path.name)
    write_whole(why_file(target), _text(refusal, night_id))
    try:
        taken = take(refusal.path)
    except OSError:
        why_file(target).unlink()
        raise
    if taken is not None and _is_refused(refusal, taken):
        _move(taken, target)
        return target
    if taken is not None:
        put_back(taken)
    _explain(target, refusal, _GONE if taken is None else _replaced(target, refusal, archive))
    return target


def clear_half(quarantine: Path, night_id: str) -> None:
    """Clear away what a night that was killed left unfinished: half a file, and a text whose file it had not moved yet."""
    for folder in sorted(quarantine.glob(f"{night_id}/*/")):
        for half in folder.glob("*.part"):
            half.unlink()
        for why in folder.glob(f"*{WHY}"):
            is_alone = not os.path.lexists(why.with_name(why.name.removesuffix(WHY)))
            if is_alone and _NOTE not in why.read_text(encoding="utf-8", errors="replace"):
                why.unlink()
        _remove_empty(folder)
    for half in quarantine.glob(f"{night_id}/*.part"):  # of its page with all cells
        half.unlink()
    _remove_empty(quarantine / night_id)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):  # something is left in it, or it is not there
        folder.rmdir()


def _move(taken: Path, target: Path) -> None:
    try:
        shutil.move(taken, target)
    except OSError:
        why_file(target).unlink()
        put_back(taken)
        raise
    taken.parent.rmdir()


def _is_refused(refusal: Refusal, taken: Path) -> bool:
    """Whether the entry is the one that was refused: by its bytes where they are known, else by what the file system says."""
    if refusal.file_id is not None:
        return differs(taken, refusal.file_id) is None
    if refusal.seen is None:
        return True
    now, then = taken.lstat(), refusal.seen
    if (now.st_dev, now.st_ino, now.st_mode) != (then.st_dev, then.st_ino, then.st_mode):
        return False
    if is_unfinished(refusal.error) or stat.S_ISDIR(now.st_mode):
        return True  # it is refused because it changes; and moving a folder may change its times
    return (now.st_size, now.st_mtime_ns) == (then.st_size, then.st_mtime_ns)


def _replaced(target: Path, refusal: Refusal, archive: Path | None) -> str:
    """The note about a replaced entry; the refused bytes are put aside from the archive, where they were kept."""
    kept = None if archive is None or refusal.file_id is None else archived_path(archive, refusal.kind, refusal.file_id)
    if kept is None or not kept.exists():
        return _REPLACED.format(copied="")
    target.write_bytes(fetch(kept))
    return _REPLACED.format(copied="; beside this text lies a copy of what was refused")


def _explain(target: Path, refusal: Refusal, note: str) -> None:
    """Add the note to the text; a file that was only unfinished needs no text, since it lies in the inbox or is gone."""
    why = why_file(target)
    if is_unfinished(refusal.error) and not target.exists():
        why.unlink()
    else:
        why.write_text(why.read_text(encoding="utf-8") + note, encoding="utf-8")


def return_completed(quarantine: Path, inbox: Path) -> tuple[Path, ...]:
    """Move files that were refused only because somebody still wrote them back to the inbox, if nobody does any more."""
    return _returned(quarantine, inbox, lambda why, file: _says_written(why))


def bring_back(quarantine: Path, inbox: Path, file_ids: frozenset[str]) -> tuple[Path, ...]:
    """Move refused plates of these hashes back to the inbox, so that the night reads them again."""

    def is_wanted(why: Path, file: Path) -> bool:
        return why.parent.name == "plates" and any(differs(file, file_id) is None for file_id in sorted(file_ids))

    return _returned(quarantine, inbox, is_wanted) if file_ids else ()


def bring_back_latest(quarantine: Path, inbox: Path, kind: str, name: str) -> Path | None:
    """Move the file of this name that was refused last back to the inbox, as it is; where it lies now, None where none does or its name is
    taken there."""
    found = [file for file in quarantined(quarantine, kind) if file.name == name]
    return _return_one(why_file(found[-1]), inbox, lambda why, file: True) if found else None


def return_refused(quarantine: Path, inbox: Path, night_id: str, refused: Collection[Refused]) -> tuple[Path, ...]:
    """Move what a killed night had refused and put aside already back to the inbox, so that the night that completes it refuses it again,
    and tells of it. refused: (kind, name, sha256 or None) as that night recorded them; the part that was refused of a file stays."""
    hashes = {sha256 for _, _, sha256 in refused}
    unread = {(kind, Path(name).name) for kind, name, sha256 in refused if sha256 is None}

    def is_wanted(why: Path, file: Path) -> bool:
        return (why.parent.name, file.name) in unread or (_is_plain(file) and _sha256(file) in hashes)

    whys = sorted(quarantine.glob(f"{night_id}/*/*{WHY}"))
    found = [_return_one(why, inbox, is_wanted, must_be_plain=False) for why in whys]
    return tuple(path for path in found if path is not None)


def quarantined(quarantine: Path, kind: str) -> tuple[Path, ...]:
    """The refused files of a kind, oldest night first."""
    whys = sorted(quarantine.glob(f"*/{kind}/*{WHY}"))
    files = [why.with_name(why.name.removesuffix(WHY)) for why in whys]
    return tuple(filter(_is_plain, files))


def _is_plain(file: Path) -> bool:
    return file.is_file() and not file.is_symlink()


def _sha256(file: Path) -> str:
    with opened(file) as data:
        return hash_of(data)


def _returned(quarantine: Path, inbox: Path, is_wanted: Callable[[Path, Path], bool]) -> tuple[Path, ...]:
    returned = [_return_one(why, inbox, is_wanted) for why in sorted(quarantine.glob(f"*/*/*{WHY}"))]
    return tuple(path for path in returned if path is not None)


def _says_written(why: Path) -> bool:
    """A text that a person has changed may be in any encoding."""
    return _WRITTEN in why.read_text(encoding="utf-8", errors="replace")


def _return_one(
    why: Path, inbox: Path, is_wanted: Callable[[Path, Path], bool], *, must_be_plain: bool = True
) -> Path | None:
    file = why.with_name(why.name.removesuffix(WHY))
    folder = inbox / why.parent.name
    try:
        is_there = _is_plain(file) or (os.path.lexists(file) and not must_be_plain)
        if why.parent.name not in KINDS or not is_there or not is_wanted(why, file):
            return None
        if os.path.lexists(folder / file.name) or (_is_plain(file) and is_being_written(file)):
            return None
        folder.mkdir(parents=True, exist_ok=True)
        private = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))  # the two folders may lie on two file systems
        home = bring(Path(shutil.move(file, private / file.name)), folder)
        private.rmdir()
    except OSError:  # one that cannot be looked at, or moved, waits where it is
        return None
    with suppress(OSError):
        why.unlink()
    return home


def _text(refusal: Refusal, night_id: str) -> str:
    steps = [] if is_unfinished(refusal.error) else [f"drop it into the inbox again ({refusal.kind}); {_TAKEN}"]
    if refusal.kind == "plates" and refusal.file_id is not None:
        steps.append(_TELL.format(file_id=refusal.file_id))
    foot = [] if refusal.file_id is None else [f"sha256: {refusal.file_id}"]
    if is_unfinished(refusal.error):
        foot.append(_WRITTEN)
        steps = ["leave it here: the night that finds it complete takes it by itself", *steps]
    return why_text(f"{refusal.name} was refused by night {night_id}.", [refusal.error], steps, foot)


def why_file(target: Path) -> Path:
    """The text beside a file in quarantine."""
    return target.with_name(target.name + WHY)


def free_name(target: Path) -> Path:
    """The name itself, or with -2, -3 ... where an earlier refusal of the same night took it."""
    candidate, number = target, 2
    while os.path.lexists(candidate) or os.path.lexists(why_file(candidate)):
        candidate = target.with_name(f"{target.stem}-{number}{target.suffix}")
        number += 1
    return candidate
