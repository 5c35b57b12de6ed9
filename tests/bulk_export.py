"""The same results as a table and as a FHIR Bulk export: patients of a site, each with draws of a blood count, CRP and AFP."""

from __future__ import annotations

import gzip
import json
import random
from dataclasses import dataclass
from pathlib import Path

TESTS = (
    ("751-8", "Neutrophils", "10*9/L"),
    ("731-0", "Lymphocytes", "10*9/L"),
    ("1988-5", "CRP", "mg/L"),
    ("1834-1", "AFP", "ng/mL"),
)
HEAD = "mrn,accession,test,value,unit,status,collected_at,resulted_at\n"
STATUSES = ("final", "final", "final", "corrected", "preliminary", "cancelled", "entered-in-error")


@dataclass(frozen=True)
class Result:
    """Of one test in one draw; number: its place among all, from 0."""

    number: int
    patient: int
    draw: int
    value: str
    status: str

    @property
    def day(self) -> int:
        return 1 + (7 * self.draw + self.patient) % 28

    @property
    def month(self) -> int:
        return 1 + self.draw % 6


def results(count: int, patients: int) -> list[Result]:
    """Deterministic; four in a row are one draw."""
    dice = random.Random(50_000)
    return [
        Result(
            n, n // 4 % patients, n // (4 * patients), f"{dice.uniform(0.5, 60):.{1 + n % 2}f}", dice.choice(STATUSES)
        )
        for n in range(count)
    ]


def linkage(patients: int) -> str:
    return "site,mrn,subject\n" + "".join(f"a,M{n},S{n}\n" for n in range(patients))


def treatments(patients: int) -> str:
    rows = "".join(f"M{n},d,atezolizumab + bevacizumab,2026-0{1 + n % 5}-15 10:00\n" for n in range(patients))
    return "mrn,cohort,regimen,started_at\n" + rows


def as_table(found: list[Result]) -> str:
    return HEAD + "".join(
        f"M{r.patient},s{r.patient}-{r.draw},{TESTS[r.number % 4][0]},{r.value},{TESTS[r.number % 4][2]},{r.status},"
        f"2026-0{r.month}-{r.day:02d} 07:30,2026-0{r.month}-{r.day:02d} 11:00\n"
        for r in found
    )


def as_export(folder: Path, found: list[Result], patients: int) -> None:
    """Results in files of 20,000, patients and compressed specimens in their own, times with their zone."""
    folder.mkdir(parents=True)
    lines = [_observation(r) for r in found]
    for part in range(0, len(lines), 20_000):
        (folder / f"Observation.{part // 20_000:03d}.ndjson").write_text("".join(lines[part : part + 20_000]))
    people = ({"resourceType": "Patient", "id": f"p{n}", "identifier": [{"value": f"M{n}"}]} for n in range(patients))
    (folder / "Patient.000.ndjson").write_text("".join(json.dumps(each) + "\n" for each in people))
    draws = {(r.patient, r.draw): r for r in found}.values()
    packed = gzip.compress("".join(_specimen(r) for r in draws).encode(), 1)
    (folder / "Specimen.000.ndjson.gz").write_bytes(packed)


def _zone(month: int, day: int) -> str:
    """Of Berlin in 2026: summer time from 29 March."""
    return "+02:00" if (month, day) >= (3, 29) else "+01:00"


def _at(r: Result, clock: str) -> str:
    return f"2026-0{r.month}-{r.day:02d}T{clock}:00{_zone(r.month, r.day)}"


def _specimen(r: Result) -> str:
    collection = {"collectedDateTime": _at(r, "07:30")}
    id = f"s{r.patient}-{r.draw}"
    return (
        json.dumps(
            {
                "resourceType": "Specimen",
                "id": id,
                "subject": {"reference": f"Patient/p{r.patient}"},
                "collection": collection,
            }
        )
        + "\n"
    )


def _observation(r: Result) -> str:
    code, _, unit = TESTS[r.number % 4]
    text = json.dumps({
        "resourceType": "Observation", "id": f"o{r.number}", "meta": {"versionId": "1"}, "status": r.status,
        "code": {"coding": [{"system": "http://loinc.org", "code": code}]},
        "subject": {"reference": f"Patient/p{r.patient}"}, "specimen": {"reference": f"Specimen/s{r.patient}-{r.draw}"},
        "effectiveDateTime": _at(r, "15:00"), "issued": _at(r, "11:00"),
        "valueQuantity": {"value": "@", "unit": unit, "system": "http://unitsofmeasure.org", "code": unit},
    })  # fmt: skip
    return text.replace('"@"', r.value) + "\n"  # the number as it was printed, which a float would change
