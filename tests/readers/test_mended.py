"""Rows that are no wells, columns that are no analytes, side blocks that are broken: said, and no reading is lost or changed."""

from __future__ import annotations

import pytest

from pbis.core.errors import MalformedFile
from pbis.core.plates.well import assign_roles
from pbis.readers import read_bytes
from pbis.simulate import example_plate, render_plate
from pbis.simulate.bioplex import bioplex_sheets
from pbis.simulate.instrument import derive
from pbis.simulate.intelliflex import render_flat
from pbis.simulate.resaved import render_is
from pbis.simulate.xlsx import workbook

PLATE = example_plate(11, samples=4, dilution=2.0)
DERIVED = derive(PLATE)
LINES = render_plate(PLATE, derived=DERIVED).decode().split("\r\n")
BROUGHT = ("run_id", "source_line")


def read(lines):
    return read_bytes("\r\n".join(lines).encode(), "plate.csv")


@pytest.fixture(scope="module")
def whole():
    return read(LINES)


def block(name, lines=LINES):
    """First and last line of a block, its empty lines left out."""
    start = lines.index(f'"DataType:","{name}"')
    stop = next(i for i in range(start, len(lines)) if not lines[i])
    return start, stop


def codes(found):
    return [row["code"] for row in found.warning.to_pylist() if row["code"] != "crc_mismatch"]


def said(found, code):
    return next(row for row in found.warning.to_pylist() if row["code"] == code)


def same(found, whole, but=()):
    names = [name for name in whole.reading.column_names if name not in (*BROUGHT, *but)]
    assert found.reading.select(names).equals(whole.reading.select(names))


@pytest.mark.parametrize(
    "name", ["Median", "Count", "Net MFI", "Result", "Avg Result", "Standard Expected Concentration"]
)
def test_column_names_once_more_are_no_row(whole, name):
    start, stop = block(name)
    found = read([*LINES[: stop - 2], LINES[start + 1], *LINES[stop - 2 :]])
    same(found, whole)
    assert codes(found) == ["row_ignored"]
    assert found.reagent.drop_columns(list(BROUGHT)).equals(whole.reagent.drop_columns(list(BROUGHT)))
    assert said(found, "row_ignored")["source_line"] == stop - 1


def test_analysis_off_writes_a_second_head_under_dilution_factor(whole):
    start, _ = block("Dilution Factor")
    found = read([*LINES[: start + 2], '"Location","Sample","1"', *LINES[start + 2 :]])
    same(found, whole)
    assert codes(found) == ["row_ignored"]


@pytest.mark.parametrize("name", ["Median", "Count", "Result", "Standard Expected Concentration", "Units", "R^2"])
@pytest.mark.parametrize("text", ['"Re-read on Monday because of a clot"', "Remark: the lid was open,,"])
def test_a_note_between_blocks_is_said(whole, name, text):
    _, stop = block(name)
    found = read([*LINES[:stop], "", text, *LINES[stop:]])
    same(found, whole)
    assert codes(found) == ["row_ignored"]
    assert text.strip('",')[:30] in said(found, "row_ignored")["message"]


def test_wells_that_were_planned_and_not_read_are_said(whole):
    _, stop = block("Dilution Factor")
    found = read([*LINES[:stop], '"95(1,G12)","Unknown40","2"', '"96(1,H12)","Unknown41","2"', *LINES[stop:]])
    same(found, whole)
    assert codes(found) == ["well_not_read"]
    assert "G12, H12" in said(found, "well_not_read")["message"]


def test_a_count_of_a_well_without_a_median_refuses_the_export():
    start, stop = block("Count")
    row = LINES[stop - 1].split(",", 1)[0]
    with pytest.raises(MalformedFile, match="no counterpart") as refusal:
        read([*LINES[:stop], LINES[stop - 1].replace(row, '"96(1').replace(",", ",", 1).replace(LINES[stop - 1].split(",")[1], 'H12)"', 1), *LINES[stop:]])  # fmt: skip
    assert refusal.value.line == stop + 1
    assert start < stop


@pytest.mark.parametrize("name", ["Net MFI", "Result", "Avg Result", "% Recovery"])
def test_rows_of_a_side_block_that_do_not_fit_are_left_out(whole, name):
    start, _ = block(name)
    cut = LINES[start + 3].rsplit(",", 2)[0]
    found = read([*LINES[: start + 3], cut, *LINES[start + 4 :]])
    assert "row_ignored" in codes(found)
    same(found, whole, ("net_mfi_reported", "result_reported", "result_reported_op", "result_reported_text", "recovery_reported_pct", "comment"))  # fmt: skip


def test_a_side_block_that_cannot_be_read_is_left_out_and_said(whole):
    start, _ = block("Net MFI")
    found = read([*LINES[: start + 1], LINES[start + 1].replace('"Location"', '"Where"'), *LINES[start + 2 :]])
    assert "block_ignored" in codes(found)
    same(found, whole, ("net_mfi_reported",))


