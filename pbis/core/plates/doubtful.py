"""Which doubts of a reader stand, once it is known what lies in the wells: they hold the well, or more than the well is in doubt.

A label that differs between blocks, a median or count that is no number, or one that Net MFI contradicts, holds its well: it keeps its MFI and has no specimen.
Where a standard or a background may be meant the export is refused, since the whole plate rests on it; so it is where more
wells are in doubt than a slip of the hand or the print explains (DoubtLimits).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pbis.core.errors import MalformedFile
from pbis.core.plates.dilution import UNDILUTED, add_doubt, listed
from pbis.core.plates.plate import PlateRead

LABEL, DILUTION, EVENTS, CELL, NET = "label", "dilution", "events", "cell", "net"
TELL = "correct the export, or say what a well holds: pbis decide tell --file {run} --label WELL=NAME"

Row = dict[str, Any]
Key = tuple[int, str]


@dataclass(frozen=True)
class DoubtLimits:
    """A plate is refused where at least `fewest` of its wells, and more than `most_pct` percent of them, are in doubt."""

    most_pct: float
    fewest: int


@dataclass(frozen=True)
class WellRelease:
    """What a person said about a held well: which specimen it holds, by which factor it is diluted, or both."""

    plate_number: int
    well: str
    specimen: str | None = None
    dilution: float | None = None

    @property
    def key(self) -> Key:
        """The well within its run."""
        return self.plate_number, self.well


def hold_doubtful(
    read: PlateRead, rows: Sequence[Row], role_of: Callable[[str], str], released: Mapping[Key, WellRelease]
) -> None:
    """Give the wells their doubts about label and cells, but those that a person has released.

    role_of: role that a label as found means. Raises MalformedFile where a label in doubt is that of a standard or background.
    """
    by_well = {(row["plate_number"], row["well"]): row for row in rows}
    for doubt in read.doubt.to_pylist():
        key = (doubt["plate_number"], doubt["well"])
        row, release = by_well.get(key), released.get(key)
        if row is None or doubt["kind"] not in (LABEL, CELL, NET) or (release and release.specimen is not None):
            continue
        if doubt["kind"] == LABEL and {row["well_role"], role_of(doubt["found"])} & set(UNDILUTED):
            raise _refused_label(read, doubt, row["well_role"])
        add_doubt(row, doubt["kind"], sentence(read.run.file_name, doubt))


def sentence(file: str, doubt: Mapping[str, Any]) -> str:
    """The doubt with its line, and what releases the well."""
    at = f"{file}, line {doubt['source_line']}: well {doubt['well']}"
    if doubt["kind"] == LABEL:
        return (
            f"{at} is called {doubt['expected']!r} by its medians, but {doubt['found']!r} in {doubt['block']}. It has no specimen until "
            "`pbis decide release` says which it holds"
        )
    if doubt["kind"] == EVENTS:
        return f"{at}: Total Events is {doubt['expected']} with its medians, {doubt['found']} in {doubt['block']}; no reading changes"
    return (
        f"{at}: {doubt['expected']} should stand in {doubt['block']}, but there is {doubt['found']}. Nothing of the well is reported "
        "until `pbis decide release` says which specimen it holds, or the export comes again"
    )


def require_few_doubts(read: PlateRead, well: pa.Table, limits: DoubtLimits, *, is_settled: bool = True) -> None:
    """Raise MalformedFile where too many wells of a plate (frames.WELL) are in doubt for each to be a slip of its own.

    Dilutions count at wells that are known to be samples: standards are mostly written without one. is_settled: the roles are those
    that will be computed with; before that a layout may still say of any well that it needs no dilution, or which.
    """
    if not read.doubt.num_rows:
        return
    rows = well.to_pylist()
    held = {(row["plate_number"], row["well"]): row["doubt"] or "" for row in rows}
    samples = (
        {(row["plate_number"], row["well"]) for row in rows if row["well_role"] == "unknown"} if is_settled else set()
    )
    standing = [
        row
        for row in read.doubt.to_pylist()
        if stands(row, held) and (row["kind"] != DILUTION or (row["plate_number"], row["well"]) in samples)
    ]
    for number in sorted({plate for plate, _ in held}):
        own = [row for row in standing if row["plate_number"] == number]
        names = list(dict.fromkeys(row["well"] for row in own))
        wells = sum(plate == number for plate, _ in held)
        if len(names) >= limits.fewest and 100 * len(names) > limits.most_pct * wells:
            raise _refused_plate(read, own, names, wells, limits)


def stands(doubt: Mapping[str, Any], held: Mapping[Key, str]) -> bool:
    """Whether a row of DOUBT matters; held: doubts of the wells by plate number and well. Events count whatever the well holds."""
    own = held.get((doubt["plate_number"], doubt["well"]))
    return own is not None and (doubt["kind"] == EVENTS or doubt["kind"] in own.split("; "))


def _refused_label(read: PlateRead, doubt: Mapping[str, Any], role: str) -> MalformedFile:
    what = role if role in UNDILUTED else "standard or background"
    return MalformedFile(
        f"block {doubt['block']}: well {doubt['well']} holds another sample than with its medians, and one may be a {what}, "
        "on which the whole plate rests",
        file=read.run.file_name,
        line=doubt["source_line"],
        column="Sample",
        expected=repr(doubt["expected"]),
        found=repr(doubt["found"]),
        hint=TELL.format(run=read.run.run_id[:12]),
    )


def _refused_plate(
    read: PlateRead, doubts: Sequence[Mapping[str, Any]], names: Sequence[str], wells: int, limits: DoubtLimits
) -> MalformedFile:
    first = doubts[0]
    kinds = ", ".join(dict.fromkeys(doubt["kind"] for doubt in doubts))
    return MalformedFile(
        f"{len(names)} of {wells} wells are in doubt ({kinds}): {listed(names)}; so many may be rows or columns that have moved",
        file=read.run.file_name,
        line=first["source_line"],
        expected=f"at most {limits.most_pct:g} % of the wells, or fewer than {limits.fewest}",
        found=f"first well {first['well']}: {first['found']} beside {first['expected']}",
        hint=TELL.format(run=read.run.run_id[:12]),
    )
