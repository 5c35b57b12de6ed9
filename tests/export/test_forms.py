"""What is written is read back by another reader, row for row: numbers to the last bit, texts, words with their labels, nothing lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
from exported_rows import ABOUT, LABS, read_csv, read_sheet, read_xpt, rows_of
from second_account import largest_file

from pbis.core.errors import IntegrityError, UsageError
from pbis.export import write_export
from pbis.export.clock import with_clock
from pbis.export.columns import COLUMNS
from pbis.export.long_texts import fitted
from pbis.export.model import KINDS, ExportColumn, ExportTable
from pbis.export.read_back import require_read_back, told_where_full
from pbis.export.statistical import write_statistical
from pbis.export.words import codes

ROWS = rows_of("labs")
TABLE = fitted(ExportTable("labs", "", COLUMNS["labs"], ROWS), "xpt")
CODED = {column.name: codes(column.words, []) for column in COLUMNS["labs"] if column.words}


def written(folder: Path, form: str, rows: pa.Table = ROWS, what: str = "labs") -> Path:
    found = write_export(rows, replace(ABOUT, what=what), form, folder / f"rows.{form}")
    assert found.rows == rows.num_rows
    return found.paths[0]


def expected(name: str, *, is_coded: bool) -> list[Any]:
    """What a statistical program holds of a column: numbers, None where one is missing, and '' where a text is."""
    kind = next(column.kind for column in COLUMNS["labs"] if column.name == name)
    values = ROWS.column(name).to_pylist()
    if name in CODED and is_coded:
        return [None if value is None else CODED[name][value] for value in values]
    if kind == "text":
        return ["" if value is None else value.replace("\x00", "\\x00") for value in values]
    return [None if value is None else float(value) for value in values]


def assert_holds(frame: pd.DataFrame, *, is_coded: bool) -> None:
    names = [column.name if is_coded else column.short for column in COLUMNS["labs"]]
    assert list(frame.columns) == names
    for column, name in zip(COLUMNS["labs"], names, strict=True):
        found = [None if pd.isna(value) else value for value in frame[name].tolist()]
        assert found == expected(column.name, is_coded=is_coded), name


def test_stata_by_pandas(tmp_path: Path) -> None:
    path = written(tmp_path, "dta")
    assert_holds(pd.read_stata(path, convert_categoricals=False), is_coded=True)
    assert pd.read_stata(path)["status"].tolist()[0] == "final"
    with pd.read_stata(path, iterator=True) as reader:
        assert reader.time_stamp == "05 Mar 2026 02:00"
        assert reader.variable_labels()["value_text"] == "Value as exact text"


def test_a_transport_file_by_pandas(tmp_path: Path) -> None:
    path = written(tmp_path, "xpt")
    assert_holds(read_xpt(path), is_coded=False)
    assert path.read_bytes()[:640].count(b"05MAR26:02:00:07") == 4


def test_spss_by_a_reader_of_its_own(tmp_path: Path) -> None:
    """The writer's package reads it here; `make prove export` has R read it, with two readers."""
    frame, meta = pyreadstat.read_sav(written(tmp_path, "sav"))
    assert_holds(frame, is_coded=True)
    assert meta.variable_value_labels["is_used"] == {0: "no", 1: "yes"}
    assert meta.variable_value_labels["reason"][3] == "qns"
    assert meta.creation_time == datetime(2026, 3, 5, 2, 0, 7)


def test_a_workbook_by_calamine(tmp_path: Path) -> None:
    path = written(tmp_path, "xlsx")
    names, *rows = read_sheet(path, "data")
    assert names == ROWS.column_names
    for name, found in zip(names, zip(*rows, strict=True), strict=True):
        wanted = [str(v).replace("\x00", "\\x00") if isinstance(v, str) else v for v in ROWS.column(name).to_pylist()]
        assert [None if value == "" else value for value in found] == wanted, name
    assert read_sheet(path, "about")[0] == ["fact", "value"]
    assert ["release", "2026-03-05-1"] in read_sheet(path, "about")
    assert ["word", "status", "STATUS", "text", "1", "final", ""] in read_sheet(path, "codebook")


