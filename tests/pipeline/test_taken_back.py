"""Results that are taken back on a later night than they came, or before: the score, the note of the night and the release agree."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pbis.config import Site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.explain import as_lines, explain_subject
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query

Make = Callable[..., Site]
Clock = Callable[[], datetime]
RESULT = {
    "resourceType": "Observation", "id": "crp-#", "status": "final", "subject": {"reference": "Patient/M#"},
    "code": {"coding": [{"system": "http://loinc.org", "code": "1988-5"}]}, "meta": {"lastUpdated": "2026-03-08T12:00:00+08:00"},
    "effectiveDateTime": "2026-03-08T07:30:00+08:00", "valueQuantity": {"value": 99, "unit": "mg/L"},
}  # fmt: skip
NEWER = RESULT | {
    "effectiveDateTime": "2026-03-08T07:25:00+08:00", "meta": {"lastUpdated": "2026-03-09T12:00:00+08:00"},
    "valueQuantity": {"value": 1.2, "unit": "mg/L"},
}  # fmt: skip
DELETE = {"request": {"method": "DELETE", "url": "Observation/crp-#"}}
HEAD = "mrn,accession,test,value,unit,status,collected_at,resulted_at\n"
FINAL = HEAD + "M#,A1,CRP,99,mg/L,final,2026-03-08 07:30,2026-03-08 11:00\n"
GONE, FIXED = (None, "entered_in_error"), ("0.12", None)


def bundle(**response: str) -> str:
    entry = DELETE | ({"response": response} if response else {})
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [entry]})


# Two files, the value and reason of CRP when both have come, and what the note of the second night says (# is the number).
PAIRS = [
    (json.dumps(RESULT), bundle(), GONE, "2-#.txt: 1 result taken back (the first: line 1 over line 1 of 1-#.txt, crp of P#"),
    (json.dumps(RESULT), json.dumps(NEWER), FIXED, "2-#.txt: 1 result replaced by a newer version of the same FHIR id"),
    (bundle(etag='W/"2"'), json.dumps(NEWER | {"meta": {"versionId": "3"}}), FIXED, ""),
    (FINAL, HEAD + "M#,A1,CRP,1.2,mg/L,corrected,2026-03-08 07:25,2026-03-09 11:00\n", FIXED, "2-#.txt: 1 result replaced by a correction"),
    (FINAL, HEAD + "M#,A1,CRP,,,entered in error,,2026-03-09 11:00\n", GONE, "2-#.txt: 1 result taken back"),
]  # fmt: skip


@pytest.fixture
def site(make_site: Make) -> Site:
    """A site that knows the patients M1, M2, ... as P1, P2, ... and has no plates."""
    made = make_site(plates=(), has_clinic=False)
    numbers = range(1, len(PAIRS) + 1)
    linkage = "".join(f"NORTH,M{number},P{number},,\n" for number in numbers)
    starts = "".join(f"M{number},derivation,atezolizumab+bevacizumab,2026-03-10 10:00\n" for number in numbers)
    drop(made, "linkage", "linkage.csv", "site,mrn,subject,valid_from,valid_to\n" + linkage)
    drop(made, "treatments", "treatments.csv", "mrn,cohort,regimen,started_at\n" + starts)
    return made


def drop(site: Site, kind: str, name: str, content: str, number: int = 1) -> None:
    (site.root / "inbox" / kind / name).write_text(content.replace("#", str(number)))


def go(site: Site, clock: Clock) -> Outcome:
    return run_plain(site, NightOptions(), Silent(), clock)


def crp(site: Site, view: str = "score_input where measure = 'crp'") -> list[tuple[Any, Any]]:
    found = run_query(site.root, f"select value_text, reason from {view} order by subject_id").to_pylist()
    return [(row["value_text"], row["reason"]) for row in found]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["in order", "the other way round"])
def test_on_two_nights(site: Site, clock: Clock, order: tuple[int, int]) -> None:
    for place in order:
        for number, pair in enumerate(PAIRS, 1):
            drop(site, "labs", f"{place + 1}-{number}.txt", str(pair[place]), number)
        outcome = go(site, clock)
    right = [answer for _, _, answer, _ in PAIRS]
    assert crp(site) == right
    decisive = "lab_current where analyte = 'crp' qualify row_number() over (partition by subject_id order by reason nulls first) = 1"
    assert crp(site, decisive) == right  # the release computes its views itself, on dates that were moved
    told = "; ".join(outcome.notes)
    for number, (_, _, _, words) in enumerate(PAIRS, 1):
        assert words.replace("#", str(number)) in told
    waits = "1-3.txt: 1 retraction found no result to take back"  # what it names came later still, as a newer version
    assert (waits in told) == (order == (1, 0))
    assert told.count("view replaced_lab") == 4 + (waits in told)
    assert "M1" not in told


def test_a_deletion_that_waits_is_told(site: Site, clock: Clock) -> None:
    drop(site, "labs", "deleted.ndjson", bundle())
    drop(site, "labs", "twice.json", json.dumps(RESULT).replace('"value": 99', '"value": 99, "value": 1.2'))
    outcome = go(site, clock)
    assert "deleted.ndjson: 1 retraction found no result to take back" in "; ".join(outcome.notes)
    assert crp(site)[0] == (None, "not_ordered")
    (refused,) = outcome.refused
    assert "line 1" in refused.message
    (why,) = site.path("quarantine").rglob("twice.json.why.txt")
    assert "'value' once in valueQuantity" in why.read_text()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_cancelled_order_without_results_takes_back_those_that_it_had(
    site: Site, clock: Clock, order: tuple[int, int]
) -> None:
    """OBR-25 X, as laboratories send it where a tube was mixed up: there is no OBX that could say so."""
    header = "MSH|^~\\&|LIS|NORTH|PBIS|C|202603081100||ORU^R01|{}|P|2.5.1\rPID|1||M1^^^NORTH^MR\r"
    obr = "OBR|1||F1|CRP|||202603080730|||||||||||||||202603081100|||{}\r"
    obx = "OBX|1|NM|1988-5^CRP^LN|{}|1.2|mg/L|||||F\r"
    other = obr.format("F").replace("F1", "F2") + obx.format("").replace("1988-5^CRP", "1834-1^AFP").replace(
        "mg/L", "ng/mL"
    )
    files = [
        header.format(1) + obr.format("F") + obx.format("1") + other,
        header.format(2) + obr.format("X"),
    ]
    for number in order:
        drop(site, "labs", f"{number}.hl7", files[number])
        go(site, clock)
    assert crp(site)[0] == (None, "cancelled")
    (afp,) = run_query(
        site.root, "select reason from score_input where measure = 'afp' and subject_id = 'P1'"
    ).to_pylist()
    assert afp["reason"] is None


def test_what_came_before_the_readers_changed_is_read_anew(
    site: Site, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Archived files carry what an earlier reader passed over, so a site's next night derives them again."""
    drop(site, "labs", "results.ndjson", json.dumps(RESULT))
    with monkeypatch.context() as earlier:
        earlier.setattr("pbis.pipeline.clinic.READING", "as before")
        assert go(site, clock).imported["labs"] == 1
        assert "labs" not in go(site, clock).imported
    assert go(site, clock).imported == {"labs": 1, "treatments": 1}
    assert "labs" not in go(site, clock).imported


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_newer_version_that_names_another_patient(site: Site, clock: Clock, order: tuple[int, int]) -> None:
    """The first was sent under the wrong patient: it does not count for P1, in whatever order the file holds the two."""
    one = RESULT | {"id": "crp-x", "meta": {"versionId": "9"}, "subject": {"reference": "Patient/M1"}}
    other = NEWER | {"id": "crp-x", "meta": {"versionId": "10"}, "subject": {"reference": "Patient/M2"}}
    drop(site, "labs", "moved.ndjson", "\n".join(json.dumps((one, other)[place]) for place in order))
    go(site, clock)
    assert crp(site)[:2] == [(None, "identity_conflict"), FIXED]


