"""A table that a person brings to a question: its cells as text, nothing guessed."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pbis.clinical import read_own_table
from pbis.core.errors import MalformedFile, UsageError
from pbis.pipeline import published

ROWS = [["Subject", "sex", "seen on"], ["P1", "F", "03/04/2026"], ["007", "", "12/31/2025"]]


def test_cells_stay_as_they_are_written(tmp_path: Path) -> None:
    csv, xlsx = tmp_path / "own.csv", tmp_path / "own.xlsx"
    csv.write_text("\n".join(";".join(row) for row in ROWS))
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.save(xlsx)
    for path in (csv, xlsx):
        assert read_own_table(path).to_pylist() == [
            {"Subject": "P1", "sex": "F", "seen on": "03/04/2026"},
            {"Subject": "007", "sex": None, "seen on": "12/31/2025"},
        ]


def test_parquet_keeps_its_types_and_half_a_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "own.parquet"
    pq.write_table(pa.table({"age": [44]}), path)
    assert read_own_table(path).to_pylist() == [{"age": 44}]
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(MalformedFile, match="no whole Parquet file"):
        read_own_table(path)


@pytest.mark.parametrize(
    ("given", "words"),
    [("score=own.csv", "is a table already"), ("1a=own.csv", "expected NAME=FILE"), ("own", "expected NAME=FILE")],
)
def test_a_name_is_one_and_no_views(given: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published, "list_views", lambda root, release: pa.table({"view": ["score"]}))
    with pytest.raises(UsageError, match=words):
        published.own_tables(tmp_path, [given])
