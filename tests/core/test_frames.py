"""A frame is whole or says what is absent; what a spec does not know is an error, and so is what it waits for in vain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import pytest

from pbis.core.frames.model import FLAG, MOMENT, REAL, TEXT, WHOLE, Column, FrameSpec, columns_of
from pbis.core.measures.group import conform
from pbis.core.measures.spec import LABS, MEASURE_SPECS, OF_PANEL, OF_RUN, PLATES
from pbis.core.plates.plate import Run

SPEC = FrameSpec("thing", "thing", ("name",), (Column("name", TEXT, "name", False), Column("size", REAL, "size")))


def test_what_is_named_absent_is_null() -> None:
    assert SPEC.table({"name": ["a", "b"]}, absent=["size"]).to_pydict() == {"name": ["a", "b"], "size": [None, None]}
    assert SPEC.table({"name": ["a"], "size": [1]}).to_pydict() == {"name": ["a"], "size": [1.0]}


@pytest.mark.parametrize(
    ("columns", "absent", "told"),
    [
        ({"name": ["a"]}, (), "thing: column left out: size"),
        ({"name": ["a"], "siez": [1.0]}, ("size",), "thing: no such column: siez"),
        ({"name": ["a"], "size": [1.0]}, ("weight",), "thing: no such column: weight"),
        ({"name": ["a"], "size": [1.0]}, ("size",), "thing: column given and named absent: size"),
        ({}, (), "thing: column left out: name, size"),
        ({"size": [1.0]}, ("name",), "thing: null in name"),
    ],
)
def test_a_column_is_never_lost_without_a_word(columns: dict[str, object], absent: tuple[str, ...], told: str) -> None:
    with pytest.raises(ValueError, match=f"^{told}$"):
        SPEC.table(columns, absent)


@pytest.mark.parametrize("spec", MEASURE_SPECS.values(), ids=list(MEASURE_SPECS))
def test_a_measure_that_its_spec_does_not_know_is_named(spec: FrameSpec) -> None:
    with pytest.raises(ValueError, match=f"{spec.name}: no such column: share_of_new_things"):
        conform(spec, {name: [None] for name in spec.names if name != "row_key"} | {"share_of_new_things": [1.0]})


def test_measures_of_a_run_are_a_part_of_those_of_its_plates() -> None:
    assert {*OF_PANEL} < {*OF_RUN} < {*PLATES.columns}
    assert "row_key" in LABS.names


def test_columns_of_a_record_are_what_its_fields_say() -> None:
    @dataclass(frozen=True)
    class Record:
        name: Annotated[str, "its name"]
        count: Annotated[int | None, "how many"] = None
        is_new: Annotated[bool, "whether it is new"] = False
        seen_at: Annotated[datetime | None, "when"] = None

    assert columns_of(Record) == (
        Column("name", TEXT, "its name", False),
        Column("count", WHOLE, "how many"),
        Column("is_new", FLAG, "whether it is new", False),
        Column("seen_at", MOMENT, "when"),
    )


def test_the_table_of_runs_holds_every_field_of_a_run() -> None:
    from warehouse.tables import TABLES

    assert set(columns_of(Run)) <= set(TABLES["run"].columns)
