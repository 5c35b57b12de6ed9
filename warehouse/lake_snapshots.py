"""What a lake holds: which snapshot is which release, which files each shows, and whether that is what the release's manifest says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from pbis.config import Lake
from warehouse.lake import META, NAME, lake_trouble
from warehouse.release_disk import sha256_of
from warehouse.release_manifest import ReleaseManifest
from warehouse.release_open import SHAPE

AUTHOR = "pbis"
_SAID = "release "
_STAMP = 16  # digits of a part's sha256 in the name of its file in the lake: by them a part is known again, whole ones are proven
_SNAPSHOTS = f"select snapshot_id, snapshot_time, schema_version, changes, author, commit_message, commit_extra_info from {NAME}.snapshots() order by 1"
_FILES = f"""
    select if(s.schema_name = 'main', '', s.schema_name || '.') || t.table_name as "table", f.path, f.record_count,
        exists (
            from {META}.ducklake_delete_file as d where d.data_file_id = f.data_file_id
            and d.begin_snapshot <= $1 and (d.end_snapshot is null or d.end_snapshot > $1)
        ) as is_cut
    from {META}.ducklake_data_file as f
    join {META}.ducklake_table as t on t.table_id = f.table_id
        and t.begin_snapshot <= $1 and (t.end_snapshot is null or t.end_snapshot > $1)
    join {META}.ducklake_schema as s on s.schema_id = t.schema_id
        and s.begin_snapshot <= $1 and (s.end_snapshot is null or s.end_snapshot > $1)
    where f.begin_snapshot <= $1 and (f.end_snapshot is null or f.end_snapshot > $1)
    order by 1, 2
"""


@dataclass(frozen=True)
class LakeSnapshot:
    """A snapshot. release: that it is, '' where no night of ours made it; manifest, shape: sha256 of that release's manifest and of the
    statements that make it; has_changes: whether anything in it is otherwise than in the one before."""

    number: int
    made_at: datetime
    release: str
    manifest: str
    shape: str
    has_changes: bool


@dataclass(frozen=True)
class LakeFile:
    """A file of a table. is_cut: rows of it were deleted."""

    table: str
    path: Path
    rows: int
    is_cut: bool

    @property
    def stamp(self) -> tuple[str, str]:
        """By which a part is known again."""
        return self.table, self.path.stem.rpartition(".")[2]


def stamp_of(table: str, sha256: str) -> tuple[str, str]:
    """The same of a part of a release."""
    return table, sha256[:_STAMP]


def message_of(release: str) -> str:
    """What the snapshot of a release is called in the catalogue."""
    return f"{_SAID}{release}"


def snapshots(con: duckdb.DuckDBPyConnection) -> list[LakeSnapshot]:
    """All that are kept, in their order."""
    found = []
    for number, made_at, _, changes, author, message, extra in con.execute(_SNAPSHOTS).fetchall():
        is_ours = author == AUTHOR and str(message).startswith(_SAID)
        told = _told(extra) if is_ours else {}
        release = str(message).removeprefix(_SAID) if is_ours else ""
        found.append(
            LakeSnapshot(number, made_at, release, told.get("manifest", ""), told.get("shape", ""), bool(changes))
        )
    return found


def _told(extra: str | None) -> Mapping[str, str]:
    try:
        said = json.loads(extra or "{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def files_of(con: duckdb.DuckDBPyConnection, snapshot: int) -> list[LakeFile]:
    """The files that a snapshot shows."""
    rows = con.execute(_FILES, [snapshot]).fetchall()
    return [LakeFile(table, Path(path), int(count), bool(is_cut)) for table, path, count, is_cut in rows]


def foreign_snapshots(kept: Iterable[LakeSnapshot]) -> list[LakeSnapshot]:
    """Snapshots in which somebody else wrote; the first of a lake holds nothing but its own schema."""
    return [each for each in kept if each.number and each.has_changes and not each.release]


def snapshot_faults(
    con: duckdb.DuckDBPyConnection,
    lake: Lake,
    one: LakeSnapshot,
    manifest: ReleaseManifest,
    seen: dict[Path, str],
) -> Iterator[tuple[str, str, str]]:
    """What of a release's snapshot is otherwise than its manifest says: (what, expected, found). Every file is read, once for all snapshots:
    what a lake counts, it answers from the catalogue, also where the file is gone. seen: sha256 of what was read, filled here."""
    if one.shape != manifest.files[SHAPE]:
        yield SHAPE, manifest.files[SHAPE][:12], one.shape[:12] or "none"
    with lake_trouble(lake):
        held = {each.stamp: each for each in files_of(con, one.number)}
    wanted = {stamp_of(part.table, part.sha256): part for part in manifest.parts}
    for stamp in sorted(held.keys() - wanted.keys()):
        yield held[stamp].table, "no such part", held[stamp].path.name
    for stamp, part in sorted(wanted.items()):
        if stamp not in held:
            yield part.file, part.sha256[:12], "no file in the lake"
            continue
        file = held[stamp]
        if file.path not in seen:
            seen[file.path] = sha256_of(file.path) if file.path.is_file() else "no file"
        if seen[file.path] != part.sha256:
            yield part.file, part.sha256[:12], seen[file.path][:12]
        if file.is_cut or file.rows != part.span.rows:
            yield part.file, f"{part.span.rows} rows", "rows deleted" if file.is_cut else f"{file.rows} rows"
