"""A slice of the fuzzing of bench/fuzz_clinical.py: mutants are read or refused, and no value is another than was sent."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "bench" / "fuzz_clinical.py"


@pytest.fixture(scope="module")
def fuzz() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fuzz_clinical", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz_clinical"] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("make", "check"), [("hl7_messages", "check_hl7"), ("fhir_files", "check_fhir")])
def test_mutants(fuzz: ModuleType, make: str, check: str) -> None:
    tally = {"read": 0, "refused": 0, "usable rows": 0}
    for data in getattr(fuzz, make)(random.Random(1), 200):
        trouble = fuzz.examine(data, getattr(fuzz, check), tally)
        assert trouble is None, data
    assert tally["usable rows"] > 20
    assert tally["refused"] > 20


@pytest.mark.parametrize(("make", "end"), [("hl7_units", ""), ("fhir_units", "\n")])
def test_one_mutant_takes_no_row_of_the_units_beside_it(fuzz: ModuleType, make: str, end: str) -> None:
    for units, at, mutant in getattr(fuzz, make)(random.Random(2), 40):
        assert fuzz.lost(units, at, mutant, end) is None, (at, mutant)


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(1000, 1020))
def test_a_hundred_thousand_mutants(fuzz: ModuleType, seed: int, capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback, no wrong value, no record number in a row, no file lost for one message: 20 x 5,000, and 20 x 500 files of 12."""
    assert fuzz.main(5_000, seed) == 0, capsys.readouterr().out


def test_the_check_would_notice_another_value(fuzz: ModuleType) -> None:
    message = "MSH|^~\\&|L|N|P|C|20260305||ORU^R01|1|P|2.5\rPID|1||MRN-1\rOBX|1|NM|751-8^N^LN||4|10*9/L|||||F\r"
    row = {
        "source_line": 3,
        "subject_id": "S1",
        "analyte": "neutrophils",
        "value_op": "=",
        "value_text": "4",
        "unit": "10*9/L",
    }
    assert fuzz.check_hl7(message.encode(), [row]) is None
    for change in (
        {"value_text": "40"},
        {"unit": "mg/dL"},
        {"subject_id": "S2"},
        {"analyte": "crp"},
        {"value_op": "<"},
    ):
        assert fuzz.check_hl7(message.encode(), [row | change]) is not None
