"""Tables of OMOP's common data model 5.4 from findings of a release: MEASUREMENT, and OBSERVATION for the score; an archive of CSV.

Concepts are those of the reviewed maps alone (pbis/labs/omop.toml); what they do not know is concept 0 beside its source value. The
model wants a date of every record and a release has none: a date is the study day from 1900-01-01, the day of the first dose. What has
no subject, no day or no result stands in unplaced.csv with the reason: the model has no place for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa

from pbis.core.words import plural
from pbis.export.model import ExportAbout
from pbis.files.sheets_out import archive_of
from pbis.files.table_out import csv_rows
from pbis.labs import load_concepts, load_type_concepts

Row = dict[str, Any]
FIRST_DOSE = date(1900, 1, 1)  # as in every release (warehouse/released.py)
LONGEST = 50  # letters of a source value: the model; 60 of value_as_string
_PEOPLE = 2**31 - 1  # the model's person_id is a whole number of four bytes
_MEASUREMENT = (
    *("measurement_id", "person_id", "measurement_concept_id", "measurement_date", "measurement_datetime", "measurement_time"),
    *("measurement_type_concept_id", "operator_concept_id", "value_as_number", "value_as_concept_id", "unit_concept_id"),
    *("range_low", "range_high", "provider_id", "visit_occurrence_id", "visit_detail_id", "measurement_source_value"),
    *("measurement_source_concept_id", "unit_source_value", "unit_source_concept_id", "value_source_value"),
    *("measurement_event_id", "meas_event_field_concept_id"),
)  # fmt: skip
_OBSERVATION = (
    *("observation_id", "person_id", "observation_concept_id", "observation_date", "observation_datetime"),
    *("observation_type_concept_id", "value_as_number", "value_as_string", "value_as_concept_id", "qualifier_concept_id"),
    *("unit_concept_id", "provider_id", "visit_occurrence_id", "visit_detail_id", "observation_source_value"),
    *("observation_source_concept_id", "unit_source_value", "qualifier_source_value", "value_source_value"),
    *("observation_event_id", "obs_event_field_concept_id"),
)  # fmt: skip
_UNPLACED = ("unplaced_id", "subject_id", "study_day", "specimen_id", "test", "source", "reason")
_DAYS = f"dates are study days counted from {FIRST_DOSE}, the day of the first dose; a release has no dates"
_CODEBOOK = ("part", "name", "meaning")


def omop_of(findings: pa.Table, about: ExportAbout) -> tuple[bytes, int, list[str]]:
    """The archive, how many records it holds, and what is to be said of the rest. findings: rows of warehouse/export/finding_*.sql."""
    rows = findings.to_pylist()
    reasons = [_unplaced(row) for row in rows]
    placed = [row for row, reason in zip(rows, reasons, strict=True) if reason is None]
    person_of = person_ids(row["subject_id"] for row in placed)
    records = [_record(row, number, person_of) for number, row in enumerate(placed, 1)]
    name, columns = ("observation", _OBSERVATION) if about.what == "scores" else ("measurement", _MEASUREMENT)
    left = [row | {"reason": reason} for row, reason in zip(rows, reasons, strict=True) if reason is not None]
    files = {
        f"{name}.csv": csv_rows(columns, ([record.get(each) for each in columns] for record in records)),
        "person_map.csv": csv_rows(
            ("person_id", "person_source_value"), sorted((number, who) for who, number in person_of.items())
        ),
        "unplaced.csv": csv_rows(
            _UNPLACED, ([n, *(row[each] for each in _UNPLACED[1:])] for n, row in enumerate(left, 1))
        ),
        "codebook.csv": csv_rows(_CODEBOOK, _codebook(about, name, len(records), len(left))),
    }
    said = (
        [
            f"{plural(len(left), 'finding has', 'findings have')} no place in the model and {'stands' if len(left) == 1 else 'stand'} in unplaced.csv with the reason"
        ]
        if left
        else []
    )
    return archive_of(files), len(records), [*said, *_too_long(records)]


def _unplaced(row: Row) -> str | None:
    """Why the model has no place for a finding; None where it has."""
    if row["subject_id"] is None:
        return "nobody knows whose it is"
    if row["study_day"] is None:
        return "no study day"
    if row["value_text"] is None and not row["is_derived"]:
        return str(row["reason"])
    return None


def person_ids(subjects: Iterable[str]) -> dict[str, int]:
    """Subject -> person_id: 31 bits of the id's sha256, so that a subject keeps its number from release to release; of two subjects
    with one number the later in the alphabet takes the next that is free."""
    given: dict[str, int] = {}
    taken: set[int] = set()
    for subject in sorted(set(subjects)):
        number = int.from_bytes(hashlib.sha256(f"person {subject}".encode()).digest()[:4]) % _PEOPLE + 1
        while number in taken:
            number = number % _PEOPLE + 1
        taken.add(number)
        given[subject] = number
    return given


def _record(row: Row, number: int, person_of: Mapping[str, int]) -> Row:
    day = FIRST_DOSE + timedelta(days=row["study_day"])
    return (_observation if row["is_derived"] else _measurement)(row, number, person_of[row["subject_id"]], day)


def _measurement(row: Row, number: int, person: int, day: date) -> Row:
    concepts = load_concepts()
    return {
        "measurement_id": number,
        "person_id": person,
        "measurement_concept_id": concepts.id_of("loinc", row["loinc"]),
        "measurement_date": day,
        "measurement_type_concept_id": load_type_concepts()["laboratory"],
        "operator_concept_id": concepts.id_of("operator", row["value_op"]),
        "value_as_number": row["value"],
        "unit_concept_id": concepts.id_of("unit", row["unit"]),
        "measurement_source_value": _cut(row["test"]),
        "measurement_source_concept_id": 0,
        "unit_source_value": _cut(row["unit"]),
        "unit_source_concept_id": 0,
        "value_source_value": _cut(_text(row)),
    }


def _observation(row: Row, number: int, person: int, day: date) -> Row:
    return {
        "observation_id": number,
        "person_id": person,
        "observation_concept_id": 0,
        "observation_date": day,
        "observation_type_concept_id": load_type_concepts()["algorithm"],
        "value_as_number": row["value"],
        "value_as_string": row["value_reported"],
        "observation_source_value": row["test"],
        "observation_source_concept_id": 0,
        "qualifier_source_value": _cut(row["source"]),
        "value_source_value": row["value_text"],
    }


def _text(row: Row) -> str:
    return str(row["value_text"]) if row["value_op"] == "=" else f"{row['value_op']}{row['value_text']}"


def _cut(text: str | None) -> str | None:
    """At most what a column of the model holds; the last letter of a longer one is an ellipsis."""
    return text if text is None or len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _too_long(records: Sequence[Row]) -> Iterator[str]:
    cut = sum(1 for row in records for value in row.values() if isinstance(value, str) and value.endswith("…"))
    if cut:
        yield f"{plural(cut, 'source value was', 'source values were')} longer than the {LONGEST} letters of the model and {'ends' if cut == 1 else 'end'} with …"


def _codebook(about: ExportAbout, name: str, count: int, left: int) -> list[tuple[str, str, str]]:
    facts = [("about", fact, said) for fact, said in about.rows(count, _DAYS)]
    return [
        *facts,
        ("about", "unplaced", str(left)),
        ("table", name, f"{name.upper()} of the OMOP common data model 5.4"),
        ("table", "person_map", "person_id of a study id; the table PERSON is yours to make"),
        ("table", "unplaced", "findings that the model has no place for: no subject, no day or no result"),
        ("column", "person_id", "made from the study id by sha256, equal in every release"),
        ("column", "value_source_value", "the value as exact text, with its operator"),
        ("column", "value_as_number", "the value as a number; with <, <=, > or >= of operator_concept_id its bound"),
        ("column", f"{name}_concept_id", "0 where the reviewed map has no concept; see the source value"),
    ]  # fmt: skip
