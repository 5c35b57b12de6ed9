"""What Bio-Plex Manager wrote, as a PlateRead."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Protocol

import pyarrow as pa

from pbis.core.errors import MalformedFile
from pbis.core.frames import ANALYTE, BLOCK, CALIBRATION, EVENT, LOT, REAGENT, SUMMARY
from pbis.core.plates.plate import PlateRead
from pbis.core.words import plural
from pbis.files.decimal_mark import decide_marks
from pbis.files.number import Cells, Marks
from pbis.files.number import parse as parse_numbers
from pbis.readers.bioplex.row import BioplexRow, Curve, Fact, region_of
from pbis.readers.bioplex.run import header_frame, run_of
from pbis.readers.bioplex.wells import Sorted, dilutions, grid_of, sort_rows, statistics
from pbis.readers.kit.document import Document
from pbis.readers.kit.doubts import DILUTION, DoubtLog, dilution_doubts
from pbis.readers.kit.ladder import check_ladder
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.reading import reading_frame
from pbis.readers.kit.well_types import role_of, type_frame
from pbis.readers.kit.wells import WellBlock

_ERRORS = {
    "1": "low bead number",
    "2": "aggregated beads",
    "3": "classify efficiency",
    "4": "region selection",
    "5": "platform temperature",
}


class Written(Protocol):
    """The content of one file, whichever form it has."""

    @property
    def rows(self) -> Sequence[BioplexRow]: ...
    @property
    def facts(self) -> Sequence[Fact]: ...
    @property
    def named(self) -> Mapping[str, Fact]: ...
    @property
    def curves(self) -> dict[str, Curve]: ...


@dataclass(frozen=True)
class Account:
    """A block of the file, in the order of the frame block."""

    name: str
    first_line: int
    last_line: int
    row_count: int
    column_count: int
    is_consumed: bool
    note: str | None


def assemble(document: Document, form: str, written: Written, account: Sequence[Account], notes: Notes) -> PlateRead:
    """The frames. Raises MalformedFile, AmbiguousValue or CorruptedLadder with sheet, row, expected and found."""
    if not written.rows:
        raise MalformedFile(
            "the export holds no wells", file=document.name, line=1, expected="a row a well", found="none"
        )
    analytes = tuple(dict.fromkeys(row.analyte for row in written.rows))
    found = sort_rows(written.rows, notes)
    doubts = DoubtLog()
    grid, speaker = grid_of(found, document.name, analytes, doubts)
    blocks = statistics(found, grid, speaker, notes)
    _note_curves(written.curves, analytes, notes)
    factor = grid.single("Dilution", dilutions(found, speaker))
    singles = {DILUTION: factor} if any("dilution" in row.values for row in written.rows) else {}
    marks = _marks([*blocks.values(), factor])
    is_fitted = any(curve.regression for curve in written.curves.values())
    run = run_of(document, form, written.named, grid, marks, is_fitted, notes)
    regions = _regions(written.rows, analytes)
    median = blocks.pop("mfi")
    reading = reading_frame(run.run_id, median, blocks, {DILUTION: factor}, regions, marks, notes, doubts)
    dilution = dilution_doubts(run.run_id, median, singles, marks)
    doubts.say(notes)
    read = PlateRead(
        run=run,
        header=header_frame(run.run_id, written.facts),
        reading=reading,
        analyte=_analytes(run.run_id, analytes, regions, written, found),
        reagent=_reagents(run.run_id, found, marks),
        lot=LOT.empty(),
        calibration=CALIBRATION.empty(),
        summary=_summary(run.run_id, found.means, marks),
        event=_events(run.run_id, found, notes),
        block=_blocks(run.run_id, account),
        warning=notes.table(run.run_id),
        well_type=type_frame(run.run_id, grid.wells, [row.code for row in speaker.values()]),
        doubt=doubts.table(run.run_id, dilution),
        recovery_text=blocks["recovery_reported_pct"].cells.text if "recovery_reported_pct" in blocks else None,
    )
    return check_ladder(read, notes)


def _marks(blocks: Sequence[WellBlock]) -> Marks:
    return decide_marks([b.cells for b in blocks if b.block.name not in ("comment", "range_text")], ",")


def _regions(rows: Sequence[BioplexRow], analytes: Sequence[str]) -> list[str | None]:
    own = {row.analyte: row.region for row in rows}
    return [own[analyte] or region_of(analyte) for analyte in analytes]


def _note_curves(curves: Mapping[str, Curve], analytes: Sequence[str], notes: Notes) -> None:
    """Say which analytes have no curve where others have one."""
    without = [name for name in analytes if not curves.get(name, Curve()).regression]
    if without and len(without) < len(analytes):
        notes.add(
            "curve_absent",
            f"no standard curve is written for {', '.join(without)}; what was to hold it may have been cut off",
        )
    for name in analytes:
        curve = curves.get(name, Curve())
        if "Logistic" in (curve.regression or "") and not curve.coefficients:
            notes.add(
                "equation_unread", f"the curve of {name} has no equation that can be read; it may have been cut off"
            )


def _analytes(
    run_id: str, analytes: Sequence[str], regions: Sequence[str | None], written: Written, found: Sorted
) -> pa.Table:
    curves = [written.curves.get(analyte, Curve()) for analyte in analytes]
    first = {row.analyte: row.place.line for row in reversed(found.readings.values())}
    letters = {f"coef_{letter}": [curve.coefficients.get(f"coef_{letter}") for curve in curves] for letter in "abcdf"}
    return ANALYTE.table(
        {
            "run_id": [run_id] * len(analytes),
            "analyte_reported": list(analytes),
            "position": list(range(1, len(analytes) + 1)),
            "bead_region": list(regions),
            "unit_reported": [curve.unit for curve in curves],
            "min_bead_count": [curve.min_bead_count for curve in curves],
            "analysis_type": [curve.regression for curve in curves],
            "source_line": [first.get(analyte) for analyte in analytes],
            **letters,
        },
        absent=("r2_reported", "bead_region_line", "misplaced_in"),
    )


def _reagents(run_id: str, found: Sorted, marks: Marks) -> pa.Table:
    """Standards and controls by their type code. Raises MalformedFile where wells of one code expect different amounts."""
    first: dict[tuple[str, str], BioplexRow] = {}
    for row in found.readings.values():
        if role_of(row.code) not in ("standard", "qc_control"):
            continue
        known = first.setdefault((row.code, row.analyte), row)
        if known.values.get("expected") != row.values.get("expected"):
            raise row.place.refuse(
                f"wells of {row.code} expect different concentrations",
                column="Exp Conc",
                expected=known.values.get("expected") or "none",
                found=row.values.get("expected") or "none",
            )
    rows = list(first.values())
    texts = [row.values.get("expected", "") for row in rows]
    cells = Cells(
        rows[0].place.file if rows else "",
        "Exp Conc",
        pa.array(texts, pa.string()),
        [r.place.line for r in rows],
        ("",),
    )
    roles = [role_of(row.code) for row in rows]
    values = parse_numbers(cells, marks)[0].value.to_pylist()
    return REAGENT.table(
        {
            "run_id": [run_id] * len(rows),
            "reagent_label": [row.code for row in rows],
            "reagent_kind": roles,
            "analyte_reported": [row.analyte for row in rows],
            # a control without a known concentration is written as 0
            "expected_concentration": [
                None if r == "qc_control" and not v else v for r, v in zip(roles, values, strict=True)
            ],
            "expected_text": [text or None for text in texts],
            "source_line": [row.place.line for row in rows],
        },
        absent=("range_low", "range_high", "implied_concentration"),
    )


def _summary(run_id: str, means: Sequence[BioplexRow], marks: Marks) -> pa.Table:
    """sample_summary: the means of replicates whose wells are in the readings; the label is the type and the wells."""
    columns: dict[str, list[object]] = {}
    for target, name, is_result in (
        ("mfi", "avg_mfi", False),
        ("net_mfi_reported", "avg_net_mfi", False),
        ("result_reported", "avg_result", True),
    ):
        texts = [row.values.get(target, "") for row in means]
        lines = [row.place.line for row in means]
        file = means[0].place.file if means else ""
        numbers, _ = parse_numbers(
            Cells(file, target, pa.array(texts, pa.string()), lines, ("",)), marks, allow_bounds=is_result
        )
        columns[name] = numbers.value.to_pylist()
        if is_result:
            columns |= {"avg_result_op": numbers.op.to_pylist(), "avg_result_text": [text or None for text in texts]}
    return SUMMARY.table(
        {
            "run_id": [run_id] * len(means),
            "sample_label": [f"{row.code} {row.location}" for row in means],
            "analyte_reported": [row.analyte for row in means],
            "source_line": [row.place.line for row in means],
            "occurrence": [1] * len(means),
            **columns,
        },
        absent=("avg_range_text", "cv_replicates_pct"),
    )


def _events(run_id: str, found: Sorted, notes: Notes) -> pa.Table:
    """run_event: the sampling errors of every well, once a well and code; numbered in the order they were met."""
    said: dict[tuple[str, str], BioplexRow] = {}
    for (well, _), row in found.readings.items():
        if row.values.get("errors"):
            said.setdefault((well, row.values["errors"]), row)
    texts = [", ".join(_ERRORS.get(c.strip(), c.strip()) for c in re.split(r"[,;]", errors)) for _, errors in said]
    if said:
        notes.add(
            "sampling_errors", f"{plural(len({well for well, _ in said}), 'well has', 'wells have')} sampling errors"
        )
    return EVENT.table(
        {
            "run_id": [run_id] * len(said),
            "source_line": list(range(1, len(said) + 1)),
            "kind": ["warning"] * len(said),
            "well": [well for well, _ in said],
            "status": ["Warning"] * len(said),
            "message": [f"Sampling Errors {errors}: {text}" for (_, errors), text in zip(said, texts, strict=True)],
        },
        absent=("at_text",),
    )


def _blocks(run_id: str, account: Sequence[Account]) -> pa.Table:
    names = BLOCK.names[1:]
    columns = dict(zip(names, map(list, zip(*map(astuple, account), strict=True)), strict=True))
    return BLOCK.table({"run_id": [run_id] * len(account), **columns})
