"""What of a cell and of a sentence a release shows: itself where it is closed for its kind, else kind and hash, or its length."""

from __future__ import annotations

import hashlib
import re
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pbis.config import ReleaseSection
from pbis.core.errors import IntegrityError
from pbis.core.frames.model import CLASSES, PRIVATE
from pbis.labs.closed_words import load_closed_words
from warehouse import connect, dictionary, publish, query_published
from warehouse.classes import class_of, unclassed
from warehouse.closed_cells import ClosedCells, KnownNames, worth_a_look
from warehouse.closed_sentences import ClosedSentences
from warehouse.migrate import migrate
from warehouse.released import SHOWN_WHERE, WITHHELD_TABLES, released_columns
from warehouse.tables import TABLES

CELLS = ClosedCells(
    KnownNames(frozenset({"SR1"}), frozenset({"IL-2"}), frozenset({"P01"})), ReleaseSection(words=("Arm Blue",))
)
CLOSED = """
value: 12.5 | <3.2 | > 10 | 1e-5 | 4000-10500 | *** | NaN | OOR < | 5 mg/L | #DIV/0! | (3.5 - 10.5)
unit: mg/dL | 10*9/L | pg/mL | % | IU/mL | N/L
date: 04/03/2026 | 2026-03-08 07:30 | Passed 09/15/2025 08:24:09 | 7-Mar-2026
label: SR1 | Standard1 | Unknown19 | Background0 | QC1
specimen: SR1
accession: SR1
group: SR1 x2 | Unknown3 x1 | Standard1 x?
reagent: Standard1 | Control2 | S7 | X020
lot: C41207 | 3917204-2 | Quality Control 2 | HCY-113
serial: LX10022187304 | MAGPX17165724 | 1234 | MAGPIX
instrument: xPONENT | Bio-Plex Manager | LX100/LX200 | Quan FitOfAllStandards | Logistic 5P Weighted
version: 3.1.871.0 | 409 | 7F | 1
location: 1(1,A1) | H12
block: Median | IL-2 (3) | Standard Expected Concentration
line: Last MagCAL1 Calibration
plate: P01
plates: P01
analyte: IL-2 | Hu IL-2
cohort: derivation | validation | lenvatinib | arm blue
regimen: atezolizumab + bevacizumab | AB | Lenvatinib 12 mg | sorafenib
material: serum | EDTA plasma | K2-EDTA plasma
site: north
event: Bead count below 50 in at least one region.
"""
OPEN = """
value: Meier | 12 Meier | see phone 030
unit: Meier | mg/Meier
date: Meier | 12 Meier 2026
label: Meier | A. Meier 2 | Standard 34033146
specimen: SR2 | Standard1
accession: 60493440 | Standard1
group: Meier x1
reagent: Meier
lot: Meier | Cytokine Meier
serial: Meier | Anna 1
instrument: Meier | xPONENT Meier
version: Meier | 3.1 Meier
location: Meier
block: Meier | Meier (3)
line: Last Meier Calibration
plate: P02
plates: P02
analyte: Meier
cohort: Meier | arm green
regimen: Meier | sorafenib Meier
material: Meier | serum Meier
site: Meier
order: F1 | 123
fhir: o1
event: Meier was here
"""


def _pairs(text: str) -> list[tuple[str, str]]:
    lines = (line.split(": ", 1) for line in text.strip().splitlines())
    return [(kind, cell) for kind, cells in lines for cell in cells.split(" | ")]


def test_a_closed_cell_stands_as_it_is() -> None:
    assert [pair for pair in _pairs(CLOSED) if CELLS.shown(*pair) != pair[1]] == []


def test_any_other_is_called_by_kind_and_hash() -> None:
    for kind, cell in _pairs(OPEN):
        shown = CELLS.shown(kind, cell)
        assert re.fullmatch(r"[a-z]+-[0-9a-f]{12}( x1)?", shown), (kind, cell, shown)
    assert CELLS.shown("cohort", "Meier") == "cohort-" + hashlib.sha256(b"Meier").hexdigest()[:12]


def test_a_specimen_has_one_name_as_label_barcode_accession_and_group() -> None:
    shown = {CELLS.shown(kind, "Meier") for kind in ("label", "specimen", "accession")}
    assert shown == {CELLS.shown("group", "Meier x2").removesuffix(" x2")}


def test_a_site_may_say_that_its_labels_name_nobody() -> None:
    told = ClosedCells(CELLS.known, ReleaseSection(labels_name_nobody=True))
    assert [told.shown(kind, "Meier x1") for kind in ("label", "specimen", "group")] == ["Meier x1"] * 3
    assert told.shown("accession", "60493440") != "60493440"


