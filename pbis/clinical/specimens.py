"""Specimen lists: barcode, study id, time of collection, material."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.moments import read_moments
from pbis.clinical.notes import with_notes
from pbis.clinical.shapes import shape_of
from pbis.clinical.table import read_table
from pbis.core.frames import SPECIMEN
from pbis.core.kept import Readable
from pbis.labs import LabsMap


def read_specimens(file: Readable, labs_map: LabsMap, time_zone: ZoneInfo) -> pa.Table:
    """Read a specimen list into frames.SPECIMEN. A row without a barcode is refused; one without subject or time stays."""
    extract = read_table(file, shape_of("specimens", labs_map))
    extract.require("barcode")
    collected = read_moments(extract, "collected_at", time_zone, labs_map.date_order)
    subject = extract.columns["subject"]
    material = extract.columns["material"]
    columns = {
        "file_id": pa.repeat(extract.file_id, extract.row_count),
        "source_line": extract.lines,
        "specimen_id": extract.columns["barcode"],
        "subject_id": pc.if_else(pc.equal(subject, ""), None, subject),
        "collected_at": collected.at,
        "has_time": collected.has_time,
        "material": pc.if_else(pc.equal(material, ""), None, material),
        "reason": _reason(subject, collected.at),
    }
    return with_notes(SPECIMEN.table(columns), extract)


def _reason(subject: pa.Array, at: pa.Array) -> pa.Array:
    by_identity = pc.if_else(pc.equal(subject, ""), "identity_conflict", None)
    return pc.coalesce(by_identity, pc.if_else(pc.is_null(at), "outside_window", None))
