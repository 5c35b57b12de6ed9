"""Total Events that differ between blocks: a word at the well while few differ, a refusal where columns or rows have moved."""

from __future__ import annotations

import re

import pytest

from pbis.core.errors import MalformedFile
from pbis.readers import read_bytes

NET = '"DataType:","Net MFI"\n'


def in_net(text: str, **totals: str) -> bytes:
    """The export with other totals in block Net MFI, well -> total."""
    head, mark, tail = text.partition(NET)
    block, end, rest = tail.partition("\n\n")
    for well, total in totals.items():
        block, count = re.subn(rf'("\d+\(1,{well}\)".*,)"\d+"', rf'\1"{total}"', block)
        assert count == 1
    return (head + mark + block + end + rest).replace("\n", "\r\n").encode()


def test_two_exchanged_totals_are_said_and_change_no_reading(golden_text):
    whole = read_bytes(in_net(golden_text), "a.csv")
    found = read_bytes(in_net(golden_text, B1="902", C1="901"), "a.csv")
    told = [row for row in found.warning.to_pylist() if row["code"] == "events"]
    assert [row["message"] for row in told] == [
        "well B1: Total Events is 901 in block Median, 902 in Net MFI; no reading changes",
        "well C1: Total Events is 902 in block Median, 901 in Net MFI; no reading changes",
    ]
    assert all(row["source_line"] is not None for row in told)
    assert found.reading.drop(["run_id"]).equals(whole.reading.drop(["run_id"]))


@pytest.mark.parametrize("total", ["", "901.5", "Standard2"])
def test_what_is_no_count_is_another_columns_cell(golden_text, total):
    with pytest.raises(MalformedFile, match="well B1 has another number of events") as refusal:
        read_bytes(in_net(golden_text, B1=total), "a.csv")
    assert refusal.value.line == 60


def test_many_wells_that_differ_may_be_rows_that_moved(golden_text):
    with pytest.raises(MalformedFile, match=r"4 of \d+ wells have another number of events"):
        read_bytes(in_net(golden_text, A1="1", B1="2", C1="3", D1="4"), "a.csv")
