"""Median and Net MFI are one number apart in every well of an analyte; where they are not, the well waits for a person."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest

from expectations import load_suite, tolerances
from pbis.core.curves.assay import AssayInput, AssayOptions, assay
from pbis.core.errors import MalformedFile
from pbis.core.plates.doubtful import DoubtLimits, require_few_doubts
from pbis.core.plates.well import WellRelease, assign_roles
from pbis.panels import load_aliases
from pbis.readers import read_bytes
from pbis.simulate import example_plate, render_plate

RESEARCH = tolerances(load_suite("research"))
PLATE = example_plate(11, samples=6)
WELLS = dict(zip(PLATE.wells.label, PLATE.wells.name, strict=True))
SAMPLE = PLATE.wells.name[PLATE.wells.of_specimen("SR001003")[0]]
STANDARD, BACKGROUND = WELLS["Standard3"], WELLS["Background0"]


def changed(block: str, well: str, change: Callable[[float], object], *more: str) -> bytes:
    """The export with one cell of IL-6 in the block another one, in every well that is named."""
    rows = list(csv.reader(io.StringIO(render_plate(PLATE).decode())))
    start = rows.index(["DataType:", block])
    column = rows[start + 1].index("IL-6")
    for row in rows[start + 2 :]:
        if row[:1] == ["DataType:"]:
            break
        if any(f",{each})" in "".join(row[:1]) for each in (well, *more)):
            row[column] = str(change(float(row[column])))
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    return text.getvalue().encode()


def held(data: bytes, *released: WellRelease) -> dict[str, str]:
    read = read_bytes(data, "plate.csv")
    return {row["well"]: row["doubt"] for row in assign_roles(read, None, released).table.to_pylist() if row["doubt"]}


@pytest.mark.parametrize("well", [SAMPLE, STANDARD, BACKGROUND])
@pytest.mark.parametrize("block", ["Median", "Net MFI"])
def test_a_cell_that_was_changed_holds_its_well_and_says_what_it_should_be(block: str, well: str) -> None:
    data = changed(block, well, lambda value: value * 10 + 90)
    assert held(data) == {well: "net"}
    read = read_bytes(data, "plate.csv")
    (told,) = [row for row in read.warning.to_pylist() if row["code"] == "net_differs"]
    assert told["message"].startswith(f"well {well}: ")
    assert "for IL-6 by Net MFI" in told["message"]
    assert data.decode().splitlines()[told["source_line"] - 1].split(",")[1].startswith(well)


@pytest.mark.parametrize("change", [lambda value: value, lambda value: value + 0.5, lambda value: value * 1.005])
def test_print_is_no_change(change: Callable[[float], object]) -> None:
    assert held(changed("Median", SAMPLE, change)) == {}


def test_the_curve_of_a_changed_standard_is_that_of_its_other_wells() -> None:
    data = changed("Median", STANDARD, lambda value: value / 10)
    rows = [row for row in render_plate(PLATE).split(b"\r\n") if f",{STANDARD})".encode() not in row]
    without = b"\r\n".join(rows)
    mine, theirs = (_curves(each)["IL-6"] for each in (data, without))
    assert mine == pytest.approx(theirs, rel=1e-9)


def _curves(data: bytes) -> dict[str, list[float]]:
    read = read_bytes(data, "plate.csv")
    wells = assign_roles(read, None).table
    found = assay(
        [AssayInput("a" * 64, read, wells, None, load_aliases())], AssayOptions(tolerances=RESEARCH)
    ).curve.to_pylist()
    return {row["analyte_reported"]: [row[name] for name in ("coef_a", "coef_b", "ec50", "lloq")] for row in found}


def test_a_person_releases_it() -> None:
    data = changed("Median", SAMPLE, lambda value: value * 3)
    assert held(data, WellRelease(1, SAMPLE, specimen="SR001003")) == {}


def test_many_wells_are_rows_that_have_moved() -> None:
    names = [name for name, role in zip(PLATE.wells.name, PLATE.wells.role, strict=True) if role == "unknown"][:4]
    three, four = (read_bytes(changed("Median", *[names[0], triple, *names[1:count]]), "plate.csv") for count in (3, 4))
    require_few_doubts(three, assign_roles(three, None).table, DoubtLimits(10, 4))
    with pytest.raises(MalformedFile, match=r"4 of 32 wells are in doubt \(net\)"):
        require_few_doubts(four, assign_roles(four, None).table, DoubtLimits(10, 4))


def triple(value: float) -> float:
    return value * 3


def test_what_a_program_leaves_or_cuts_says_nothing() -> None:
    offset = 0.5 * sum(_median(well) for well in PLATE.wells.name if _role(well) == "background")
    assert held(changed("Net MFI", STANDARD, lambda value: value + offset)) == {}  # Net MFI equals Median
    low = changed("Median", SAMPLE, lambda _: offset - 2).replace(b"\r\n", b"\n")
    rows = list(csv.reader(io.StringIO(low.decode())))
    assert held(low) == {SAMPLE: "net"}
    start = rows.index(["DataType:", "Net MFI"])
    cell = next(row for row in rows[start + 2 :] if f",{SAMPLE})" in row[0])
    cell[rows[start + 1].index("IL-6")] = "0"  # what is below the background, cut at 0
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    assert held(text.getvalue().encode()) == {}


def _median(well: str) -> float:
    reading = read_bytes(render_plate(PLATE), "plate.csv").reading.to_pylist()
    return float(next(row["mfi"] for row in reading if (row["well"], row["analyte_reported"]) == (well, "IL-6")))


def _role(well: str) -> str:
    return PLATE.wells.role[PLATE.wells.name.index(well)]
