"""Total Events that differ between blocks: a doubt about the well, and no reading changes; rows that have moved are known by them."""

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
    assert [row["source_line"] for row in told] == [60, 61]
    assert found.reading.drop(["run_id"]).equals(whole.reading.drop(["run_id"]))
    doubts = [(row["well"], row["kind"], row["source_line"], row["expected"], row["found"]) for row in found.doubt.to_pylist() if row["kind"] != "dilution"]  # fmt: skip
    assert doubts == [("B1", "events", 60, "901", "902"), ("C1", "events", 61, "902", "901")]


@pytest.mark.parametrize("total", ["", "901.5", "Standard2"])
def test_what_is_no_count_is_another_columns_cell_and_its_row_is_left_out(golden_text, total):
    found = read_bytes(in_net(golden_text, B1=total), "a.csv")
    told = [row for row in found.warning.to_pylist() if row["code"] == "row_moved"]
    assert [row["source_line"] for row in told] == [60]
    assert "well B1: its row of block Net MFI has moved" in told[0]["message"]
    net = {row["well"]: row["net_mfi_reported"] for row in found.reading.to_pylist()}
    assert net["B1"] is None
    assert net["C1"] is not None


@pytest.mark.parametrize("total", ["", "901.5", "Standard2"])
def test_medians_that_have_moved_refuse_the_export(golden_text, total):
    row = next(line for line in golden_text.splitlines() if line.startswith('"2(1,B1)"'))
    moved = golden_text.replace(row, row.rsplit(",", 1)[0] + f',"{total}"', 1)
    with pytest.raises(MalformedFile, match="its medians have moved") as refusal:
        read_bytes(moved.replace("\n", "\r\n").encode(), "a.csv")
    assert refusal.value.line == 48


def test_a_total_that_a_spreadsheet_lost_is_no_moved_row(golden_text):
    whole = read_bytes(in_net(golden_text), "a.csv")
    row = next(line for line in golden_text.splitlines() if line.startswith('"2(1,B1)"'))
    text = golden_text.replace(row, row.rsplit(",", 1)[0] + ',"####"', 1)
    found = read_bytes(text.replace("\n", "\r\n").encode(), "a.csv")
    assert {row["well"] for row in found.doubt.to_pylist() if row["kind"] == "events"} == {"B1"}
    same = [name for name in whole.reading.column_names if name not in ("run_id", "total_events")]
    assert found.reading.select(same).equals(whole.reading.select(same))
