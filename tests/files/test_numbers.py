"""One text, one number: every door gives the answer of tests/spec/numbers.csv, whatever folder the file was dropped in."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbis.clinical import read_labs, read_linkage
from pbis.core.amount import Amount
from pbis.core.errors import InputRefused
from pbis.core.frames import REASONS
from pbis.files.amounts import read_amount
from pbis.files.cell_number import read_number
from pbis.files.cells import Cells
from pbis.files.marks import Marks
from pbis.files.number import parse
from pbis.labs import load_map
from pbis.readers import read_bytes
from pbis.readers.layouts.layout import layout_from_bytes
from pbis.readers.lot_sheets.sheet import lot_sheet_from_bytes
from pbis.simulate import Dialect, example_plate, render_plate
from pbis.simulate.bioplex import bioplex_sheets
from pbis.simulate.instrument import derive
from pbis.simulate.xlsx import workbook

UTC = ZoneInfo("UTC")
UNIT = "pg/mL"
Row = dict[str, str]
Answer = tuple[str, Decimal | None] | str  # operator and number, '' where there is none; or the word of a refusal
with (Path(__file__).parents[1] / "spec" / "numbers.csv").open(encoding="utf-8", newline="") as file:
    ROWS: list[Row] = list(csv.DictReader(file))
cases = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['text']} {row['marks']}")


def mark_of(row: Row) -> str:
    return row["marks"][0]


def rows_for(state: str, marks: str = ".,") -> list[Row]:
    """The lines that hold for a file whose decimal mark is settled by its cells, or declared."""
    return [row for row in ROWS if row["marks"][2:] in (state, "either") and mark_of(row) in marks]


def number_of(row: Row) -> Decimal | None:
    return Decimal(row["number"]) if row["number"] else None


def test_the_table_is_long_enough_and_says_why() -> None:
    assert len(ROWS) >= 40
    assert all(row["why"] for row in ROWS)
    assert len({(row["text"], row["marks"]) for row in ROWS}) == len(ROWS)
    assert {row["kind"] for row in ROWS} == {"number", "censored", "absent", "not_detected", "ambiguous", "unreadable"}


@cases
def test_one_text(row: Row) -> None:
    found = read_number(row["text"], Marks(mark_of(row), "", is_settled=row["marks"].endswith("settled")))
    if row["marks"].endswith("settled") and row["flag"]:
        assert (found.kind, found.flag) == ("number", row["flag"])  # what an arrow means is the plate's door to say
        return
    assert (found.kind, found.op, found.flag, found.unit, found.reason) == (
        row["kind"], row["op"], row["flag"], row["unit"], row["reason"],
    )  # fmt: skip
    assert (Decimal(found.text) if found.text else None) == number_of(row)
    assert bool(found.detail) == (not found.is_value)


# Doors of laboratories: every cell has its answer in a row of its own. -------------------------------------------------------


def of_lab(row: Row) -> Answer:
    """What a laboratory's row must say: a concentration is never negative."""
    number = number_of(row)
    if number is not None and number < 0:
        return "unreadable"
    if number is not None:
        return row["op"], number
    sides = {"not_detected": "below_range_undecided", "censored": "above_range_undecided"}
    return row["reason"] or sides.get(row["kind"]) or {"ambiguous": "number_ambiguous"}.get(row["kind"], row["kind"])


def _table(rows: Sequence[Row], units: Sequence[str]) -> list[list[str]]:
    head = ["mrn", "accession", "test", "value", "unit", "status", "collected_at", "resulted_at"]
    body = [
        ["MRN-1", f"A{i}", "IL-2", row["text"], unit, "final", "2026-03-04 07:30", ""]
        for i, (row, unit) in enumerate(zip(rows, units, strict=True))
    ]
    return [head, *body]


