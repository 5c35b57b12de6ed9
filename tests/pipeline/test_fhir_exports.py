"""A FHIR Bulk export through nights: as a folder or in loose files, apart in time, compressed, with what was deleted, and again every week."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest

import warehouse
from pbis.config import load_site
from pbis.core.quoted import called
from pbis.pipeline.clinic import import_files
from pbis.pipeline.collecting import collecting
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import open_night, run_plain
from pbis.pipeline.stages import Begun, Told

AFP = {"coding": [{"system": "http://loinc.org", "code": "1834-1"}]}
LINKAGE = "site,mrn,subject\na,M1,P1\na,M2,P2\n"
START = "mrn,cohort,regimen,started_at\n" + "".join(
    f"M{n},d,atezolizumab + bevacizumab,2026-03-10 10:00\n" for n in (1, 2)
)
DRAWN = "2026-03-09T07:00:00+01:00"
ROWS = (
    "select subject_id, fhir_id, value_text, cast(collected_at as varchar), reason from store.clinical_lab"
    " semi join current_import using (import_id) order by fhir_id, value_text"
)


def observation(number: int, value: str, person: str = "a", **more: object) -> dict[str, object]:
    """CRP of a patient who is only referred to, at the time of the result."""
    return {
        "resourceType": "Observation",
        "id": f"o{number}",
        "meta": {"versionId": "1"},
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "1988-5"}]},
        "subject": {"reference": f"Patient/{person}"},
        "specimen": {"reference": f"Specimen/{person}"},
        "effectiveDateTime": "2026-03-10T15:00:00+01:00",
        "valueQuantity": {"value": float(value), "unit": "mg/L", "code": "mg/L"},
        **more,
    }


def patient(id: str, number: str) -> dict[str, object]:
    return {"resourceType": "Patient", "id": id, "identifier": [{"value": number}]}


def specimen(id: str, drawn: str = DRAWN, **more: object) -> dict[str, object]:
    return {"resourceType": "Specimen", "id": id, "collection": {"collectedDateTime": drawn}, **more}


def deleted(number: int) -> dict[str, object]:
    request = {"method": "DELETE", "url": f"Observation/o{number}"}
    return {"resourceType": "Bundle", "type": "transaction", "entry": [{"request": request}]}


def lines(*resources: Mapping[str, object]) -> bytes:
    return "".join(json.dumps(each) + "\n" for each in resources).encode()


def written(root: Path) -> Path:
    """A site whose linkage and treatments lie in the inbox."""
    write_site(root, name="a", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    told = root / "site.toml"
    told.write_text(told.read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0"))
    (root / "inbox" / "linkage" / "l.csv").write_text(LINKAGE)
    (root / "inbox" / "treatments" / "t.csv").write_text(START)
    return root


Evening = Callable[..., tuple[list[tuple], Told]]


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    """evening(name -> bytes, ids) -> rows of results whose ids begin so after the files were imported, and what was told.

    One night is open for all of them, since opening it costs more than they do; what they bring is other people's in each test.
    """
    root = written(tmp_path_factory.mktemp("evenings") / "site")
    with open_night(load_site(root), NightOptions(), Silent(), lambda: datetime(2026, 4, 1, 3)) as night:

        def _evening(files: Mapping[str, bytes], ids: str, query: str = ROWS) -> tuple[list[tuple], Told]:
            drop(root, files)
            found = collecting(night, Begun(night.opening))
            told = import_files(night, found.join([part.run() for part in found.parts])).told
            for name in files:
                (root / "inbox" / "labs" / name).unlink()
            return [row for row in night.con.execute(query).fetchall() if row[1].startswith(ids)], told

        yield _evening


def drop(root: Path, files: Mapping[str, bytes]) -> None:
    for name, data in files.items():
        path = root / "inbox" / "labs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


STANDING = "select coalesce(fhir_id, order_id) as id, id, value_text, reason from clinical_lab order by all"
AT_DRAW, AT_RESULT = "2026-03-09 07:00:00", "2026-03-10 15:00:00"


def test_files_of_an_export_find_each_other_in_whatever_night_they_come(evening: Evening) -> None:
    """Results first, then patients, then the draws, corrected by a later version; each time the earlier files say what they mean now."""
    results = lines(observation(11, "13"), observation(12, "5", "b"))
    unknown, _ = evening({"r.ndjson": results}, "o1")
    assert [row[0] for row in unknown] == [None, None]
    people = json.dumps([patient("a", "M1"), patient("b", "M2")]).encode()
    rows, told = evening({"p.json": people}, "o1")
    assert rows == [("P1", "o11", "1.3", AT_RESULT, None), ("P2", "o12", "0.5", AT_RESULT, None)]
    assert "p.json: patients and specimens that results refer to: 2" in told.notes
    draws = gzip.compress(lines(specimen("a", meta={"versionId": "1"}), specimen("b")))
    rows, _ = evening({"s.ndjson.gz": draws}, "o1")
    assert rows == [("P1", "o11", "1.3", AT_DRAW, None), ("P2", "o12", "0.5", AT_DRAW, None)]
    newer = specimen("a", "2026-03-08T06:00:00+01:00", meta={"versionId": "2"})
    moved, _ = evening({"s2.ndjson": lines(newer)}, "o1")
    assert moved == [("P1", "o11", "1.3", "2026-03-08 06:00:00", None), rows[1]]
    older = lines(specimen("a", "2026-03-07", meta={"versionId": "1"}), specimen("never"))
    assert evening({"s3.ndjson": older}, "o1")[0] == moved


def test_a_week_later_only_new_lines_are_rows(evening: Evening) -> None:
    """A version and a new result beside what stands already; the same under gzip brings nothing."""
    people = lines(patient("c", "M1"), patient("d", "M2"), specimen("c"), specimen("d"))
    first = people + lines(observation(21, "13", "c"), observation(22, "5", "d"))
    rows, _ = evening({"1.ndjson": first}, "o2")
    assert rows == [("P1", "o21", "1.3", AT_DRAW, None), ("P2", "o22", "0.5", AT_DRAW, None)]
    second = first + lines(observation(21, "12", "c", meta={"versionId": "2"}), observation(23, "7", "c", code=AFP))
    more, told = evening({"2.ndjson": second}, "o2")
    assert more == [("P1", "o21", "1.2", AT_DRAW, None), *rows, ("P1", "o23", "7000", AT_DRAW, None)]
    assert "2.ndjson: lines that stand already and are not stored again: 6" in told.notes
    again, told = evening({"3.ndjson.gz": gzip.compress(second)}, "o2")
    assert again == more
    assert "3.ndjson.gz: lines that stand already and are not stored again: 8" in told.notes
    last, _ = evening({"4.ndjson": second + lines(deleted(22))}, "o2", STANDING)
    assert last == [
        ("o21", "o21", "1.2", None), ("o21", "o21", "1.3", "entered_in_error"), ("o22", "o22", "0.5", "entered_in_error"),
        ("o22", "o22", None, "entered_in_error"), ("o23", "o23", "7000", None),
    ]  # fmt: skip


def test_one_id_for_two_patients_is_nobody(evening: Evening) -> None:
    """Two hospitals count their patients from 1: whose result it is, nobody says, unless its own file does."""
    rows, _ = evening({"a.ndjson": lines(patient("e", "M1"), observation(31, "13", "e"))}, "o3")
    assert [(row[0], row[4]) for row in rows] == [("P1", None)]
    rows, _ = evening({"b.ndjson": lines(patient("e", "M2"), observation(32, "9", "e"))}, "o3")
    assert [(row[0], row[4]) for row in rows] == [("P1", None), ("P2", None)]
    rows, _ = evening({"c.ndjson": lines(observation(33, "9", "e"), observation(34, "9", "e"))}, "o3")
    assert [(row[0], row[4]) for row in rows[2:]] == [(None, "identity_conflict")] * 2


@pytest.mark.parametrize("order", [(2, 0, 1)])
def test_entries_without_meta_and_address_are_ranked_by_their_issue(evening: Evening, order: tuple[int, ...]) -> None:
    """One id, or one number where there is no id, is one result: the latest issue stands; of equal ones that differ none does."""
    tag = "".join(map(str, order))
    days = ("2026-03-10T08:00:00Z", "2026-03-11T08:00:00Z", "2026-03-12T08:00:00Z")

    def result(value: str, issued: str, **more: object) -> dict[str, object]:
        found = observation(4, value, subject={"identifier": {"value": "M1"}}, issued=issued, **more)
        return {name: each for name, each in found.items() if name not in ("meta", "specimen") and each}

    def bundle(at: int, value: str) -> bytes:
        known = result(value, days[at], id=f"o4{tag}")
        numbered = result(value, days[at], id="", identifier=[{"value": f"o4{tag}n"}])
        equal = result(value, days[0], id=f"o4{tag}x", effectiveDateTime="2026-03-09T08:00:00Z")
        return json.dumps(
            {"resourceType": "Bundle", "entry": [{"resource": each} for each in (known, numbered, equal)]}
        ).encode()

    files = {f"{tag}{place}.json": bundle(at, str(10 + at)) for place, at in enumerate(order)}
    rows, _ = evening(files, f"o4{tag}", STANDING)
    stands = {row[0]: row[2] for row in rows if row[3] is None}
    assert stands == {f"o4{tag}": "1.2", f"o4{tag}n": "1.2"}
    assert {row[3] for row in rows if row[0] == f"o4{tag}x"} == {"duplicate_conflict"}


@pytest.fixture(scope="module")
def after(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site after the whole night of an export in a folder, with all that servers put into one."""
    root = written(tmp_path_factory.mktemp("bulk") / "site")
    manifest = {"transactionTime": "2026-03-20T00:00:00Z", "request": "$export", "output": [], "error": []}
    inside = observation(9, "45", subject={"reference": "Patient/b"}) | {"id": "in", "specimen": None}
    report = {"resourceType": "DiagnosticReport", "id": "d", "status": "final", "contained": [inside]}
    drop(root, {
        "export/Patient.000.ndjson": lines(patient("a", "M1"), patient("b", "M2")),
        "export/Specimen.000.ndjson.gz": gzip.compress(lines(specimen("a"), specimen("b"))),
        "export/Observation.000.ndjson": lines(*(observation(n, "13") for n in (1, 2))),
        "export/Observation.001.ndjson": lines(observation(3, "5", "b"), {"resourceType": "Observation", "status": 7}),
        "export/DiagnosticReport.000.ndjson": lines(report),
        "export/ServiceRequest.000.ndjson": lines({"resourceType": "ServiceRequest", "id": "q"}),
        "export/deleted/Observation.ndjson": lines(deleted(2)),
        "export/deleted/Patient.ndjson": b"",
        "export/manifest.json": json.dumps(manifest).encode(),
        "export/.DS_Store": b"x",
    })  # fmt: skip
    run_plain(load_site(root), NightOptions(), Silent(), lambda: datetime(2026, 4, 1, 3))
    return root


