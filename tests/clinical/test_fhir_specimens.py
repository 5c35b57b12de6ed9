"""FHIR Specimen resources: the time of collection and the material stand over what an Observation says of itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from pbis.clinical import Linkage, notes_of, read_labs
from pbis.core.errors import MalformedFile
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
RESULTED = "2026-03-05T09:30:00+01:00"
DRAWN = datetime(2026, 3, 4, 7, 15)


def observation(reference: str = "Specimen/T7", **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "1988-5", "display": "CRP"}]},
        "subject": {"reference": "Patient/MRN-1"},
        "effectiveDateTime": RESULTED,
        "specimen": {"reference": reference},
        "valueQuantity": {"value": 1.5, "unit": "mg/L", "system": "http://unitsofmeasure.org", "code": "mg/L"},
        **more,
    }


def specimen(**more: Any) -> dict[str, Any]:
    taken = {"collectedDateTime": "2026-03-04T07:15:00+01:00"}
    return {"resourceType": "Specimen", "id": "T7", "collection": taken, **more}


def bundle(*resources: dict[str, Any], url: str = "") -> str:
    entries = [{"fullUrl": url if each["resourceType"] == "Specimen" else "", "resource": each} for each in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def lines(*resources: dict[str, Any]) -> str:
    return "\n".join(json.dumps(each) for each in resources)


@pytest.fixture
def read(write: Callable[..., Path], linkage: Linkage) -> Callable[[str], dict[str, Any]]:
    def _read(content: str) -> dict[str, Any]:
        table = read_labs(write(content, "export.json"), linkage, load_map(), ZONE)
        assert table.num_rows == 1
        return dict(table.to_pylist()[0])

    return _read


@pytest.mark.parametrize(
    "content",
    [
        bundle(observation(), specimen()),
        bundle(specimen(), observation()),
        lines(observation(), specimen()),
        bundle(specimen(), observation("https://lab.example/fhir/Specimen/T7/_history/2")),
        bundle(specimen(id="x"), observation("urn:uuid:9"), url="urn:uuid:9"),
        lines(observation("#s", contained=[{"resourceType": "Patient", "id": "s", "type": 3}, specimen(id="s")])),
    ],
    ids=["bundle", "specimen first", "ndjson", "absolute and versioned", "full url", "contained"],
)
def test_the_time_of_collection_goes_over_the_effective_time(read: Callable[..., dict[str, Any]], content: str) -> None:
    found = read(content)
    assert (found["collected_at"], found["reason"], found["value_text"]) == (DRAWN, None, "0.15")


@pytest.mark.parametrize(
    ("change", "collected_at", "reason"),
    [
        ({"collection": {"collectedPeriod": {"start": "2026-03-04T07:15:00+01:00", "end": "2026-03-04T07:20:00+01:00"}}}, DRAWN, None),
        ({"collection": {"collectedPeriod": {"start": "2026-03-04", "end": "2026-03-06"}}}, None, "outside_window"),
        ({"collection": {}}, datetime(2026, 3, 5, 9, 30), None),
        ({"type": {"coding": [{"code": "BLD", "display": "Whole blood"}]}}, DRAWN, None),
        ({"type": {"coding": [{"code": "CSF"}]}}, DRAWN, "assay_mismatch"),
        ({"type": {"text": "Pleural fluid"}}, DRAWN, "assay_mismatch"),
        ({"status": "unsatisfactory"}, DRAWN, "failed_qc"),
        ({"status": "available"}, DRAWN, None),
    ],
)  # fmt: skip
def test_what_a_specimen_says(
    read: Callable[..., dict[str, Any]], change: dict[str, Any], collected_at: datetime | None, reason: str | None
) -> None:
    found = read(bundle(observation(), specimen(**change)))
    assert (found["collected_at"], found["reason"]) == (collected_at, reason)


def test_another_specimen_says_nothing(read: Callable[..., dict[str, Any]]) -> None:
    assert read(bundle(observation("Specimen/T8"), specimen()))["collected_at"] == datetime(2026, 3, 5, 9, 30)


def test_what_is_contained_belongs_to_its_own_observation(write: Callable[..., Path], linkage: Linkage) -> None:
    late = specimen(id="s", collection={"collectedDateTime": "2026-03-01"})
    both = lines(observation("#s", contained=[specimen(id="s")]), observation("#s", contained=[late]))
    table = read_labs(write(both, "two.ndjson"), linkage, load_map(), ZONE)
    assert table.column("collected_at").to_pylist() == [DRAWN, datetime(2026, 3, 1)]


def test_a_bulk_folder_has_its_specimens_in_a_file_of_their_own(tmp_path: Path, linkage: Linkage) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "Observation.ndjson").write_text(lines(observation()))
    (folder / "Specimen.ndjson").write_text(lines(specimen()))
    table = read_labs(folder, linkage, load_map(), ZONE)
    assert table.column("collected_at").to_pylist() == [DRAWN]
    assert notes_of(table) == ("Specimen.ndjson: patients and specimens that results refer to: 1",)


def test_a_broken_specimen_is_refused_or_keeps_its_result_out(read: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(MalformedFile, match="no resource of FHIR R4"):
        read(bundle(observation(), specimen(collection="yesterday")))
    inside = observation("#s", contained=[specimen(id="s", collection="yesterday")])
    assert read(lines(inside))["reason"] == "failed_qc"


OVERNIGHT = [
    ("2026-03-04T22:15:00+01:00", "2026-03-05T07:00:00+01:00", datetime(2026, 3, 4, 22, 15)),
    ("2026-03-04T07:15:00+01:00", "2026-03-05T07:15:00+01:00", DRAWN),
    ("2026-03-04T23:30:00Z", "2026-03-05T00:10:00Z", datetime(2026, 3, 5, 0, 30)),
    ("2026-03-04T07:15:00+01:00", "2026-03-05T07:16:00+01:00", None),
    ("2026-03-04T22:15:00+01:00", "2026-03-03T07:00:00+01:00", None),
    ("2026-03-04", "2026-03-05", None),
    ("2026-03-04T22:15:00+01:00", "2026-03-05", None),
    ("2026-03-04T22:15:00+01:00", "soon", None),
]


@pytest.mark.parametrize(("start", "end", "at"), OVERNIGHT)
@pytest.mark.parametrize("is_of_specimen", [True, False])
def test_a_period_over_midnight_begins_when_it_begins(
    read: Callable[[str], dict[str, Any]], start: str, end: str, at: datetime | None, is_of_specimen: bool
) -> None:
    period = {"start": start, "end": end}
    if is_of_specimen:
        sent = bundle(observation(), specimen(collection={"collectedPeriod": period}))
    else:
        sent = json.dumps(observation(effectivePeriod=period, effectiveDateTime=""))
    assert read(sent)["collected_at"] == at
