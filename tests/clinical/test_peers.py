"""Our own readers beside independent ones: python-hl7 on the splitter, the full FHIR models of fhir.resources on values."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pbis.clinical.fhir.labs import read_fhir
from pbis.clinical.hl7.segments import Message, messages, unescape
from pbis.labs import load_map


def ours(message: Message) -> list[list[str]]:
    """Segments as fields of plain text, MSH-1 and MSH-2 apart."""
    return [[unescape(each) for each in segment.fields] for segment in message.segments]


def theirs(text: str) -> list[list[str]]:
    import hl7

    parsed = hl7.parse(text)
    return [[str(field) for field in segment] for segment in parsed]


def plain(text: str) -> str:
    return "\r".join(line for line in text.replace("\r\n", "\r").replace("\n", "\r").split("\r") if line.strip()) + "\r"


def test_the_splitter_agrees_with_python_hl7_on_every_public_message(shared: Path) -> None:
    compared = 0
    for path in sorted((shared / "examples/clinical/hl7v2").glob("*.hl7")):
        text = path.read_bytes().decode("utf-8-sig")
        for message in messages(text, path.name):
            if not message.separators.are_usable or message.broken:
                continue
            raw = [segment.fields for segment in message.segments]
            peer = theirs(plain(text))
            assert [len(each) for each in raw] == [len(each) for each in peer], path.name
            assert raw == peer, path.name
            compared += sum(map(len, raw))
    assert compared > 3000


def test_the_splitter_agrees_on_other_separators() -> None:
    text = "MSH*$:!%*LIS*N*P*C*20260305**ORU$R01*1*P*2.5\rOBX*1*ST*A$B**4:5*mg/L\r"
    (message,) = messages(text, "x")
    usual = str.maketrans("*$:!%", "|^~\\&")
    assert ours(message)[1:] == [[field.translate(usual) for field in segment] for segment in theirs(text)[1:]]


@pytest.fixture(scope="module")
def model() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fhir.resources.R4B.observation import Observation

        yield Observation


def test_values_and_units_agree_with_full_validation_on_every_public_observation(shared: Path, model: Any) -> None:
    for path in sorted((shared / "examples/clinical/fhir").iterdir()):
        data = path.read_bytes()
        extract = read_fhir(data, path.name, load_map())
        names = ("value", "unit", "status", "collected_at")
        mine = Counter(zip(*(extract.columns[name].to_pylist() for name in names), strict=True))
        documents = data.decode().splitlines() if path.suffix == ".ndjson" else [data.decode()]
        peer = Counter(row for text in documents for row in _said(model, text))
        assert {(_number(v), u, s, t[:10]) for v, u, s, t in mine if u} == set(peer)
        assert sum(count for (_, unit, _, _), count in mine.items() if unit) == sum(peer.values())


def _number(text: str) -> Decimal | str:
    return Decimal(text) if text.lstrip("-").replace(".", "").isdigit() else text


def _said(model: Any, text: str) -> list[tuple[Any, ...]]:
    """(value, unit, status, day) of the quantities that a fully validated Observation holds."""
    whole = model.model_validate(json.loads(text, parse_float=Decimal))
    found: list[tuple[Any, ...]] = []
    if whole.modifierExtension:  # nobody may use it without knowing the extension; ours says so and gives no value
        return found
    for part in [whole, *(whole.component or [])]:
        quantity = part.valueQuantity
        if quantity is not None:
            found.append(
                (
                    Decimal(str(quantity.value)),
                    quantity.code or quantity.unit,
                    whole.status,
                    str(whole.effectiveDateTime)[:10],
                )
            )
    return found
