"""The first look at entries, held against Great Expectations row by row: every entry of every suite on rows at and beside its numbers."""

from __future__ import annotations

import math
import random
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from expectations import load_suite
from expectations.check import _expectation
from expectations.entries import TABLES, Entry, all_entries
from expectations.scopes import FirstLook
from pbis.core.frames.model import REAL
from pbis.core.measures.spec import MEASURE_SPECS

ROWS = 40  # drawn from all values of a table, beside the rows that each entry is sure to be about


def comparisons(condition: Any) -> list[tuple[str, str, Any]]:
    """(column, operator, compared with) of each part of a row condition."""
    if not condition:
        return []
    if "column" in condition:
        return [(condition["column"]["name"], condition["operator"], condition["parameter"])]
    return [one for part in condition["conditions"] for one in comparisons(part)]


def judged(entry: Entry) -> list[str]:
    return list(entry.kwargs.get("column_list") or [entry.column])


def beside(told: Any) -> list[Any]:
    """The value, and its neighbours where it is a number."""
    if isinstance(told, str):
        return [told, f"{told}?"]
    return [float(told), math.nextafter(told, math.inf), math.nextafter(told, -math.inf), told + 1.0]


def compared_with(entries: tuple[Entry, ...]) -> dict[str, list[Any]]:
    """Column -> what the entries compare it with and values on both sides of that, missing and infinite ones."""
    found: dict[str, list[Any]] = {}
    for entry in entries:
        for column, _, told in comparisons(entry.kwargs.get("row_condition")):
            found.setdefault(column, []).extend(told if isinstance(told, list) else [told])
        limits = [entry.kwargs[name] for name in ("min_value", "max_value") if name in entry.kwargs]
        for column in judged(entry):
            found.setdefault(column, []).extend([*limits, *entry.kwargs.get("value_set", [])] or [1.0])
    return {column: [near for one in told for near in beside(one)] + [None] for column, told in found.items()}


def passing(operator: str, told: Any) -> Any:
    """A value that a comparison lets through."""
    first = told[0] if isinstance(told, list) else told
    return first + 1.0 if operator == ">" else f"{first}?" if operator == "!=" and isinstance(first, str) else first


def edges(name: str, entries: tuple[Entry, ...], seed: int) -> pd.DataFrame:
    """Rows of a measure table at the numbers of its entries, beside them, missing, infinite; the columns that entries name."""
    near, draw = compared_with(entries), random.Random(f"{name} {seed}")
    types = {column.name: column.type for column in MEASURE_SPECS[name].columns}
    for column in near:
        near[column] += [math.inf, -math.inf] if types[column] == REAL else []
    rows = [{column: draw.choice(values) for column, values in near.items()} for _ in range(ROWS)]
    for entry in entries:
        asked = {column: passing(*told) for column, *told in comparisons(entry.kwargs.get("row_condition"))}
        own = compared_with((entry,))
        for value in own[entry.column]:
            drawn = {column: draw.choice(values) for column, values in near.items()}
            rows.append({**drawn, **{column: draw.choice(own[column]) for column in own}, entry.column: value, **asked})
    told = {column: pa.array([_of(types[column], row[column]) for row in rows], types[column]) for column in near}
    return pa.table({"row_key": list(range(len(rows))), **told}).to_pandas()


def _of(kind: pa.DataType, value: Any) -> Any:
    if pa.types.is_string(kind):
        return value if isinstance(value, str) else None
    return value if kind == REAL or value is None else int(value)


@pytest.mark.parametrize("name", TABLES)
def test_an_entry_holds_on_exactly_the_rows_that_the_library_does_not_name(name: str) -> None:
    from expectations import _gx

    entries = tuple(one for one in all_entries() if one.table == name)
    table = edges(name, entries, 1)
    looked = FirstLook(table)
    asked = [_expectation(entry) for entry in entries]
    whole = _gx.by_suite(table, name, asked)
    assert _gx.validate(table, name, asked) == whole  # metric by metric as by a validation of the suite
    scopes = {entry.id: looked.scope(entry) for entry in entries}
    assert _gx.validate(table, name, asked, scopes) == whole  # and where it is told of which rows
    named = {one.entry_id: one for one in whole}
    for entry in entries:
        assert named[entry.id].error is None
        broken = [*named[entry.id].failed_rows]
        assert looked.holds(entry) == (not broken), entry.id
        assert FirstLook(table.drop(index=broken)).holds(entry), entry.id
        assert not any(FirstLook(table.loc[[row]]).holds(entry) for row in broken), entry.id
        assert 0 < len(broken) < len(table), f"{entry.id}: all rows are of one kind, so this tries nothing"


@pytest.mark.parametrize("name", TABLES)
def test_a_scope_is_that_of_the_library(name: str) -> None:
    from expectations import _gx

    entries = tuple(one for one in all_entries() if one.table == name)
    table = edges(name, entries, 2)
    looked = FirstLook(table)
    conditions = {repr(one.kwargs.get("row_condition")): one for one in entries if one.kwargs.get("row_condition")}
    for entry in conditions.values():
        mine = looked.scope(entry)
        assert mine is not None
        assert mine.tolist() == _gx.scope_of(table, entry.kwargs["row_condition"]).tolist(), entry.id


def test_every_entry_can_be_looked_at() -> None:
    """A type or a comparison that the first look does not know would send all rows to the library each night."""
    for profile in ("research", "regulated"):
        suite = load_suite(profile)
        for table in TABLES:
            looked = FirstLook(edges(table, suite.of(table), 3).iloc[:0])
            assert [one.id for one in suite.of(table) if not looked.holds(one)] == []


class TestLeftToTheLibrary:
    """What the first look cannot tell it does not tell: it says that it does not hold, and knows no scope."""

    ENTRY = next(one for one in all_entries() if one.id == "bead_count.warn")
    WHERE = next(one for one in all_entries() if one.id == "replicate_cv_standard.warn")

    @pytest.mark.parametrize(
        "column",
        [
            pd.Series(["99", "98"], dtype="str"),
            pd.Series([99, None], dtype="object"),
            pd.Series([99, 98], dtype="int32"),
            pd.Series([True, True]),
            pd.Series([99, 98], dtype="Int64"),
        ],
        ids=lambda one: str(one.dtype),
    )
    def test_columns_of_other_kinds(self, column: pd.Series) -> None:
        assert not FirstLook(pd.DataFrame({"bead_count": column})).holds(self.ENTRY)

    def test_a_column_that_is_not_there(self) -> None:
        table = pd.DataFrame({"row_key": [0]})
        assert not FirstLook(table).holds(self.ENTRY)
        assert not FirstLook(table).holds(self.WHERE)

    @pytest.mark.parametrize("values", [[1.0], pd.Series(["standard"], dtype="object")], ids=["numbers", "objects"])
    def test_a_condition_on_a_column_of_another_kind(self, values: Any) -> None:
        looked = FirstLook(pd.DataFrame({"cv_mfi_pct": [1.0], "well_role": values}))
        assert looked.scope(self.WHERE) is None
        assert not looked.holds(self.WHERE)
