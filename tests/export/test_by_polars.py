"""Polars reads what was exported: the rows, their types where a reader states them, and what becomes of them where none does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from exported_rows import ABOUT, rows_of

from pbis.export import write_export

TABLE = rows_of("labs")
ROWS = pl.DataFrame(TABLE)
# What the forms change on purpose: a formula gets an apostrophe in a CSV, and a sign that no workbook holds is spelt.
CHANGED = {"csv": {"=1+1": "'=1+1", "ends\x00here": "ends\\x00here"}, "xlsx": {"ends\x00here": "ends\\x00here"}}


def read(folder: Path, form: str, types: pl.Schema | None) -> pl.DataFrame:
    path = folder / f"rows.{form}"
    write_export(TABLE, replace(ABOUT, what="labs"), form, path)
    if form == "csv":
        return pl.read_csv(path, schema_overrides=types)
    return pl.read_excel(path, sheet_name="data", engine="openpyxl", schema_overrides=types)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_rows_and_types_are_those_that_were_written(form: str, tmp_path: Path) -> None:
    found = read(tmp_path, form, ROWS.schema)
    assert found.schema == ROWS.schema
    for name, wanted in ROWS.to_dict(as_series=False).items():
        assert found[name].to_list() == [CHANGED[form].get(value, value) for value in wanted], name


def test_exact_text_is_a_number_to_a_reader_of_csv_that_is_told_no_types(tmp_path: Path) -> None:
    """As docs/readers.md says: the digits that decided are lost, 0.000 and 0.0 are one; a workbook keeps them."""
    assert ROWS["value_text"].to_list()[1] == "0.000"
    assert read(tmp_path, "csv", None)["value_text"].to_list()[1] == 0.0
    assert read(tmp_path, "xlsx", None)["value_text"].to_list()[1] == "0.000"
