"""The only place that imports Great Expectations: one validation of one table, and the rows that broke each entry.

Telemetry is switched off before the import and once more in the context; progress bars are off. The library's own warnings
about its dependencies are silenced during its import only; so is Python's search for cycles, which finds none and takes a quarter of it;
what else that import spares stands in expectations/_import.py.
"""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from expectations._import import frugal_import

os.environ["GX_ANALYTICS_ENABLED"] = "false"
_collects = gc.isenabled()
gc.disable()
with warnings.catch_warnings(), frugal_import():
    warnings.simplefilter("ignore")
    import great_expectations as gx
    import pandas as pd
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )
    from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
    from great_expectations.expectations.expectation import MulticolumnMapExpectation
    from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
        multicolumn_condition_partial,
    )
    from great_expectations.expectations.metrics.map_metric_provider.multicolumn_map_metric_provider import (
        MulticolumnMapMetricProvider,
    )
    from great_expectations.expectations.row_conditions import Condition, deserialize_row_condition
    from great_expectations.validator.metric_configuration import MetricConfiguration
    from great_expectations.validator.metrics_calculator import MetricsCalculator
if _collects:
    gc.enable()

ROW_KEY = "row_key"
ID_ONLY = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [ROW_KEY],
    "return_unexpected_index_query": False,
}


# Type of an expectation (suite.schema.json) -> the library's metric of the rows that break it.
METRICS = {
    "expect_column_values_to_be_between": "column_values.between",
    "expect_column_values_to_not_be_in_set": "column_values.not_in_set",
    "expect_column_values_to_not_be_null": "column_values.nonnull",
    "expect_column_values_to_be_null": "column_values.null",
    "expect_row_value_within_own_range": "multicolumn_values.within_own_range",
}
DOMAIN = (
    "column",
    "column_list",
    "row_condition",
    "ignore_row_if",
)  # which rows a metric looks at; the rest is what it asks


NOT_KNOWN: Mapping[str, NDArray[np.bool_]] = MappingProxyType({})
# The library's decorator has no types of its own.
_on_pandas: Callable[[Callable[..., pd.Series]], Callable[..., pd.Series]] = multicolumn_condition_partial(
    engine=PandasExecutionEngine
)


class RowValueWithinOwnRange(MulticolumnMapMetricProvider):
    """Rows of (value, low, high): low <= value <= high."""

    condition_metric_name = "multicolumn_values.within_own_range"
    condition_domain_keys = ("batch_id", "table", "column_list", "row_condition", "condition_parser", "ignore_row_if")
    condition_value_keys = ()

    @_on_pandas
    def _pandas(cls, column_list: pd.DataFrame, **_: Any) -> pd.Series:  # noqa: N805  the library makes it a class method
        value, low, high = (column_list.iloc[:, i] for i in range(3))
        return (value >= low) & (value <= high)


class ExpectRowValueWithinOwnRange(MulticolumnMapExpectation):
    """Expect the first of three columns to lie between the other two, row by row: a lot's range differs from row to row."""

    map_metric: ClassVar[str] = "multicolumn_values.within_own_range"


@dataclass(frozen=True)
class EntryOutcome:
    """What one entry said: the keys of the rows that broke it, or why it could not be judged."""

    entry_id: str
    failed_rows: tuple[int, ...]
    error: str | None


def validate(
    table: pd.DataFrame,
    name: str,
    expectations: Sequence[Mapping[str, Any]],
    scopes: Mapping[str, NDArray[np.bool_]] = NOT_KNOWN,
) -> list[EntryOutcome]:
    """Judge a table by all expectations; outcomes in the order of the expectations' ids.

    Each is asked of the library's metric, which is what judges rows; the validation of a whole suite takes six times as long to
    come to the same rows, and is asked of those that the metric cannot judge, since it says why. `mostly` would let rows pass
    unseen, so no entry may have it (the suites' schema).

    scopes: id -> the rows that the entry's row condition lets through, where that is known. The library is handed these alone, since it takes
    most of its time to find them.
    """
    calculator = _calculator(name, table)
    asked = [(one, _in_scope(calculator, table, name, one, scopes.get(one["meta"]["id"]))) for one in expectations]
    found = [outcome for _, outcome in asked if outcome is not None]
    left = [one for one, outcome in asked if outcome is None]
    return sorted([*found, *(by_suite(table, name, left) if left else ())], key=lambda outcome: outcome.entry_id)


