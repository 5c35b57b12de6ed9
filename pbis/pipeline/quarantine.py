"""Where refused files go: moved, never deleted, each beside a small text that says why and what to do."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from pbis.core.errors import InputRefused, UnstableFile
from pbis.pipeline.inbox import KINDS, Refusal, is_being_written

_WRITTEN = "state: still being written"
_SUFFIX = ".why.txt"


def put_aside(quarantine: Path, night_id: str, refusal: Refusal) -> Path:
    """Move the refused entry to quarantine/<night>/<kind>/ and write its text first, so that no file lies there unexplained."""
    folder = quarantine / night_id / refusal.kind
    quarantine.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(parents=True, exist_ok=True)
    target = _free_name(folder / refusal.path.name)
    _why(target).write_text(_text(refusal, night_id), encoding="utf-8")
    if os.path.lexists(refusal.path):
        shutil.move(refusal.path, target)
    else:
        _why(target).write_text(
            _text(refusal, night_id) + "note: the file was gone before it could be moved\n", encoding="utf-8"
        )
    return target


def return_completed(quarantine: Path, inbox: Path) -> tuple[Path, ...]:
    """Move files that were refused only because somebody still wrote them back to the inbox, if nobody does any more."""
    returned = [_return_one(why, inbox) for why in sorted(quarantine.glob(f"*/*/*{_SUFFIX}"))]
    return tuple(path for path in returned if path is not None)


def _says_written(why: Path) -> bool:
    """A text that a person has changed may be in any encoding."""
    return _WRITTEN in why.read_text(encoding="utf-8", errors="replace")


def _return_one(why: Path, inbox: Path) -> Path | None:
    file = why.with_name(why.name.removesuffix(_SUFFIX))
    home = inbox / why.parent.name / file.name
    try:
        if why.parent.name not in KINDS or not _says_written(why):
            return None
        if not file.is_file() or home.exists() or is_being_written(file):
            return None
        home.parent.mkdir(parents=True, exist_ok=True)
        file.replace(home)
    except OSError:  # one that cannot be looked at, or moved, waits where it is
        return None
    with suppress(OSError):
        why.unlink()
    return home


def _text(refusal: Refusal, night_id: str) -> str:
    error = refusal.error
    lines = [f"{refusal.name} was refused by night {night_id}.", "", f"why: {error}"]
    lines += [f"{label}: {value}" for label, value in _details(error) if value]
    if isinstance(error, UnstableFile) and "still being written" in error.message:
        lines.append(_WRITTEN)
    else:
        lines.append(
            "then: when it is mended, drop it into the inbox again; the next night takes it. Nothing else waits for it."
        )
    return "\n".join(lines) + "\n"


def _details(error: InputRefused) -> tuple[tuple[str, str | None], ...]:
    line = None if error.line is None else str(error.line)
    return (("line", line), ("expected", error.expected), ("found", error.found), ("what to do", error.hint))


def _why(target: Path) -> Path:
    return target.with_name(target.name + _SUFFIX)


def _free_name(target: Path) -> Path:
    """The name itself, or with -2, -3 ... where an earlier refusal of the same night took it."""
    candidate, number = target, 2
    while os.path.lexists(candidate) or os.path.lexists(_why(candidate)):
        candidate = target.with_name(f"{target.stem}-{number}{target.suffix}")
        number += 1
    return candidate
