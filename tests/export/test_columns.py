"""Names, labels and words of exported columns: within what every form allows, and numbers that mean the same for good."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pbis.core.curves.censor import STATUSES
from pbis.core.frames import REASONS
from pbis.core.verdicts.doubted import DOUBTS, EVENTS_DIFFER, LABEL_DIFFERS
from pbis.core.verdicts.reading import EFFECT_UNITS
from pbis.export.columns import COLUMNS, TITLES
from pbis.export.sdtm import LB
from pbis.export.words import codes, load_words

ROOT = Path(__file__).resolve().parents[2]
# SPSS reserves these, Stata those that are not names of types alone.
RESERVED = {
    *("all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"),
    *("if", "in", "using", "float", "double", "long", "int", "byte", "str", "strl", "_n", "_cons"),
}  # fmt: skip
SETS = {**COLUMNS, "LB": LB}


@pytest.mark.parametrize("what", SETS)
def test_names_are_names_in_every_form(what: str) -> None:
    columns = SETS[what]
    for names in ([c.name for c in columns], [c.short for c in columns]):
        assert len({name.lower() for name in names}) == len(names), "SPSS and SAS know no case"
        assert all(name.isidentifier() and name.lower() not in RESERVED for name in names)
    assert [c.short for c in columns if len(c.short) > 8 or not c.short.isupper()] == []
    assert [c.name for c in columns if len(c.name) > 32] == []  # Stata
    assert [c.label for c in columns if not 0 < len(c.label) <= 40] == []
    assert [c.words for c in columns if c.words and c.words not in load_words().words] == []


@pytest.mark.parametrize("what", COLUMNS)
def test_a_number_that_is_never_blank_comes_first(what: str) -> None:
    """Of a transport file of version 5 rows that are blank at the end are lost."""
    assert (COLUMNS[what][0].name, COLUMNS[what][0].kind) == ("seq", "whole")
    assert len(f"PBIS {what}, release 2026-03-05-12") <= 40
    assert what in TITLES


def test_a_word_has_the_number_it_always_had() -> None:
    """Lists are appended to and never ordered anew: these are the first ends of them, as first written."""
    assert codes("pbis_group", []) == {"high": 1, "low": 2, "indeterminate": 3, "not_scored": 4}
    assert codes("qc_state", []) == {"pass": 1, "warn": 2, "fail": 3, "held": 4}
    assert codes("lab_status", [])["now_final"] == 6
    assert codes("result_status", [])["HELD"] == 14
    assert codes("lab_reason", [])["number_ambiguous"] == 18
    assert codes("reading_reason", [])["held"] == 57
    assert codes("well_role", [])["background"] == 5


def test_every_word_of_the_service_has_a_number() -> None:
    words = load_words().words
    assert set(words["result_status"]) == set(STATUSES)
    assert set(words["lab_reason"]) >= set(REASONS)
    assert set(words["reading_reason"]) >= _rules() | {status.lower() for status in STATUSES if status not in ("QUANT", "BACKGROUND", "BELOW_LLOQ", "ABOVE_ULOQ")}  # fmt: skip
    assert all(len(set(words[name])) == len(words[name]) for name in words)


def _rules() -> set[str]:
    """Rules whose findings are reasons of a reading: of the suites, and doubts."""
    found = {doubt.rule for doubt in (*DOUBTS.values(), LABEL_DIFFERS, EVENTS_DIFFER)}
    for path in (ROOT / "expectations").glob("*.json"):
        if path.stem not in ("labs", "study", "validation"):
            entries = json.loads(path.read_text()).get("expectations", [])
            found |= {entry["meta"]["rule"] for entry in entries if entry["meta"].get("effect") in EFFECT_UNITS}
    assert len(found) > 30
    return found
