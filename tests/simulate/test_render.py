"""The writer keeps the grammar of real exports: quoting, order of header and blocks, ragged rows, footer, locale."""

from __future__ import annotations

import csv
import io
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pbis.simulate import EUROPEAN, FLEXMAP3D, MAGPIX, RESAVED, UNICODE, Dialect, example_plate, faults, render_plate


@pytest.fixture(scope="module")
def plate():
    return example_plate(5, samples=6, dilution=2.0)


def _rows(data: bytes, encoding: str = "ascii", delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter))


def _block(rows: list[list[str]], name: str) -> list[list[str]]:
    start = rows.index(["DataType:", name]) + 1
    return rows[start : next(i for i in range(start, len(rows)) if not rows[i])]


def _header_keys(rows: list[list[str]]) -> list[str]:
    return [row[0] for row in rows[: rows.index(["Results"])] if row and row[0]]


def test_same_plate_same_bytes(plate) -> None:
    assert render_plate(plate) == render_plate(example_plate(5, samples=6, dilution=2.0))
    assert render_plate(plate) != render_plate(example_plate(6, samples=6, dilution=2.0))


def test_footer_is_the_crc_of_everything_before_it(plate) -> None:
    body, _, footer = render_plate(plate).partition(b"-- CRC --")
    assert footer == b"\r\nCRC32: %08X" % zlib.crc32(body)


@pytest.mark.parametrize(("crc", "is_equal"), [("match", True), ("mismatch", False)])
def test_footer_on_request(plate, crc: str, is_equal: bool) -> None:
    body, _, footer = render_plate(plate, Dialect(crc=crc)).partition(b"-- CRC --")
    assert (footer.strip().removeprefix(b"CRC32: ") == b"%08X" % zlib.crc32(body)) is is_equal
    assert b"CRC" not in render_plate(plate, Dialect(crc="absent"))


def test_untouched_file_is_fully_quoted_with_crlf(plate) -> None:
    lines = render_plate(plate).partition(b"-- CRC --")[0].split(b"\r\n")
    assert all(line == b"" or (line.startswith(b'"') and line.endswith(b'"')) for line in lines)
    assert b"\n" not in b"".join(lines)


def test_magpix_header_and_blocks_come_in_the_order_of_a_real_file(plate, shared: Path) -> None:
    """Keys and block names only; CALInfo columns differ between firmware versions."""
    path = shared / "examples/xponent/magpix_milliplex_human_3plex_quantitative.csv"
    real, ours = _rows(path.read_bytes()), _rows(render_plate(plate, Dialect(model=MAGPIX)))
    labels = {row[0] for row in real if row and row[0].startswith(("Standard", "Control"))} | {"Standard7"}
    skipped = labels | {"B62703", "C52231", "Human CYK and CHK", "Human Cytokine 7-Plex"}
    wanted = [key for key in _header_keys(real) if key not in skipped]
    assert [key for key in _header_keys(ours) if key not in skipped] == wanted
    blocks = [[row[1] for row in rows if row[:1] == ["DataType:"]] for rows in (real, ours)]
    assert [name for name in blocks[0] if name in blocks[1]] == blocks[1]


def test_lx200_header_comes_in_the_order_of_a_real_file(plate, shared: Path) -> None:
    real = _rows((shared / "examples/xponent/lx200_human_cytokine_30plex_quantitative.csv").read_bytes())
    end = next(i for i, row in enumerate(real) if row[0] == "CALInfo:")
    ours = _header_keys(_rows(render_plate(plate)))
    assert ours[: ours.index("CALInfo:")] == [row[0] for row in real[:end]]


def test_values_out_of_range_carry_the_undiluted_end_of_the_ladder(plate) -> None:
    low, high = plate.median.copy(), plate.wells.of_specimen("SR001002")
    low[plate.wells.of_specimen("SR001001")], low[high] = -500.0, 60000.0
    rows = _block(_rows(render_plate(replace(plate, median=low))), "Result")
    assert [row[2:9] for row in rows if row[1] == "Unknown1"] == [["< 3.2"] * 7] * 2
    assert [row[2:9] for row in rows if row[1] == "Unknown2"] == [["> 13107.2"] * 7] * 2


def test_background_prints_nan_and_dilution_is_ragged(plate) -> None:
    rows = _rows(render_plate(plate))
    assert _block(rows, "Result")[1][2:9] == ["NaN"] * 7
    dilution = {row[1]: row[2:] for row in _block(rows, "Dilution Factor")[1:]}
    assert (dilution["Background0"], dilution["Standard3"], dilution["Control1"]) == ([], [], ["1"])
    assert dilution["Unknown4"] == ["2"]


