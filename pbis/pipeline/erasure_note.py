"""What an erasure is about to do, noted before it does anything: a night that is killed in it is taken up where it stopped.

The note is the one place that holds names of subjects who withdrew, and only until all of them are gone everywhere else.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from pbis.files.table_out import replace_whole

_NAME = "erasing.json"


@dataclass(frozen=True)
class NotedFile:
    """What becomes of an archived file. left: sha256 of what is left; lines: that are blank now; is_gone: nobody else stood in it; is_lost:
    it cannot be read any more, while what others have of it stands."""

    kind: str
    file_id: str
    left: str
    lines: tuple[int, ...] = ()
    is_gone: bool = False
    is_lost: bool = False

    @property
    def key(self) -> str:
        return f"{self.kind}/{self.file_id}"


@dataclass(frozen=True)
class ErasureNote:
    """subjects, names: as they are called; moved: hash -> the hash that follows from it without the names; pages: name -> sha256 of what
    is left; is_done: all but sealing the store and writing its file anew, and the names are gone from here too; is_sealed: all but the latter."""

    subjects: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    files: tuple[NotedFile, ...] = ()
    moved: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    is_done: bool = False
    is_sealed: bool = False

    def closed(self) -> ErasureNote:
        """What of it is left to do, without a name."""
        return ErasureNote(pages=self.pages, is_done=True)

    def with_file(self, file: NotedFile) -> ErasureNote:
        """The note with this in the place of what it said of the file."""
        return replace(self, files=(*(each for each in self.files if each.key != file.key), file))


def erasure_path(state: Path) -> Path:
    """Where the note lies, while there is one."""
    return state / _NAME


def read_erasure(state: Path) -> ErasureNote | None:
    """The note; None where no erasure was begun."""
    path = erasure_path(state)
    if not path.exists():
        return None
    row = json.loads(path.read_text(encoding="utf-8"))
    files = tuple(NotedFile(**each | {"lines": tuple(each["lines"])}) for each in row.pop("files"))
    subjects, names = frozenset(row.pop("subjects")), frozenset(row.pop("names"))
    return ErasureNote(subjects, names, files, **row)


def note_erasure(state: Path, note: ErasureNote) -> None:
    """Write it; durable when this returns."""
    row = asdict(note) | {"subjects": sorted(note.subjects), "names": sorted(note.names)}
    replace_whole(erasure_path(state), json.dumps(row), 0o600)


def strike_erasure(state: Path) -> None:
    """Everything is done."""
    erasure_path(state).unlink(missing_ok=True)
