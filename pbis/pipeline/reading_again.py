"""Archived files are read again, and what they give is held against what the warehouse holds of them.

`pbis verify` does it for all files or for a sample; each night for one plate and one clinical file, others each night, before it
stores a score. A file whose rows rest on other settings or on another program is left to the night that derives it anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import warehouse
from pbis.core.errors import IntegrityError
from pbis.pipeline.archive import archived_path, fetch
from pbis.pipeline.clinic import DerivedFile, derived
from pbis.pipeline.context import Night
from pbis.pipeline.differing import difference
from pbis.pipeline.faults import SiteFault
from pbis.pipeline.plates import Desk, assay_plates, read_job
from pbis.pipeline.sampling import sampled
from pbis.pipeline.stages import Followed, PlateJob, ReadPlate

A_NIGHT = (
    1  # plates, and clinical files: what a night of 20 plates does not feel; own choice, cost in docs/reliability.md
)


def look_again(night: Night, before: Followed) -> Followed:
    """The step of a night: a sample of what earlier nights stored; a small night leaves it to the next whole one. IntegrityError,
    before anything is published, where it differs."""
    if not night.options.is_small:
        require_sample(night)
    return before


def require_sample(night: Night) -> None:
    """One plate and one clinical file of earlier nights, chosen by the night's name. IntegrityError as above."""
    before = night.loaded_before
    runs = {run.run_id: run for run in warehouse.current_runs(night.con) if ("plates", run.run_id) in before}
    chosen = sampled(night.night_id, A_NIGHT, runs)
    files = sampled(night.night_id, A_NIGHT, [name for kind, name in before if kind not in ("plates", "linkage")])
    for run_id in chosen:
        fetch(archived_path(night.archive, "plates", run_id))
    faults = [*plate_faults(night, [runs[run_id] for run_id in sorted(chosen)]), *clinical_faults(night, files)]
    if faults:
        raise IntegrityError(
            f"a sample of the archive was read again: {faults[0].sentence}; nothing was published; "
            f"pbis verify --site {night.site.root} names all that differs (docs/reliability.md)"
        )


def plate_faults(night: Night, runs: Sequence[warehouse.StoredRun]) -> Iterator[SiteFault]:
    """Standing plates whose stored readings, results or curves are not what their archived files give. One that other settings
    or another program computed is left to the night that computes it anew."""
    desk = Desk.of(night)
    for run in runs:
        job = PlateJob(run.run_id, run.file_name, archived_path(night.archive, "plates", run.run_id), None)
        try:
            read = read_job(night, job, desk)
        except IntegrityError:
            continue  # the archive's own fault
        if isinstance(read, ReadPlate) and read.assay_id == run.assay_id:
            yield from _plate(night, read)


def _plate(night: Night, plate: ReadPlate) -> Iterator[SiteFault]:
    frames = assay_plates(night, [plate])
    first = warehouse.assay_night(night.con, plate.assay_id)
    read = warehouse.frames_of(night.con, "run_id", plate.job.run_id, ("reading",))
    stored = warehouse.frames_of(night.con, "assay_id", plate.assay_id, ("well", "result", "curve", "standard_level"))
    given = {"reading": plate.read.reading, "well": plate.well, "result": frames.result, "curve": frames.curve}
    for name, table in (given | {"standard_level": frames.level}).items():
        differs = difference(name, table, (read | stored)[name])
        if differs:
            yield SiteFault("warehouse", f"store.{name} of run {plate.job.run_id[:12]}", *differs, first)


def clinical_faults(night: Night, file_ids: Collection[str]) -> Iterator[SiteFault]:
    """Standing imports whose stored rows are not what their archived files give."""
    if file_ids:
        for each in derived(night, file_ids):
            yield from _clinical(night, each)


def _clinical(night: Night, given: DerivedFile) -> Iterator[SiteFault]:
    kind, file_id = given.file.kind, given.file.file_id
    standing = next(name for found, _, name in warehouse.current_files(night.con, kind) if found == file_id)
    if standing not in given.names:
        return
    (table,) = (name for name, frame in warehouse.FRAMES.items() if frame == given.table)
    stored = warehouse.frames_of(night.con, "import_id", standing, (table,))[table]
    differs = difference(table, given.rows, stored)
    if differs:
        first = warehouse.import_night(night.con, standing)
        yield SiteFault("warehouse", f"store.{table} of file {file_id[:12]}", *differs, first)
