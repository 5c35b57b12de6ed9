"""Each format says what the score says, as parsers of other people read it."""

from __future__ import annotations

import csv
import io
import json
import warnings
from decimal import Decimal
from typing import Any

import pytest
from told_scores import message_of, told_score

from pbis.deliver import CORRECTED, FINAL, FORMATS, PRELIMINARY, WITHDRAWN, ScoreMessage, ToldScore

MISSING: dict[str, Any] = {"point": None, "value_op": None, "value_text": None, "reason": "not_received"}
OPEN = told_score(
    {"crp": MISSING}, score=None, score_min=1, score_max=2, group="indeterminate", reasons="crp: not_received"
)
NASTY = "a|b^c&d~e\\f\rg\nh é"
WITHDRAWAL = message_of(None, WITHDRAWN, number=2, replaces="B" * 20, why=("the subject withdrew consent",))


def resources(message: ScoreMessage) -> tuple[Any, list[Any]]:
    """The report and the observations, validated by models of other people."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fhir.resources.R4B.bundle import Bundle

    bundle = Bundle.model_validate_json(FORMATS["fhir"].write(message))
    assert bundle.type == "transaction"
    found = [entry.resource for entry in bundle.entry]
    assert [f"{one.get_resource_type()}/{one.id}" for one in found] == [e.request.url for e in bundle.entry]
    assert {f"urn:uuid:{one.id}" for one in found} == {entry.fullUrl for entry in bundle.entry}
    report, *observations = found
    assert [each.reference for each in report.result] == [f"urn:uuid:{one.id}" for one in observations]
    return report, observations


def parts(observation: Any) -> dict[str, Any]:
    """Code of our own -> value of a component; None where it is said to be absent."""
    values = ("valueInteger", "valueBoolean", "valueString", "valueQuantity", "valueCodeableConcept")
    return {
        each.code.coding[0].code: next((v for name in values if (v := getattr(each, name)) is not None), None)
        for each in observation.component or ()
    }


def test_a_fhir_bundle_says_what_the_score_says() -> None:
    report, (score, nlr, crp, il12, il2) = resources(message_of(told_score(), FINAL))
    assert (report.status, report.subject.identifier.value) == ("final", "P1001")
    assert report.issued.isoformat() == "2026-01-05T03:00:00+00:00"
    assert report.conclusion.startswith("high: score 2, 2 to 2 points; cut-off set pbis-2025-il2-pgml")
    said = parts(score)
    assert (score.valueInteger, said["score_min"], said["group"], said["is_certain"]) == (2, 2, "high", True)
    assert (said["release"], said["decision_head"], said["reasons"]) == ("2026-01-05-1", "none", None)
    assert [str(one.valueQuantity.value) for one in (nlr, crp, il12)] == ["4.625", "0.05", "43.40610676302519"]
    assert (il2.valueQuantity.comparator, il2.valueQuantity.value, il2.valueQuantity.code) == (
        "<",
        Decimal("3.2"),
        "pg/mL",
    )
    assert [parts(one)["point"] for one in (nlr, crp, il12, il2)] == [1, 0, 1, 0]
    assert [one.referenceRange[0].text for one in (nlr, il2)] == [
        "one point where >= 3.5",
        "one point where >= 3.2 pg/mL",
    ]
    codes = [[each.code for each in one.code.coding] for one in (nlr, crp, il12, il2)]
    assert codes == [["nlr"], ["crp", "1988-5"], ["il12", "41760-0"], ["il2", "33939-0"]]


def test_what_is_missing_has_a_reason_in_fhir() -> None:
    report, (score, _, crp, *_) = resources(message_of(OPEN, PRELIMINARY))
    assert (report.status, score.valueInteger, score.dataAbsentReason.coding[0].code) == (
        "preliminary",
        None,
        "unknown",
    )
    assert [each.code for each in crp.dataAbsentReason.coding] == ["unknown", "not_received"]
    assert parts(crp)["reason"].coding[0].code == "not_received"


def test_a_withdrawn_fhir_report_has_no_value_and_names_what_it_takes_back() -> None:
    report, observations = resources(WITHDRAWAL)
    first, earlier = resources(message_of(told_score(), FINAL))
    assert [each.id for each in (report, *observations)] == [each.id for each in (first, *earlier)]
    assert {each.status for each in (report, *observations)} == {"entered-in-error"}
    assert all(each.valueInteger is None and each.valueQuantity is None for each in observations)
    assert "P1001" not in FORMATS["fhir"].write(WITHDRAWAL)


def hl7_rows(message: ScoreMessage) -> tuple[Any, dict[tuple[str, str], Any]]:
    """The message, and its OBX by code and component, as python-hl7 reads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import hl7

    parsed = hl7.parse(FORMATS["hl7"].write(message))
    own = {}
    for row in parsed.segments("OBX"):
        code = str(row[3][0][3] if len(row[3][0]) > 3 else row[3][0][0])
        own[code, str(row[4])] = row
    assert len(own) == len(parsed.segments("OBX"))
    return parsed, own