def test_a_score_that_a_retraction_changed_says_so(site: Site, clock: Clock) -> None:
    """On the page, in SQL and in the words of `pbis explain`; on the night after, it is no longer new."""
    drop(site, "labs", "first.txt", FINAL)
    go(site, clock)
    drop(site, "labs", "second.txt", HEAD + "M1,A1,CRP,,,entered in error,,2026-03-09 11:00\n")
    index = Path(str(go(site, clock).report_index)).read_text()
    assert "Scores that changed because a result was taken back" in index
    assert "taken back, line 2 of second.txt" in index
    view = "score_taken_back"
    (row,) = run_query(site.root, f"select measure, was_value_text, reason, is_new from {view}").to_pylist()
    assert row == {"measure": "crp", "was_value_text": "9.9", "reason": "entered_in_error", "is_new": True}
    lines = as_lines(explain_subject(site.root, "P1"))
    assert "Changed since an earlier night because the laboratory took a result back" in "\n".join(lines)
    (told,) = [line for line in lines if "had scored it" in line]
    assert "9.9 mg/dL" in told
    assert "taken back, by labs-" in told
    drop(site, "labs", "third.txt", HEAD + "M2,A1,CRP,1.2,mg/L,final,2026-03-08 07:30,2026-03-08 11:00\n")
    go(site, clock)
    assert run_query(site.root, f"select is_new from {view}").to_pylist() == [{"is_new": False}]
