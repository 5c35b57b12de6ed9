"""manifest.json of a release: sha256 of every file, the parts with what they rest on, and what the release was made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warehouse.part_ranges import Span
from warehouse.release_disk import sha256_of
from warehouse.release_parts import Before, TablePart
from warehouse.release_rows import Known
from warehouse.tables import TABLES

MANIFEST = "manifest.json"
FILE_NAME = "pbis.duckdb"


@dataclass(frozen=True)
class Anchors:
    """What a release says of the night that makes it. basis: what its scores rest on; seal: the newest line of the ledger; before: sha256 of
    the manifest of the release before, as the ledger has it: only of a release that is what it was sealed as anything is taken over."""

    basis: str = ""
    seal: str = ""
    before: str = ""


@dataclass(frozen=True)
class ReleaseManifest:
    """What manifest.json says. files: all but the database, which goes when the next release is current; shape: what tells whether two
    databases are made alike."""

    release: str
    database: str
    shape: str
    files: Mapping[str, str]
    parts: tuple[TablePart, ...]
    decisions: Mapping[str, Any] = field(default_factory=dict)
    rests_on: Mapping[str, str] = field(default_factory=dict)

    def before(self, folder: Path) -> Before:
        """Its parts, to be taken over."""
        return Before(folder, {(part.table, part.span): part for part in self.parts})

    def known(self, is_base: bool) -> dict[str, Known]:
        """Stored table -> its parts with what each rests on. is_base: whether its database is taken over with them."""
        found: dict[str, dict[Span, str]] = {}
        for part in self.parts:
            found.setdefault(part.table.removeprefix("store."), {})[part.span] = part.basis
        return {table: Known(is_base, parts) for table, parts in found.items()} | (
            {table: Known(True, {}) for table in TABLES if table not in found} if is_base else {}
        )


def write_manifest(
    folder: Path, release: str, head: Mapping[str, Any], parts: Iterable[TablePart], shape: str, anchors: Anchors
) -> None:
    """sha256 of every file of the release, the latest decision that it knows, and its parts."""
    listed = sorted(parts, key=lambda part: part.file)
    files = {part.file: part.sha256 for part in listed}
    own = sorted(path for path in folder.rglob("*") if path.is_file())
    names = [name for path in own if (name := str(path.relative_to(folder))) not in files]
    files |= {name: sha256_of(folder / name) for name in names if name != FILE_NAME}
    said = {
        "release": release,
        "decisions": dict(head),
        "rests_on": {"basis": anchors.basis, "seal": anchors.seal},
        "shape": shape,
        "database": {"file": FILE_NAME, "sha256": sha256_of(folder / FILE_NAME)},
        "files": dict(sorted(files.items())),
        "parts": {
            part.file: {"table": part.table, "first": part.span.first, "rows": part.span.rows, "basis": part.basis}
            for part in listed
        },
    }
    (folder / MANIFEST).write_text(json.dumps(said, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> ReleaseManifest | None:
    """What the manifest says; None where there is none, or where an earlier build wrote it, whose releases have no parts."""
    path = folder / MANIFEST
    if not path.is_file():
        return None
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        parts = tuple(
            TablePart(each["table"], file, Span(each["first"], each["rows"]), said["files"][file], each["basis"])
            for file, each in said["parts"].items()
        )
        return ReleaseManifest(
            said["release"],
            said["database"]["sha256"],
            said["shape"],
            said["files"],
            parts,
            said["decisions"],
            said["rests_on"],
        )
    except (ValueError, KeyError, TypeError):
        return None
