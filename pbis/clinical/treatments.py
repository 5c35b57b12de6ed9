"""Treatment starts: who, in which cohort, on which regimen, since when."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.extract import Shape
from pbis.clinical.linkage import Linkage
from pbis.clinical.moments import days_of, read_moments
from pbis.clinical.notes import with_notes
from pbis.clinical.table import read_table
from pbis.core.frames import TREATMENT
from pbis.labs import LabsMap


def read_treatments(path: Path, linkage: Linkage, labs_map: LabsMap, time_zone: ZoneInfo) -> pa.Table:
    """Read treatment starts into frames.TREATMENT. Raises MalformedFile where a row has no record number."""
    shape = Shape("treatment starts", labs_map.columns["treatments"], frozenset({"site", "cohort", "regimen"}))
    extract = read_table(path, shape)
    extract.require("mrn")
    started = read_moments(extract, "started_at", time_zone, labs_map.date_order)
    who = linkage.resolve_column(extract.columns["mrn"], days_of(started.at), extract.columns["site"])
    columns = {
        "file_id": pa.repeat(extract.file_id, extract.row_count),
        "source_line": extract.lines,
        "subject_id": who.subject_id,
        "cohort": pc.if_else(pc.equal(extract.columns["cohort"], ""), None, extract.columns["cohort"]),
        "regimen": pc.if_else(pc.equal(extract.columns["regimen"], ""), None, extract.columns["regimen"]),
        "started_at": started.at,
        "has_time": started.has_time,
        "candidates": who.candidates,
        "reason": pc.coalesce(who.reason, pc.if_else(pc.is_null(started.at), "outside_window", None)),
    }
    return with_notes(TREATMENT.table(columns), extract)
