"""The demo site's export files, and what people do to exports."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pbis.simulate import faults
from pbis.simulate.dialect import RESAVED, UNTOUCHED
from pbis.simulate.draft import Draft, Problem
from pbis.simulate.instrument import derive
from pbis.simulate.load import late_export
from pbis.simulate.plates import EDITED_PLATE, LATE_PLATE, SitePlate
from pbis.simulate.render import render_plate

_LATE_DAYS = 9


@dataclass(frozen=True)
class InboxFile:
    """A file of the inbox, or of the late delivery, relative to its folder."""

    path: str
    data: bytes
    is_late: bool = False


def plate_files(draft: Draft, plates: dict[int, SitePlate], repeat: SitePlate) -> list[InboxFile]:
    """The exports, and what people do to exports."""
    files = [_export(at) for number, at in plates.items() if number != LATE_PLATE]
    files.append(_export(repeat))
    files += _handled_by_people(draft, plates)
    files += _late(draft, plates[LATE_PLATE])
    return files + _strays(draft, plates[2].name)


def _export(at: SitePlate) -> InboxFile:
    return InboxFile(f"plates/{at.name}.csv", render_plate(at.plate, UNTOUCHED))


def _handled_by_people(draft: Draft, plates: dict[int, SitePlate]) -> list[InboxFile]:
    first, edited = plates[1], plates[EDITED_PLATE]
    derived = derive(first.plate)
    broken = faults.corrupt_ladder(edited.plate)
    files = [
        InboxFile(f"plates/{first.name} (1).csv", render_plate(first.plate, UNTOUCHED, derived)),
        InboxFile(f"plates/{first.name}_resaved.csv", render_plate(first.plate, RESAVED, derived)),
        InboxFile(f"plates/{edited.name}_edited.csv", render_plate(broken, RESAVED)),
    ]
    said = (
        ("same_bytes_twice", "a copy of the export under another name", "no second run", first.name),
        ("resaved", "the export opened and saved by a spreadsheet", "CRC warning; no second result", first.name),
        ("corrupted_ladder", "an extra export with Standard4 x1000", "refused; the good export counts", edited.name),
    )
    for (kind, planted, expected, plate), file in zip(said, files, strict=True):
        draft.problems.append(Problem(kind, planted, expected, file=file.path, plate=plate))
    return files


def _late(draft: Draft, at: SitePlate) -> list[InboxFile]:
    """First exported with the IL-2 control ranges of another lot; later exported again with the right ones."""
    wrong, right = faults.shift_control_range(at.plate, "IL-2"), late_export(at.plate, _LATE_DAYS)
    path = f"plates/{at.name}_reexport.csv"
    text = "first export with IL-2 control ranges of another lot, re-exported later with the right ones (late folder)"
    expected = (
        "first: IL-2 fails on the plate, il2 unknown: failed_qc; after the re-export it supersedes and IL-2 counts"
    )
    draft.problems.append(Problem("late_reexport", text, expected, file=path, plate=at.name, analyte="IL-2"))
    return [_export(replace(at, plate=wrong)), InboxFile(path, render_plate(right, UNTOUCHED), is_late=True)]


def _strays(draft: Draft, name: str) -> list[InboxFile]:
    """What else lies in a folder of exports: the beads of one well, and a file that never got its content."""
    rng = np.random.default_rng(len(name))
    values = np.column_stack([rng.integers(12, 78, 400), rng.integers(5, 9000, 400), rng.integers(90, 4000, (400, 2))])
    lines = ["EventNo,RID,RP1,CL1,CL2"] + [f"{n},{a},{b},{c},{d}" for n, (a, b, c, d) in enumerate(values.tolist(), 1)]
    files = [
        InboxFile(f"plates/{name}_A1.csv", "\r\n".join([*lines, ""]).encode()),
        InboxFile("plates/HCC7P_P07.csv", b""),
    ]
    for kind, planted, file in zip(("bead_level_file", "empty_file"), ("single beads", "0 bytes"), files, strict=True):
        draft.problems.append(Problem(kind, planted, "refused with its reason", file=file.path))
    return files
