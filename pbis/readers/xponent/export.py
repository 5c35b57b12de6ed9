"""xPONENT exports of LX100/LX200, MAGPIX, FLEXMAP 3D and INTELLIFLEX (multi-block): bytes -> PlateRead, completely or not at all."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from pbis.core.plates.plate import PlateRead, Run
from pbis.core.plates.regions import check_named_regions
from pbis.files.decimal_mark import decide_marks
from pbis.files.delimiter import first_line as first_text_line
from pbis.files.delimiter import sniff_delimiter
from pbis.files.number import Marks
from pbis.files.sheet import Sheet, tokenise
from pbis.readers.kit.block import Body, split
from pbis.readers.kit.document import Document
from pbis.readers.kit.doubts import DoubtLog, dilution_doubts
from pbis.readers.kit.events import review_events
from pbis.readers.kit.ladder import check_ladder
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.reading import reading_frame
from pbis.readers.kit.wells import infer_plate_type
from pbis.readers.xponent.account import block_frame
from pbis.readers.xponent.analytes import analyte_frame, reagent_frame, summary_frame
from pbis.readers.xponent.checks import review
from pbis.readers.xponent.comments import without_comments
from pbis.readers.xponent.crc import Crc, judged
from pbis.readers.xponent.crc import check as check_crc
from pbis.readers.xponent.header import Header, read_header
from pbis.readers.xponent.order import misplaced_analytes, with_misplaced
from pbis.readers.xponent.parsed import Parsed, parse, plate_type_of
from pbis.readers.xponent.tables import calibration_frame, event_frame, header_frame, lot_frame
from pbis.readers.xponent.units_in_cells import with_units

FORMAT = "xponent_csv"


def claims(document: Document) -> bool:
    """True for text whose first line is `Program,xPONENT,...`."""
    return document.text is not None and first_cells(document.text.text)[:2] == ["program", "xponent"]


def read(document: Document) -> PlateRead:
    """Read one export. Raises MalformedFile, AmbiguousValue or CorruptedLadder with line, column, expected and found."""
    text = document.text
    assert text is not None
    sheet = tokenise(text, sniff_delimiter(first_text_line(text.text)))
    return read_sheet(sheet, document, check_crc(document.data, sheet.encoding), FORMAT, Notes())


def read_sheet(sheet: Sheet, document: Document, crc: Crc, form: str, notes: Notes) -> PlateRead:
    """Read an export from its rows of cells; every format with this grammar comes through here.

    document: the file, whose bytes name the run; crc: what its footer proved; form: the format's name in `run.format`.
    """
    header = read_header(sheet, document.order)
    notes.add_order(header.order)
    crc = judged(crc, _model(header), header.get("Build"))
    body = split(sheet, header.results_row)
    doubts = DoubtLog()
    parsed = without_comments(parse(body, header, sheet, doubts, notes), notes)
    parsed = replace(parsed, wells=review_events(parsed.median, parsed.wells, doubts, notes))
    marks = decide_marks(parsed.numeric, sheet.delimiter)
    review(parsed.median, {**parsed.wells, **parsed.singles}, header, body, crc, sheet, notes)
    run = _run(sheet, document.data, header, parsed, crc, marks, form)
    misplaced = misplaced_analytes(parsed.median, parsed.named, notes)
    found = _frames(run, header, body, parsed, marks, notes, doubts)
    found = replace(found, analyte=with_misplaced(found.analyte, misplaced))
    doubts.say(notes)
    check_named_regions(found)
    return check_ladder(found, notes)


def first_cells(text: str) -> list[str]:
    """The cells of the first line with a sign on it, case, quotes and blanks folded away."""
    line = first_text_line(text)
    return [cell.strip().strip('"').strip().casefold() for cell in line.split(sniff_delimiter(line))]


def _model(header: Header) -> str | None:
    program = header.line("Program")
    return next((cell for cell in (program.cells[2:] if program else ()) if cell), None)


def _run(sheet: Sheet, data: bytes, header: Header, parsed: Parsed, crc: Crc, marks: Marks, form: str) -> Run:
    analysis = [header.pair("ProtocolAnalysis", name) for name in ("Type", "Mode")]
    return Run(
        run_id=hashlib.sha256(data).hexdigest(),
        file_name=sheet.name,
        byte_count=len(data),
        format=form,
        program=header.get("Program"),
        software_version=header.get("Build"),
        instrument_type=_model(header),
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


def _frames(
    run: Run, header: Header, body: Body, parsed: Parsed, marks: Marks, notes: Notes, doubts: DoubtLog
) -> PlateRead:
    run_id, median = run.run_id, parsed.median
    line = median.block.header_line or median.block.first_line
    analyte = analyte_frame(run_id, median.analytes, parsed.analytes, marks, notes, line)
    analyte = with_units(analyte, parsed.with_units)
    regions = analyte.column("bead_region").to_pylist()
    recovery = parsed.wells.get("recovery_reported_pct")
    reading = reading_frame(run_id, median, parsed.wells, parsed.singles, regions, marks, notes, doubts)
    return PlateRead(
        run=run,
        header=header_frame(run_id, header),
        reading=reading,
        analyte=analyte,
        reagent=reagent_frame(run_id, parsed.reagents, marks, median.analytes),
        lot=lot_frame(run_id, header),
        calibration=calibration_frame(run_id, header),
        summary=summary_frame(reading.column("run_id").chunk(0), parsed.samples, marks, notes),
        event=event_frame(run_id, parsed.audit, parsed.warnings),
        block=block_frame(run_id, header, body, parsed, notes),
        warning=notes.table(run_id),
        doubt=doubts.table(run_id, dilution_doubts(run_id, median, parsed.singles, marks)),
        recovery_text=recovery.aligned(median).text if recovery else None,
    )


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 16 else None