def _written(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue().encode()


def _csv(rows: Sequence[Row], units: Sequence[str]) -> bytes:
    return _written(_table(rows, units))


def _xlsx(rows: Sequence[Row], units: Sequence[str]) -> bytes:
    return workbook([("labs", _table(rows, units))])


def _hl7(rows: Sequence[Row], units: Sequence[str]) -> bytes:
    segments = [
        "MSH|^~\\&|LIS|N|PBIS|C|20260305100000||ORU^R01|1|P|2.5.1",
        "PID|1||MRN-1^^^N^MR",
        "OBR|1|P|F|C|||20260304073000",
    ]
    for i, (row, unit) in enumerate(zip(rows, units, strict=True)):
        segments.append(f"OBX|{i}|ST|33939-0^IL-2^LN|{i}|{row['text']}|{unit}|||||F")
    return "\r".join(segments).encode()


def _fhir(rows: Sequence[Row], units: Sequence[str], value: Callable[[str, str], dict[str, object]]) -> bytes:
    found = [
        {
            "resourceType": "Observation", "id": f"o{i}", "status": "final", "subject": {"reference": "Patient/MRN-1"},
            "code": {"coding": [{"system": "http://loinc.org", "code": "33939-0"}]},
            "effectiveDateTime": "2026-03-04T07:30:00Z", **value(row["text"], unit),
        }
        for i, (row, unit) in enumerate(zip(rows, units, strict=True))
    ]  # fmt: skip
    return json.dumps(
        {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": each} for each in found]}
    ).encode()


def _quantity(text: str, unit: str) -> dict[str, object]:
    """A number between quotes, as no standard has it and some senders do."""
    return {"valueQuantity": {"value": text, "unit": unit}}


def _string(text: str, unit: str) -> dict[str, object]:
    return {"valueString": text if not unit else f"{text} {unit}"}


def _omop(rows: Sequence[Row], units: Sequence[str]) -> bytes:
    head = ["person_id", "measurement_concept_id", "measurement_date", "value_as_number", "measurement_source_value"]
    body = [["MRN-1", "0", "2026-03-04", "", "IL-2", row["text"], unit] for row, unit in zip(rows, units, strict=True)]
    return _written([[*head, "value_source_value", "unit_source_value"], *body])


LABS: dict[str, tuple[str, Callable[[Sequence[Row], Sequence[str]], bytes]]] = {
    "CSV": (".,", _csv),
    "XLSX": (".,", _xlsx),
    "HL7 OBX-5": (".", _hl7),
    "FHIR valueQuantity": (".", lambda rows, units: _fhir(rows, units, _quantity)),
    "OMOP value_source_value": (".", _omop),
}


def _read_labs(folder: Path, data: bytes, mark: str = ".") -> list[dict[str, object]]:
    link, path = folder / "link.csv", folder / "labs.dat"
    link.write_text("site,mrn,subject,valid_from\nN,MRN-1,S1,\n", encoding="utf-8")
    path.write_bytes(data)
    return read_labs(path, read_linkage(link), replace(load_map("default"), decimal_mark=mark), UTC).to_pylist()


def _said(found: dict[str, object]) -> Answer:
    if found["reason"] is not None:
        assert found["detail"]
        return str(found["reason"])
    assert found["unit"] == UNIT
    return str(found["value_op"]), Decimal(str(found["value_text"]))


@pytest.mark.parametrize(("door", "mark"), [(door, mark) for door, (marks, _) in LABS.items() for mark in marks])
def test_every_door_of_laboratories_gives_the_answer(door: str, mark: str, tmp_path: Path) -> None:
    _, write = LABS[door]
    rows = rows_for("declared", mark)
    for units in ([(row["unit"] and "") or UNIT for row in rows], [UNIT] * len(rows)):
        found = _read_labs(tmp_path, write(rows, units), mark)
        assert {row["text"]: _said(each) for row, each in zip(rows, found, strict=True)} == {
            row["text"]: of_lab(row) for row in rows
        }


def test_a_fhir_string_brings_its_unit(tmp_path: Path) -> None:
    rows = [row for row in rows_for("declared", ".") if row["unit"]]
    found = _read_labs(tmp_path, _fhir(rows, [""] * len(rows), _string))
    assert [_said(each) for each in found] == [of_lab(row) for row in rows]


def test_a_unit_in_the_cell_that_is_not_the_rows_decides_nothing(tmp_path: Path) -> None:
    (found,) = _read_labs(tmp_path, _csv([{"text": "1.3 pg/mL"}], ["ng/mL"]))
    assert (found["reason"], found["value_text"]) == ("unit_ambiguous", None)
    (found,) = _read_labs(tmp_path, _csv([{"text": "1.3 ng/L"}], ["pg/mL"]))  # two spellings of one unit
    assert _said(found) == ("=", Decimal("1.3"))


def test_an_omop_operator_holds_for_a_number_with_its_unit(tmp_path: Path) -> None:
    head = "person_id,measurement_concept_id,measurement_date,value_as_number,operator_concept_id,"
    row = "MRN-1,0,2026-03-04,5,4171756,IL-2,pg/mL,5 pg/mL\n"
    data = f"{head}measurement_source_value,unit_source_value,value_source_value\n{row}".encode()
    (found,) = _read_labs(tmp_path, data)
    assert _said(found) == ("<", Decimal(5))


def test_an_empty_repetition_before_a_number_is_no_number(tmp_path: Path) -> None:
    """`~5` unescaped: about five, or a repetition that was left out."""
    (found,) = _read_labs(tmp_path, _hl7([{"text": "~5"}], [UNIT]))
    assert _said(found) == "unreadable"


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("1.2999999999999998", "1.3"),
        ("0.30000000000000004", "0.3"),
        ("11.599999999999999", "11.6"),
        ("<3.4999999999999996", "3.5"),
        ("1.23456789012345", "1.23456789012345"),
        ("0.000123456789012345", "0.000123456789012345"),
        ("123456789012345678", "123456789012346000"),
    ],
)
def test_a_concentration_has_the_digits_of_a_measurement(cell: str, text: str) -> None:
    found = read_amount(cell)
    assert found.amount == Amount("<" if cell[0] == "<" else "=", text)
    assert (found.note != "") is (Decimal(cell.lstrip("<")) != Decimal(text))


