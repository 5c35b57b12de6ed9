"""Rows, lines and messages that were refused alone: a file of their own in quarantine that can be mended and dropped again.

It is written before the rest of their file is stored, so that a night which is killed between the two loses nothing: the next one
imports the file, and finds it where that one wrote it.
"""

from __future__ import annotations

from pathlib import Path

import warehouse
from pbis.clinical import Aside
from pbis.core.errors import MalformedFile
from pbis.files.table_out import write_whole
from pbis.pipeline.clinical_file import ClinicalFile
from pbis.pipeline.context import Night
from pbis.pipeline.inbox import RefusedPart
from pbis.pipeline.quarantine import free_name, why_file
from pbis.pipeline.why_text import why_text

MOST_TOLD = 100  # units that the text beside the file names one by one


def put_part_aside(night: Night, file: ClinicalFile, aside: Aside) -> RefusedPart:
    """Write the units and the text beside them, and record that they were refused."""
    error = aside.units[0].error(file.name)
    own, trouble = "", ""
    if not night.options.is_dry_run:
        try:
            own = str(_write(night, file, aside).relative_to(night.site.root))
        except OSError as failed:
            trouble = f"could not be written to quarantine ({failed.strerror}); the whole file is in the archive"
    part = RefusedPart(file.kind, file.name, aside.count_in_words, error, own, trouble)
    told = MalformedFile(
        f"{part.count} refused, the rest is used; the first: {error.message}", file=file.name, line=error.line
    )
    told.expected, told.found, told.hint = error.expected, error.found, error.hint
    warehouse.record_refusal(
        night.con, night.night_id, told, night.clock(), kind=file.kind, name=file.name, sha256=file.file_id
    )
    return part


def _write(night: Night, file: ClinicalFile, aside: Aside) -> Path:
    quarantine = night.site.path("quarantine")
    data = aside.head + b"".join(unit.data for unit in aside.units)
    stem = Path(file.name if file.arrival is None else file.arrival.path).stem
    name = f"{stem}.refused{aside.suffix}"
    for killed in warehouse.nights_left_behind(night.con):  # one may have written it, and come no further
        there = quarantine / killed / file.kind / name
        if there.is_file() and there.read_bytes() == data:
            return there
    quarantine.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = quarantine / night.night_id / file.kind
    folder.mkdir(parents=True, exist_ok=True)
    target = free_name(folder / name)
    write_whole(why_file(target), _text(night, file, aside))
    part = target.with_name(f"{target.name}.part")
    part.write_bytes(data)
    part.replace(target)
    return target


def _text(night: Night, file: ClinicalFile, aside: Aside) -> str:
    errors = [unit.error(file.name) for unit in aside.units[:MOST_TOLD]]
    more = len(aside.units) - MOST_TOLD
    head = " below the header of their table" if aside.head else ""
    opening = (
        f"{aside.count_in_words} of {file.name} refused by night {night.night_id}; the rest of the file is used.\n"
        f"This file holds what was refused, as it came{head}, in the order below (lines of {file.name})"
        + (f"; {more} more are not named here." if more > 0 else ".")
    )
    steps = (
        "mend what this file holds, or have the sender send it again",
        f"drop it into the inbox again ({file.kind}); the next night takes it. Nothing else waits for it.",
    )
    return why_text(opening, errors, steps)