def _in_scope(
    calculator: MetricsCalculator,
    table: pd.DataFrame,
    name: str,
    one: Mapping[str, Any],
    scope: NDArray[np.bool_] | None,
) -> EntryOutcome | None:
    columns = one["kwargs"].get("column_list") or [one["kwargs"]["column"]]
    if scope is None or not set(columns) <= set(table.columns):  # the library says why it cannot judge
        return _by_metric(calculator, name, one)
    told = {key: value for key, value in one["kwargs"].items() if key != "row_condition"}
    return _by_metric(_calculator(name, table.loc[scope, columns]), name, {**one, "kwargs": told})


def _calculator(name: str, table: pd.DataFrame) -> MetricsCalculator:
    return MetricsCalculator(PandasExecutionEngine(batch_data_dict={name: table}), show_progress_bars=False)


def _by_metric(calculator: MetricsCalculator, name: str, expectation: Mapping[str, Any]) -> EntryOutcome | None:
    """What the metric behind an expectation says; None where it raises."""
    told = expectation["kwargs"]
    domain = {"batch_id": name} | {key: told[key] for key in DOMAIN if key in told}
    values = {key: value for key, value in told.items() if key not in DOMAIN}
    condition = f"{METRICS[expectation['type']]}.condition"
    try:
        is_broken = calculator.get_metric(MetricConfiguration(condition, domain, values))[0]
    except Exception:  # whatever a metric raises, the validation of the suite tells it as an error of this entry
        return None
    return EntryOutcome(expectation["meta"]["id"], tuple(is_broken.index[is_broken].tolist()), None)


def by_suite(table: pd.DataFrame, name: str, expectations: Sequence[Mapping[str, Any]]) -> list[EntryOutcome]:
    """The same by one validation of the expectations as a suite."""
    suite = gx.ExpectationSuite(name=name, expectations=[dict(e) for e in expectations])
    batch = _batch_definition(name).get_batch({"dataframe": table})
    results = batch.validate(suite, result_format=dict(ID_ONLY)).results
    return sorted((_outcome(one) for one in results), key=lambda outcome: outcome.entry_id)


def scope_of(table: pd.DataFrame, row_condition: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Whether each row is let through by an entry's row condition, by the library's own reading of it."""
    condition = deserialize_row_condition(dict(row_condition))
    assert isinstance(condition, Condition)  # what it is given is no text, which alone it hands back as it is
    kept = table.query(PandasExecutionEngine().condition_to_filter_clause(condition))
    return np.asarray(table.index.isin(kept.index), bool)


def version() -> str:
    return str(gx.__version__)


@lru_cache(maxsize=1)
def _context() -> Any:
    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    return gx.get_context(mode="ephemeral", project_config=config)


@lru_cache(maxsize=32)
def _batch_definition(name: str) -> Any:
    source = _context().data_sources.add_or_update_pandas(name)
    return source.add_dataframe_asset(name).add_batch_definition_whole_dataframe("night")


def _outcome(result: Any) -> EntryOutcome:
    entry_id = result.expectation_config.meta["id"]
    error = _error(result)
    if error is not None:
        return EntryOutcome(entry_id, (), error)
    rows = result.result.get("unexpected_index_list") or []
    return EntryOutcome(entry_id, tuple(int(row[ROW_KEY]) for row in rows), None)


def _error(result: Any) -> str | None:
    """Message of a technical failure, which the library reports as success=False beside real failures."""
    info = result.exception_info or {}
    details = [info] if "raised_exception" in info else list(info.values())
    raised = [one["exception_message"] for one in details if one.get("raised_exception")]
    if raised:
        return str(raised[0]).splitlines()[0]
    if not result.success and "unexpected_index_list" not in result.result:
        return "the library named no failing rows"
    return None
