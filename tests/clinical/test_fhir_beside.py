"""Patients and specimens from several files: which of two stands, in whatever order they come, and which references that changes."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from pbis.clinical import Linkage, labs_from_bytes, read_beside
from pbis.clinical.fhir.beside import (
    TWO_DRAWS,
    TWO_PATIENTS,
    Around,
    Beside,
    Said,
    hash_of_line,
    keys_of,
    refers_to,
)
from pbis.clinical.fhir.specimens import DrawnSpecimen
from pbis.core.errors import MalformedFile, UnrecognisedFormat
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
EARLY, LATE = DrawnSpecimen("2026-03-08"), DrawnSpecimen("2026-03-09")
V1, V2 = Said(1, "2026-03-12T00:00:00Z", 1), Said(2, "2026-03-11T00:00:00Z", 1)
TUESDAY, FRIDAY = Said(None, "2026-03-10T00:00:00Z", 2), Said(None, "2026-03-13T00:00:00Z", 1)


def joined(method: str, said: tuple[tuple[object, Said], ...]) -> Beside:
    beside = Beside()
    for meaning, at in said:
        getattr(beside, method)("key", meaning, at)
    return beside


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        (((EARLY, V1), (LATE, V2)), LATE),  # a versionId goes before lastUpdated
        (((EARLY, TUESDAY), (LATE, FRIDAY)), LATE),  # that before the night
        (((EARLY, Said(came=1)), (LATE, Said(came=2))), LATE),
        (((EARLY, Said(came=1)), (LATE, Said(None, "no time", 1))), DrawnSpecimen(trouble=TWO_DRAWS)),
        (((EARLY, V1), (EARLY, V2), (EARLY, Said())), EARLY),
        (((EARLY._replace(whose="a"), V1), (LATE._replace(whose="b"), V2)), DrawnSpecimen(trouble=TWO_PATIENTS)),
    ],
)
def test_the_newest_specimen_stands_in_any_order(said: tuple[tuple[object, Said], ...], stands: DrawnSpecimen) -> None:
    assert {joined("add_specimen", each).specimens["key"] for each in permutations(said)} == {stands}


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        (((["1", "2"], V1), (["2", "3"], V2)), ("2", "3")),
        (((["1"], V1), (["2"], V2)), ("1", "2")),  # no number in common: two patients, whose numbers must agree
        (((["1"], Said()), (["1", "2"], Said())), ("1", "2")),
        ((([], V1), (["1"], V2)), ("1",)),
    ],
)
def test_numbers_of_one_patient_are_replaced_and_those_of_two_must_agree(
    said: tuple[tuple[object, Said], ...], stands: tuple[str, ...]
) -> None:
    assert {tuple(joined("add_patient", each).numbers["key"]) for each in permutations(said)} == {stands}


def test_what_another_file_adds_and_what_it_changes() -> None:
    before = joined("add_specimen", ((EARLY, V1),))
    before.add_patient("Patient/1", ["1"], V1)
    after = joined("add_specimen", ((LATE, V2),))
    after.add_patient("Patient/1", ["1"], V1)
    after.add_patient("Patient/2", ["2"], V1)
    assert before.changed(after) == ({"Patient/2"}, {"key"})
    assert before.specimens == {"key": EARLY}


def test_a_reference_is_found_in_any_spelling() -> None:
    text = (
        b'{"subject": {"reference" :"https://x.org/fhir/Patient/7/_history/2"}, "focus": {"reference": "urn:uuid:9"}}'
    )
    assert keys_of("https://x.org/fhir/Patient/7/_history/2", "Patient") == (
        "https://x.org/fhir/Patient/7",
        "Patient/7",
    )
    assert [refers_to(text, {key}) for key in ("Patient/7", "urn:uuid:9", "Patient/2", "Specimen/7")] == [
        True, True, False, False,
    ]  # fmt: skip


def lines(count: int) -> bytes:
    each = {
        "resourceType": "Observation", "status": "final", "effectiveDateTime": "2026-03-09", "valueInteger": 5,
        "code": {"coding": [{"system": "http://loinc.org", "code": "751-8"}]}, "subject": {"reference": "Patient/MRN-1"},
    }  # fmt: skip
    return b"".join(json.dumps(each | {"id": f"o{number}"}).encode() + b"\r\n" for number in range(count))


def test_lines_that_stand_already_are_no_rows_and_those_after_them_keep_their_place(linkage: Linkage) -> None:
    known = {hash_of_line(lines(1))}
    table = labs_from_bytes(lines(3), "r", linkage, load_map(), ZONE, around=Around(known=known))
    assert table.select(["fhir_id", "source_line"]).to_pylist() == [
        {"fhir_id": "o1", "source_line": 2}, {"fhir_id": "o2", "source_line": 3},
    ]  # fmt: skip


def test_a_compressed_file_is_the_same_results_of_another_file(linkage: Linkage) -> None:
    plain = labs_from_bytes(lines(3), "r", linkage, load_map(), ZONE)
    packed = labs_from_bytes(gzip.compress(lines(3)), "r.gz", linkage, load_map(), ZONE)
    assert packed.drop_columns("file_id").equals(plain.drop_columns("file_id"))
    assert packed["file_id"][0] != plain["file_id"][0]
    messages = b"mrn,accession,test,value,unit,status,collected_at\nMRN-1,A,CRP,1,mg/L,final,2026-03-09\n"
    assert labs_from_bytes(gzip.compress(messages), "t.gz", linkage, load_map(), ZONE).num_rows == 1


def test_an_archive_inside_is_refused_by_name(linkage: Linkage) -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("a.ndjson"))
    for data in (held.getvalue(), gzip.compress(gzip.compress(lines(2)))):
        with pytest.raises(UnrecognisedFormat, match="an archive inside a gzip file is not read"):
            labs_from_bytes(data, "a.tar.gz", linkage, load_map(), ZONE)


@pytest.mark.parametrize(
    ("text", "is_read"),
    [
        ('{"transactionTime": "2026-03-20T00:00:00Z", "output": []}', True),
        ('{"resourceType": "ServiceRequest", "id": "1"}', True),
        ('{"resourceType": "Patient", "id": "1"}', True),
        ('{"rows": []}', False),
    ],
)
def test_what_belongs_to_an_export_holds_no_results_and_is_no_error(linkage: Linkage, text: str, is_read: bool) -> None:
    data = text.encode()
    with pytest.raises(UnrecognisedFormat, match="holds no results"):
        labs_from_bytes(data, "r", linkage, load_map(), ZONE)
    if is_read:
        assert labs_from_bytes(data, "r", linkage, load_map(), ZONE, around=Around(is_part=True)).num_rows == 0
        return
    with pytest.raises(UnrecognisedFormat, match="holds no results"):
        labs_from_bytes(data, "r", linkage, load_map(), ZONE, around=Around(is_part=True))


def test_a_file_that_is_refused_says_nothing_of_others_either() -> None:
    good = b'{"resourceType": "Patient", "id": "1", "identifier": [{"value": "MRN-1"}]}\n'
    bad = b'{"resourceType": "Patient", "id": 7}\n'
    beside, new = read_beside(good + bad, "p", Around())
    assert (beside.numbers, len(new)) == ({"Patient/1": ["MRN-1"]}, 1)
    with pytest.raises(MalformedFile, match="11 of 12 lines cannot be read, so the file as a whole is refused"):
        read_beside(good + 11 * bad, "p", Around())