def test_csv_with_its_codebook(tmp_path: Path) -> None:
    names, *rows = read_csv(written(tmp_path, "csv"))
    assert names == ROWS.column_names
    assert [len(row) for row in rows] == [len(names)] * len(LABS)
    by = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    assert by["subject_id"] == ["P1", "P2", "'=1+1", "007", "", ""]
    assert by["value_op"] == ["<", "=", ">=", "", "", ""]
    assert [float(each) for each in by["value"][:3]] == [0.3, 0.0, 1 / 3]
    assert by["value_text"][1] == "0.000"
    book = read_csv(tmp_path / "rows.csv.codebook.csv")
    assert ["column", "value", "VALUE", "number", "", "", "Value, or the bound"] in book
    assert [row[1] for row in book if row[0] == "column"] == ROWS.column_names


@pytest.mark.parametrize(
    ("form", "clock"), [("sav", b"29 Feb 2420:01:02"), ("dta", b"29 Feb 2024 20:01"), ("xpt", b"29FEB24:20:01:02")]
)
def test_the_hour_of_writing_is_in_no_file(form: str, clock: bytes, tmp_path: Path) -> None:
    """A file that was written at another hour becomes the same, byte for byte; one whose head has no hour where it was is refused."""
    data = written(tmp_path, form).read_bytes()
    other = with_clock(data, form, datetime(2024, 2, 29, 20, 1, 2))
    assert (len(other), clock in other) == (len(data), True)
    assert sum(one != two for one, two in zip(data, other, strict=True)) <= 4 * len(clock)
    assert with_clock(other, form, ABOUT.began_at) == data
    with pytest.raises(ValueError, match="times now, not"):
        with_clock(b"", form, ABOUT.began_at)


@pytest.mark.parametrize("form", ["sav", "dta", "xpt", "xlsx", "csv"])
def test_the_same_rows_are_the_same_bytes(form: str, tmp_path: Path) -> None:
    first = written(tmp_path, form).read_bytes()
    assert written(tmp_path, form).read_bytes() == first


@pytest.mark.parametrize("form", ["sav", "dta", "xpt"])
def test_no_row_no_file_of_another_shape(form: str, tmp_path: Path) -> None:
    path = written(tmp_path, form, ROWS.slice(0, 0))
    reader = {"sav": pyreadstat.read_sav, "dta": pyreadstat.read_dta, "xpt": pyreadstat.read_xport}[form]
    assert reader(path)[0].shape == (0, len(COLUMNS["labs"]))


