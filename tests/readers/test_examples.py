"""Real exports, where a checkout has them beside itself: read completely, and a broken ladder never fitted."""

from __future__ import annotations

import csv
import re

import pytest

from pbis.core.errors import CorruptedLadder, InputRefused
from pbis.core.plates.well import assign_roles
from pbis.readers import read, read_bytes

EXPORTS = [
    ("xponent/flexmap3d_2plex.csv", 4 * 2),
    ("xponent/flexmap3d_2plex_resaved.csv", 4 * 2),
    ("xponent/flexmap3d_nan_values.csv", 96 * 3),
    ("xponent/lx200_human_cytokine_30plex_quantitative.csv", 96 * 30),
    ("xponent/magpix_milliplex_human_3plex_quantitative.csv", 94 * 3),
    ("xponent/magpix_serology_10plex_missing_well.csv", 95 * 10),
    ("xponent/magpix_serology_bom_padded.csv", 49 * 2),
    ("bioplex/bioplex_manager_blank_bead.xls", 40 * 3),
    ("bioplex/bioplex_manager_replicate_means.xlsx", 36 * 5),
    ("bioplex/bioplex_mfi_count_in_one_cell.xlsx", 96 * 8),
    ("intelliflex/intelliflex_flat_v2_2.csv", 10 * 14),
    ("intelliflex/intelliflex_multiblock.csv", 12 * 5),
    ("intelliflex/intelliflex_serology_62plex.csv", 96 * 62),
]
QUANTITATIVE = [name for name, _ in EXPORTS if "quantitative" in name]


@pytest.mark.parametrize(("name", "rows"), EXPORTS)
def test_every_reading_of_a_real_export(shared, name, rows):
    found = read(shared / "examples" / name)
    assert found.reading.num_rows == rows
    assert len(assign_roles(found, None).table) == rows // found.analyte.num_rows
    known = {"PeakCount", "TrimmedPeakCount", "Document signature"}
    assert {b["name"] for b in found.block.to_pylist() if not b["is_consumed"]} <= known


@pytest.mark.parametrize("name", QUANTITATIVE)
def test_medians_equal_a_plain_reading_of_the_file(shared, name):
    path = shared / "examples" / name
    rows = list(csv.reader(path.read_text("utf-8-sig").splitlines()))
    start = next(i for i, row in enumerate(rows) if row[:2] == ["DataType:", "Median"])
    header = [cell for cell in rows[start + 1] if cell]
    plain = [
        float(c)
        for row in rows[start + 2 : start + 98]
        if re.match(r"\d+\(", (row or [""])[0])
        for c in row[2 : len(header) - 1]
    ]
    assert read(path).reading.column("mfi").to_pylist() == plain


@pytest.mark.parametrize("name", QUANTITATIVE)
@pytest.mark.parametrize("has_recovery", [True, False])
def test_a_ladder_broken_again_is_found_with_the_right_value(shared, name, has_recovery):
    """A cell of one analyte is that analyte's; a whole row is the file's."""
    lines = (shared / "examples" / name).read_bytes().decode().split("\n")
    if not has_recovery:
        lines = [line.replace("% Recovery", "Share Found") for line in lines]
    start = next(i for i, line in enumerate(lines) if "Standard Expected Concentration" in line)
    for row, column in ((start + 2, 1), (start + 5, 2), (start + 7, 3)):
        cells = next(csv.reader([lines[row].strip()]))
        right, cells[column] = float(cells[column]), f"{1000 * float(cells[column]):.12g}"
        broken = [*lines[:row], ",".join(cells), *lines[row + 1 :]]
        wrong = [
            r for r in read_bytes("\n".join(broken).encode(), "p").reagent.to_pylist() if r["implied_concentration"]
        ]
        assert [(r["reagent_label"], r["source_line"]) for r in wrong] == [(cells[0], row + 1)]
        assert wrong[0]["implied_concentration"] == pytest.approx(right, rel=1e-9)
        cells = [cells[0], *(f"{1000 * float(c):.12g}" for c in next(csv.reader([lines[row].strip()]))[1:] if c)]
        with pytest.raises(CorruptedLadder) as refusal:
            read_bytes("\n".join([*lines[:row], ",".join(cells), *lines[row + 1 :]]).encode(), "p")
        assert refusal.value.line == row + 1
        assert f"{cells[0]} of" in str(refusal.value)


@pytest.mark.parametrize(
    "name", ["xponent/magpix_milliplex_human_3plex_quantitative.csv", "intelliflex/intelliflex_multiblock.csv"]
)
def test_a_real_export_cut_at_a_line_is_refused_or_identical(shared, name):
    data = (shared / "examples" / name).read_bytes()
    whole = read_bytes(data, "p").reading.drop(["run_id"])
    lines = data.split(b"\n")
    refusals = []
    for count in range(1, len(lines) - 1, max(1, len(lines) // 90)):
        try:
            found = read_bytes(b"\n".join(lines[:count]) + b"\n", "p")
        except InputRefused as refusal:
            refusals.append(refusal)
        else:
            assert found.reading.drop(["run_id"]).equals(whole)
            assert "crc_absent" in {w["code"] for w in found.warning.to_pylist()}
    assert [refusal for refusal in refusals if refusal.line is None] == []


@pytest.mark.parametrize("folder", ["clinical/hl7v2", "clinical/omop"])
def test_other_real_files_are_refused_with_a_reason(shared, folder):
    for path in sorted((shared / "examples" / folder).iterdir()):
        with pytest.raises(InputRefused) as refusal:
            read(path)
        assert "\n" not in str(refusal.value)