def test_summary_blocks(plate) -> None:
    rows = _rows(render_plate(plate))
    result = {row[1]: [] for row in _block(rows, "Result")[1:]}
    for row in _block(rows, "Result")[1:]:
        result[row[1]].append(float(row[2]))
    average, cv = ({row[0]: row[1] for row in _block(rows, name)[1:]} for name in ("Avg Result", "%CV Replicates"))
    assert list(average)[:3] == ["Control1", "Control2", "Standard1"]
    assert "Background0" not in average
    pair = np.array(result["Unknown3"])
    assert float(average["Unknown3"]) == pytest.approx(pair.mean(), rel=1e-12)
    assert float(cv["Unknown3"]) == pytest.approx(100 * pair.std(ddof=1) / pair.mean(), rel=1e-12)


def test_replicates_out_of_range_average_to_the_bound_with_a_cv_of_zero(plate) -> None:
    both, one = plate.wells.of_specimen("SR001001"), plate.wells.of_specimen("SR001002")[:1]
    median = plate.median.copy()
    median[both] = median[one] = -500.0
    rows = _rows(render_plate(replace(plate, median=median)))
    average, cv = ({row[0]: row[1] for row in _block(rows, name)} for name in ("Avg Result", "%CV Replicates"))
    assert (average["Unknown1"], cv["Unknown1"]) == ("< 3.2", "0")
    assert (average["Unknown2"], cv["Unknown2"]) == ("N/A", "NaN")


def test_comments_and_warnings(plate) -> None:
    broken = faults.low_beads(faults.fail_controls(plate, "IL-2", ["Control1"]), ["E3"])
    rows = _rows(render_plate(broken))
    failed = [
        (row[1], i) for row in _block(rows, "Comments") for i, cell in enumerate(row) if cell == "Control Failed."
    ]
    assert failed == [("Control1", 2 + plate.column("IL-2"))] * 2
    assert [row[:2] for row in _block(rows, "Warnings/Errors")[1:]] == [["1,E3", "Warning"]]


def test_recovery_has_two_decimals_and_only_known_wells(plate) -> None:
    rows = _block(_rows(render_plate(plate)), "% Recovery")[1:]
    assert {row[1] for row in rows} == {f"Standard{n}" for n in range(1, 8)} | {"Control1", "Control2"}
    assert all(cell == "N/A" or len(cell.partition(".")[2]) == 2 for row in rows for cell in row[2:])


def test_resaved_file_is_padded_unquoted_and_loses_seconds(plate) -> None:
    text = render_plate(plate, RESAVED).decode("utf-8-sig")
    lines = text.split("\r\n")[:-1]
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len({len(row) for row in rows}) == 1
    assert next(line for line in lines if line.startswith("BatchStartTime")).startswith("BatchStartTime,9/15/25 10:04,")
    assert '"1(1,A1)",Background0' in text
    assert all('"' not in line for line in lines if "(1," not in line and "Warning" not in line)
    body = render_plate(plate).rpartition(b"CRC32: ")[2].decode()
    assert lines[-1].startswith(f"CRC32: {body}")


def test_european_file(plate) -> None:
    rows = _rows(render_plate(plate, EUROPEAN), "cp1252", ";")
    assert next(row for row in rows if row[:1] == ["BatchStartTime"]) == ["BatchStartTime", "15.09.2025 10:04:35"]
    assert "," in _block(rows, "Result")[-1][2]
    assert _block(rows, "Standard Expected Concentration")[2][1] == "12,8"


def test_unicode_file_has_a_byte_order_mark(plate) -> None:
    data = render_plate(plate, UNICODE)
    assert data[:2] in (b"\xff\xfe", b"\xfe\xff")
    assert data.decode("utf-16").startswith("Program\txPONENT")


def test_row_major_numbering(plate) -> None:
    rows = _block(_rows(render_plate(plate, Dialect(numbering="row"))), "Median")[1:]
    assert [row[0] for row in rows[:3]] == ["1(1,A1)", "2(1,A2)", "3(1,A3)"]
    assert "13(1,B1)" in [row[0] for row in rows]


def test_thousands_are_grouped_inside_quotes(plate) -> None:
    data = render_plate(plate, Dialect(has_thousands=True, quoting="minimal"))
    row = _block(_rows(data), "Standard Expected Concentration")[-1]
    assert row[1] == "13,107.20"


def test_models_and_skipped_blocks(plate) -> None:
    dialect = Dialect(model=FLEXMAP3D, country_code="7F", skipped_blocks=frozenset({"Range", "R^2"}))
    rows = _rows(render_plate(plate, dialect))
    assert rows[0] == ["Program", "xPONENT", "", "FlexMAP 3D"]
    assert ["DataType:", "Range"] not in rows
    assert ["ProtocolReporterGain", "Standard PMT"] in rows


def test_further_statistics_and_acquisition_time(plate) -> None:
    seconds = np.full(len(plate.wells), 44)
    more = replace(plate, statistics=(("Trimmed Mean", plate.median + 0.25),), acquisition_seconds=seconds)
    rows = _rows(render_plate(more))
    assert float(_block(rows, "Trimmed Mean")[1][2]) == plate.median[0, 0] + 0.25
    assert _block(rows, "Acquisition Time")[1][2] == "44"