@pytest.mark.parametrize(("form", "longest"), [("xpt", 200), ("dta", 2_000), ("sav", 32_000), ("xlsx", 32_000)])
def test_a_text_that_the_form_cannot_hold_goes_on_in_the_next_column(form: str, longest: int, tmp_path: Path) -> None:
    text = "ü" * (longest // 2) + " " * 5 + "the end"
    path = written(tmp_path, form, rows_of("labs", ({"detail": text}, {"detail": "short"})))
    if form == "xlsx":
        names, *rows = read_sheet(path, "data")
        found = pd.DataFrame(rows, columns=names)
    else:
        found = {"xpt": read_xpt, "dta": pd.read_stata, "sav": lambda file: pyreadstat.read_sav(file)[0]}[form](path)
    parts = ("DETAIL", "DETAIL2") if form == "xpt" else ("detail", "detail_2")
    assert [found[part][0] for part in parts] == ["ü" * (longest // 2), "     the end"]
    assert [found[part][1] for part in parts] == ["short", ""]


def test_a_number_that_the_form_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="value: a number is larger than a transport file holds"):
        written(tmp_path, "xpt", rows_of("labs", ({"value": 1e76},)))
    with pytest.raises(UsageError, match=r"source_line: .* has more figures than a number of a sav file"):
        written(tmp_path, "sav", rows_of("labs", ({"source_line": 2**60},)))
    assert list(tmp_path.glob("*.sav")) + list(tmp_path.glob("*.xpt")) + list(tmp_path.glob("*.part")) == []


@pytest.mark.parametrize("form", ["sav", "dta", "xpt"])
def test_a_full_disk_is_told_and_leaves_no_file(form: str, tmp_path: Path) -> None:
    """The writer says nothing where a write of its own ends just there: at the head, in the rows, in the last record."""
    whole = written(tmp_path, form).stat().st_size
    (tmp_path / f"rows.{form}").unlink()
    for room in (0, 80, 176, 180, whole - 80, whole - 12):
        with largest_file(room), pytest.raises(OSError, match="File too large"):
            write_statistical(TABLE, ABOUT, form, tmp_path / f"rows.{form}")
    assert list(tmp_path.glob("*.part")) + list(tmp_path.glob(f"*.{form}")) == []


def test_a_file_that_reads_otherwise_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.sav"
    pyreadstat.write_sav(pd.DataFrame({"x": [1.0, 2.0], "t": ["a", "b"]}), path)
    require_read_back(path, "sav", pd.DataFrame({"x": [1.0, 2.0], "t": pd.Series(["a ", "b"], dtype=object)}), {})
    with (
        pytest.raises(IntegrityError, match="not what was given: column x differs; nothing"),
        told_where_full(path, "sav"),
    ):
        require_read_back(path, "sav", pd.DataFrame({"x": [1.0, 2.5], "t": pd.Series(["a", "b"], dtype=object)}), {})
    pyreadstat.write_sav(pd.DataFrame({"x": [1.0, 2.0]}), path)
    with pytest.raises(IntegrityError, match="labels of x differ"), told_where_full(path, "sav"):
        require_read_back(path, "sav", pd.DataFrame({"x": [1.0, 2.0]}), {"x": {1: "one"}})
    pyreadstat.write_sav(pd.DataFrame({"x": [1.0, 2.0]}), path)
    with pytest.raises(IntegrityError, match="2 rows of 1 columns, not 1 of 1"), told_where_full(path, "sav"):
        require_read_back(path, "sav", pd.DataFrame({"x": [1.0]}), {})


@pytest.mark.parametrize(
    "values", [pa.array([Decimal("3.2")], pa.decimal128(18, 6)), pa.array([0], pa.timestamp("s"))], ids=["decimal", "stamp"]
)  # fmt: skip
def test_no_column_is_of_a_kind_that_writers_change_in_silence(values: pa.Array) -> None:
    """Decimals become text or another number, stamps of whole seconds 1970; so there is no kind for them."""
    assert values.type not in KINDS.values()
    for kind in KINDS:
        with pytest.raises(TypeError, match="rows of t: x: expected"):
            ExportTable("t", "", (ExportColumn("x", "X", kind, ""),), pa.table({"x": values}))


def test_a_word_of_no_list_keeps_its_text_and_is_told(tmp_path: Path) -> None:
    rows = rows_of("labs", ({"status": "final"}, {"status": "amended"}))
    found = write_export(rows, ABOUT, "dta", tmp_path / "rows.dta")
    assert pd.read_stata(found.paths[0])["status"].tolist() == ["final", "amended"]
    assert pd.read_stata(found.paths[0], convert_categoricals=False)["status"].tolist() == [1, 900]
    assert found.notes == ("status holds words that have no number of their own yet: amended is 900",)


def test_the_name_ends_as_the_form_does(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"expected a name that ends in \.zip for --as omop"):
        write_export(ROWS, ABOUT, "omop", tmp_path / "rows.csv")
    with pytest.raises(UsageError, match="does not exist"):
        write_export(ROWS, ABOUT, "csv", tmp_path / "no" / "rows.csv")
