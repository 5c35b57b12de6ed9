"""A folder in the inbox that is one export: all its files come together, or wait together while any of them is still being copied.

It is left where it is while it waits, since a copy goes on by names: a folder that is moved away would break it.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pbis import clinical
from pbis.pipeline.opening import is_being_written
from pbis.pipeline.taking import PREFIX

IGNORED = (".gitkeep", ".DS_Store", "Thumbs.db", "desktop.ini")
FOLDERS_OF = ("labs",)  # results come as folders (FHIR Bulk Data); everything else is one file
WAITS = "the export is still being copied; it waits in the inbox until nothing in it changes any more"
State = tuple[tuple[str, int, int, int], ...]


def is_taken_whole(kind: str, path: Path, mode: int) -> bool:
    """Whether the entry is the folder of an export."""
    return kind in FOLDERS_OF and stat.S_ISDIR(mode) and clinical.is_export(path)


def files_in(folder: Path) -> list[Path]:
    """Everything in the folder and in folders inside that is no folder itself, by name; what file managers leave is passed over."""
    found = (
        Path(place) / name for place, folders, names in os.walk(folder) for name in (*names, *_links(place, folders))
    )
    return sorted((path for path in found if path.name not in IGNORED), key=lambda path: os.fsencode(path))


def seen_in(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """The same with what the file system says of each; one that goes meanwhile is not there."""
    for path in files_in(folder):
        with suppress(OSError):
            yield path, path.lstat()


def state_of(folder: Path) -> State:
    """Path, size, time and number of every file as they are now: two that are equal saw no change."""
    return tuple(sorted(_states(folder)))


def is_quiet(folder: Path, before: State) -> bool:
    """Whether the folder is as it was, and nobody writes any of its files."""
    try:
        files = [path for path in files_in(folder) if stat.S_ISREG(path.lstat().st_mode)]
        return state_of(folder) == before and not any(map(_is_written, files))
    except OSError:
        return False


def is_recent(folder: Path, seconds: float) -> bool:
    """Whether anything was put into the folder a moment ago."""
    try:
        return any(abs(time.time() - Path(place).stat().st_mtime) < seconds for place, _, _ in os.walk(folder))
    except OSError:  # it went while it was looked at
        return True


def clear(folder: Path) -> None:
    """Remove the folder once all that it held was taken; whatever else lies in it by now stays, and the folder with it."""
    for place, _, names in os.walk(folder, topdown=False):
        try:
            for path in (Path(place) / name for name in names):
                if path.name in IGNORED or (path.is_file() and not path.is_symlink() and path.stat().st_size == 0):
                    path.unlink()
            Path(place).rmdir()
        except OSError:
            return


def places_with_taken(folder: Path) -> list[Path]:
    """Folders of exports in which a killed night had taken something."""
    return sorted({path.parent for path in folder.glob(f"*/**/{PREFIX}*") if path.is_dir()})


def _links(place: str, folders: list[str]) -> Iterator[str]:
    """Links to folders, which nobody follows."""
    return (name for name in folders if (Path(place) / name).is_symlink())


def _states(folder: Path) -> Iterator[tuple[str, int, int, int]]:
    for path, seen in seen_in(folder):
        yield str(path.relative_to(folder)), seen.st_size, seen.st_mtime_ns, seen.st_ino


def _is_written(path: Path) -> bool:
    try:
        return is_being_written(path)
    except PermissionError:  # told of where it is opened
        return False
