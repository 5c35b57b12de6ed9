"""What leaves as CSV runs in no spreadsheet and moves no terminal, whichever command writes it."""

from __future__ import annotations

import csv
import io

import pyarrow as pa
import pytest

from pbis.files.table_out import csv_rows, csv_text, write_table
from pbis.pipeline.score_table import COLUMNS_IN, score_table

CELLS = (
    ("=1+1", "'=1+1"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
    ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
    ("\r=1+1", "'\\x0d=1+1"),
    ("\t=1+1", "'\t=1+1"),
    ("\n=1+1", "'\n=1+1"),
    (" =1+1", "' =1+1"),
    ("\uff1d1+1", "'\uff1d1+1"),
    ("\x1b[2Jgone", "\\x1b[2Jgone"),
    ("nul\x00", "nul\\x00"),
    ("\x9b2J", "\\x9b2J"),
    ("-1.5", "-1.5"),
    ("+1e-3", "+1e-3"),
    ("-0.05 to 0.10", "-0.05 to 0.10"),
    ("=", "="),
    ("-", "-"),
    ("MRN-1", "MRN-1"),
    ("a\nb", "a\nb"),
)


def cells(text: str) -> list[str]:
    return [row[0] for row in csv.reader(io.StringIO(text, newline=""))][1:]


@pytest.mark.parametrize(("cell", "written"), CELLS)
def test_a_cell(cell, written, tmp_path):
    assert cells(csv_rows(["name"], [[cell]])) == [written]
    assert cells(csv_text(pa.table({"name": [cell]}))) == [written]
    write_table(pa.table({"name": [cell]}), tmp_path / "study.csv")
    assert cells((tmp_path / "study.csv").read_bytes().decode()) == [written]


def test_a_header_is_text_too():
    assert csv_rows(["=1+1"], []) == "'=1+1\n"


@pytest.mark.parametrize("subject", ["-2+3+cmd|' /C calc'!A0", "=1+1", "@x", "\uff1d1+1"])
def test_the_score_table_is_guarded_alike(subject, tmp_path):
    path = tmp_path / "values.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS_IN, [subject, *[""] * (len(COLUMNS_IN) - 1)]])
    assert cells(score_table(path, "pbis-2025-no-il2")) == ["'" + subject]


def test_numbers_keep_every_digit_and_nothing_is_empty():
    assert csv_rows(["a", "b", "c"], [[0.1 + 0.2, None, float("nan")]]) == "a,b,c\n0.30000000000000004,,\n"
