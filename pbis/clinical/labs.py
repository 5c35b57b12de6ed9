"""Clinical laboratory extracts: every version of every result as a row, with its study id, exact value and fate.

The order of what makes a row unusable is fixed: identity, entered in error, cancelled, preliminary, refused code, value, unit, time.
"""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.extract import Extract, Shape, read_extract
from pbis.clinical.lab_values import read_values
from pbis.clinical.linkage import Linkage
from pbis.clinical.moments import Moments, days_of, read_moments
from pbis.clinical.notes import with_notes
from pbis.core.frames import LAB
from pbis.labs import LabsMap
from pbis.labs.model import fold_header, is_loinc

OPTIONAL = frozenset({"site", "accession", "resulted_at", "reference_range"})
REASON_OF_STATUS = {
    "entered_in_error": "entered_in_error",
    "cancelled": "cancelled",
    "preliminary": "preliminary_only",
}


def read_labs(path: Path, linkage: Linkage, labs_map: LabsMap, time_zone: ZoneInfo) -> pa.Table:
    """Read one extract into frames.LAB; ignored headers are notes of the table (`pbis.clinical.notes_of`).

    Raises MalformedFile (a row without a record number, another width, no such columns) and AmbiguousValue (dates). Rows that
    cannot be used stay, with `reason` and a sentence that quotes the value or unit, never the record number.
    """
    extract = read_extract(path, Shape("clinical labs", labs_map.columns["labs"], OPTIONAL))
    refuse_rows_without(extract, "mrn")
    collected = read_moments(extract, "collected_at", time_zone, labs_map.date_order)
    resulted = read_moments(extract, "resulted_at", time_zone, labs_map.date_order)
    return with_notes(LAB.table(_lab_columns(extract, collected, resulted, linkage, labs_map)), extract)


def refuse_rows_without(extract: Extract, name: str) -> None:
    """An id that stands only on the first row of a block may belong to anyone below it: refused with the line."""
    row = extract.first(pc.equal(extract.columns[name], ""))
    if row is not None:
        raise extract.malformed(
            row,
            f"the row has no {name}",
            expected=f"{name} on every row",
            hint="fill ids down the block before the export",
        )


def _lab_columns(
    extract: Extract, collected: Moments, resulted: Moments, linkage: Linkage, labs_map: LabsMap
) -> dict[str, object]:
    columns = extract.columns
    who = linkage.resolve_column(columns["mrn"], days_of(collected.at), columns["site"])
    code = _codes(columns["test"], labs_map)
    status = _statuses(columns["status"], labs_map)
    value = read_values(code["analyte"], code["is_local"], columns["value"], columns["unit"], labs_map)
    no_time = _no_time(columns["collected_at"], collected)
    return {
        "file_id": pa.repeat(extract.file_id, extract.row_count),
        "source_line": extract.lines,
        "subject_id": who.subject_id,
        "specimen_id": _or_null(columns["accession"]),
        "code": columns["test"],
        "code_system": code["system"],
        "analyte": value["analyte"],
        "value_reported": columns["value"],
        "unit_reported": columns["unit"],
        "value_op": value["op"],
        "value_text": value["text"],
        "unit": value["unit"],
        "factor_text": value["factor_text"],
        "status": status["status"],
        "collected_at": collected.at,
        "has_time": collected.has_time,
        "resulted_at": resulted.at,
        "reference_text": _or_null(columns["reference_range"]),
        "reason": pc.coalesce(who.reason, status["reason"], code["reason"], value["reason"], no_time["reason"]),
        "detail": pc.coalesce(who.detail, status["detail"], code["detail"], value["detail"], no_time["detail"]),
    }


def _codes(test: pa.Array, labs_map: LabsMap) -> dict[str, pa.Array]:
    """analyte (null where unknown or refused), system, is_local, reason and detail of the codes."""
    coded = test.dictionary_encode()
    sent = coded.dictionary.to_pylist()
    meanings = [labs_map.codes.meaning(each) for each in sent]
    details = [_code_detail(word, each.analyte, each.refusal) for word, each in zip(sent, meanings, strict=True)]
    systems = ["loinc" if is_loinc(word) else "local" for word in sent]
    columns = {
        "analyte": [each.analyte for each in meanings],
        "system": systems,
        "reason": ["assay_mismatch" if each.refusal else None for each in meanings],
        "detail": details,
    }
    found = {name: pa.array(values, pa.string()).take(coded.indices) for name, values in columns.items()}
    return found | {"is_local": pc.equal(found["system"], "local")}


def _code_detail(sent: str, analyte: str | None, refusal: str | None) -> str | None:
    if refusal is not None or analyte is not None:
        return refusal
    return "the code is not in the reviewed table" if sent else "no code was sent"


def _statuses(words: pa.Array, labs_map: LabsMap) -> dict[str, pa.Array]:
    """status, and reason and detail where the status keeps a row out.

    A word that the map does not know is preliminary: it never scores, and the row stays to be asked about.
    """
    coded = words.dictionary_encode()
    sent = coded.dictionary.to_pylist()
    known = [labs_map.status_by_word.get(fold_header(word)) if word else labs_map.blank_status for word in sent]
    statuses = [status or "preliminary" for status in known]
    columns = {
        "status": statuses,
        "reason": [REASON_OF_STATUS.get(status) for status in statuses],
        "detail": [_status_detail(word, status) for word, status in zip(sent, known, strict=True)],
    }
    return {name: pa.array(values, pa.string()).take(coded.indices) for name, values in columns.items()}


def _status_detail(sent: str, status: str | None) -> str | None:
    if status is None:
        return f"status {sent[:20]!r} is not in the labs map and never scores"
    if status not in REASON_OF_STATUS:
        return None
    return f"the result is {status.replace('_', ' ')}" if sent else f"no status was sent: taken as {status}"


def _no_time(sent: pa.Array, collected: Moments) -> dict[str, pa.Array]:
    """A result without a readable collection time lies in no window."""
    is_missing = pc.is_null(collected.at)
    quoted = pc.binary_join_element_wise("collection time '", pc.utf8_slice_codeunits(sent, 0, 20), "' is no date", "")
    detail = pc.if_else(pc.equal(sent, ""), "no collection time was sent", quoted)
    return {"reason": pc.if_else(is_missing, "outside_window", None), "detail": pc.if_else(is_missing, detail, None)}


def _or_null(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, ""), None, texts)
