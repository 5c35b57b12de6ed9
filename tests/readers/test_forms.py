"""One plate in every form that laboratories send reads as one plate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from pbis.core.errors import AmbiguousValue, CorruptedLadder, InputRefused
from pbis.core.plates.well import assign_roles
from pbis.readers import FORMATS, read_bytes
from pbis.readers.registry import open_document
from pbis.simulate import EUROPEAN, Dialect, example_plate, faults, render_plate
from pbis.simulate.bioplex import render_bioplex, render_table
from pbis.simulate.formats import TEXTS, WRITTEN
from pbis.simulate.instrument import derive
from pbis.simulate.intelliflex import render_flat
from pbis.simulate.resaved import render_is

ANALYSED = [name for name, form in WRITTEN.items() if form.has_results]
CUTS = 24  # lines at which a file is cut, spread over it: every one of a short file


@pytest.fixture(scope="module")
def plate():
    """A plate with samples out of range at both ends and a well without beads."""
    good = example_plate(11, samples=6, dilution=2.0)
    median = good.median.copy()
    median[good.wells.of_specimen("SR001001")] = 0.5
    median[good.wells.of_specimen("SR001002")] = 40000.0
    return faults.no_reading(replace(good, median=median), ["G4"], ["IL-2"])


@pytest.fixture(scope="module")
def derived(plate):
    return derive(plate)


@pytest.fixture(scope="module")
def files(plate, derived):
    return {name: form.render(plate, derived=derived) for name, form in WRITTEN.items()}


@pytest.fixture(scope="module")
def reads(files):
    return {name: read_bytes(data, "plate") for name, data in files.items()}


def matrix(plate, found, column):
    rows = {well: i for i, well in enumerate(plate.wells.name)}
    columns = {analyte.bead_region: j for j, analyte in enumerate(plate.analytes)}
    region_of = dict(
        zip(*(found.analyte.column(n).to_pylist() for n in ("analyte_reported", "bead_region")), strict=True)
    )
    values = np.full(plate.median.shape, np.nan)
    cells = (found.reading.column(name).to_pylist() for name in ("well", "analyte_reported", column))
    for well, analyte, value in zip(*cells, strict=True):
        values[rows[well], columns[region_of[analyte]]] = np.nan if value is None else value
    return values


@pytest.mark.parametrize("form", WRITTEN)
def test_medians_and_counts_are_those_of_the_plate(plate, reads, form):
    assert reads[form].run.format == form
    np.testing.assert_array_equal(matrix(plate, reads[form], "mfi"), plate.median)
    np.testing.assert_array_equal(matrix(plate, reads[form], "bead_count"), plate.count)


@pytest.mark.parametrize("form", ANALYSED)
def test_results_and_their_units_are_those_of_the_instrument(plate, derived, reads, form):
    found = reads[form]
    wells = [i for i, role in enumerate(plate.wells.role) if role != "background"]
    want = np.where(np.isfinite(derived.result), derived.result, np.nan)[wells]
    got = matrix(plate, found, "result_reported")[wells]
    known = np.isfinite(want)
    np.testing.assert_allclose(got[known], want[known], rtol=1e-14)
    assert {"<", ">", "="} <= set(found.reading.column("result_reported_op").to_pylist())
    assert set(found.analyte.column("unit_reported").to_pylist()) == (
        {None} if form == "bioplex_workbook" else {"pg/mL"}
    )
    for at, letter in enumerate("abcdf"):
        np.testing.assert_allclose(found.analyte.column(f"coef_{letter}"), derived.coefficients[at], rtol=1e-12)


@pytest.mark.parametrize("form", WRITTEN)
def test_roles_labels_and_dilutions_are_those_of_the_plate(plate, reads, form):
    rows = {row["well"]: row for row in assign_roles(reads[form], None).table.to_pylist()}
    for i, well in enumerate(plate.wells.name):
        assert rows[well]["well_role"] == plate.wells.role[i], well
        assert rows[well]["sample_label"] == plate.wells.label[i]
        if plate.wells.role[i] == "unknown" and WRITTEN[form].has_dilutions:
            assert rows[well]["dilution_factor"] == plate.wells.dilution[i]
    groups = {
        (label, rows[well]["replicate_group"]) for label, well in zip(plate.wells.label, plate.wells.name, strict=True)
    }
    assert len(groups) == len(set(plate.wells.label))


@pytest.mark.parametrize("form", ANALYSED)
def test_standards_have_levels_from_their_concentrations(plate, reads, form):
    rows = {row["well"]: row for row in assign_roles(reads[form], None).table.to_pylist()}
    levels = {
        plate.wells.reagent[i]: rows[plate.wells.name[i]]["standard_level"] for i in plate.wells.of_role("standard")
    }
    order = sorted(levels, key=lambda label: plate.reagents.expected[plate.reagents.standards.index(label), 0])
    assert [levels[label] for label in order] == list(range(1, len(order) + 1))


@pytest.mark.parametrize("form", WRITTEN)
def test_only_one_reader_claims_each_form(files, form):
    document = open_document(files[form], "plate")
    assert [known.name for known in FORMATS if known.claims(document)] == [form]


def test_every_format_is_written_and_read():
    """The registry of readers and the table of what the simulator writes (pbis/simulate/formats.py) name the same."""
    assert {known.name for known in FORMATS} == set(WRITTEN)


@pytest.mark.parametrize("form", ANALYSED)
def test_a_corrupted_ladder_is_refused_in_every_form_that_prints_it(plate, form):
    with pytest.raises(CorruptedLadder):
        read_bytes(WRITTEN[form].render(faults.corrupt_ladder(plate, 3)), "plate")


def _values(found):
    """Readings and reagents, without the name that the bytes give to the run."""
    return found.reading.drop(["run_id"]), found.reagent.drop(["run_id"])


@pytest.mark.parametrize("form", TEXTS)
def test_a_file_cut_at_a_line_is_refused_with_a_line_or_warned_of_or_whole(files, reads, form):
    """Never read in silence as less than it was; what lies behind the last value (a signature) may be cut."""
    lines = files[form].splitlines(keepends=True)
    known = set(reads[form].warning.column("message").to_pylist())
    refused = []
    for count in range(1, len(lines), -(-len(lines) // CUTS)):
        try:
            found = read_bytes(b"".join(lines[:count]), "plate")
        except InputRefused as refusal:
            refused.append(refusal)
        else:
            is_whole = _values(found) == _values(reads[form])
            assert is_whole or set(found.warning.column("message").to_pylist()) - known, count
    assert refused
    assert [str(refusal) for refusal in refused if refusal.line is None] == []


@pytest.mark.parametrize("form", WRITTEN)
def test_the_run_is_named_and_dated(plate, reads, form):
    run = reads[form].run
    assert (run.batch, run.instrument_serial) == (plate.header.batch, plate.header.serial)
    assert run.started_at is not None
    assert run.started_at.replace(second=0) == plate.header.started_at.replace(second=0)


@pytest.mark.parametrize("form", WRITTEN)
def test_keys_of_run_wide_frames_are_unique(reads, form):
    for name in ("header", "block", "event", "lot", "calibration"):
        table = getattr(reads[form], name)
        at = table.column("first_line" if name == "block" else "source_line").to_pylist()
        assert len(at) == len(set(at)), name


@pytest.mark.parametrize("render", [render_flat, render_is])
def test_european_spelling_of_the_text_forms(plate, derived, render):
    found = read_bytes(render(plate, EUROPEAN, derived), "plate")
    np.testing.assert_array_equal(matrix(plate, found, "mfi"), plate.median)
    assert (found.run.decimal_mark, found.run.delimiter) == (",", ";")


def test_means_of_replicates_are_not_counted_beside_their_wells(plate, derived, reads):
    both = read_bytes(render_bioplex(plate, derived, tables="both"), "plate")
    wells = reads["bioplex_workbook"]
    for column in ("mfi", "bead_count", "result_reported"):
        np.testing.assert_array_equal(matrix(plate, both, column), matrix(plate, wells, column))
    assert both.summary.num_rows == len(set(plate.wells.label)) * len(plate.analytes)
    assert wells.summary.num_rows == 0


def test_means_alone_stand_under_their_first_well_and_are_said(plate, derived):
    found = read_bytes(render_bioplex(plate, derived, tables="means"), "plate")
    assert found.reading.num_rows == len(set(plate.wells.label)) * len(plate.analytes)
    assert "replicate_means" in {w["code"] for w in found.warning.to_pylist()}
    assert any("," in where for where in found.reading.column("location").to_pylist())


def test_one_table_with_the_count_in_the_cell(plate):
    found = read_bytes(render_table(plate), "plate")
    np.testing.assert_array_equal(matrix(plate, found, "mfi"), plate.median)
    np.testing.assert_array_equal(matrix(plate, found, "bead_count"), plate.count)
    roles = assign_roles(found, None).table.column("well_role").to_pylist()
    assert roles.count("background") == len(plate.wells.of_role("background"))


def test_sheets_without_a_table_are_listed(reads):
    found = reads["bioplex_workbook"]
    assert [b["name"] for b in found.block.to_pylist() if not b["is_consumed"]] == ["Project Template"]
    assert "sheet_ignored" in {w["code"] for w in found.warning.to_pylist()}


def test_a_signature_that_is_gone_is_said(plate, derived):
    found = read_bytes(render_flat(plate, Dialect(), derived, is_signed=False), "plate")
    assert "footer_absent" in {w["code"] for w in found.warning.to_pylist()}


def test_blocks_of_one_value_a_well_are_not_asked_for_analytes(reads):
    for form in ("xponent_csv", "luminex_is_csv", "xponent_workbook"):
        assert [w["message"] for w in reads[form].warning.to_pylist() if "no column" in w["message"]] == []


@pytest.mark.parametrize(("block", "row"), [("Result", 5), ("Standard Expected Concentration", 0)])
def test_a_number_in_another_unit_than_its_analyte_is_refused(block, row):
    """A thousand picograms are a nanogram: a unit inside a cell is never cut off unread."""
    text = render_plate(example_plate(5, samples=2), Dialect(crc="absent")).decode()
    head, rest = text.split(f'"DataType:","{block}"\r\n', 1)
    lines = rest.split("\r\n")
    cells = lines[1 + row].split('","')
    at = 2 if block == "Result" else 1

    def read_with(cell: str):
        lines[1 + row] = '","'.join([*cells[:at], cell, *cells[at + 1 :]])
        return read_bytes((head + f'"DataType:","{block}"\r\n' + "\r\n".join(lines)).encode(), "plate.csv")

    assert "pg/mL" in read_with(f"{cells[at]} pg/ml").analyte.column("unit_reported").to_pylist()
    with pytest.raises(AmbiguousValue, match=rf"{block}.*two units; expected pg/mL; found .* ng/mL"):
        read_with(f"{cells[at]} ng/mL")


@pytest.mark.parametrize("form", [name for name, form in WRITTEN.items() if form.has_dilutions])
@pytest.mark.parametrize("printed", [None, float("nan"), 0.0, -2.0], ids=["empty", "NaN", "0", "negative"])
def test_a_sample_without_dilution_is_held_in_every_form_that_prints_it(plate, form, printed):
    lost = faults.sample_wells(plate, "SR001004")
    found = read_bytes(WRITTEN[form].render(faults.lose_dilution(plate, lost, printed)), "plate")
    assigned = assign_roles(found, None)
    rows = {row["well"]: row for row in assigned.table.to_pylist()}
    assert {well for well, row in rows.items() if row["doubt"]} == set(lost)
    assert all(rows[well]["dilution_factor"] is None for well in lost)
    assert all(f"{well} (" in dict(assigned.warnings)["dilution_unknown"] for well in lost)
