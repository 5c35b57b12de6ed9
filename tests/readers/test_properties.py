"""Write, then read, is the identity for any plate in any dialect and form; damage never passes in silence."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbis.readers import read_bytes
from pbis.simulate import FLEXMAP3D, LX200, MAGPIX, Dialect, example_plate, render_plate
from pbis.simulate.bioplex import render_table
from pbis.simulate.formats import TEXTS, WORKBOOKS, WRITTEN
from pbis.simulate.instrument import derive

PLATE = example_plate(9, samples=4)
DERIVED = derive(PLATE)
ROOT = Path(__file__).resolve().parents[2]

# What an instrument can print: a median is a number from 0 with at most six decimals, or none where no bead was seen.
medians = st.one_of(
    st.just(float("nan")), st.integers(0, 10**9).map(lambda n: n / 1000), st.floats(0, 1e6).map(lambda x: round(x, 6))
)
marks = st.sampled_from([(",", "."), (";", ","), (";", "."), ("\t", ","), (",", ",")])
dialects = st.builds(
    lambda model, locale, mark, encoding, end, numbering, quoting, padding: Dialect(
        model=model,
        country_code=locale,
        delimiter=mark[0],
        decimal_mark=mark[1],
        encoding=encoding,
        line_ending=end,
        numbering=numbering,
        quoting=quoting,
        padding=padding,
    ),
    st.sampled_from([LX200, MAGPIX, FLEXMAP3D]),
    st.sampled_from(["409", "809", "407", "40C", "412", "7F"]),
    marks,
    st.sampled_from(["ascii", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"]),
    st.sampled_from(["\r\n", "\n", "\r"]),
    st.sampled_from(["row", "column"]),
    st.sampled_from(["all", "minimal"]),
    st.booleans(),
)


def with_medians(seed: int, some: list[float]):
    """The plate with medians drawn from some: every well and analyte its own."""
    rng = np.random.default_rng(seed)
    median = rng.choice(np.array(some), PLATE.median.shape)
    return replace(PLATE, median=median, count=rng.integers(0, 500, PLATE.median.shape))


def matrix(found, column):
    wells = {name: i for i, name in enumerate(PLATE.wells.name)}
    regions = {analyte.bead_region: j for j, analyte in enumerate(PLATE.analytes)}
    values = np.full(PLATE.median.shape, np.nan)
    cells = (found.reading.column(name).to_pylist() for name in ("well", "bead_region", column))
    named = dict(zip(*(found.analyte.column(n).to_pylist() for n in ("analyte_reported", "bead_region")), strict=True))
    assert set(named.values()) == set(regions)
    for well, region, value in zip(*cells, strict=True):
        values[wells[well], regions[region]] = np.nan if value is None else value
    return values


@settings(derandomize=True, max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(medians, min_size=1, max_size=12), dialects)
def test_any_plate_in_any_dialect(seed, some, dialect):
    plate = with_medians(seed, [*some, 20.5])  # one number at least shows which mark is the decimal one
    found = read_bytes(render_plate(plate, dialect, DERIVED), "p")
    np.testing.assert_array_equal(matrix(found, "mfi"), plate.median)
    np.testing.assert_array_equal(matrix(found, "bead_count"), plate.count)
    assert found.run.started_at == plate.header.started_at


@settings(derandomize=True, max_examples=6, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(medians, min_size=1, max_size=12))
@pytest.mark.parametrize("form", [name for name in TEXTS if name != "xponent_csv"])
def test_any_plate_in_the_other_text_forms(form, seed, some):
    plate = with_medians(seed, [*some, 20.5])
    found = read_bytes(WRITTEN[form].render(plate, derived=DERIVED), "p")
    np.testing.assert_array_equal(matrix(found, "mfi"), plate.median)
    np.testing.assert_array_equal(matrix(found, "bead_count"), plate.count)


@settings(derandomize=True, max_examples=2, deadline=None)
@given(st.integers(0, 2**32 - 1), st.lists(medians, min_size=1, max_size=12))
@pytest.mark.parametrize(
    "render", [*(WRITTEN[name].render for name in WORKBOOKS), lambda plate, derived: render_table(plate)]
)
def test_any_plate_in_a_workbook(render, seed, some):
    plate = with_medians(seed, [*some, 20.5])
    found = read_bytes(render(plate, derived=DERIVED), "p")
    np.testing.assert_array_equal(matrix(found, "mfi"), plate.median)
    np.testing.assert_array_equal(matrix(found, "bead_count"), plate.count)


@pytest.fixture
def fuzz(monkeypatch):
    spec = importlib.util.spec_from_file_location("fuzz_readers", ROOT / "bench" / "fuzz_readers.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "fuzz_readers", module)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("first", [0, 500_000])
def test_a_share_of_the_damaged_inputs(first, fuzz, capsys):
    assert fuzz.main(150, first) == 0, capsys.readouterr().out


@pytest.mark.prove
@pytest.mark.parametrize("slice_", range(20))
def test_fuzz_of_a_hundred_thousand_damaged_inputs(slice_, fuzz, capsys):
    """No value under another specimen, no silent difference, no traceback, none over a second of CPU: 20 x 5,000."""
    assert fuzz.main(5_000, 9_000_000 + 5_000 * slice_) == 0, capsys.readouterr().out


def test_the_fuzz_would_notice_a_value_under_another_specimen(fuzz):
    base = fuzz.bases()[0]
    whole = fuzz.run(fuzz.Case("none", base.data), base.name)
    labels = whole.reading.column("sample_label").to_pylist()
    exchanged = [{"Unknown1": "Unknown2", "Unknown2": "Unknown1"}.get(label, label) for label in labels]
    at = whole.reading.column_names.index("sample_label")
    other = replace(whole, reading=whole.reading.set_column(at, "sample_label", pa.array(exchanged)))
    assert not fuzz.values_elsewhere(whole, whole)
    moved = fuzz.values_elsewhere(other, whole)
    assert len(moved) == sum(label in ("Unknown1", "Unknown2") for label in labels)
