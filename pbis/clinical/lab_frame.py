"""Laboratory rows of any format as frames.LAB: study id, exact value and fate of every version of every result.

The order of what makes a row unusable is fixed: identity, entered in error, cancelled, preliminary, refused code, what the format
itself says about the row, value, unit, time. A retraction that names a result by its FHIR id or order and nobody needs no patient:
its result has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.answers import without_answers
from pbis.clinical.codings import Reader, read_plain
from pbis.clinical.extract import Extract
from pbis.clinical.lab_values import read_values
from pbis.clinical.linkage import Linkage, Resolutions
from pbis.clinical.moments import Moments, days_of, read_moments
from pbis.clinical.notes import with_notes
from pbis.clinical.off_scale import with_scale
from pbis.clinical.persons import resolve_persons
from pbis.clinical.unmapped import unmapped_rows
from pbis.clinical.unnamed import range_alone
from pbis.core.frames import LAB
from pbis.core.frames.model import MOMENT
from pbis.labs import LabsMap
from pbis.labs.model import fold_status

WAITS = "status U: what was sent as preliminary is final, its value is not sent again"
REASON_OF_STATUS = {
    "entered_in_error": "entered_in_error",
    "cancelled": "cancelled",
    "preliminary": "preliminary_only",
}


def lab_frame(
    extract: Extract, linkage: Linkage, labs_map: LabsMap, time_zone: ZoneInfo, read_code: Reader = read_plain
) -> pa.Table:
    """frames.LAB of an extract with the columns test, value, unit, status, collected_at, resulted_at, accession,
    reference_range and, where the format has them, scale (pbis.clinical.off_scale), order_id, fhir_id, version and updated_at.

    Who: either mrn and site, or `person` (pbis.clinical.persons). Where the format itself refuses a row, `refused` and
    `refused_detail` hold the reason and the sentence, else ''.
    """
    collected = read_moments(extract, "collected_at", time_zone, labs_map.date_order)
    resulted = read_moments(extract, "resulted_at", time_zone, labs_map.date_order)
    columns = extract.columns
    who = _who(extract, collected, linkage)
    code = without_answers(_codes(columns["test"], labs_map, read_code), columns)
    status = _now_final(_statuses(columns["status"], labs_map), columns.get("now_final"))
    refused = {name: or_null(columns[key]) if key in columns else None for name, key in _REFUSED.items()}
    value = _without_doubtful(_values(columns, code, labs_map), status, refused)
    no_time = _no_time(columns["collected_at"], collected)
    who = _named_by_result(who, columns, status)
    fates = [each for each in (status, code, refused, value, no_time) if each["reason"] is not None]
    frame = LAB.table({
        "file_id": pa.repeat(extract.file_id, extract.row_count),
        "source_line": extract.lines,
        "subject_id": who.subject_id,
        "specimen_id": or_null(columns["accession"]),
        **_measured(columns, code, value),
        "status": status["status"],
        "collected_at": collected.at,
        "has_time": collected.has_time,
        "resulted_at": resulted.at,
        "reference_text": range_alone(or_null(columns["reference_range"]), linkage),
        "reason": pc.coalesce(who.reason, *(each["reason"] for each in fates)),
        "detail": pc.coalesce(who.detail, *(each["detail"] for each in fates)),
        "site": who.site,
        "candidates": who.candidates,
        **_version(extract, time_zone),
    })  # fmt: skip
    sent = {"sent": columns["unit"], **{name: value[name] for name in ("analyte", "reason", "detail")}}
    return with_notes(frame, extract, unmapped_rows(extract.file_id, code, status, sent))


def _measured(
    columns: Mapping[str, pa.Array], code: Mapping[str, pa.Array], value: Mapping[str, pa.Array]
) -> dict[str, pa.Array]:
    """What was measured, and how much of it: as sent, and in the analyte's own unit."""
    return {
        "code": code["code"],
        "code_system": code["system"],
        "analyte": value["analyte"],
        "value_reported": _without_prose(columns["value"], value["analyte"]),
        "unit_reported": columns["unit"],
        "value_op": value["op"],
        "value_text": value["text"],
        "unit": value["unit"],
        "factor_text": value["factor_text"],
    }


