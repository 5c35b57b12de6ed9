"""The decimal mark is decided from evidence; other spellings are parsed or refused."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbis.core.errors import AmbiguousValue, MalformedFile
from pbis.files.decimal_mark import decide_marks
from pbis.files.number import Cells, Marks, parse


def cells(*texts: str) -> Cells:
    return Cells("f", "Result", pa.array(texts, pa.string()), range(1, len(texts) + 1), ("IL-2",))


@pytest.mark.parametrize(
    ("texts", "delimiter", "mark"),
    [
        (("20.5", "7"), ",", "."),
        (("20,5", "7"), ";", ","),
        (("4,121.04",), ",", "."),
        (("1.234,5",), ";", ","),
        (("0,125",), ";", ","),
        (("1234,567",), ";", ","),
        (("1,234,567",), ",", "."),
        (("1.234.567",), ";", ","),
        (("15.125",), ",", "."),
        (("15",), ";", ","),
        (("4,121", "20.5"), ",", "."),
        (("< 3,25",), ";", ","),
    ],
)
def test_evidence_decides_the_decimal_mark(texts, delimiter, mark):
    assert decide_marks([cells(*texts)], delimiter).decimal == mark


@pytest.mark.parametrize(
    ("texts", "delimiter", "line"),
    [(("7", "4,121"), ",", 2), (("4.121",), ";", 1), (("20.5", "20,5"), ",", 2), (("4,121", "15.125"), ",", 1)],
)
def test_what_nothing_decides_is_refused(texts, delimiter, line):
    with pytest.raises(AmbiguousValue) as refusal:
        decide_marks([cells(*texts)], delimiter)
    assert refusal.value.line == line


@pytest.mark.parametrize(
    ("text", "op", "value"),
    [
        ("3.42", "=", 3.42),
        ("*3.42", "=", 3.42),
        ("< 3.2", "<", 3.2),
        ("<3.2↓", "<", 3.2),
        ("> 10000", ">", 10000.0),
        ("4,121.04", "=", 4121.04),
        ("> 1,000", ">", 1000.0),
        ("OOR <", "<", None),
        ("OOR >", ">", None),
        ("-0.5", "=", -0.5),
        ("1.5E-3", "=", 0.0015),
        ("NaN", None, None),
        ("***", None, None),
        ("---", None, None),
        ("N/A", None, None),
        (" ", None, None),
    ],
)
def test_result_cells(text, op, value):
    numbers, _ = parse(cells(text), Marks("."), allow_bounds=True)
    assert (numbers.op[0].as_py(), numbers.value[0].as_py()) == (op, value)


@pytest.mark.parametrize(
    "text", ["1e999", "-1e999", "inf", "12.mar", "1_000", "0x1F", "1.2.3", "1,23.4", "٣", "3 4", "< <3"]
)
def test_what_is_no_number_is_refused(text):
    with pytest.raises(MalformedFile) as refusal:
        parse(cells("1", text), Marks("."), allow_bounds=True)
    assert refusal.value.line == 2


def test_a_bound_is_no_median():
    with pytest.raises(MalformedFile):
        parse(cells("< 3"), Marks("."))


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.floats(-1e12, 1e12, allow_nan=False), min_size=1, max_size=20), st.sampled_from(".,"))
def test_written_numbers_come_back_exactly(values, mark):
    written = [repr(value).replace(".", mark) for value in values]
    numbers, _ = parse(cells(*written), Marks(mark))
    assert numbers.value.to_pylist() == values
