"""HL7 v2 results: what a message says of specimen, time, value and status, and what it may not say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from pbis.clinical import Linkage, notes_of, read_labs
from pbis.core.errors import InputRefused, MalformedFile, UnrecognisedFormat
from pbis.core.frames import LAB
from pbis.labs import load_map

ZONE = ZoneInfo("Europe/Berlin")
MSH = "MSH|^~\\&|LIS|NORTH|PBIS|CORE|20260305100000||ORU^R01^ORU_R01|1|P|2.5.1"
PID = "PID|1||MRN-1^^^NORTH^MR||Doe^Jane"
OBR = "OBR|1|P1|F1|CBC|||20260305073000|||||||||||||||20260305090000|||F"
NEUTROPHILS = "751-8^Neutrophils^LN"


def obx(
    value: str = "4.13", code: str = NEUTROPHILS, unit: str = "10*9/L^^UCUM", status: str = "F", kind: str = "NM"
) -> str:
    return f"OBX|1|{kind}|{code}||{value}|{unit}|1.5-7.5|N|||{status}|||20260305083000"


@pytest.fixture
def read(write: Callable[..., Path], linkage: Linkage) -> Callable[..., pa.Table]:
    """read(segment, ...) -> frames.LAB of one file."""

    def _read(*segments: str, end: str = "\r") -> pa.Table:
        path = write(end.join(segments) + end, "dump.hl7")
        return LAB.check(read_labs(path, linkage, load_map(), ZONE))

    return _read


def only(table: pa.Table) -> dict[str, object]:
    (found,) = table.to_pylist()
    return found


def test_a_result_with_its_specimen_times_and_range(read: Callable[..., pa.Table]) -> None:
    found = only(read(MSH, PID, OBR, obx()))
    wanted = {
        "source_line": 4,
        "subject_id": "S1",
        "specimen_id": "F1",
        "code": "751-8",
        "code_system": "loinc",
        "analyte": "neutrophils",
        "value_reported": "4.13",
        "unit_reported": "10*9/L",
        "value_op": "=",
        "value_text": "4.13",
        "status": "final",
        "collected_at": datetime(2026, 3, 5, 7, 30),
        "resulted_at": datetime(2026, 3, 5, 9, 0),
        "reference_text": "1.5-7.5",
        "reason": None,
    }
    assert {name: found[name] for name in wanted} == wanted


@pytest.mark.parametrize(
    ("kind", "value", "op", "text"),
    [
        ("SN", ">=^32", ">=", "32"),
        ("SN", "<^6.4", "<", "6.4"),
        ("SN", "^6.4", "=", "6.4"),
        ("ST", "<0.3", "<", "0.3"),
        ("NM", "1.30", "=", "1.3"),
        ("CWE", "X1^<0.3^L", "<", "0.3"),
        ("NM", "\\X3C\\0.3", "<", "0.3"),
        ("NM", "5~5", "=", "5"),
    ],
)
def test_values_of_every_type(read: Callable[..., pa.Table], kind: str, value: str, op: str, text: str) -> None:
    found = only(read(MSH, PID, OBR, obx(value, kind=kind)))
    assert (found["value_op"], found["value_text"], found["reason"]) == (op, text, None)


@pytest.mark.parametrize(
    ("kind", "value", "reason", "words"),
    [
        ("NM", "5~6", "unreadable", "more than one value"),
        ("SN", "^1^-^2", "unreadable", "a range or a ratio"),
        ("DT", "20260305", "unreadable", "OBX-2 'DT' holds no number"),
        ("NM", "1,300", "number_ambiguous", "may be a decimal mark"),
        ("NM", "-1", "unreadable", "negative"),
        ("NM", '""', "not_received", "empty"),
        ("CWE", "260415000^Not detected^SCT", "below_range_undecided", "Not detected"),
    ],
)
def test_values_that_are_none(read: Callable[..., pa.Table], kind: str, value: str, reason: str, words: str) -> None:
    found = only(read(MSH, PID, OBR, obx(value, kind=kind)))
    assert (found["value_text"], found["reason"]) == (None, reason)
    assert words in str(found["detail"])


@pytest.mark.parametrize(
    ("status", "meant", "reason"),
    [
        ("F", "final", None),
        ("C", "corrected", None),
        ("P", "preliminary", "preliminary_only"),
        ("I", "preliminary", "preliminary_only"),
        ("X", "cancelled", "cancelled"),
        ("D", "entered_in_error", "entered_in_error"),
        ("W", "entered_in_error", "entered_in_error"),
        ("", "preliminary", "preliminary_only"),
        ("C-", "preliminary", "preliminary_only"),
    ],
)
def test_only_final_and_corrected_count(
    read: Callable[..., pa.Table], status: str, meant: str, reason: str | None
) -> None:
    found = only(read(MSH, PID, OBR, obx(status=status)))
    assert (found["status"], found["reason"]) == (meant, reason)


@pytest.mark.parametrize(
    ("code", "analyte", "reason"),
    [
        ("751-8^Neutrophils^LN^NEUT^Neutrophils^L", "neutrophils", None),
        ("NEUT^Neutrophils^L^751-8^Neutrophils^LN", "neutrophils", None),
        ("ANC^^L", "neutrophils", None),
        ("770-8^Neutrophils^LN", "neutrophils_pct", None),
        ("751-8^Lymphocytes^LN", None, "assay_mismatch"),
        ("33939-0^IL-2 receptor^LN", None, "assay_mismatch"),
        ("769-0^Segs^LN", "segs_pct", None),
        ("769-0^Segmented neutrophils/Leukocytes in Blood by Manual count^LN", "segs_pct", None),
        ("764-1^Band form neutrophils/Leukocytes in Blood by Manual count^LN", "bands_pct", None),
        ("753-4^Neutrophils^LN", "neutrophils_manual", None),
        ("737-7^Lymphocytes %^LN", "lymphocytes_manual_pct", None),
        ("769-0^Neutrophils^LN", None, "assay_mismatch"),
        ("751-8^Segmented neutrophils^LN", None, "assay_mismatch"),
        ("769-0^Hypersegmented neutrophils^LN", None, "assay_mismatch"),
        ("751-8^ABC^99LAB", None, None),
        ("99999-9^Neutrophils^LN", None, None),
    ],
)
def test_codings_must_agree(read: Callable[..., pa.Table], code: str, analyte: str | None, reason: str | None) -> None:
    unit = "%" if (analyte or "").endswith("_pct") else "10*9/L"
    found = only(read(MSH, PID, OBR, obx("60", code, unit)))
    assert (found["analyte"] if reason is None else None, found["reason"]) == (analyte, reason)


def test_the_specimen_ties_results_together_and_its_collection_time_goes_first(read: Callable[..., pa.Table]) -> None:
    spm = "SPM|1|P7&NORTH^T7&LAB||BLD|||||||||||||20260305071500+0000^20260305072000+0000"
    found = read(MSH, PID, OBR, obx(), obx(code="731-0^Lymphocytes^LN"), spm).to_pylist()
    assert [row["specimen_id"] for row in found] == ["T7", "T7"]
    assert {row["collected_at"] for row in found} == {datetime(2026, 3, 5, 8, 15)}


@pytest.mark.parametrize("where", ["SPM|1|T7||CSF^Cerebrospinal fluid", "SPM|1|T7||258450006^Cerebrospinal fluid^SCT"])
def test_a_result_on_a_body_fluid_is_refused(read: Callable[..., pa.Table], where: str) -> None:
    found = only(read(MSH, PID, OBR, obx(), where))
    assert found["reason"] == "assay_mismatch"
    assert "not blood" in str(found["detail"])


def test_the_zone_of_the_message_holds_for_its_times_but_not_for_dates(read: Callable[..., pa.Table]) -> None:
    west = MSH.replace("20260305100000", "20260305100000-0500")
    assert only(read(west, PID, OBR, obx()))["collected_at"] == datetime(2026, 3, 5, 13, 30)
    day = only(read(west, PID, OBR.replace("20260305073000", "20260305"), obx()))
    assert (day["collected_at"], day["has_time"]) == (datetime(2026, 3, 5), False)


@pytest.mark.parametrize("spm", [(), ("SPM|1|||SER^Serum^HL70487|||||||||||||20260304221500^20260305070000",)])
def test_a_collection_over_midnight_begins_when_it_begins(read: Callable[..., pa.Table], spm: tuple[str, ...]) -> None:
    order = OBR.replace("20260305073000|", "20260304221500|20260305070000", 1)
    found = only(read(MSH, PID, order, obx(), *spm))
    assert (found["collected_at"], found["has_time"]) == (datetime(2026, 3, 4, 22, 15), True)


def test_without_an_order_s_time_the_result_s_observation_time_stands(read: Callable[..., pa.Table]) -> None:
    found = only(read(MSH, PID, "OBR|1|P1|F1|CBC", obx()))
    assert (found["collected_at"], found["resulted_at"]) == (datetime(2026, 3, 5, 8, 30), datetime(2026, 3, 5, 10, 0))


@pytest.mark.parametrize(
    ("pid", "subject", "words"),
    [
        ("PID|1||X-9^^^H^PI~MRN-1^^^NORTH^MR", "S1", None),
        ("PID|1||MRN-1^^^NORTH^MR~MRN-2^^^NORTH^MR", None, "two subjects"),
        ("PID|1||X-9^^^H^PI", None, "does not know"),
        ("PID|1", None, "names no patient"),
        ("PID|1|MRN-2", "S2", None),
    ],
)
def test_every_number_of_a_patient_is_looked_up(
    read: Callable[..., pa.Table], pid: str, subject: str | None, words: str | None
) -> None:
    found = only(read(MSH, pid, OBR, obx()))
    assert found["subject_id"] == subject
    assert (found["reason"] is None) == (subject is not None)
    assert words is None or words in str(found["detail"])
    assert "MRN" not in str(found)


def test_a_second_patient_begins_a_second_person(read: Callable[..., pa.Table]) -> None:
    found = read(MSH, PID, OBR, obx(), PID.replace("MRN-1", "MRN-2"), OBR, obx())
    assert found.column("subject_id").to_pylist() == ["S1", "S2"]


def test_versions_of_a_result_share_its_filler_order_number(read: Callable[..., pa.Table]) -> None:
    """By which the warehouse finds what a correction of the collection time replaces, also in another file."""
    later = OBR.replace("20260305073000", "20260301073000").replace("20260305090000", "20260306090000")
    table = read(MSH, PID, OBR, obx(), MSH, PID, later, obx(status="C"), MSH, PID, "OBR|1|||CBC", obx())
    first, second, none = table.column("order_id").to_pylist()
    assert (first == second, none) == (True, None)
    assert first in OBR.split("|")
    assert table.column("reason").to_pylist()[:2] == [None, None]


def test_a_sub_identifier_tells_results_of_one_order_apart(read: Callable[..., pa.Table]) -> None:
    parts = [obx().replace("||", f"|{part}|", 1) for part in ("1", "2")]
    numbers = read(MSH, PID, OBR, *parts).column("order_id").to_pylist()
    assert [number.partition("#")[2] for number in numbers] == ["1", "2"]


def test_messages_of_other_kinds_are_counted_and_not_read(read: Callable[..., pa.Table]) -> None:
    admission = MSH.replace("ORU^R01^ORU_R01", "ADT^A01")
    assert notes_of(read(admission, PID, MSH, PID, OBR, obx())) == ("1 message ADT holds no results and was not read",)
    with pytest.raises(UnrecognisedFormat, match=r"expected HL7 v2 messages ORU\^R01 or OUL\^R22; found 1 ADT"):
        read(admission, PID)


def test_an_impossible_encoding_and_a_broken_segment_refuse_a_file_of_one_message(
    read: Callable[..., pa.Table],
) -> None:
    with pytest.raises(MalformedFile, match="line 1: MSH-1 and MSH-2 declare no usable separators"):
        read(MSH.replace("^~\\&", "^~^&"), PID, OBR, obx())
    with pytest.raises(MalformedFile, match="line 3: the line begins no segment"):
        read(MSH, PID, "PID1||MRN-2", OBR, obx())


def test_reports_of_other_tests_are_not_carried_along(read: Callable[..., pa.Table]) -> None:
    found = only(read(MSH, PID, OBR, obx("Seen by Dr Doe, Jane", "REPORT^Report^L", "", kind="TX")))
    assert found["value_reported"] is None
    assert "Doe" not in str(found)


def test_cutting_the_file_anywhere_gives_a_frame_or_an_error_and_no_other_value(
    write: Callable[..., Path], linkage: Linkage
) -> None:
    whole = "\r".join((MSH, PID, OBR, obx("413.25"), obx("<0.71", "731-0^L^LN"))) + "\r"
    for end in range(0, len(whole), 2):
        try:
            table = read_labs(write(whole[:end], "cut.hl7"), linkage, load_map(), ZONE)
        except InputRefused:
            continue
        usable = [row["value_text"] for row in table.to_pylist() if row["reason"] is None]
        assert usable in ([], ["413.25"], ["413.25", "0.71"])