def test_dilutions_that_cannot_be_read_are_never_one():
    start, _ = block("Dilution Factor")
    found = read([*LINES[: start + 1], LINES[start + 1].replace('"Location"', '"Where"'), *LINES[start + 2 :]])
    roles = [row for row in assign_roles(found, None).table.to_pylist() if row["well_role"] == "unknown"]
    assert {row["kind"] for row in found.doubt.to_pylist()} == {"dilution"}
    assert all(row["dilution_source"] != "export" for row in roles)


@pytest.mark.parametrize("cell", ["####", "#REF!", "lost"])
def test_an_error_value_in_a_side_block_is_left_empty_and_said(whole, cell):
    start, _ = block("Result")
    cells = LINES[start + 6].split(",")
    cells[-2] = f'"{cell}"'
    found = read([*LINES[: start + 6], ",".join(cells), *LINES[start + 7 :]])
    assert "unreadable_value" in codes(found)
    same(found, whole, ("result_reported", "result_reported_op", "result_reported_text"))


def with_column(lines, names, texts):
    """A column Notes at the end of the per-well blocks of these names."""
    out = list(lines)
    for name in names:
        start, stop = block(name, lines)
        cells = ['"Notes"', *texts] + ['""'] * (stop - start)
        for i, cell in zip(range(start + 1, stop), cells, strict=False):
            out[i] = f"{lines[i]},{cell}"
    return out


@pytest.mark.parametrize("texts", [['""'], ['"re-read"', '""', '"clot, see book"'], ['"12 beads short"']])
@pytest.mark.parametrize("render", [render_plate, render_is])
def test_a_column_of_words_is_no_analyte(render, texts):
    lines = render(PLATE, derived=DERIVED).decode().split("\r\n")
    whole, found = read(lines), read(with_column(lines, ("Median", "Net MFI", "Count", "Result", "Avg Result"), texts))
    assert found.analyte.column("analyte_reported").to_pylist() == [analyte.name for analyte in PLATE.analytes]
    same(found, whole)
    assert codes(found) == [*codes(whole), "comment_column"]
    assert "Notes" not in found.summary.column("analyte_reported").to_pylist()


def test_an_analyte_that_was_read_in_vain_stays():
    start, stop = block("Median")
    lines = list(LINES)
    for i in range(start + 2, stop):
        cells = lines[i].split(",")
        cells[3] = '"NaN"'
        lines[i] = ",".join(cells)
    found = read(lines)
    assert found.analyte.num_rows == len(PLATE.analytes)
    assert "comment_column" not in codes(found)


def test_a_column_of_words_in_a_table_of_bioplex_is_no_analyte():
    sheets = bioplex_sheets(PLATE, DERIVED)
    plain = read_bytes(workbook(sheets), "plate.xlsx")
    head = next(i for i, row in enumerate(sheets[1][1]) if "Well" in row)
    for _, rows in sheets[1:]:
        for i, row in enumerate(rows[head:]):
            if len(row) > 3:
                row.append("Notes" if i == 0 else "clot")
    found = read_bytes(workbook(sheets), "plate.xlsx")
    assert found.analyte.column("analyte_reported").equals(plain.analyte.column("analyte_reported"))
    same(found, plain)


@pytest.mark.parametrize("name", ["Notes", "Comment (3)"])
def test_nor_beside_medians_of_several_analytes_in_one_sheet(name):
    rows = [["Well", "Type", "Description", "IL-2 (38)", name], ["A1", "S1", "", "20.5 (50)", "clot"], ["B1", "X1", "P1", "30.5 (51)", ""]]  # fmt: skip
    found = read_bytes(workbook([("Data", [["File Name: a.rbx"], [], *rows])]), "plate.xlsx")
    assert found.analyte.column("analyte_reported").to_pylist() == ["IL-2 (38)"]
    assert name in found.block.to_pylist()[0]["note"]


def test_a_flat_table_with_its_column_names_once_more_a_note_and_notes():
    lines = render_flat(PLATE, derived=DERIVED).decode("utf-8-sig").split("\r\n")
    at = next(i for i, line in enumerate(lines) if line.startswith('"--'))
    wells = [line + (',"clot"' if i else ',"NOTES"') for i, line in enumerate(lines[:at])]
    whole, found = read(lines), read([*wells[:5], wells[0], *wells[5:], "", '"Re-read on Monday"', *lines[at:]])
    same(found, whole)
    assert codes(found) == ["row_ignored", *codes(whole)]
    assert found.analyte.column("analyte_reported").equals(whole.analyte.column("analyte_reported"))


@pytest.mark.parametrize("name", ["Avg Result", "Units"])
def test_a_table_without_rows_is_an_empty_one(whole, name):
    start, stop = block(name)
    found = read([*LINES[: start + 2], *LINES[stop:]])
    same(found, whole)
