"""A sign that stands by accident in one message or line costs no other: a NUL, a mark of a frame, a date with two readings."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from pbis.clinical import Linkage, labs_from_bytes
from pbis.clinical.aside import USUAL
from pbis.core.errors import AmbiguousValue, MalformedFile
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
MESSAGE = "MSH|^~\\&|LIS|N|P|C|20260308||ORU^R01|1|P|2.5\rPID|1||MRN-1\rOBR|1||F1|C|||202603080730\rOBX|1|NM|1988-5^CRP^LN||1.3|mg/L|||||F\r"


def observation(at: str = "2026-03-08T07:30:00+01:00", value: float = 1.3) -> str:
    return json.dumps({
        "resourceType": "Observation", "id": "a", "status": "final", "subject": {"reference": "Patient/MRN-1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "1988-5"}]}, "effectiveDateTime": at,
        "valueQuantity": {"value": value, "unit": "mg/L"},
    }) + "\n"  # fmt: skip


def read(text: str, linkage: Linkage) -> pa.Table:
    return labs_from_bytes(text.encode(), "results", linkage, load_map(), ZONE)


@pytest.mark.parametrize("sign", ["\x00", "\v", "\x1c"])
@pytest.mark.parametrize("place", ["|1.3", "CRP", "mg/L", "|F1", "MRN-1", "|F\r"])
@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_sign_inside_a_message_costs_no_other_message(sign: str, place: str, at: int, linkage: Linkage) -> None:
    odd = MESSAGE.replace(place, f"{place[:1]}{sign}{place[1:]}")
    rows = read(MESSAGE * at + odd + MESSAGE * (2 - at), linkage).to_pylist()
    sound = [row for i, row in enumerate(rows) if i != at]
    assert [(row["value_text"], row["subject_id"], row["reason"]) for row in sound] == [("0.13", "S1", None)] * 2
    assert rows[at]["value_text"] in (None, "0.13")
    assert (rows[at]["value_text"] is None) == (place in ("|1.3", "mg/L"))


@pytest.mark.parametrize("at", [0, 1, 2])
def test_the_end_of_a_frame_behind_a_line_within_a_message_costs_no_other(at: int, linkage: Linkage) -> None:
    odd = MESSAGE.replace("\rOBX", "\x1c\rOBX", 1)
    assert odd != MESSAGE
    rows = read(MESSAGE * at + odd + MESSAGE * (2 - at), linkage).to_pylist()
    sound = [row for row in rows if row["source_line"] // MESSAGE.count("\r") != at or len(rows) == 2]
    assert [(row["value_text"], row["subject_id"]) for row in sound][:2] == [("0.13", "S1")] * 2


def test_text_with_many_nuls_is_binary(linkage: Linkage) -> None:
    with pytest.raises(MalformedFile, match="NUL"):
        read(MESSAGE + "\x00" * len(MESSAGE), linkage)


@pytest.mark.parametrize("strays", [1, USUAL.count])
def test_a_few_dates_with_two_readings_cost_no_file_of_fhir(strays: int, linkage: Linkage) -> None:
    rows = read(observation() * 12 + observation("03/04/2026", 9.9) * strays, linkage).to_pylist()
    assert [row["reason"] for row in rows] == [None] * 12 + ["outside_window"] * strays
    assert "03/04/2026" in rows[-1]["detail"]


def test_many_of_them_refuse_it(linkage: Linkage) -> None:
    with pytest.raises(AmbiguousValue, match="date_order"):
        read(observation() * 12 + observation("03/04/2026") * (USUAL.count + 1), linkage)
    with pytest.raises(AmbiguousValue, match="date_order"):
        read(observation("03/04/2026") * 2, linkage)


def test_a_first_line_that_is_broken_in_two_costs_no_other_line(linkage: Linkage) -> None:
    line = observation()
    rows = read(line[:60] + "\n" + line[60:] + line * 3, linkage).to_pylist()
    assert [row["value_text"] for row in rows] == ["0.13"] * 3


def test_a_resource_on_a_line_of_its_own_is_part_of_its_bundle(linkage: Linkage) -> None:
    bundle = '{"resourceType": "Bundle", "type": "collection", "entry": [{"resource":\n' + observation() + "}]}\n"
    assert read(bundle, linkage).column("value_text").to_pylist() == ["0.13"]