def _version(extract: Extract, time_zone: ZoneInfo) -> dict[str, pa.Array]:
    """By what a later row of the same result is known, where the format has it."""
    names = ("order_id", "fhir_id", "version")
    return {name: _text(extract, name) for name in names} | {"updated_at": _updated(extract, time_zone)}


def _values(columns: Mapping[str, pa.Array], code: Mapping[str, pa.Array], labs_map: LabsMap) -> dict[str, pa.Array]:
    """Columns of Reading: what the value cells say with what stands beside them, in the unit of their analyte."""
    meant = with_scale(columns["value"], columns.get("scale"), labs_map.decimal_mark)
    found = read_values(code["analyte"], code["is_local"], meant["text"], columns["unit"], labs_map)
    is_out = pc.is_valid(meant["reason"])
    return {
        **{name: pc.if_else(is_out, None, column) for name, column in found.items()},
        "analyte": found["analyte"],
        "reason": pc.coalesce(meant["reason"], found["reason"]),
        "detail": pc.coalesce(meant["detail"], _both(found["detail"], meant["note"])),
    }


def _both(detail: pa.Array, note: pa.Array) -> pa.Array:
    """Two things to say of a row, where there are two."""
    return pc.coalesce(pc.binary_join_element_wise(detail, note, "; "), detail, note)


def or_null(texts: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(texts, ""), None, texts)


def _text(extract: Extract, name: str) -> pa.Array:
    """A column that not every format has."""
    return or_null(extract.columns.get(name, pa.repeat("", extract.row_count)))


def _updated(extract: Extract, time_zone: ZoneInfo) -> pa.Array:
    if "updated_at" not in extract.columns:
        return pa.nulls(extract.row_count, MOMENT)
    return read_moments(extract, "updated_at", time_zone).at


def _named_by_result(who: Resolutions, columns: Mapping[str, pa.Array], status: Mapping[str, pa.Array]) -> Resolutions:
    """Nobody is no trouble in a retraction by FHIR id or, of a deletion, by identifier: the join finds whose result it is."""
    if "person" not in columns or "fhir_id" not in columns:
        return who
    is_retraction = pc.is_in(status["status"], pa.array(["cancelled", "entered_in_error"]))
    names_result = pc.or_(pc.not_equal(columns["fhir_id"], ""), pc.not_equal(columns["order_id"], ""))
    is_by_result = pc.and_(pc.and_(pc.equal(columns["person"], ""), is_retraction), names_result)
    return replace(
        who,
        reason=pc.if_else(is_by_result, None, who.reason),
        detail=pc.if_else(is_by_result, "names no patient: it takes back the result with its id", who.detail),
    )


def _who(extract: Extract, collected: Moments, linkage: Linkage) -> Resolutions:
    days = days_of(collected.at)
    if "person" in extract.columns:
        return resolve_persons(linkage, extract.columns["person"], days)
    return linkage.resolve_column(extract.columns["mrn"], days, extract.columns["site"])


def _codes(test: pa.Array, labs_map: LabsMap, read_code: Reader) -> dict[str, pa.Array]:
    """code, system, analyte (null where unknown or refused), is_local, reason and detail of the codes."""
    coded = test.dictionary_encode()
    meanings = [read_code(each, labs_map) for each in coded.dictionary.to_pylist()]
    columns = {
        "code": pa.array([each.code for each in meanings], pa.string()),
        "system": pa.array([each.system for each in meanings], pa.string()),
        "analyte": pa.array([each.analyte for each in meanings], pa.string()),
        "is_local": pa.array([each.is_local for each in meanings], pa.bool_()),
        "is_name": pa.array([each.is_local and not each.is_declared for each in meanings], pa.bool_()),
        "reason": pa.array(["assay_mismatch" if each.refusal else None for each in meanings], pa.string()),
        "detail": pa.array([each.detail for each in meanings], pa.string()),
    }
    return {name: values.take(coded.indices) for name, values in columns.items()}


