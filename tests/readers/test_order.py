"""One order of analytes in all blocks: another one is named, and refused where Median is the odd block."""

from __future__ import annotations

import pytest

from pbis.core.errors import MalformedFile
from pbis.core.plates.plate import PlateRead
from pbis.readers import read_bytes
from pbis.simulate import Dialect, example_plate, render_plate

PLATE = example_plate(4, samples=4)
NAMES = [a.name for a in PLATE.analytes]
SWAP = {NAMES[0]: NAMES[2], NAMES[2]: NAMES[0]}


def exchanged(data: bytes, block: str) -> bytes:
    """The header of one block with two names in each other's place."""
    lines = data.decode().split("\r\n")
    at = lines.index(f'"DataType:","{block}"') + 1
    cells = lines[at].split(",")
    lines[at] = ",".join(f'"{SWAP.get(cell.strip(chr(34)), cell.strip(chr(34)))}"' for cell in cells)
    return "\r\n".join(lines).encode()


def said(read: PlateRead) -> list[str]:
    return [w["message"] for w in read.warning.to_pylist() if w["code"] == "analyte_order"]


@pytest.mark.parametrize("block", ["Count", "Net MFI", "Result", "Standard Expected Concentration", "Avg Result"])
def test_a_block_in_another_order_is_named_with_its_analytes(block: str) -> None:
    data = exchanged(render_plate(PLATE), block)
    if block == "Standard Expected Concentration":  # all ladders of the simulated kit are alike, units too
        assert len(set(map(tuple, PLATE.reagents.expected.T))) == 1
    read = read_bytes(data, "p.csv")
    (message,) = said(read)
    assert f"block {block} names {NAMES[0]}, {NAMES[2]}" in message
    moved = {row["analyte_reported"]: row["misplaced_in"] for row in read.analyte.to_pylist()}
    assert {name for name, where in moved.items() if where == block} == {NAMES[0], NAMES[2]}


def test_median_against_all_others_is_refused() -> None:
    with pytest.raises(MalformedFile) as refusal:
        read_bytes(exchanged(render_plate(PLATE), "Median"), "p.csv")
    assert refusal.value.column == f"{NAMES[2]}, {NAMES[0]}"
    assert refusal.value.line is not None


@pytest.mark.parametrize("skipped", [frozenset(), frozenset({"Net MFI", "Result", "Avg Net MFI"})])
def test_an_export_as_it_was_written_has_no_such_warning(skipped: frozenset[str]) -> None:
    assert said(read_bytes(render_plate(PLATE, Dialect(skipped_blocks=skipped)), "p.csv")) == []
