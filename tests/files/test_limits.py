"""What a file may take is told in one value and holds at every door; what parts its cells is found in one way."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pbis.clinical import read_labs, read_linkage, read_outcomes, read_specimens, read_treatments
from pbis.clinical.omop import read_omop_parquet
from pbis.clinical.propose import propose
from pbis.core.errors import MalformedFile, UnrecognisedFormat
from pbis.files.delimiter import TABLE_DELIMITERS, sniff_delimiter, text_delimiter
from pbis.files.limits import LAYOUT, PLATE, TABLE
from pbis.files.xml_tree import parse
from pbis.labs import load_map
from pbis.pipeline.score_table import score_table
from pbis.readers import read_bytes
from pbis.readers.layouts.layout import layout_from_bytes
from pbis.readers.lot_sheets.sheet import lot_sheet_from_bytes
from pbis.simulate.xlsx import workbook

ZONE = ZoneInfo("UTC")
MAP = load_map("default")
MILLION = 1_000_000


def _linkage(folder: Path):
    path = folder / "own link.csv"
    path.write_text("site,mrn,subject,valid_from\nnorth,M,S,\n", encoding="utf-8")
    return read_linkage(path)


DOORS: dict[str, tuple[str, Callable[[Path], object]]] = {
    "plates": ("Program,xPONENT", lambda path: read_bytes(path.read_bytes(), path.name)),
    "flat plates": ("WELL LOCATION,R25: RP1 MEDIAN", lambda path: read_bytes(path.read_bytes(), path.name)),
    "layouts": ("well,role", lambda path: layout_from_bytes(path.read_bytes(), path.name)),
    "lot sheets": ("Reagent,IL-2", lambda path: lot_sheet_from_bytes(path.read_bytes(), path.name)),
    "specimens": ("barcode,subject", lambda path: read_specimens(path, MAP, ZONE)),
    "labs": ("mrn,test,value", lambda path: read_labs(path, _linkage(path.parent), MAP, ZONE)),
    "OMOP": (
        "person_id,measurement_concept_id",
        lambda path: read_labs(path, _linkage(path.parent), MAP, ZONE),
    ),
    "treatments": ("mrn,started_at", lambda path: read_treatments(path, _linkage(path.parent), MAP, ZONE)),
    "linkage": ("site,mrn,subject,valid_from", read_linkage),
    "outcomes": ("subject,os_months,dead", lambda path: read_outcomes(path, MAP)),
    "a score's table": ("subject,crp", lambda path: score_table(path, "pbis-2025-il2-pgml")),
    "a proposal": ("a,b", lambda path: propose(path.read_bytes(), path.name, MAP)),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_header_of_a_million_columns_is_a_refusal_and_no_memory(door: str, tmp_path: Path) -> None:
    begins, read = DOORS[door]
    path = tmp_path / "wide.csv"
    path.write_text(begins + ",x" * MILLION + "\n", encoding="utf-8")
    tracemalloc.start()
    with pytest.raises(MalformedFile, match="too many cells; expected at most 16384 cells; found 1000") as refusal:
        read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert refusal.value.line == 1
    assert peak < 40 * MILLION  # twenty bytes a cell; names as objects alone would take sixty


def test_the_size_of_xml_is_an_argument() -> None:
    nested = b"<a>" * 5 + b"</a>" * 5
    assert parse("x.xml", nested).tag == "a"
    for limits in (replace(PLATE, xml_elements=4), replace(PLATE, xml_depth=4)):
        with pytest.raises(UnrecognisedFormat, match=r"holds more than a plate; expected at most .*4") as refusal:
            parse("x.xml", nested, limits)
        assert refusal.value.line == 1


@pytest.mark.parametrize("form", ["text", "workbook"])
def test_the_rows_of_a_layout_are_an_argument(form: str) -> None:
    rows = [["well", "role"], ["A1", "background"], ["A2", "Standard1"]]
    data = workbook([("layout", rows)]) if form == "workbook" else "\n".join(map(",".join, rows)).encode()
    assert layout_from_bytes(data, "layout", LAYOUT).num_rows == 2
    with pytest.raises((MalformedFile, UnrecognisedFormat), match="2 rows"):
        layout_from_bytes(data, "layout", replace(LAYOUT, rows=2))


def _parquet(rows: int, more: int = 0) -> bytes:
    columns = {
        "person_id": ["M"] * rows,
        "measurement_concept_id": [0] * rows,
        "measurement_date": ["2026-03-04"] * rows,
    }
    columns |= {"value_as_number": [1.0] * rows} | {f"x{i}": [1] * rows for i in range(more)}
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def test_the_size_of_a_parquet_table_is_an_argument() -> None:
    assert read_omop_parquet(_parquet(3), "m.parquet", MAP).row_count == 3
    with pytest.raises(UnrecognisedFormat, match="too large; expected at most 2 rows"):
        read_omop_parquet(_parquet(3), "m.parquet", MAP, replace(TABLE, parquet_rows=2))
    with pytest.raises(UnrecognisedFormat, match=r"too large; .* of 5 columns; found 3 rows of 14"):
        read_omop_parquet(_parquet(3, 10), "m.parquet", MAP, replace(TABLE, text_columns=5))
    with pytest.raises(MalformedFile, match="cannot be read"):
        read_omop_parquet(_parquet(3, 10), "m.parquet", MAP, replace(TABLE, parquet_items=5))


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        ("a,b;c", ","),
        ("a;b,c", ";"),
        ('"a;b",c', ","),
        ("a\tb,c,d", "\t"),
        ("Kit;Human cytokines, seven, in plasma", ";"),
        ("alone", ","),
        ("", ","),
    ],
)
def test_the_sign_behind_the_first_cell_parts_them(line: str, delimiter: str) -> None:
    assert sniff_delimiter(line) == delimiter
    assert text_delimiter(f"A title alone\n{line}\n") == delimiter


def test_cells_that_mean_something_decide_before_the_first_sign() -> None:
    def known(cells: tuple[str, ...]) -> int:
        return sum(cell in ("mrn", "test", "value") for cell in cells)

    assert sniff_delimiter("mrn|test|value, as sent", TABLE_DELIMITERS, known) == "|"
    assert sniff_delimiter("note, free;mrn;test;value", TABLE_DELIMITERS, known) == ";"
    assert sniff_delimiter("one;two", TABLE_DELIMITERS, known) == ";"  # nothing means anything