def test_a_kind_without_a_rule_is_a_defect() -> None:
    with pytest.raises(ValueError, match="no rule"):
        CELLS.shown("colour", "red")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("line 4: 'Meier' is no number", "line 4: (5 characters: letters) is no number"),
        ("unit 'XYZ' is not in the table", "unit unit-1 is not in the table"),
        ("unit 'mg/dL' fits CRP and AFP", "unit 'mg/dL' fits CRP and AFP"),
        ("start of xyz, number 2", "start of unit-1, number 2"),
        ("xyzzy stays", "xyzzy stays"),
        ("the kit's own range of the plates' wells", "the kit's own range of the plates' wells"),
        ("quoted \"a 'b' c\" whole", "quoted (7 characters: text) whole"),
        ("line 123456 and 12", "line order-2 and 12"),
    ],
)
def test_of_a_sentence_all_stands_but_what_it_quotes(said: str, shown: str) -> None:
    called = {"XYZ": "unit-1", "123456": "order-2", "12": "order-3", "of": "word-4"}
    assert ClosedSentences(called, CELLS.is_closed_somewhere).shown(said) == shown


def test_the_closed_words_have_an_author_and_no_kind_is_empty() -> None:
    assert all(load_closed_words().values())


def test_every_column_has_a_class_and_a_private_one_is_not_released_or_empty() -> None:
    for table, spec in TABLES.items():
        for column in spec.columns:
            assert column.declared_class in CLASSES, f"{table}.{column.name}"
            if (
                column.declared_class == PRIVATE
                and table not in WITHHELD_TABLES
                and column.name in released_columns(table)
            ):
                assert SHOWN_WHERE[table][column.name] == "false"
    con = connect(None)
    migrate(con)
    assert unclassed(con) == []
    assert class_of("main", "score_input", "collected_at", "TIMESTAMP") == "study day"
    assert class_of("main", "made_up", "new_text", "VARCHAR") == ""
    con.close()


def test_a_release_has_its_dictionary_and_no_private_column_with_a_word(
    warehouse: Path, lab: Any, tmp_path: Path
) -> None:
    lab.plate("specimen | analyte | value\nS1 | IL-2 | 7.5")
    lab.con.close()
    release = publish(warehouse, tmp_path / "releases", "r")
    rows = query_published(release, 'select name, column_name, "class" as kind, meaning from dictionary').to_pylist()
    assert all(row["kind"].partition(":")[0] in CLASSES for row in rows)
    assert all(row["meaning"] for row in rows if row["name"] != "dictionary")
    assert {(row["name"], row["column_name"]) for row in rows} >= {
        ("result", "mfi"),
        ("store.clinical_lab", "detail"),
        ("result_wide", "il_2"),
    }
    con = connect(release)
    assert dictionary.uncommented(con) == []
    con.close()


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("update store.result set mfi = 'nan'", "result.mfi: expected numbers; found NaN"),
        ("update store.result set concentration = 'infinity'", "result.concentration"),
        ("update store.result set net_mfi = '-0.0'", "result.net_mfi"),
    ],
)
def test_a_double_that_is_no_number_is_not_published(
    warehouse: Path, lab: Any, tmp_path: Path, statement: str, named: str
) -> None:
    lab.plate("specimen | analyte | value\nS1 | IL-2 | 7.5")
    lab.con.execute(statement)
    lab.con.close()
    with pytest.raises(IntegrityError, match=named):
        publish(warehouse, tmp_path / "releases", "r")
    assert not (tmp_path / "releases" / "r").exists()
    assert not (tmp_path / "releases" / "current").exists()


@pytest.mark.parametrize("kind", ["value", "date", "location", "label"])
def test_only_plain_numbers_are_not_looked_at(kind: str) -> None:
    plain = ["12.5", "<3.2", "> 10", "1,234.5", "-0", "2026-03-08", " ", ""]
    open_words = ["Nan", "Inf", "infinity", "Infinity", "1e5", "e", "1e", "0x1f", "P01", "Smith", "12.5 Smith", "true"]
    with closing(duckdb.connect()) as con:
        con.execute("create table cell as select unnest($1::varchar[]) as word", [plain + open_words])
        looked = [
            word for (word,) in con.execute(f"select word from cell where {worth_a_look(kind, 'word')}").fetchall()
        ]
    assert looked == (plain + open_words if kind == "label" else open_words)
