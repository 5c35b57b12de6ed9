"""Tables of the common data model: concepts of the reviewed maps or 0, people with lasting numbers, and nothing lost in silence."""

from __future__ import annotations

import csv
import io
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from exported_rows import ABOUT

from pbis.export import write_export
from pbis.export.omop import LONGEST, person_ids

FINDING: dict[str, Any] = {
    "subject_id": "P1", "study_day": -1, "specimen_id": "S1", "category": "CLINICAL LABORATORY", "test": "crp", "loinc": "1988-5",
    "value": 0.3, "value_op": "<", "value_text": "0.30", "unit": "mg/dL", "value_reported": "<3.0", "unit_reported": "mg/L",
    "reason": None, "is_baseline": True, "is_derived": False, "source": None,
}  # fmt: skip
NONE = {"value": None, "value_op": None, "value_text": None, "reason": "cancelled"}


def archive(path: Path, *changes: dict[str, Any], what: str = "labs") -> dict[str, list[dict[str, str]]]:
    table = pa.Table.from_pylist([FINDING | change for change in changes])
    write_export(table, replace(ABOUT, what=what), "omop", path / "omop.zip")
    with zipfile.ZipFile(path / "omop.zip") as files:
        assert {info.date_time for info in files.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        return {
            name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(files.read(name).decode(), newline="")))
            for name in files.namelist()
        }


def test_a_bound_with_concepts_of_the_maps(tmp_path: Path) -> None:
    files = archive(tmp_path, {}, {"loinc": None, "value_op": "=", "unit": "furlong", "study_day": 400})
    known, other = files["measurement"]
    (person,) = files["person_map"]
    assert person["person_source_value"] == "P1"
    filled = {name: value for name, value in known.items() if value}
    assert filled == {
        "measurement_id": "1", "person_id": person["person_id"], "measurement_concept_id": "3020460",
        "measurement_date": "1899-12-31", "measurement_type_concept_id": "32856", "operator_concept_id": "4171756",
        "value_as_number": "0.3", "unit_concept_id": "8840", "measurement_source_value": "crp", "measurement_source_concept_id": "0",
        "unit_source_value": "mg/dL", "unit_source_concept_id": "0", "value_source_value": "<0.30",
    }  # fmt: skip
    assert [other[name] for name in ("measurement_concept_id", "operator_concept_id", "unit_concept_id")] == [
        "0",
        "4172703",
        "0",
    ]
    assert (other["measurement_date"], other["value_source_value"]) == ("1901-02-05", "0.30")


def test_what_the_model_has_no_place_for_is_kept_apart(tmp_path: Path) -> None:
    files = archive(tmp_path, {}, NONE, {"subject_id": None}, {"study_day": None})
    assert len(files["measurement"]) == 1
    assert [row["reason"] for row in files["unplaced"]] == ["cancelled", "nobody knows whose it is", "no study day"]
    assert ["rows", "1"] in [[row["name"], row["meaning"]] for row in files["codebook"]]


def test_a_score_is_an_observation_also_where_it_is_open(tmp_path: Path) -> None:
    score = {"test": "PBIS", "is_derived": True, "loinc": None, "unit": None, "source": "the set", "value_op": "="}
    known = score | {"value": 3.0, "value_text": "3", "value_reported": "high"}
    files = archive(tmp_path, known, score | NONE | {"value_reported": "indeterminate"}, what="scores")
    found = [
        [row[name] for name in ("observation_id", "value_as_number", "value_as_string", "qualifier_source_value", "observation_concept_id")]
        for row in files["observation"]
    ]  # fmt: skip
    assert found == [["1", "3.0", "high", "the set", "0"], ["2", "", "indeterminate", "the set", "0"]]
    assert files["unplaced"] == []


def test_a_subject_keeps_its_number_whoever_else_is_there() -> None:
    alone, among = person_ids(["P7"]), person_ids([f"P{number}" for number in range(3_000)])
    assert alone["P7"] == among["P7"]
    assert len(set(among.values())) == 3_000
    assert 0 < min(among.values()) <= max(among.values()) < 2**31


def test_a_source_value_that_is_too_long_is_marked_and_told(tmp_path: Path) -> None:
    table = pa.Table.from_pylist([FINDING | {"test": "x" * 60}])
    found = write_export(table, ABOUT, "omop", tmp_path / "omop.zip")
    assert found.notes == (f"1 source value was longer than the {LONGEST} letters of the model and ends with …",)
