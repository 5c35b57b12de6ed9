"""What nights and questions that were killed left half written: cleared away under the lock by the next night, by exact names only.

Whatever bears another name is not ours and stays. What was taken out of the inbox is no leftover: it is put back (taking.recover).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pbis.config import Site
from pbis.core.words import plural
from pbis.files.temporary import abandoned, is_alive
from pbis.pipeline.bringing import unfinished_halves
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.room import PROBE, bytes_below

_RELEASE = re.compile(r"\.\d{4}-\d{2}-\d{2}-\d{1,9}\.partial")
_ARCHIVED = re.compile(r"[0-9a-f]{64}\.\d+\.part")
_PROBED = re.compile(rf"{re.escape(PROBE)}(\d+)(?:\.renamed)?")
_SPILLED = re.compile(r"duckdb_temp_[\w.-]+")


@dataclass(frozen=True)
class Leftover:
    """kind: what it is, in words of one; path: file, link or folder."""

    kind: str
    path: Path


def leftovers(site: Site) -> list[Leftover]:
    """All of them; to be asked under the site's lock, else a night at work is taken for a killed one."""
    releases, reports, state = site.path("releases"), site.path("reports"), site.path("state")
    found = [Leftover("release", path) for path in releases.glob(".*.partial") if _RELEASE.fullmatch(path.name)]
    found += [
        Leftover("link", path) for path in releases.glob(".current.partia[l]")
    ]  # a pattern, which finds a dangling link too
    found += [
        Leftover("note", path)
        for path in (
            *releases.glob("*/basis.sha256.part"),
            *releases.glob("*/open_items.sha256.part"),
            *state.glob("unfinished.txt.part"),
            *state.glob("delivery.json.part"),
            *state.glob("delivered/*.json.part"),
            *state.glob("followed/*.link.part"),
            *state.glob("followed/*.points.part"),
        )
    ]
    found += [Leftover("page", path) for path in (*reports.glob("*.html.part"), *reports.glob("plates/*.html.part"))]
    found += [Leftover("archived file", path) for path in _half_archived(site.path("archive"))]
    found += [Leftover("probe", path) for folder in site.folders.values() for path in _probes(folder)]
    found += [Leftover("database's file", path) for path in _spilled(site.path("warehouse"))]
    found += [Leftover("temporary folder", path) for path in abandoned()]
    found += [Leftover("brought file", path) for path in unfinished_halves(site.path("inbox"))]
    return sorted(found, key=lambda each: (each.kind, each.path))


def sweep(site: Site) -> list[str]:
    """Remove them; one sentence where there were any."""
    found = leftovers(site)
    size = sum(_size(each.path) for each in found)
    for each in found:
        if each.path.is_dir() and not each.path.is_symlink():
            shutil.rmtree(each.path, ignore_errors=True)
        else:
            each.path.unlink(missing_ok=True)
    return [f"cleared away what was left half written: {in_words(found)}, {size / 1e6:.1f} MB"] if found else []


def in_words(found: list[Leftover]) -> str:
    """For example: 2 archived files, 1 release."""
    kinds = [each.kind for each in found]
    return ", ".join(plural(kinds.count(kind), kind) for kind in dict.fromkeys(kinds))


def _half_archived(archive: Path) -> Iterator[Path]:
    for kind in KINDS:
        yield from (path for path in (archive / kind).glob("??/*.part") if _ARCHIVED.fullmatch(path.name))


def _probes(folder: Path) -> Iterator[Path]:
    """Those of processes that are gone: another one may be trying the folder just now."""
    named = ((path, _PROBED.fullmatch(path.name)) for path in folder.glob(f"{PROBE}*"))
    yield from (path for path, found in named if found and not is_alive(int(found[1])))


def _spilled(warehouse: Path) -> Iterator[Path]:
    folder = warehouse.with_name(warehouse.name + ".tmp")
    yield from (path for path in folder.glob("*") if _SPILLED.fullmatch(path.name))


def _size(path: Path) -> int:
    if path.is_symlink() or not path.is_dir():
        return path.lstat().st_size
    return bytes_below(path)
