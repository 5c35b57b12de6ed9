"""A message as a FHIR R4 Bundle: a transaction that puts one DiagnosticReport and its Observations under ids that stay.

Sent twice it changes nothing, and a later message about the subject takes the place of the one before. Resources: hl7.org/fhir/R4.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from pbis.deliver.codes import LOINC, OWN, REASON, REPORT, STUDY_ID, UCUM, UNITS, loinc_of, name_of
from pbis.deliver.facts import ToldFact, facts_of
from pbis.deliver.message import ScoreMessage, part_id
from pbis.deliver.states import WITHDRAWN
from pbis.deliver.told import NAMES, ToldComponent, ToldScore

Resource = dict[str, Any]
_STATUS = {WITHDRAWN: "entered-in-error"}  # the others are called as we call them
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_NOT_PERFORMED = ("not_ordered", "cancelled", "qns")
_ENCODER = msgspec.json.Encoder(decimal_format="number")  # numbers as the decimal text says them


def fhir_message(message: ScoreMessage) -> str:
    """The Bundle as JSON, a line end behind it."""
    score = _with(_head(message, REPORT, REPORT), _score(message))
    parts = [_with(_head(message, name, name), _component(message, name)) for name in NAMES]
    observations = [score, *parts]
    report = {
        "resourceType": "DiagnosticReport",
        "id": message.report_id,
        "identifier": [{"system": OWN, "value": message.report_id}],
        "status": _STATUS.get(message.status, message.status),
        "code": _coded(REPORT),
        "subject": _subject(message),
        "issued": instant(message.source.issued),
        "result": [{"reference": f"urn:uuid:{each['id']}"} for each in observations],
        "conclusion": _conclusion(message),
    }
    bundle = {
        "resourceType": "Bundle",
        "identifier": {"system": OWN, "value": message.message_id},
        "type": "transaction",
        "timestamp": instant(message.source.issued),
        "entry": [_entry(each) for each in (report, *observations)],
    }
    return msgspec.json.format(_ENCODER.encode(bundle), indent=1).decode() + "\n"


def instant(at: datetime) -> str:
    """A moment in UTC as FHIR writes it."""
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _entry(resource: Resource) -> Resource:
    kind, name = resource["resourceType"], resource["id"]
    return {
        "fullUrl": f"urn:uuid:{name}",
        "resource": resource,
        "request": {"method": "PUT", "url": f"{kind}/{name}"},
    }


def _head(message: ScoreMessage, part: str, code: str) -> Resource:
    return {
        "resourceType": "Observation",
        "id": part_id(message.report_id, part),
        "status": _STATUS.get(message.status, message.status),
        "code": _coded(code),
        "subject": _subject(message),
        "issued": instant(message.source.issued),
    }


def _with(head: Resource, rest: Resource) -> Resource:
    return head | {name: value for name, value in rest.items() if value not in (None, [], {})}


def _subject(message: ScoreMessage) -> Resource:
    return {"identifier": {"system": STUDY_ID, "value": message.subject}}


def _coded(code: str) -> Resource:
    coding = [{"system": OWN, "code": code, "display": name_of(code)}]
    loinc = loinc_of(code)
    return {"coding": coding + ([{"system": LOINC, "code": loinc}] if loinc else []), "text": name_of(code)}


def _conclusion(message: ScoreMessage) -> str:
    if message.told is None:
        return f"withdrawn: {'; '.join(message.why)}"
    before = f"; corrected: {'; '.join(message.why)}" if message.why else ""
    return message.told.sentence + before


def _score(message: ScoreMessage) -> Resource:
    told = message.told
    if told is None:
        return {}
    value = _absent(None) if told.score is None else {"valueInteger": told.score}
    return value | {"component": [_fact(each) for each in facts_of(message, told)]}


def _component(message: ScoreMessage, name: str) -> Resource:
    told = _of(message.told, name)
    if told is None:
        return {} if message.told is None else _absent(None)
    facts = (
        ToldFact("point", told.point),
        ToldFact("is_at_cut", told.is_at_cut),
        ToldFact("is_near_cut", told.is_near_cut),
        ToldFact("study_day", told.study_day),
    )
    parts = [_fact(each) for each in facts]
    if told.reason is not None:
        parts.append({"code": _coded("reason"), "valueCodeableConcept": _reason(told.reason)})
    cut = {"low": _quantity(told.cut_text, told.unit), "text": f"one point where {told.cut}"}
    return _value(told) | {"referenceRange": [cut], "component": parts}


def _of(told: ToldScore | None, name: str) -> ToldComponent | None:
    return None if told is None else next((each for each in told.components if each.component == name), None)


def _value(told: ToldComponent) -> Resource:
    if told.value_text is None:
        return _absent(told.reason)
    op = {} if told.value_op in (None, "=") else {"comparator": told.value_op}
    return {"valueQuantity": op | _quantity(told.value_text, told.unit)}


def _quantity(text: str, unit: str | None) -> Resource:
    number: Resource = {"value": Decimal(text)}
    if unit is None:
        return number
    return number | {"unit": unit} | ({"system": UCUM, "code": unit} if unit in UNITS else {})


def _absent(reason: str | None) -> Resource:
    """Why there is no value; the standard's word, and ours where there is one."""
    code = "not-performed" if reason in _NOT_PERFORMED else "unknown"
    own = [{"system": REASON, "code": reason}] if reason else []
    return {"dataAbsentReason": {"coding": [{"system": _ABSENT, "code": code}, *own]}}


def _reason(reason: str) -> Resource:
    return {"coding": [{"system": REASON, "code": reason}], "text": reason.replace("_", " ")}


def _fact(fact: ToldFact) -> Resource:
    code: Resource = {"code": _coded(fact.code)}
    if fact.value is None:
        return code | _absent(None)
    if isinstance(fact.value, bool):
        return code | {"valueBoolean": fact.value}
    if isinstance(fact.value, int):
        return code | {"valueInteger": fact.value}
    if isinstance(fact.value, float):
        return code | {"valueQuantity": {"value": fact.value, "unit": "1", "system": UCUM, "code": "1"}}
    return code | {"valueString": fact.value}
