"""A clinical file as a night meets it, and its bytes: proven where they are archived, archived first where they came tonight."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pbis.core.kept import NamedBytes
from pbis.pipeline.archive import arrived, fetch, keep
from pbis.pipeline.context import Night
from pbis.pipeline.inbox import Arrival


@dataclass(frozen=True)
class ClinicalFile:
    """An archived clinical file. arrival: None where it did not come tonight; is_stored: it was accepted on an earlier night."""

    kind: str
    file_id: str
    name: str
    path: Path
    arrival: Arrival | None
    is_stored: bool


def bytes_of(night: Night, file: ClinicalFile) -> NamedBytes:
    """The archived bytes, proven; tonight's files are archived first, except in a dry run."""
    if file.arrival is not None and night.options.is_dry_run:
        return NamedBytes(file.arrival.path.name, arrived(file.arrival))
    path = file.path if file.arrival is None else keep(night.archive, file.arrival)
    return NamedBytes(path.name, fetch(path))