def _statuses(words: pa.Array, labs_map: LabsMap) -> dict[str, pa.Array]:
    """status, reason and detail where the status keeps a row out, the word as sent and whether the map knows it.

    A word that the map does not know is preliminary: it never scores, and the row stays to be asked about.
    """
    coded = words.dictionary_encode()
    sent = coded.dictionary.to_pylist()
    known = [labs_map.status_by_word.get(fold_status(word)) if word else labs_map.blank_status for word in sent]
    statuses = [status or "preliminary" for status in known]
    columns = {
        "status": statuses,
        "reason": [REASON_OF_STATUS.get(status) for status in statuses],
        "detail": [_status_detail(word, status) for word, status in zip(sent, known, strict=True)],
    }
    taken = {name: pa.array(values, pa.string()).take(coded.indices) for name, values in columns.items()}
    is_known = pa.array([status is not None for status in known], pa.bool_()).take(coded.indices)
    return taken | {"sent": words, "is_known": is_known}


def _without_doubtful(
    value: Mapping[str, pa.Array], status: Mapping[str, pa.Array], refused: Mapping[str, pa.Array | None]
) -> dict[str, pa.Array]:
    """A preliminary row that its format refuses too has no number that could become final later."""
    if refused["reason"] is None:
        return dict(value)
    is_doubtful = pc.and_(pc.is_valid(refused["reason"]), pc.equal(status["status"], "preliminary"))
    if not pc.any(is_doubtful).as_py():
        return dict(value)
    names = ("op", "text", "unit", "factor_text")
    return {**value, **{name: pc.if_else(is_doubtful, None, value[name]) for name in names}}


def _now_final(status: Mapping[str, pa.Array], waits: pa.Array | None) -> dict[str, pa.Array]:
    """The word that a result is final which was sent elsewhere as preliminary: it has no value, and the join finds that result."""
    if waits is None:
        return dict(status)
    said = {"status": "now_final", "reason": "preliminary_only", "detail": WAITS, "is_known": True}
    return {**status, **{name: pc.if_else(waits, value, status[name]) for name, value in said.items()}}


def _status_detail(sent: str, status: str | None) -> str | None:
    if status is None:
        return f"status {sent[:20]!r} is not in the labs map and never scores"
    if status not in REASON_OF_STATUS:
        return None
    return f"the result is {status.replace('_', ' ')}" if sent else f"no status was sent: taken as {status}"


def _without_prose(value: pa.Array, analyte: pa.Array) -> pa.Array:
    """Values as sent, but for reports of tests that are not ours: free text can name people, and nothing here needs it."""
    is_ours = pc.or_(pc.is_valid(analyte), pc.match_substring_regex(value, _NUMBER_LIKE))
    return pc.if_else(is_ours, value, None)


def _no_time(sent: pa.Array, collected: Moments) -> dict[str, pa.Array]:
    """A result without a readable collection time lies in no window."""
    is_missing = pc.is_null(collected.at)
    quoted = pc.binary_join_element_wise("collection time '", pc.utf8_slice_codeunits(sent, 0, 20), "' is no date", "")
    detail = pc.if_else(pc.equal(sent, ""), "no collection time was sent", quoted)
    return {"reason": pc.if_else(is_missing, "outside_window", None), "detail": pc.if_else(is_missing, detail, None)}


_NUMBER_LIKE = r"^[-+<>=~≤≥ ]{0,3}[0-9.,^]{0,20}([eE][-+]?[0-9]{1,4})?$"
_REFUSED = {"reason": "refused", "detail": "refused_detail"}
