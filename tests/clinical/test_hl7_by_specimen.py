"""OUL^R22: specimens before their orders and results, in the ways that laboratories and analysers write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from pbis.clinical import Linkage, notes_of, read_labs
from pbis.core.errors import UnrecognisedFormat
from pbis.labs import load_map

MSH = "MSH|^~\\&|LIS|NORTH|PBIS|CORE|20260310100000||OUL^R22^OUL_R22|1|P|2.5.1"
PID, MORE = "PID|1||MRN-1^^^NORTH^MR||Doe^Jane", "PID|2||MRN-2^^^NORTH^MR||Doe^John"
EIGHT, NINE = "202603090800", "202603090900"
COLUMNS = ["source_line", "specimen_id", "collected_at", "order_id", "analyte", "value_text"]


def spm(number: str, drawn: str = EIGHT, role: str = "", material: str = "BLD^Blood") -> str:
    return f"SPM|1|{number}||{material}|||||||{role}||||||{drawn}"


def obr(number: str = "", placer: str = "") -> str:
    return f"OBR|1|{placer}|{number}|CBC^Blood count"


def orc(number: str) -> str:
    return f"ORC|SC||{number}"


def obx(value: str, code: str = "751-8^Neutrophils^LN", unit: str = "10*9/L") -> str:
    return f"OBX|1|NM|{code}||{value}|{unit}|||||F|||20260309120000"


@pytest.fixture
def read(write: Callable[..., Path], linkage: Linkage) -> Callable[..., list[tuple]]:
    def _read(*segments: str) -> list[tuple]:
        table = read_labs(write("\r".join(segments) + "\r", "d.hl7"), linkage, load_map(), ZoneInfo("Europe/Berlin"))
        return [tuple(row.values()) for row in table.select(COLUMNS).to_pylist()]

    return _read


AT8, AT9 = datetime(2026, 3, 9, 8), datetime(2026, 3, 9, 9)
CRP = ("crp", "0.13")
TWO = [("T1", AT8, "F1", "neutrophils", "4.2"), ("T1", AT8, "F2", *CRP), ("T2", AT9, "F3", "neutrophils", "5.1")]
CRP_13 = obx("1.3", "1988-5^CRP^LN", "mg/L")


@pytest.mark.parametrize(
    "segments",
    [
        (spm("T1"), obr("F1"), obx("4.2"), obr("F2"), CRP_13, spm("T2", NINE), obr("F3"), obx("5.1")),
        (  # 7.3.7: the order's ORC, notes and timing below its OBR
            spm("T1"), "SAC|||C9", obr(), orc("F1"), "TQ1|1", obx("4.2"), obr(), "NTE|1||x", orc("F2"), CRP_13,
            spm("T2", NINE), obr(), orc("F3"), obx("5.1"),
        ),
        (  # the number above its order, as many systems write it; one order has no result
            spm("T1"), orc("F1"), obr(), obx("4.2"), orc("F0"), obr(), orc("F2"), obr(), CRP_13,
            spm("T2", NINE), orc("F3"), obr(), obx("5.1"),
        ),
        (  # as in an ORU
            orc("F1"), obr(), obx("4.2"), spm("T1"), orc("F2"), obr(), CRP_13, spm("T1"), orc("F3"), obr(), obx("5.1"),
            spm("T2", NINE),
        ),
        (  # the specimen known by its container
            spm(""), "SAC|||T1", obr("F1"), obx("4.2"), obr("F2"), CRP_13, spm("^", NINE), "SAC|||T2", obr("F3"), obx("5.1"),
        ),
    ],
    ids=["own numbers", "standard", "order first", "as ORU", "containers"],
)  # fmt: skip
def test_each_result_has_the_specimen_time_and_order_above_it(
    read: Callable[..., list[tuple]], segments: tuple[str, ...]
) -> None:
    found = read(MSH, PID, *segments)
    assert [row[1:] for row in found] == TWO
    assert [row[0] for row in found] == [3 + at for at, text in enumerate(segments) if text.startswith("OBX")]


def test_an_observation_of_the_specimen_itself_is_of_no_order_before_it(read: Callable[..., list[tuple]]) -> None:
    rows = read(
        MSH,
        PID,
        spm("T1"),
        obr("F1"),
        obx("4.2"),
        spm("T2", NINE),
        obx("7", "3169-5^Volume^LN", "mL"),
        obr("F2"),
        CRP_13,
    )
    assert [row[1:4] for row in rows] == [("T1", AT8, "F1"), ("T2", AT9, None), ("T2", AT9, "F2")]


def test_a_second_patient_has_other_specimens(write: Callable[..., Path], linkage: Linkage) -> None:
    segments = (MSH, PID, spm("T1"), obr("F1"), obx("4.2"), MORE, obr("F2"), obx("5.1"))
    table = read_labs(write("\r".join(segments), "d.hl7"), linkage, load_map(), ZoneInfo("Europe/Berlin"))
    assert table.select(["subject_id", "specimen_id"]).to_pylist() == [
        {"subject_id": "S1", "specimen_id": "T1"}, {"subject_id": "S2", "specimen_id": "F2"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("role", "is_kept"),
    [("P^Patient", True), ("", True), ("R", True), ("Q^^HL70369", False), ("c", False), ("L", False)],
)
def test_what_was_drawn_from_nobody_is_no_patient_s(
    write: Callable[..., Path], linkage: Linkage, role: str, is_kept: bool
) -> None:
    text = "\r".join((MSH, PID, spm("T1", role=role), obr("F1"), obx("4.2")))
    (row,) = read_labs(write(text, "d.hl7"), linkage, load_map(), ZoneInfo("Europe/Berlin")).to_pylist()
    assert row["reason"] == (None if is_kept else "assay_mismatch")
    assert is_kept or "not a patient's" in row["detail"]


def test_other_messages_of_specimens_are_named_and_not_read(write: Callable[..., Path], linkage: Linkage) -> None:
    def told(kind: str, *more: str) -> tuple[str, ...]:
        text = "\r".join((MSH.replace("OUL^R22^OUL_R22", kind), PID, spm("T1"), obr("F1"), obx("4.2"), *more))
        return notes_of(read_labs(write(text, "d.hl7"), linkage, load_map(), ZoneInfo("Europe/Berlin")))

    whole = (MSH, PID, spm("T1"), obr("F1"), obx("4.2"))
    assert told("OUL^R24^OUL_R24", *whole) == ("1 message OUL^R24 was not read: of these only OUL^R22 is",)
    with pytest.raises(UnrecognisedFormat, match=r"ORU\^R01 or OUL\^R22; found 1 ORL"):
        told("ORL^O34^ORL_O34")
