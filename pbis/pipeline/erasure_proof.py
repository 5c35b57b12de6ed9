"""What is left of a file is read again, and must give what the store holds of it now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

import warehouse
from pbis.core.frames import SPECS
from pbis.core.withdrawn import EMPTY, SURROGATE, Renamer
from pbis.pipeline.archive import archived_path
from pbis.pipeline.clinic import derived, frames_today
from pbis.pipeline.context import Night
from pbis.pipeline.erasure_note import ErasureNote, NotedFile
from pbis.pipeline.plates import Desk, layout_hash, layout_of, names_under, read_job
from pbis.pipeline.reading_again import plate_faults
from pbis.pipeline.stages import PlateJob, ReadPlate


def moved_assays(night: Night, rename: Renamer) -> dict[str, str]:
    """Name of a standing assay, of a run that another replaced too -> its name under the layout as it is without names of tubes: the same
    computation of the same readings."""
    desk = Desk.of(night)
    renamed = _renamed(desk.layouts, rename)
    moved: dict[str, str] = {}
    for run in warehouse.assayed_runs(night.con):
        was, now = layout_of(run.plate, desk.layouts), layout_of(run.plate, renamed)
        if layout_hash(was) != layout_hash(now):
            pairs = zip(names_under(night, desk, run, was), names_under(night, desk, run, now), strict=True)
            moved |= {old: new for old, new in pairs if old == run.assay_id}
    return moved


def _renamed(layouts: pa.Table, rename: Renamer) -> pa.Table:
    for name in ("plate", "specimen_id", "reagent_label"):
        at = layouts.schema.get_field_index(name)
        texts = [None if text is None else rename(text) for text in layouts.column(at).to_pylist()]
        layouts = layouts.set_column(at, layouts.schema.field(at), pa.array(texts, pa.string()))
    return layouts


def unproven(night: Night, note: ErasureNote, rename: Renamer) -> Iterator[NotedFile]:
    """Files of which what is left does not give what is stored; what stands beside the rows of the others is stored anew."""
    by_id = {each.file_id: each for each in note.files if each.left != EMPTY}
    yield from _plates(night, by_id, set(note.moved.values()))
    rows = {file_id: each for file_id, each in by_id.items() if each.kind not in ("plates", "linkage")}
    stored = {(each.kind, each.file_id) for each in rows.values()} & warehouse.holdings(night.con).loaded
    for each in [file for file in rows.values() if (file.kind, file.file_id) in stored]:
        if not list(derived(night, [each.file_id])) or not _is_stored(night, each):
            yield each


def _is_stored(night: Night, file: NotedFile) -> bool:
    """Whether the store has what is left of the file, which is then stored as it is said today: a quote may end within a surrogate.
    An import of other settings is left to the night that derives it anew."""
    for import_id, frames, refused in frames_today(night, file.kind, file.file_id):
        table = next(iter(frames))
        stored = warehouse.frames_of(night.con, "import_id", import_id, (table,))[table]
        if not _same_but_for_surrogates(frames[table], stored, SPECS[table].key):
            return False
        warehouse.replace_import(night.con, import_id, frames, refused)
    return True


def _same_but_for_surrogates(given: pa.Table, stored: pa.Table, key: Sequence[str]) -> bool:
    order = [(name, "ascending") for name in key]
    pairs = zip(given.sort_by(order).to_pylist(), stored.sort_by(order).to_pylist(), strict=False)
    return given.num_rows == stored.num_rows and all(
        one == other or SURROGATE in f"{one}{other}" for now, was in pairs for one, other in _cells(now, was)
    )


def _cells(now: dict[str, Any], was: dict[str, Any]) -> list[tuple[Any, Any]]:
    return [(now[name], was[name]) for name in now]


def _plates(night: Night, files: dict[str, NotedFile], moved: set[str]) -> Iterator[NotedFile]:
    desk = Desk.of(night)
    for run in warehouse.current_runs(night.con):
        file = files.get(run.run_id)
        if file is None and run.assay_id not in moved:
            continue
        path = archived_path(night.archive, "plates", run.run_id)
        read = read_job(night, PlateJob(run.run_id, run.file_name, path, None), desk)
        if isinstance(read, ReadPlate) and file is not None:
            place = str(path.relative_to(night.archive))
            warehouse.note_blanked(night.con, run.run_id, place, read.read.run)
        if file is not None and (not isinstance(read, ReadPlate) or list(plate_faults(night, [run]))):
            yield file
