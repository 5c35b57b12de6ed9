"""A simulated plate as the bytes of an xPONENT export."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from pbis.simulate import blocks
from pbis.simulate.dialect import UNTOUCHED, Dialect
from pbis.simulate.header import BLANK, Row, header_rows
from pbis.simulate.instrument import Derived, derive
from pbis.simulate.model import CONTROL, STANDARD, SimulatedPlate

CRC_MARK = "-- CRC --"
_LONG_NUMBER = re.compile(r"-?\d+\.\d+(?:E[-+]?\d+)?")
_MOMENT = re.compile(r"(\d{1,2}[/.]\d{1,2}[/.])\d\d(\d\d)( \d{1,2}:\d\d)(?::\d\d)?( [AP]M)?")


def render_plate(plate: SimulatedPlate, dialect: Dialect = UNTOUCHED, derived: Derived | None = None) -> bytes:
    """The export's bytes. `derived` spares the fit where a caller writes one plate in several dialects."""
    rows = export_rows(plate, dialect, derived or derive(plate))
    if not dialect.is_resaved:
        return encode_rows(rows, dialect)
    untouched = replace(dialect, is_resaved=False, quoting="all", padding=False, encoding="utf-8")
    footer = encode_rows(rows, untouched).decode("utf-8").rpartition("CRC32: ")[2]
    resaved: list[Row] = [tuple(_resave_cell(cell) for cell in row) for row in rows]
    marks: list[Row] = [(CRC_MARK,), (f"CRC32: {footer}",)]
    return rows_text([*resaved, *marks], replace(dialect, padding=True)).encode(dialect.encoding)


def export_rows(plate: SimulatedPlate, dialect: Dialect, derived: Derived) -> list[Row]:
    """Header and blocks as rows of cells; a row without cells is a blank line."""
    writer = blocks.Writer(plate, derived, dialect)
    rows = header_rows(plate, dialect)
    for block in _blocks(writer):
        if block and block[0][1] not in dialect.skipped_blocks:
            rows += block
    return rows


def _blocks(writer: blocks.Writer) -> Iterator[list[Row]]:
    yield from _readings(writer)
    yield from _summaries(writer)
    for name, values in writer.plate.statistics:
        yield writer.per_well(name, writer.cells(values))
    yield from _verdicts(writer)
    yield from _reagents(writer)
    yield blocks.acquisition_rows(writer)
    yield blocks.dilution_rows(writer)
    yield from _curves(writer)
    yield [("DataType:", "Audit Logs"), ("UserId", "Date", "Message"), *writer.plate.audit, BLANK]
    yield blocks.warning_rows(writer)


def _readings(writer: blocks.Writer) -> Iterator[list[Row]]:
    plate, derived = writer.plate, writer.derived
    yield writer.per_well("Median", writer.cells(plate.median))
    yield writer.per_well("Net MFI", writer.cells(derived.net_mfi))
    yield writer.per_well("Count", [[str(n) for n in row] for row in plate.count.tolist()])
    yield writer.per_well("Result", blocks.result_cells(writer))
    yield writer.per_well("Range", [[""] * len(plate.analytes)] * len(plate.wells))


def _summaries(writer: blocks.Writer) -> Iterator[list[Row]]:
    yield writer.per_sample("Avg Net MFI", blocks.average_net(writer))
    yield writer.per_sample("Avg Result", blocks.average_result(writer))
    yield writer.per_sample("Avg Range", lambda wells, j: "")
    yield writer.per_sample("%CV Replicates", blocks.replicate_cv(writer))


def _verdicts(writer: blocks.Writer) -> Iterator[list[Row]]:
    known = [i for i, role in enumerate(writer.plate.wells.role) if role in (STANDARD, CONTROL)]
    yield writer.per_well("% Recovery", blocks.recovery_cells(writer), has_total=False, wells=known)
    yield writer.per_well("Comments", blocks.comment_cells(writer), has_total=False)


def _reagents(writer: blocks.Writer) -> Iterator[list[Row]]:
    plate, reagents = writer.plate, writer.plate.reagents
    beads = ("BeadID:", [a.bead_region for a in plate.analytes])
    expected = reagents.expected if plate.printed_expected is None else plate.printed_expected
    yield writer.per_analyte("Units", beads, ("Units:", [a.unit for a in plate.analytes]))
    yield writer.per_reagent("Standard Expected Concentration", reagents.standards, expected)
    if reagents.controls:
        yield writer.per_reagent("Control Expected Concentration", reagents.controls, reagents.control_expected)
        yield writer.per_reagent("Control Range - Low", reagents.controls, reagents.control_low)
        yield writer.per_reagent("Control Range - High", reagents.controls, reagents.control_high)
    per_bead = [str(plate.header.min_events)] * len(plate.analytes)
    yield writer.per_analyte("Per Bead Count", beads, ("Per Bead:", per_bead))


def _curves(writer: blocks.Writer) -> Iterator[list[Row]]:
    rows = writer.cells(writer.derived.coefficients)
    yield writer.per_analyte("Analysis Types", ("AnalysisType", ["Logistic 5P Weighted"] * len(writer.names)))
    coefficients = [(f"Coefficient {letter}", cells) for letter, cells in zip("ABCDF", rows, strict=True)]
    yield writer.per_analyte("Analysis Coefficients", *coefficients)
    yield writer.per_analyte("R^2", ("Value", writer.cells(writer.derived.r2[None, :])[0]))


def encode_rows(rows: Iterable[Row], dialect: Dialect) -> bytes:
    """Text, encoded, with the footer that the dialect asks for: CRC-32 of every byte before the mark."""
    body = rows_text(rows, dialect)
    data = body.encode(dialect.encoding)
    if dialect.crc == "absent":
        return data
    crc = zlib.crc32(data) ^ (0 if dialect.crc == "match" else 0x5A5A5A5A)
    return (body + f"{CRC_MARK}{dialect.line_ending}CRC32: {crc:08X}").encode(dialect.encoding)


def rows_text(rows: Iterable[Row], dialect: Dialect) -> str:
    rows = list(rows)
    if dialect.padding:
        width = max(len(row) for row in rows)
        rows = [row + ("",) * (width - len(row)) for row in rows]
    line = _quoted if dialect.quoting == "all" else _bare
    return "".join(line(row, dialect.delimiter) + dialect.line_ending for row in rows)


def _quoted(row: Row, delimiter: str) -> str:
    if not row:
        return ""
    return '"' + f'"{delimiter}"'.join(cell.replace('"', '""') for cell in row) + '"'


def _bare(row: Row, delimiter: str) -> str:
    return delimiter.join(
        '"' + cell.replace('"', '""') + '"' if delimiter in cell or '"' in cell else cell for cell in row
    )


def _resave_cell(cell: str) -> str:
    """What a spreadsheet leaves of a cell: ten digits of a long number, no seconds, two-digit years."""
    if _LONG_NUMBER.fullmatch(cell):
        return f"{float(cell):.10g}".upper()
    return _MOMENT.sub(_resave_moment, cell) if _MOMENT.fullmatch(cell) else cell


def _resave_moment(match: re.Match[str]) -> str:
    day, year, clock, half = match.groups()
    if half is None:
        return f"{day}{year}{clock}"
    hour, minute = map(int, clock.split(":"))
    return f"{day}{year} {_as_24_hours(hour, half)}:{minute:02d}"


def _as_24_hours(hour: int, half: str) -> int:
    return datetime.strptime(f"{hour}{half}", "%I %p").hour
