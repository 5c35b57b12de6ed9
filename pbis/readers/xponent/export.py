"""xPONENT exports of LX100/LX200, MAGPIX, FLEXMAP 3D and INTELLIFLEX (multi-block): bytes -> PlateRead, completely or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pbis.core.plates.plate import PlateRead, Run
from pbis.core.plates.regions import check_named_regions
from pbis.files.decimal_mark import decide_marks
from pbis.files.number import Cells, Marks
from pbis.files.sheet import Sheet, sniff_delimiter, tokenise
from pbis.files.sheet import first_line as first_text_line
from pbis.readers.kit.block import Block, Body, split
from pbis.readers.kit.document import Document
from pbis.readers.kit.doubts import dilution_doubts
from pbis.readers.kit.events import review_events
from pbis.readers.kit.keyed import KeyedBlock, keyed_block
from pbis.readers.kit.ladder import check_ladder
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.reading import reading_frame
from pbis.readers.kit.wells import WellBlock, check_against, infer_plate_type, no_median, well_block
from pbis.readers.xponent.account import block_frame
from pbis.readers.xponent.analytes import analyte_frame, reagent_frame, summary_frame
from pbis.readers.xponent.checks import review
from pbis.readers.xponent.crc import Crc
from pbis.readers.xponent.crc import check as check_crc
from pbis.readers.xponent.header import Header, read_header
from pbis.readers.xponent.order import misplaced_analytes, with_misplaced
from pbis.readers.xponent.tables import calibration_frame, event_frame, header_frame, lot_frame
from pbis.readers.xponent.units_in_cells import with_units, without_units

FORMAT = "xponent_csv"
_RAGGED = frozenset({"text"})
_WITH_UNITS = frozenset({"avg_result", "standard", "qc_control", "range_low", "range_high"})


@dataclass(frozen=True)
class Parsed:
    """The blocks of one export by what they hold, matched against the Median block but not yet numbers."""

    median: WellBlock
    wells: Mapping[str, WellBlock]
    singles: Mapping[str, WellBlock]
    samples: dict[str, KeyedBlock]
    reagents: dict[str, KeyedBlock]
    analytes: dict[str, KeyedBlock]
    audit: Block | None
    warnings: Block | None

    @property
    def with_units(self) -> list[Cells]:
        """The tables whose cells may hold a unit."""
        keyed = [block.cells for kind in (self.reagents, self.samples) for block in kind.values()]
        return [self.wells["result_reported"].cells, *keyed] if "result_reported" in self.wells else keyed

    @property
    def named(self) -> list[WellBlock | KeyedBlock]:
        """The blocks beside Median whose columns are analytes."""
        return [*self.wells.values(), *self.samples.values(), *self.reagents.values(), *self.analytes.values()]

    @property
    def numeric(self) -> list[Cells]:
        """Every table that holds numbers, the evidence for the decimal mark."""
        keyed = [*self.reagents.values(), *self.samples.values(), *self.analytes.values()]
        wells = [w for w in self.wells.values() if w.block.kind and w.block.kind.value != "text"]
        return [b.cells for b in (self.median, *wells, *self.singles.values())] + [
            b.cells for b in keyed if b.block.kind and b.block.kind.value != "text"
        ]


def claims(document: Document) -> bool:
    """True for text whose first line is `Program,xPONENT,...`."""
    return document.text is not None and first_cells(document.text.text)[:2] == ["program", "xponent"]


def read(document: Document) -> PlateRead:
    """Read one export. Raises MalformedFile, AmbiguousValue or CorruptedLadder with line, column, expected and found."""
    text = document.text
    assert text is not None
    sheet = tokenise(text, sniff_delimiter(first_text_line(text.text)))
    return read_sheet(sheet, document.data, check_crc(document.data, sheet.encoding), FORMAT, Notes())


def read_sheet(sheet: Sheet, data: bytes, crc: Crc, form: str, notes: Notes) -> PlateRead:
    """Read an export from its rows of cells; every format with this grammar comes through here.

    data: the file's bytes, which name the run; crc: what its footer proved; form: the format's name in `run.format`.
    """
    header = read_header(sheet)
    body = split(sheet, header.results_row)
    parsed = _parse(body, header, sheet)
    review_events(parsed.median, [*parsed.wells.values(), *parsed.singles.values()], notes)
    marks = decide_marks(parsed.numeric, sheet.delimiter)
    review(parsed.median, {**parsed.wells, **parsed.singles}, header, body, crc, sheet, notes)
    run = _run(sheet, data, header, parsed, crc, marks, form)
    misplaced = misplaced_analytes(parsed.median, parsed.named, notes)
    found = _frames(run, header, body, parsed, marks, notes)
    found = replace(found, analyte=with_misplaced(found.analyte, misplaced))
    check_named_regions(found)
    return check_ladder(found, notes)


def first_cells(text: str) -> list[str]:
    """The cells of the first line with a sign on it, case, quotes and blanks folded away."""
    line = first_text_line(text)
    return [cell.strip().strip('"').strip().casefold() for cell in line.split(sniff_delimiter(line))]


def _parse(body: Body, header: Header, sheet: Sheet) -> Parsed:
    by_target = _by_target(body.blocks)
    if "mfi" not in by_target or not by_target["mfi"].rows:
        raise no_median(sheet.name, max(sheet.line_count, 1))
    plate_type = plate_type_of(header)
    median = well_block(by_target["mfi"], plate_type)
    wells: dict[str, WellBlock] = {}
    singles: dict[str, WellBlock] = {}
    for target, block in by_target.items():
        if block.kind is None or block.kind.shape not in ("well", "single") or target == "mfi" or not block.header:
            continue
        is_single = block.kind.shape == "single"
        found = well_block(block, plate_type, is_single or block.kind.value in _RAGGED, median)
        if block.kind.value == "result":
            found = replace(found, cells=without_units(found.cells))
        check_against(found, median)
        (singles if is_single else wells)[target] = found
    keyed = {shape: _keyed(by_target, shape) for shape in ("sample", "reagent", "analyte")}
    return Parsed(
        median,
        wells,
        singles,
        keyed["sample"],
        keyed["reagent"],
        keyed["analyte"],
        by_target.get("audit"),
        by_target.get("warning"),
    )


def _by_target(blocks: Sequence[Block]) -> dict[str, Block]:
    found: dict[str, Block] = {}
    for block in blocks:
        if block.kind is None:
            continue
        first = found.setdefault(block.kind.target, block)
        if first is not block:
            raise block.refuse(
                "stands twice in the export",
                line=block.first_line,
                expected=f"once, as on line {first.first_line}",
                found=f"a second {block.name}",
            )
    return found


def _keyed(by_target: Mapping[str, Block], shape: str) -> dict[str, KeyedBlock]:
    found = {t: keyed_block(b) for t, b in by_target.items() if b.kind and b.kind.shape == shape and b.header}
    return {t: replace(b, cells=without_units(b.cells)) if t in _WITH_UNITS else b for t, b in found.items()}


def plate_type_of(header: Header) -> int | None:
    """96 or 384 as the ProtocolPlate line says; None where it says neither."""
    text = header.pair("ProtocolPlate", "Type")
    return int(text) if text in ("96", "384") else None


def _run(sheet: Sheet, data: bytes, header: Header, parsed: Parsed, crc: Crc, marks: Marks, form: str) -> Run:
    analysis = [header.pair("ProtocolAnalysis", name) for name in ("Type", "Mode")]
    program = header.line("Program")
    model = next((c for c in (program.cells[2:] if program else ()) if c), None)
    return Run(
        run_id=hashlib.sha256(data).hexdigest(),
        file_name=sheet.name,
        byte_count=len(data),
        format=form,
        program=header.get("Program"),
        software_version=header.get("Build"),
        instrument_type=model,
        instrument_serial=header.get("SN"),
        batch=header.get("Batch") or header.get("BatchID") or header.get("Session"),
        operator=header.get("Operator"),
        computer_name=header.get("ComputerName"),
        country_code=header.get("Country Code"),
        protocol_name=header.get("ProtocolName") or header.get("TemplateName"),
        protocol_version=header.get("ProtocolVersion") or header.get("TemplateVersion"),
        plate_type=plate_type_of(header) or infer_plate_type(parsed.median.wells),
        plate_count=len({well.plate for well in parsed.median.wells}),
        analysis_mode=" ".join(word for word in analysis if word) or header.get("ProtocolAnalysis"),
        min_events=_whole(header.pair("Samples", "Min Events")),
        samples_declared=_whole(header.get("Samples")),
        exported_at=header.moment("Date"),
        started_at=header.moment("BatchStartTime"),
        stopped_at=header.moment("BatchStopTime"),
        date_order=header.order.order,
        date_evidence=header.order.evidence,
        encoding=sheet.encoding,
        delimiter=sheet.delimiter,
        decimal_mark=marks.decimal,
        decimal_evidence=marks.evidence,
        is_resaved=not sheet.is_quoted or crc.state == "mismatch",
        crc_state=crc.state,
        crc_expected=crc.expected,
        crc_found=crc.found,
        reporter_gain=header.get("ProtocolReporterGain"),
    )


def _frames(run: Run, header: Header, body: Body, parsed: Parsed, marks: Marks, notes: Notes) -> PlateRead:
    run_id, median = run.run_id, parsed.median
    line = median.block.header_line or median.block.first_line
    analyte = analyte_frame(run_id, median.analytes, parsed.analytes, marks, notes, line)
    analyte = with_units(analyte, parsed.with_units)
    regions = analyte.column("bead_region").to_pylist()
    recovery = parsed.wells.get("recovery_reported_pct")
    return PlateRead(
        run=run,
        header=header_frame(run_id, header),
        reading=reading_frame(run_id, median, parsed.wells, parsed.singles, regions, marks, notes),
        analyte=analyte,
        reagent=reagent_frame(run_id, parsed.reagents, marks, median.analytes),
        lot=lot_frame(run_id, header),
        calibration=calibration_frame(run_id, header),
        summary=summary_frame(run_id, parsed.samples, marks, notes),
        event=event_frame(run_id, parsed.audit, parsed.warnings),
        block=block_frame(run_id, header, body, parsed.median, notes),
        warning=notes.table(run_id),
        doubt=dilution_doubts(run_id, median, parsed.singles, marks),
        recovery_text=recovery.aligned(median).text if recovery else None,
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None
