"""What is worth a warning with an xPONENT export, and what proves that it was cut off."""

from __future__ import annotations

from collections.abc import Mapping

from pbis.core.errors import MalformedFile
from pbis.core.words import plural
from pbis.files.sheet import Sheet
from pbis.readers.kit.block import Block, Body
from pbis.readers.kit.cut import AGAIN
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.spelling import fold
from pbis.readers.kit.wells import WellBlock
from pbis.readers.xponent.crc import Crc
from pbis.readers.xponent.header import Header

# Blocks that every export with analysis on holds; a file without them and without its footer was cut off.
_ANALYSED = ("result", "standardexpectedconcentration", "analysiscoefficients")
_FILLED = frozenset({"sample", "reagent", "analyte", "single"})  # a block of these shapes has a row at least
_PARTIAL = frozenset({"recovery_reported_pct", "comment", "range_text"})  # these name some wells only, by design


def review(
    median: WellBlock,
    wells: Mapping[str, WellBlock],
    header: Header,
    body: Body,
    crc: Crc,
    sheet: Sheet,
    notes: Notes,
) -> None:
    """Note everything a person should know; raise MalformedFile where the file proves itself incomplete."""
    if body.footer_line is None and sheet.encoding != "workbook":
        _check_cut(median, wells, header, body, sheet)
        notes.add("footer_absent", "the export has no checksum footer; it may have been cut off", sheet.line_count)
    _note_file(crc, sheet, notes)
    _note_header(header, notes)
    _note_blocks(median, wells, header, body, notes)


def is_analysed(header: Header) -> bool:
    """True where the protocol line says that the instrument computed concentrations."""
    return (header.pair("ProtocolAnalysis", "Type") or "").casefold().startswith("quan")


def _check_cut(median: WellBlock, wells: Mapping[str, WellBlock], header: Header, body: Body, sheet: Sheet) -> None:
    """Without the footer, only a file that shows its closing block is taken for whole."""
    names = {fold(block.name) for block in body.blocks}
    last = body.blocks[-1]
    needed = ("count", *(_ANALYSED if is_analysed(header) else ()))
    missing = next((name for name in needed if name not in names), None)
    partial = next((w for w in wells.values() if w.block is last and len(w.wells) < len(median.wells)), None)
    lacks = _unfinished(body)
    if missing is None and partial is None and lacks is None and last.header and _is_closed(names, header, last):
        return
    closing = "the checksum footer, or at least the block Warnings/Errors"
    raise MalformedFile(
        "the export was cut off",
        file=sheet.name,
        line=max(sheet.line_count, 1),
        expected=f"block {missing}" if missing else lacks or closing,
        found=f"the end of the file in block {last.name}",
        hint=AGAIN,
    )


def _unfinished(body: Body) -> str | None:
    """What the last block must still hold, by itself or by what the blocks before it say; None where it may be whole."""
    last, of_kind = body.blocks[-1], {block.kind.target: block for block in body.blocks if block.kind is not None}
    if last.kind is not None and last.kind.shape in _FILLED and not last.rows:
        return f"the rows of block {last.name}"
    types = of_kind.get("analysis_types")
    said = " ".join(cell.casefold() for row in (types.rows if types else ()) for cell in row)
    coefficients = of_kind.get("coefficients")
    if "logistic" not in said or (coefficients is not None and coefficients is not last):
        return None
    if coefficients is None:
        return "block Analysis Coefficients, since the analysis is logistic"
    there = {row[0].strip().casefold()[-1:] for row in coefficients.rows if row}
    absent = [letter for letter in ("abcdf" if "5p" in said else "abcd") if letter not in there]
    return f"Coefficient {absent[0].upper()}" if absent else None


def _is_closed(names: set[str], header: Header, last: Block) -> bool:
    """xPONENT ends with Warnings/Errors; INTELLIFLEX, which has no such block, with Dilution Factor."""
    program = header.line("Program")
    is_old = program is not None and "is" in (program.value or "").casefold().split()  # IS 2.3 has neither
    is_intelliflex = program is not None and "intelliflex" in [cell.casefold() for cell in program.cells]
    return is_old or "warnings/errors" in names or (is_intelliflex and fold(last.name) == "dilutionfactor")


def _note_file(crc: Crc, sheet: Sheet, notes: Notes) -> None:
    if sheet.encoding == "workbook":
        return
    if crc.state == "absent":
        notes.add("crc_absent", "the export has no checksum to prove that it is whole and unchanged", sheet.line_count)
    if crc.state == "mismatch":
        notes.add(
            "crc_mismatch",
            f"re-saved or edited since export: the footer says {crc.expected}, the bytes give {crc.found}",
            sheet.line_count,
        )
    if not sheet.is_quoted:
        notes.add(
            "resaved", "cells are unquoted: a spreadsheet has re-saved the export, which can cut decimals and dates", 1
        )


def _note_header(header: Header, notes: Notes) -> None:
    for line in header.calibration:
        if line.state != "passed":
            notes.add(f"calibration_{line.state}", f"{line.name}: {line.value or 'no value'}", line.line)
    started = header.moment("BatchStartTime") or header.moment("Date")
    for lot in header.lots:
        expiry = header.expiry(lot.cells.get("expirationdate"))
        if started and expiry and expiry < started.date():
            notes.add("lot_expired", f"{lot.section} lot expired on {expiry.isoformat()}, before the run", lot.line)
    _note_serial(header, notes)
    _note_dates(header, notes)


def _note_serial(header: Header, notes: Notes) -> None:
    serial = header.get("SN")
    for lot in header.lots:
        machine = lot.cells.get("machineserialno")
        if serial and machine and machine != serial:
            notes.add("serial_mismatch", f"the run names instrument {serial}, its calibration {machine}", lot.line)
    if serial is None:
        notes.add("serial_absent", "the export names no instrument serial number")


def _note_dates(header: Header, notes: Notes) -> None:
    for key in ("Date", "BatchStartTime", "BatchStopTime"):
        line = header.line(key)
        if line is not None and header.get(key) and header.moment(key) is None:
            notes.add("unreadable_date", f"{key} is no date: {line.value!r}", line.line)
        elif line is None or not header.get(key):
            notes.add("date_absent", f"the export has no {key}")
    start, stop = header.moment("BatchStartTime"), header.moment("BatchStopTime")
    if start and stop and stop < start:
        notes.add("times_reversed", f"BatchStopTime {stop} is before BatchStartTime {start}")


def _note_blocks(median: WellBlock, wells: Mapping[str, WellBlock], header: Header, body: Body, notes: Notes) -> None:
    names = {fold(block.name) for block in body.blocks}
    for name in ("count", *(_ANALYSED if is_analysed(header) else ())):
        if name not in names:
            notes.add("block_absent", f"the export holds no block {name}")
    for target, block in wells.items():
        is_whole = block.wells == median.wells
        without = [] if is_whole else [well.name for well in median.wells if well not in block.row_of]
        if without and target not in _PARTIAL:
            notes.add(
                "rows_absent",
                f"block {block.block.name} has no row for {plural(len(without), 'well')}: {', '.join(without[:8])}",
                block.block.first_line,
            )
        is_whole = block.analytes == median.analytes
        absent = [] if is_whole else [name for name in median.analytes if name not in block.analytes]
        if absent and block.block.kind and block.block.kind.shape == "well":
            notes.add(
                "column_absent", f"block {block.block.name} has no column {', '.join(absent)}", block.block.header_line
            )
    for line in body.stray:
        notes.add("line_ignored", "a line belongs to no block", line)
