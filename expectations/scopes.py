"""Which rows an entry is about, and whether all of them plainly hold: a first look, so that few entries need the library's own.

Great Expectations takes 10 ms to ask one entry whether it holds, whatever the number of rows; numpy takes 20 microseconds. What is
told here is only what needs no library: a closed list of types and of comparisons, on columns of numbers or of words. For
anything else, and for every entry that some row may break, the library judges and names the rows; a test holds both against each
other on every entry of every suite.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

    from expectations.entries import Entry

Mask: TypeAlias = NDArray[np.bool_]

_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NUMBERS = ("int64", "float64")  # the two that the library compares as whole columns


class FirstLook:
    """A table under the eyes of its entries; a row condition that several of them share is worked out once."""

    def __init__(self, table: pd.DataFrame) -> None:
        self.table = table
        self._scopes: dict[str, Mask | None] = {}

    def scope(self, entry: Entry) -> Mask | None:
        """The rows that the entry's row condition lets through; None where only the library can tell."""
        condition = entry.kwargs.get("row_condition")
        asked = repr(condition)
        if asked not in self._scopes:
            self._scopes[asked] = self._where(condition) if condition else np.ones(len(self.table), bool)
        return self._scopes[asked]

    def holds(self, entry: Entry) -> bool:
        """True where every row of the scope holds; False where one does not, or where only the library can tell."""
        columns = entry.kwargs.get("column_list") or [entry.column]
        scope = self.scope(entry)
        if scope is None or not set(columns) <= set(self.table.columns):
            return False
        return _HOLDS[entry.type](self.table[columns], scope, entry.kwargs)

    def _where(self, condition: Mapping[str, Any]) -> Mask | None:
        if condition["type"] == "and":
            parts = [self._where(part) for part in condition["conditions"]]
            known = [part for part in parts if part is not None]
            return np.asarray(np.logical_and.reduce(known), bool) if len(known) == len(parts) else None
        name, asked = condition["column"]["name"], condition["operator"]
        return _compared(self.table[name], asked, condition["parameter"]) if name in self.table.columns else None


def _compared(column: pd.Series, asked: str, with_what: Any) -> Mask | None:
    listed = with_what if isinstance(with_what, list) else [with_what]
    is_number = str(column.dtype) in _NUMBERS
    if is_number != all(isinstance(one, (int, float)) for one in listed) or not _is_plain(column):
        return None
    if asked in ("IN", "NOT_IN"):
        found: Mask = column.isin(listed).to_numpy(bool)
        return found if asked == "IN" else ~found
    if not is_number and asked not in ("==", "!="):
        return None
    return np.asarray(_COMPARED[asked](column, with_what), bool)


def _is_plain(column: pd.Series) -> bool:
    """Numbers, or words that may be missing: of other kinds the library's reading is its own."""
    return str(column.dtype) in (*_NUMBERS, "str")


def _between(table: pd.DataFrame, scope: Mask, told: Mapping[str, Any]) -> bool:
    low, high = told.get("min_value", -np.inf), told.get("max_value", np.inf)
    column = table.iloc[:, 0]
    if str(column.dtype) not in _NUMBERS or low > high:
        return False
    values = column.to_numpy()[scope]
    above = values > low if told.get("strict_min") else values >= low
    below = values < high if told.get("strict_max") else values <= high
    return bool(((above & below) | np.isnan(values)).all())


def _within_own_range(table: pd.DataFrame, scope: Mask, told: Mapping[str, Any]) -> bool:
    if told.get("ignore_row_if") != "any_value_is_missing" or not {str(one) for one in table.dtypes} <= {*_NUMBERS}:
        return False
    rows = table.to_numpy()[scope]
    value, low, high = rows.T
    return bool((((value >= low) & (value <= high)) | np.isnan(rows).any(axis=1)).all())


def _not_in_set(table: pd.DataFrame, scope: Mask, told: Mapping[str, Any]) -> bool:
    column = table.iloc[:, 0]
    return _is_plain(column) and not column.isin(told["value_set"]).to_numpy(bool)[scope].any()


def _not_null(table: pd.DataFrame, scope: Mask, told: Mapping[str, Any]) -> bool:
    return bool(table.iloc[:, 0].notna().to_numpy(bool)[scope].all())


def _null(table: pd.DataFrame, scope: Mask, told: Mapping[str, Any]) -> bool:
    return bool(table.iloc[:, 0].isna().to_numpy(bool)[scope].all())


_HOLDS: dict[str, Callable[[pd.DataFrame, Mask, Mapping[str, Any]], bool]] = {
    "expect_column_values_to_be_between": _between,
    "expect_column_values_to_not_be_in_set": _not_in_set,
    "expect_column_values_to_not_be_null": _not_null,
    "expect_column_values_to_be_null": _null,
    "expect_row_value_within_own_range": _within_own_range,
}
