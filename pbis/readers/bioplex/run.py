"""The run that a Bio-Plex Manager file speaks of, and its header lines."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import pyarrow as pa

from pbis.core.frames import HEADER
from pbis.core.plates.plate import Run
from pbis.files.date_order import DateCell, DateOrder, Evidence, decide
from pbis.files.moment import parse
from pbis.files.number import Marks
from pbis.readers.bioplex.row import Fact
from pbis.readers.kit.document import Document
from pbis.readers.kit.notes import Notes
from pbis.readers.kit.well_grid import WellGrid
from pbis.readers.kit.wells import infer_plate_type


def run_of(
    document: Document,
    form: str,
    values: Mapping[str, Fact],
    grid: WellGrid,
    marks: Marks,
    is_fitted: bool,
    notes: Notes,
) -> Run:
    def get(key: str) -> str | None:
        return values[key].value if key in values else None

    file = (get("filename") or "").replace("/", "\\").rpartition("\\")[2]
    order = _date_order(document, values.get("acquisitiondate"))
    notes.add_order(order)
    started = parse(get("acquisitiondate") or "", order.order)
    return Run(
        run_id=hashlib.sha256(document.data).hexdigest(),
        file_name=document.name,
        byte_count=len(document.data),
        format=form,
        program="Bio-Plex Manager",
        software_version=get("bioplexmanagerversion"),
        instrument_type="Bio-Plex",
        instrument_serial=get("readerserialnumber"),
        batch=get("plateid") or file or None,
        operator=get("user"),
        plate_type=infer_plate_type(grid.wells),
        analysis_mode="Quan" if is_fitted else None,
        started_at=started,
        date_order=order.order,
        date_evidence=order.evidence,
        encoding=document.text.encoding if document.text else "workbook",
        decimal_mark=marks.decimal,
        decimal_evidence=marks.evidence,
    )


def _date_order(document: Document, fact: Fact | None) -> DateOrder:
    cell = DateCell(fact.line, fact.value) if fact and fact.value else None
    return decide(
        Evidence(
            document.name,
            start=cell,
            declared=document.order.told,
            declared_by="a decision",
            last_word=document.order.site,
        )
    )


def header_frame(run_id: str, facts: Sequence[Fact]) -> pa.Table:
    return HEADER.table(
        {
            "run_id": [run_id] * len(facts),
            "source_line": [fact.line for fact in facts],
            "key": [fact.key for fact in facts],
            "value": [fact.value for fact in facts],
        }
    )
