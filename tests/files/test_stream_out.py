"""Answers out to files: every form is read back by a reader that others wrote, and says the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
import python_calamine

from pbis.core.errors import UsageError
from pbis.files.stream_out import write_batches

ROWS = pa.table(
    {
        "subject": ["P1", "=1+1", None],
        "il2": [3.2, float("nan"), 0.1],
        "cut": pa.array([Decimal("3.200000"), Decimal("0.1"), None], pa.decimal128(18, 6)),
        "beads": pa.array([2**60, 50, None], pa.int64()),
        "is_near": [True, False, None],
        "day": [date(2026, 3, 5), None, None],
        "at": pa.array([datetime(2026, 3, 5, 7, 30), None, None], pa.timestamp("s")),
        "text": ["07", "a\nb\x1b", "-3"],
    }
)


def written(path: Path, table: pa.Table = ROWS) -> Path:
    assert write_batches(table.schema, table.to_batches(max_chunksize=2), path) == table.num_rows
    return path


def test_a_workbook_holds_numbers_times_and_texts_and_runs_nothing(tmp_path: Path) -> None:
    sheet = openpyxl.load_workbook(written(tmp_path / "a.xlsx")).active
    names, one, two, three = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert names == ROWS.column_names
    assert one == ["P1", 3.2, 3.2, str(2**60), True, datetime(2026, 3, 5), datetime(2026, 3, 5, 7, 30), "07"]
    assert two[:4] == ["=1+1", None, 0.1, 50]
    assert (sheet["A3"].data_type, sheet["H3"].value) == ("s", "a\nb\\x1b")
    assert three == [None, 0.1, None, None, None, None, None, "-3"]


def test_a_workbook_of_the_same_rows_has_the_same_bytes(tmp_path: Path) -> None:
    first, second = (written(tmp_path / name).read_bytes() for name in ("a.xlsx", "b.xlsx"))
    assert first == second
    assert openpyxl.load_workbook(tmp_path / "a.xlsx").properties.modified == datetime(1980, 1, 1)


def test_a_number_in_a_workbook_keeps_its_last_bit(tmp_path: Path) -> None:
    numbers = [17.912766106584563, 0.1 + 0.2, 1 / 3, 1e-300, -2.5e22]
    path = written(tmp_path / "a.xlsx", pa.table({"x": numbers}))
    found = python_calamine.CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    assert [row[0] for row in found[1:]] == numbers
    assert [cell.value for cell in openpyxl.load_workbook(path).active["A"][1:]] == numbers


def test_the_other_forms_say_the_same(tmp_path: Path) -> None:
    csv = pd.read_csv(written(tmp_path / "a.csv"), dtype=str)
    assert csv["subject"].tolist()[:2] == ["P1", "'=1+1"]
    assert csv["text"].tolist() == ["07", "a\nb\\x1b", "-3"]
    assert csv["il2"].isna().tolist() == [False, True, False]
    back = pd.read_parquet(written(tmp_path / "a.parquet"))
    assert back["cut"].tolist()[0] == Decimal("3.200000")
    lines = [json.loads(line) for line in written(tmp_path / "a.jsonl").read_text().splitlines()]
    assert [line["il2"] for line in lines] == [3.2, None, 0.1]
    assert (lines[0]["cut"], lines[0]["at"], lines[0]["beads"]) == ("3.200000", "2026-03-05 07:30:00", 2**60)


def test_what_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    def broken() -> Iterator[pa.RecordBatch]:
        yield from ROWS.to_batches()
        raise UsageError("the question was stopped")

    for name in ("a.csv", "a.parquet", "a.jsonl", "a.xlsx"):
        with pytest.raises(UsageError, match="stopped"):
            write_batches(ROWS.schema, broken(), tmp_path / name)
    with pytest.raises(UsageError, match=r"ends in one of \.csv, \.parquet, \.jsonl, \.xlsx"):
        write_batches(ROWS.schema, ROWS.to_batches(), tmp_path / "a.ods")
    with pytest.raises(UsageError, match="does not exist"):
        write_batches(ROWS.schema, ROWS.to_batches(), tmp_path / "no" / "a.csv")
    assert list(tmp_path.iterdir()) == []