@pytest.mark.parametrize("value", [1.3, 0.13, 3.5, 11.6, 3.2, 0.1 + 0.2, 4.35 * 100, 0.7 / 0.2])
def test_a_table_says_the_same_as_csv_and_as_a_workbook(value: float) -> None:
    from pbis.clinical.workbook import cell_text

    assert (
        read_amount(repr(value)).amount == read_amount(f"{value:.17g}").amount == read_amount(cell_text(value)).amount
    )


@settings(derandomize=True, max_examples=300)
@given(st.text(max_size=30))
def test_any_text_gives_an_amount_or_a_reason_of_the_closed_list(cell: str) -> None:
    amount = read_amount(cell).amount
    assert getattr(amount, "reason", None) is None or amount.reason in REASONS


# Doors of plates: a cell that is no number refuses the file, so that it stands in one of its own. --------------------------


def of_plate(row: Row, *, has_bounds: bool, has_units: bool) -> Answer:
    """What a plate's cell must say; the operator is the side, since a Result has no other."""
    if row["kind"] in ("ambiguous", "unreadable") or (row["unit"] and not has_units):
        return "refused"
    if row["kind"] == "absent":
        return "", None
    if row["op"] != "=" and not has_bounds:
        return "refused"
    return row["op"][0], number_of(row)


@lru_cache(maxsize=2)
def _export(mark: str) -> tuple[str, str, int]:
    """A plate's text, cut at the Result cell of its last well, and the line that it stands on."""
    dialect = Dialect(crc="absent", delimiter=";" if mark == "," else ",", decimal_mark=mark)
    text = render_plate(example_plate(5, samples=1), dialect).decode()
    begin = text.index(f'"DataType:"{dialect.delimiter}"Result"')
    row = text.index("\r\n\r\n", begin)
    line_start = text.rindex("\r\n", begin, row) + 2
    cells = text[line_start:row].split('"' + dialect.delimiter + '"')
    at = line_start + sum(len(cell) + 3 for cell in cells[:2])
    return text[:at], text[at + len(cells[2]) :], text.count("\n", 0, at) + 1


def _xponent(row: Row) -> Answer:
    before, behind, line = _export(mark_of(row))
    try:
        plate = read_bytes(f"{before}{row['text']}{behind}".encode(), "plate.csv")
    except InputRefused as refusal:
        return "refused" if refusal.line == line else f"refused on line {refusal.line}"
    if row["text"] and any(
        one["source_line"] == line for one in (*plate.warning.to_pylist(), *plate.doubt.to_pylist())
    ):
        return "refused"  # the cell is, alone: it is no reading
    found = plate.reading
    (cell,) = [r for r in found.to_pylist() if r["source_line"] == found.column("source_line")[-1].as_py()][:1]
    value = cell["result_reported"]
    return cell["result_reported_op"] or "", None if value is None else Decimal(repr(value))


