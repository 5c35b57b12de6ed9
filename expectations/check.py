"""Judge a night: one validation a table, findings beside the data, and how much each check could judge."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations.entries import SEVERITIES, Entry, condition_columns
from expectations.findings import Row, broken, merged, unable, unjudged
from expectations.plausible import condition_values
from expectations.scopes import FirstLook
from expectations.suite import Suite, measure_settings, trend_settings
from pbis.core.frames import FINDING, JUDGED, LAB_FINDING, TREND_FINDING, TREND_JUDGED
from pbis.core.measures import group as by
from pbis.core.measures.lab import labs
from pbis.core.measures.night import measure
from pbis.core.measures.qc import CheckFrames
from pbis.core.measures.rate import rates
from pbis.core.trends.lots import bridges, lots
from pbis.core.trends.series import SeriesState
from pbis.core.trends.trend import Key, follow
from pbis.labs import load_units
from pbis.pandas_later import pandas_now

GX_SEVERITY = {ours: theirs for theirs, ours in SEVERITIES.items()}
NULL_TYPES = ("expect_column_values_to_not_be_null", "expect_column_values_to_be_null")


@dataclass(frozen=True)
class Checked:
    """What the checks found (frames.FINDING), and how much each of them judged (frames.JUDGED)."""

    finding: pa.Table
    judged: pa.Table


@dataclass(frozen=True)
class TrendChecked:
    """What a history says: frames.TREND_FINDING, TREND_BASELINE and TREND_JUDGED; `point`, the measures behind it (TREND); `state`,
    what counts of each series for later plates."""

    finding: pa.Table
    baseline: pa.Table
    judged: pa.Table
    point: pa.Table
    state: Mapping[Key, SeriesState]

    @property
    def is_whole(self) -> bool:
        """Whether every check could run."""
        return "error" not in pc.unique(self.finding.column("severity")).to_pylist()


@dataclass(frozen=True)
class PlatesBefore:
    """What counts of plates that were judged before. state: of each series; seen: frames.HISTORY of what the lots and numbers of
    later plates are held against (pbis.core.trends.lots.heads, and numbers that later plates have as well)."""

    state: Mapping[Key, SeriesState]
    seen: pa.Table


def get_ready() -> None:
    """Import what the first judging would import (seconds): for who has others to wait for meanwhile."""
    pandas_now()
    from expectations import _gx  # noqa: F401


def check(frames: CheckFrames, suite: Suite) -> pa.Table:
    """The findings of a night, frames.FINDING."""
    return judge(frames, suite).finding


def judge(frames: CheckFrames, suite: Suite) -> Checked:
    """The findings of a night and the number of objects that each entry judged on each plate.

    Great Expectations is imported on the first call that has something to judge (seconds).
    """
    if not frames.result.num_rows:
        return Checked(FINDING.empty(), JUDGED.empty())
    tables = measure(frames, measure_settings(suite))
    parts = [_judge_table(table, name, suite) for name, table in tables.items()]
    single = merged(FINDING, (row for part in parts for row in part.finding), suite.hash)
    parts.append(_judge_table(rates(tables["curves"], single), "rates", suite))
    finding = merged(FINDING, (row for part in parts for row in part.finding), suite.hash)
    return Checked(finding, _judged_frame([row for part in parts for row in part.judged]))


def judge_trend(history: pa.Table, bridge: pa.Table, suite: Suite, before: PlatesBefore | None = None) -> TrendChecked:
    """Hold all plates of a history (frames.HISTORY) against those before them, and lots against each other (frames.BRIDGE).

    before: plates that come before all of these and were judged already; what comes out is about those of the history alone.
    """
    followed = follow(history, trend_settings(suite), suite.guide_sets, before.state if before else {})
    new_lots = lots(pa.concat_tables([before.seen, history]) if before else history)
    if before:
        new_lots = new_lots.filter(pa.array(by.match(new_lots, history, by.PLATE_KEY) >= 0))
    tables = {"trend": followed.point, "lots": new_lots, "bridges": bridges(bridge)}
    parts = [_judge_table(table, name, suite) for name, table in tables.items()]
    finding = merged(TREND_FINDING, (row for part in parts for row in part.finding), suite.trend_hash)
    judged = _totals([row for part in parts for row in part.judged])
    return TrendChecked(finding, followed.baseline, judged, followed.point, followed.state)


def judged_together(before: pa.Table, now: pa.Table, suite: Suite) -> pa.Table:
    """TREND_JUDGED of plates that were judged in two parts."""
    rates = {entry.id: entry.false_alarm_rate for entry in suite.entries}
    blank = {"assay_id": "", "plate_number": 0}
    return _totals([row | blank | {"rate": rates[row["entry"]]} for part in (before, now) for row in part.to_pylist()])


def _totals(rows: list[Row]) -> pa.Table:
    """TREND_JUDGED: the counts of each entry over all plates."""
    sums: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: (row["entry"], row["assay_id"], row["plate_number"])):
        one = sums.setdefault(row["entry"], {**row, "judged_count": 0, "found_count": 0, "expected_false_alarms": 0.0})
        one |= {n: one[n] + row[n] for n in ("judged_count", "found_count")}
    for one in sums.values():
        one["expected_false_alarms"] = one["judged_count"] * one["rate"]
    return TREND_JUDGED.table({name: [row[name] for row in sums.values()] for name in TREND_JUDGED.names})


def check_labs(lab: pa.Table, suite: Suite) -> pa.Table:
    """The findings on clinical laboratory rows (frames.LAB), frames.LAB_FINDING."""
    if not lab.num_rows:
        return LAB_FINDING.empty()
    typical = {analyte: rule.typical for analyte, rule in load_units().items() if rule.typical is not None}
    table = labs(lab, typical)
    analytes = set(pc.unique(table.column("analyte")).to_pylist())
    entries = tuple(entry for entry in suite.of("labs") if _is_about(entry, analytes))
    outcomes, _ = _outcomes(table, "labs", entries)
    first_of_file = by.group_by(table, ("file_id",)).first
    rows = (row for entry, failed, error in outcomes for row in _found(table, entry, failed, error, first_of_file))
    return merged(LAB_FINDING, rows, suite.hash)


def _is_about(entry: Entry, analytes: Set[str | None]) -> bool:
    """Whether the entry has something to judge among these; most files hold two of the twenty tests, and each entry takes its time."""
    asked = condition_values(entry.kwargs.get("row_condition"), "analyte")
    return asked is None or not asked.isdisjoint(analytes)


@dataclass(frozen=True)
class _Part:
    finding: list[Row]
    judged: list[Row]


def _judge_table(table: pa.Table, name: str, suite: Suite) -> _Part:
    entries = suite.of(name)
    if not table.num_rows or not entries:
        return _Part([], [])
    plates = by.group_by(table, by.PLATE_KEY)
    heads = table.select(["assay_id", "run_id", "plate_number"]).take(pa.array(plates.first)).to_pylist()
    outcomes, looked = _outcomes(table, name, entries)
    finding: list[Row] = []
    judged: list[Row] = []
    for entry, failed, error in outcomes:
        finding += _found(table, entry, failed, error, plates.first)
        if error is None:
            scope, known = _scope(looked, entry, plates)
            finding += _guards(entry, heads, scope, known)
            found = np.bincount(plates.code[list(failed)], minlength=plates.count) if failed else np.zeros(plates.count)
            judged += [_judged_row(entry, *one) for one in zip(heads, known.tolist(), found.tolist(), strict=True)]
    return _Part(finding, judged)


_Outcome: TypeAlias = tuple[Entry, tuple[int, ...], str | None]


def _outcomes(table: pa.Table, name: str, entries: tuple[Entry, ...]) -> tuple[list[_Outcome], FirstLook]:
    """Each entry with the rows that broke it, or why it could not be judged; and the pandas frame that was judged, looked at.

    An entry that plainly holds has no such rows, and the library is asked of the others: a night on which all hold never imports it.
    """
    pandas_now()
    looked = FirstLook(table.select(sorted(_columns(entries) & set(table.column_names))).to_pandas())
    asked = {entry.id: entry for entry in entries if not looked.holds(entry)}
    outcomes: list[_Outcome] = [(entry, (), None) for entry in entries if entry.id not in asked]
    if asked:
        from expectations import _gx

        scopes = {entry.id: scope for entry in asked.values() if (scope := looked.scope(entry)) is not None}
        told = _gx.validate(looked.table, name, [_expectation(entry) for entry in asked.values()], scopes)
        outcomes += [(asked[one.entry_id], one.failed_rows, one.error) for one in told]
    return sorted(outcomes, key=lambda outcome: outcome[0].id), looked


def _expectation(entry: Entry) -> dict[str, Any]:
    return {
        "type": entry.type,
        "kwargs": dict(entry.kwargs),
        "severity": GX_SEVERITY[entry.severity],
        "meta": {"id": entry.id},
    }


def _found(table: pa.Table, entry: Entry, failed: tuple[int, ...], error: str | None, heads: by.Codes) -> Iterator[Row]:
    if error is not None:
        yield from (unable(entry, row, error) for row in table.take(pa.array(heads)).to_pylist())
    elif failed:
        yield from broken(entry, table.take(pa.array(failed)).to_pylist())


def _scope(looked: FirstLook, entry: Entry, plates: by.Groups) -> tuple[by.Codes, by.Codes]:
    """Rows of each plate that the entry is about, and those of them that hold something to judge."""
    scope = looked.scope(entry)
    if scope is None:
        from expectations import _gx

        scope = _gx.scope_of(looked.table, entry.kwargs["row_condition"])
    columns = entry.kwargs.get("column_list") or [entry.column]
    known = scope if entry.type in NULL_TYPES else scope & looked.table[columns].notna().all(axis=1).to_numpy()
    of_scope, of_known = (np.bincount(plates.code[part], minlength=plates.count) for part in (scope, known))
    return of_scope, of_known


def _guards(entry: Entry, heads: list[Row], scope: by.Codes, known: by.Codes) -> list[Row]:
    if entry.unjudged is None:
        return []
    counts = zip(heads, scope.tolist(), known.tolist(), strict=True)
    return [unjudged(entry, head, int(size)) for head, size, judged in counts if size and not judged]


def _judged_row(entry: Entry, head: Row, judged: float, found: float) -> Row:
    own = {"entry": entry.id, "rule": entry.rule, "severity": entry.severity}
    return {
        **head,
        **own,
        "judged_count": int(judged),
        "found_count": int(found),
        "expected_false_alarms": judged * entry.false_alarm_rate,
        "rate": entry.false_alarm_rate,
    }


def _judged_frame(rows: list[Row]) -> pa.Table:
    rows = sorted(rows, key=lambda row: (row["assay_id"], row["plate_number"], row["entry"]))
    return JUDGED.table({name: [row[name] for row in rows] for name in JUDGED.names})


def _columns(entries: tuple[Entry, ...]) -> set[str]:
    """Columns that the entries judge or condition on: only these need to become pandas."""
    names = {"row_key"}
    for entry in entries:
        names |= set(entry.kwargs.get("column_list") or [entry.kwargs["column"]])
        names |= set(condition_columns(entry.kwargs.get("row_condition")))
    return names
