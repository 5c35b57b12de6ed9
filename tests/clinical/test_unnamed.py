"""What stands beside a value names nobody, also where a broken line put a patient's number or name there."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from pbis.clinical import Linkage
from pbis.clinical.labs import labs_from_bytes
from pbis.clinical.unnamed import range_alone, unnamed
from pbis.labs import load_map


@pytest.mark.parametrize(
    "text",
    ["1-9", "<5", "1.5 - 7.5 10^9/L", "3.5^7.5", "10^-3", "negative", "0,5–1,2", "see note 4", "MRN-10"],
)
def test_a_range_stays(text: str, linkage: Linkage) -> None:
    assert range_alone(pa.array([text, None]), linkage).to_pylist() == [text, None]


@pytest.mark.parametrize(
    "text", ["MRN-1", "of MRN-1, male", "X-9^^^H^PI~MRN-1^^^NORTH^MR", "Doe^Jane", "4711^^^NORTH^MR"]
)
def test_a_range_that_names_someone_is_left_out(text: str, linkage: Linkage) -> None:
    assert range_alone(pa.array([text, "1-9", text]), linkage).to_pylist() == [None, "1-9", None]


def test_any_text_loses_a_known_number(linkage: Linkage) -> None:
    assert unnamed(pa.array(["a~MRN-2", "Doe^Jane"]), linkage).to_pylist() == [None, "Doe^Jane"]


def test_a_line_that_runs_into_the_next_patient(linkage: Linkage) -> None:
    message = (
        "MSH|^~\\&|L|north|P|C|20260305||ORU^R01|1|P|2.5\rPID|1||MRN-2\rOBR|1||F1|C|||20260305\r"
        "OBX|1|NM|751-8^N^LN||4|10*9/LPID|X-9^^^H^PI~MRN-1^^^north^MR||Doe^Jane||1960\r"
    )
    rows = labs_from_bytes(message.encode(), "dump", linkage, load_map(), ZoneInfo("UTC")).to_pylist()
    assert len(rows) == 1
    assert "MRN-1" not in str(rows)
    assert rows[0]["reference_text"] is None