def _lot_sheet(row: Row) -> Answer:
    """The file's other cells prove its mark."""
    proof = "2,5" if mark_of(row) == "," else "2.5"
    text = f'Reagent;Analyte;Expected\nStandard2;IL-2;{proof}\nStandard1;IL-2;"{row["text"]}"\n'
    try:
        found = lot_sheet_from_bytes(text.encode(), "lot.csv").to_pylist()[-1]["expected_concentration"]
    except InputRefused as refusal:
        return "refused" if refusal.line else "refused without a line"
    return ("", None) if found is None else ("=", Decimal(repr(found)))


def _layout(row: Row) -> Answer:
    proof = "2,5" if mark_of(row) == "," else "2.5"
    text = f'well;role;specimen;dilution\nA1;unknown;S1;{proof}\nA2;unknown;S2;"{row["text"]}"\n'
    try:
        found = layout_from_bytes(text.encode(), "layout.csv").column("dilution_factor")[-1].as_py()
    except InputRefused as refusal:
        return "refused" if refusal.line else "refused without a line"
    return ("", None) if found is None else ("=", Decimal(repr(found)))


@pytest.mark.parametrize("row", rows_for("settled"), ids=lambda row: f"{row['text']} {row['marks']}")
def test_every_door_of_plates_gives_the_answer(row: Row) -> None:
    assert _xponent(row) == of_plate(row, has_bounds=True, has_units=True)
    plain = of_plate(row, has_bounds=False, has_units=False)
    assert _lot_sheet(row) == plain
    is_factor = row["kind"] != "number" or Decimal(row["number"]) > 0
    if row["text"] != "1:40":  # a dilution may be written as a ratio; here it is the factor 40
        assert _layout(row) == (plain if is_factor else "refused")


def test_a_dilution_may_be_written_as_a_ratio() -> None:
    assert _layout({"text": "1:40", "marks": ". settled"}) == ("=", Decimal("40.0"))


def _bioplex(texts: Sequence[str]) -> pa.Table:
    """A workbook whose first sheet has the texts for its last results."""
    plate = example_plate(5, samples=34)
    sheets = bioplex_sheets(plate, derive(plate))
    name, rows = sheets[1]
    header = next(i for i, row in enumerate(rows) if "Obs Conc" in row)
    column = rows[header].index("Obs Conc")
    last = next(i for i in range(header + 1, len(rows)) if not rows[i])
    own = [list(row) for row in rows]
    for at, text in zip(range(last - len(texts), last), texts, strict=True):
        own[at][column] = text
    sheets[1] = (name, own)
    found = read_bytes(workbook(sheets), "plate.xlsx").reading
    return found.filter(pa.compute.equal(found.column("analyte_reported"), found.column("analyte_reported")[0])).slice(
        found.num_rows // len(plate.analytes) - len(texts)
    )


def test_a_plate_in_a_workbook_gives_the_answer() -> None:
    expected = {row["text"]: of_plate(row, has_bounds=True, has_units=False) for row in rows_for("settled", ".")}
    good = [text for text, answer in expected.items() if answer != "refused"]
    found = _bioplex(good).to_pylist()
    numbers = [None if (value := each["result_reported"]) is None else Decimal(repr(value)) for each in found]
    assert dict(
        zip(good, zip([each["result_reported_op"] or "" for each in found], numbers, strict=True), strict=True)
    ) == {text: expected[text] for text in good}


@pytest.mark.parametrize("text", ["12 345", "ca. 5"])
def test_a_plate_in_a_workbook_leaves_out_what_is_no_number(text: str) -> None:
    """Result stands beside the medians: a cell of it that is no number is said and left out, and costs no more."""
    (found,) = _bioplex([text]).to_pylist()
    assert (found["result_reported"], found["result_reported_op"]) == (None, None)
    assert found["mfi"] is not None


@pytest.mark.parametrize("texts", [["-0", "1"], ["-0.0", "NaN"], ["-0", "1,234.5"], ["-0.00", "< 3"]])
def test_a_cell_of_minus_zero_is_zero(texts: list[str]) -> None:
    cells = Cells("a.csv", "Result", pa.array(texts), range(1, len(texts) + 1), ("IL-2",))
    value = parse(cells, Marks(".", "declared"), allow_bounds=True)[0].value[0].as_py()
    assert (value, math.copysign(1, value)) == (0.0, 1.0)
