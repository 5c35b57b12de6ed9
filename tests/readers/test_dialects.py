"""One plate in every dialect that laboratories send reads as one plate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pbis.core.frames import READING
from pbis.readers import read_bytes
from pbis.simulate import FLEXMAP3D, LX200, MAGPIX, RESAVED, Dialect, example_plate, render_plate

PLATE = example_plate(11, samples=6)
TEXTS = {"run_id", "source_line", "location", "mfi_text", "result_reported_text", "range_text"}
VALUES = [name for name in READING.names if name not in TEXTS]


def values(read):
    return read.reading.select(VALUES).sort_by([("well", "ascending"), ("analyte_reported", "ascending")])


@pytest.fixture(scope="module")
def untouched():
    return read_bytes(render_plate(PLATE), "p")


@pytest.mark.parametrize(
    "dialect",
    [
        Dialect(model=MAGPIX, encoding="utf-8-sig"),
        Dialect(model=FLEXMAP3D, line_ending="\n", country_code="7F"),
        Dialect(model=LX200, delimiter=";", decimal_mark=",", country_code="407", encoding="cp1252"),
        Dialect(delimiter="\t", decimal_mark=",", country_code="40C", encoding="utf-16"),
        Dialect(delimiter=";", decimal_mark=".", country_code="809", line_ending="\r"),
        Dialect(delimiter=",", decimal_mark=",", country_code="407", quoting="minimal"),
        Dialect(model=MAGPIX, quoting="minimal", padding=True, crc="mismatch", numbering="row"),
        Dialect(encoding="utf-16-le", country_code="412"),
    ],
    ids=str,
)
def test_the_reading_does_not_depend_on_the_dialect(untouched, dialect):
    read = read_bytes(render_plate(PLATE, dialect), "p")
    assert values(read).equals(values(untouched))
    assert (read.run.started_at, read.run.stopped_at) == (untouched.run.started_at, untouched.run.stopped_at)
    assert read.run.decimal_mark == dialect.decimal_mark
    assert read.run.crc_state == dialect.crc


def test_a_resaved_file_is_read_and_said(untouched):
    read = read_bytes(render_plate(PLATE, replace(RESAVED, model=MAGPIX)), "p")
    assert read.run.is_resaved
    assert {"resaved", "crc_mismatch"} <= {w["code"] for w in read.warning.to_pylist()}
    assert read.reading.column("mfi").equals(untouched.reading.column("mfi"))


@pytest.mark.parametrize("model", [LX200, FLEXMAP3D])
def test_a_checksum_of_unknown_arithmetic_is_not_judged(untouched, model):
    read = read_bytes(render_plate(PLATE, Dialect(model=model, crc="mismatch")), "p")
    assert (read.run.crc_state, read.run.is_resaved) == ("not_judged", False)
    assert not [row for row in read.warning.to_pylist() if "crc" in row["code"] or "footer" in row["message"]]
    assert values(read).equals(values(untouched))
    assert read_bytes(render_plate(PLATE, Dialect(model=model)), "p").run.crc_state == "match"  # proves itself


def test_a_broken_checksum_is_judged_where_the_line_of_the_version_was_taken_out():
    lines = render_plate(PLATE, Dialect(model=MAGPIX)).splitlines(keepends=True)
    without = b"".join(line for line in lines if b'"Build"' not in line)
    assert len(without) < len(b"".join(lines))
    assert read_bytes(without, "p").run.crc_state == "mismatch"


def test_an_instrument_that_names_no_version_and_has_another_arithmetic_is_not_judged(shared):
    lines = render_plate(PLATE, Dialect(model=FLEXMAP3D, crc="mismatch")).splitlines(keepends=True)
    data = b"".join(b'"Build",""\r\n' if line.startswith(b'"Build"') else line for line in lines)
    assert data.count(b'"Build",""') == 1
    assert read_bytes(data, "p").run.crc_state == "not_judged"
    untouched = shared / "examples" / "intelliflex" / "intelliflex_serology_62plex.csv"
    assert read_bytes(untouched.read_bytes(), untouched.name).run.crc_state == "not_judged"


def test_thousands_marks_are_read_for_what_they_are(untouched):
    read = read_bytes(render_plate(PLATE, Dialect(has_thousands=True)), "p")
    assert read.reading.column("bead_count").equals(untouched.reading.column("bead_count"))
    got, want = read.reading.column("mfi").to_numpy(), untouched.reading.column("mfi").to_numpy()
    assert got == pytest.approx(want, abs=0.01, nan_ok=True)


def test_the_gain_of_the_reporter_is_read_where_an_instrument_names_it(untouched):
    assert untouched.run.reporter_gain is None
    assert read_bytes(render_plate(PLATE, Dialect(model=FLEXMAP3D)), "p").run.reporter_gain == "Standard PMT"