@pytest.mark.parametrize(
    ("told", "status", "letters"),
    [(told_score(), FINAL, "FF"), (OPEN, PRELIMINARY, "PP"), (OPEN, CORRECTED, "CC"), (None, WITHDRAWN, "XD")],
)
def test_an_hl7_message_has_its_status_in_report_and_rows(told: ToldScore | None, status: str, letters: str) -> None:
    parsed, own = hl7_rows(message_of(told, status))
    obr = parsed.segment("OBR")
    assert str(obr[25]) == letters[0]
    assert {str(row[11]) for row in own.values()} == {letters[1]}
    assert str(parsed.segment("MSH")[9]) == "ORU^R01^ORU_R01"
    assert (str(parsed.segment("MSH")[10]), str(parsed.segment("MSH")[12])) == ("A" * 20, "2.5.1")


def test_an_hl7_message_says_what_the_score_says() -> None:
    parsed, own = hl7_rows(message_of(told_score(), FINAL))
    assert str(parsed.segment("PID")[3]) == "P1001^^^north^PI"
    assert [str(own[code, ""][5]) for code in ("score", "score_min", "group", "is_certain", "reasons")] == [
        "2", "2", "high", "true", '""',
    ]  # fmt: skip
    assert [str(own[name, name][5]) for name in ("nlr", "crp", "il12", "il2")] == [
        "4.625", "0.05", "43.40610676302519", "<^3.2",
    ]  # fmt: skip
    assert [str(own[name, name][2]) for name in ("nlr", "il2")] == ["NM", "SN"]
    assert (str(own["il2", "il2"][6]), str(own["il2", "il2"][7])) == ("pg/mL^pg/mL^UCUM", ">=3.2")
    assert str(own["il2", "il2"][3]) == "33939-0^^LN^il2^IL-2^L"
    assert [str(own["point", name][5]) for name in ("nlr", "crp", "il12", "il2")] == ["1", "0", "1", "0"]


def test_every_hl7_message_has_every_row_so_that_none_of_before_stays() -> None:
    _, complete = hl7_rows(message_of(told_score(), FINAL))
    _, later = hl7_rows(message_of(OPEN, CORRECTED, number=2))
    assert complete.keys() == later.keys()
    assert [str(later[code, name][5]) for code, name in (("score", ""), ("crp", "crp"), ("point", "crp"))] == ['""'] * 3
    assert str(later["reason", "crp"][5]) == "not_received"


def test_an_hl7_withdrawal_deletes_every_row_that_was_told() -> None:
    _, complete = hl7_rows(message_of(told_score(), FINAL))
    _, gone = hl7_rows(WITHDRAWAL)
    assert gone.keys() == complete.keys()
    assert {(str(row[5]), str(row[11])) for row in gone.values()} == {('""', "D")}


@pytest.mark.parametrize(
    ("p_high", "text"), [(5.3e-13, "0"), (1.97e-06, "0.00000197"), (0.025140288837288857, "0.0251402888"), (1.0, "1")]
)
def test_a_number_in_hl7_has_no_exponent_and_at_most_16_characters(p_high: float, text: str) -> None:
    _, own = hl7_rows(message_of(told_score(p_high=p_high, p_high_low=p_high, p_high_high=p_high), FINAL))
    assert [str(own[f"p_high_{end}", ""][5]) for end in ("low", "high")] == [text, text]


def test_what_may_be_long_is_of_a_type_without_an_end() -> None:
    """A ST of HL7 2.5.1 has up to 199 characters."""
    told = told_score(marks="m" * 300, mark_reasons="m" * 300, reasons="r" * 300, p_high_basis="b" * 300)
    _, own = hl7_rows(message_of(told, CORRECTED, why=("w" * 300,)))
    assert {str(row[2]) for row in own.values() if len(str(row[5])) > 199} == {"TX"}
    assert len([row for row in own.values() if len(str(row[5])) > 199]) == 5


def test_no_text_breaks_an_hl7_message() -> None:
    told = told_score(marks=NASTY, reasons=NASTY)
    parsed, own = hl7_rows(message_of(told, FINAL))
    assert parsed.unescape(str(own["marks", ""][5])) == NASTY
    assert own.keys() == hl7_rows(message_of(told_score(), FINAL))[1].keys()


def test_csv_has_a_row_a_component_and_one_of_what_is_taken_back() -> None:
    form = FORMATS["csv"]
    text = form.head() + form.write(message_of(told_score(), FINAL)) + form.write(WITHDRAWAL)
    *rows, last = csv.DictReader(io.StringIO(text))
    assert [(row["component"], row["value_op"], row["value_text"], row["point"]) for row in rows] == [
        ("nlr", "=", "4.625", "1"), ("crp", "=", "0.05", "0"), ("il12", "=", "43.40610676302519", "1"), ("il2", "<", "3.2", "0"),
    ]  # fmt: skip
    assert {(row["subject_id"], row["status"], row["score"], row["issued"]) for row in rows} == {
        ("P1001", "final", "2", "2026-01-05T03:00:00Z")
    }
    assert (last["status"], last["score"], last["component"], last["replaces"]) == ("withdrawn", "", "", "B" * 20)
    assert last["subject_id"] == "withdrawn-abcdefgh"


@pytest.mark.parametrize("name", FORMATS)
def test_a_message_has_no_date_but_its_release_s_and_is_the_same_bytes_twice(name: str) -> None:
    written = [FORMATS[name].write(message_of(told_score(), FINAL)) for _ in range(2)]
    assert written[0] == written[1]
    shown = written[0].replace("2026-01-05", "").replace("20260105", "")
    assert not any(year in shown for year in ("2025-0", "2025-1", "2026", "1900"))
    assert name != "fhir" or json.loads(written[0])["timestamp"] == "2026-01-05T03:00:00Z"