def test_a_folder_is_one_arrival_and_each_of_its_files_has_an_account(after: Path) -> None:
    con = warehouse.open_published(after / "releases" / "current" / "pbis.duckdb")
    query = "select row_count, used_count, unused_count, refused_count, known_count from lab_file order by row_count, used_count, refused_count"
    accounts = con.execute(query).fetchall()
    con.close()
    assert accounts == [(0,) * 5] * 4 + [(1, 0, 1, 0, 0), (1, 1, 0, 0, 0), (2, 1, 1, 0, 0), (2, 1, 0, 1, 0)]
    assert [path.name for path in (after / "inbox" / "labs").iterdir() if path.name != ".gitkeep"] == []
    assert len(list((after / "archive" / "labs").glob("??/*"))) == 8
    assert sorted(path.name for path in (after / "quarantine").rglob("*.ndjson")) == ["Observation.001.refused.ndjson"]


def test_what_a_deletion_takes_back_does_not_count(after: Path) -> None:
    con = warehouse.open_published(after / "releases" / "current" / "pbis.duckdb")
    rows = con.execute("select fhir_id, subject_id, reason from clinical_lab").fetchall()
    con.close()
    sent = [
        ("d#in", "P2", None),
        ("o1", "P1", None),
        ("o2", "P1", "entered_in_error"),
        ("o2", None, "entered_in_error"),
        ("o3", "P2", None),
    ]
    assert set(rows) == {(called("fhir", fhir_id), *rest) for fhir_id, *rest in sent}
    assert len(rows) == len(sent)
