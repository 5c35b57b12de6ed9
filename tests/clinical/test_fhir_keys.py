"""A key that stands twice in a JSON object: whatever it decides, the file is refused with line, path and key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pbis.clinical import Linkage, read_labs
from pbis.clinical.fhir.keys import SHORT, find_twice, refuse_twice
from pbis.core.errors import MalformedFile
from pbis.labs import load_map

GOOD = (
    '{"resourceType": "Observation", "id": "o1", "status": "final", "code": {"coding": [{"system": "http://loinc.org", "code": "1988-5"}]},'
    ' "subject": {"reference": "Patient/MRN-1"}, "effectiveDateTime": "2026-03-05T06:30:00Z", "valueQuantity": {"value": 1.3, "unit": "mg/L"}}'
)
WRAPPED = '{"resourceType": "Bundle", "entry": [\n{"resource": %s},\n{"resource": %s}]}'
VALUE = GOOD.replace('"value": 1.3', '"value": 99, "value": 1.3')


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (VALUE, "line 1: a key stands twice in one JSON object"),
        (VALUE, "expected 'value' once in valueQuantity; found 'value' a second time"),
        (WRAPPED % (GOOD, VALUE), "line 3: "),
        (WRAPPED % (GOOD, VALUE), "'value' once in entry[1].resource.valueQuantity"),
        (
            GOOD.replace('"subject"', '"subject": {"reference": "Patient/MRN-2"}, "subject"'),
            "'subject' once in the resource",
        ),
        (GOOD.replace('"system"', '"code": "2951-2", "system"'), "'code' once in code.coding[0]"),
        (GOOD.replace('"unit"', '"v\\u0061lue": 99, "unit"'), "'value' once in valueQuantity"),
        ("[" + GOOD + "," + VALUE + "]", "'value' once in [1].valueQuantity"),
        ("\ufeff" + VALUE, "'value' once in valueQuantity"),
    ],
)
def test_the_file_is_refused(write: Callable[..., Path], linkage: Linkage, content: str, words: str) -> None:
    with pytest.raises(MalformedFile) as refusal:
        read_labs(write(content, "export.json"), linkage, load_map(), ZoneInfo("Europe/Berlin"))
    assert words in str(refusal.value)
    assert "99" not in str(refusal.value)
    assert "MRN" not in str(refusal.value)


def test_a_file_of_patients_beside_the_results_too(tmp_path: Path, linkage: Linkage) -> None:
    (tmp_path / "Observation.ndjson").write_text(GOOD)
    (tmp_path / "Patient.ndjson").write_text('{"resourceType": "Patient", "id": "7", "id": "MRN-1"}')
    with pytest.raises(MalformedFile, match=r"Patient\.ndjson, line 1: a key stands twice"):
        read_labs(tmp_path, linkage, load_map(), ZoneInfo("Europe/Berlin"))


@pytest.mark.parametrize(
    "content",
    [
        '{"a": {"b": 1}, "c": {"b": 1}}',
        '[{"a": 1}, {"a": 2}]',
        '{"a": "\\"b\\": 1, \\"b\\": 2"}',
        '{"a": "a", "b": ["a", "a"]}',
        '{"a": 1',
        '{"n": 1e999}',
    ],
)
def test_what_holds_each_key_once_passes(content: str) -> None:
    refuse_twice(content.encode(), "f", None)


def _write(value: object, doubled: list[bool]) -> str:
    """JSON of lists of pairs (objects) and of texts; doubled gets whether an object held a key twice."""
    if isinstance(value, str):
        return json.dumps(value)
    pairs = list(value)  # type: ignore[call-overload]
    doubled.append(len({key for key, _ in pairs}) < len(pairs))
    return "{" + ", ".join(f"{json.dumps(key)}: {_write(each, doubled)}" for key, each in pairs) + "}"


_KEY = st.text(alphabet='ab"\\:{},[ \u00e9', max_size=2)
_OBJECT = st.recursive(_KEY, lambda each: st.lists(st.tuples(_KEY, each), max_size=3), max_leaves=12)


@given(_OBJECT, st.booleans())
def test_found_exactly_where_there_is_one(value: object, is_long: bool) -> None:
    """By the short way and by the one for long texts, which keep nothing in memory."""
    doubled: list[bool] = []
    text = _write(value, doubled).encode() + b" " * (SHORT * is_long)
    assert (find_twice(text) is not None) == any(doubled)
    try:
        refuse_twice(text, "f", None)
    except MalformedFile:
        assert any(doubled)
    else:
        assert not any(doubled)
