"""Age, Child-Pugh and ECOG of a treatment row: what is read, what is nothing, what is refused with its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from pbis.clinical import Linkage, read_treatments
from pbis.core.errors import MalformedFile
from pbis.labs import load_map


@pytest.fixture
def treat(write: Callable[..., Path], linkage: Linkage) -> Callable[..., pa.Table]:
    def _treat(row: str, header: str = "age,child_pugh,ecog") -> pa.Table:
        text = f"site,mrn,regimen,started_at,{header}\nnorth,MRN-1,AB,2026-03-05,{row}\n"
        return read_treatments(write(text, "treatments.csv"), linkage, load_map(), ZoneInfo("Europe/Berlin"))

    return _treat


@pytest.mark.parametrize(
    ("row", "meant"),
    [
        ("63,A5,0", (63.0, "A5", 0)),
        ("63.5 years,7,1", (63.5, "B7", 1)),
        ("95,Child-Pugh B,ECOG 2", (95.0, "B", 2)),
        ("18,b (7 points),PS 1", (18.0, "B7", 1)),
        ("n/a,,unknown", (None, None, None)),
    ],
)
def test_what_a_row_says(treat: Callable[..., pa.Table], row: str, meant: tuple[object, ...]) -> None:
    (found,) = treat(row).to_pylist()
    assert tuple(found[name] for name in ("age", "child_pugh", "ecog")) == meant
    assert (found["regimen"], found["regimen_name"]) == ("AB", "AB")


@pytest.mark.parametrize(
    ("row", "words"),
    [("old,A5,0", "age"), ("630,A5,0", "age"), ("63,D,0", "child_pugh"), ("63,A7,0", "child_pugh"), ("63,4,0", "child_pugh"), ("63,A5,6", "ecog")],
)  # fmt: skip
def test_another_word_is_refused_with_its_line(treat: Callable[..., pa.Table], row: str, words: str) -> None:
    with pytest.raises(MalformedFile, match=f"{words} cannot be read") as told:
        treat(row)
    assert told.value.line == 2


def test_a_table_without_them_is_read_as_before(treat: Callable[..., pa.Table]) -> None:
    (found,) = treat("", header="note").to_pylist()
    assert (found["age"], found["child_pugh"], found["ecog"]) == (None, None, None)
