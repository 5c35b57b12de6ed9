"""From the rows that broke a check to findings: words, numbers, effect, and one finding where several checks hit one object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from expectations.entries import Entry
from expectations.wording import fill, fill_in, limit_of, told_of
from pbis.core.frames import FINDING, LAB_FINDING, TREND_FINDING
from pbis.core.frames.model import FrameSpec

Row = dict[str, Any]
RANK = {"info": 0, "warn": 1, "fail": 2, "error": 3}
KEYS_OF_UNIT = {
    "well_analyte": ("plate_number", "well", "replicate_group", "analyte"),
    "replicate_group": ("plate_number", "replicate_group", "analyte"),
    "level": ("plate_number", "replicate_group", "analyte"),
    "analyte_plate": ("plate_number", "analyte"),
    "well": ("plate_number", "well", "replicate_group"),
    "plate": ("plate_number",),
    "run": (),
    "lab_row": ("subject_id", "analyte"),
}


def broken(entry: Entry, rows: Sequence[Row]) -> Iterator[Row]:
    """A finding for each row of a measure frame that broke the entry."""
    for row in rows:
        observed = row.get(entry.column)
        limit = limit_of(entry, row, observed)
        told = told_of(entry, row, observed, limit)
        yield {
            **_about(entry, row, entry.severity, entry.unit),
            "observed": observed if isinstance(observed, float) else None,
            "observed_text": fill_in(entry.observed, told),
            "limit_value": limit,
            "limit_text": fill_in(entry.limit, told),
            "message": fill_in(entry.sentence, told),
        }


def unjudged(entry: Entry, row: Row, scope: int) -> Row:
    """A finding that says that nothing on the plate of `row` could be judged, so that silence is no pass."""
    message = f"not judged: {entry.column} is missing in all {scope} objects of the plate"
    return {
        **_about(entry, row, entry.unjudged or "info", "plate"),
        **_bare(entry, message),
        "effect": "flag" if entry.unjudged == "warn" else "none",
    }


def unable(entry: Entry, row: Row, error: str) -> Row:
    """A finding that says that the check itself could not run; it is never a pass and never a failure of the plate."""
    about = _about(entry, row, "error", "plate" if entry.unit != "lab_row" else "lab_row")
    return {
        **about,
        **_bare(entry, f"the check could not run: {error}"),
        "effect": "flag",
        "action": "tell the maintainers",
    }


def merged(spec: FrameSpec, rows: Iterable[Row], suite_hash: str) -> pa.Table:
    """The finding frame: per object and rule only what is worst, its sentences joined; sorted by key."""
    worst: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        key = tuple(row.get(name) for name in _merge_key(spec))
        worst[key] = _worse(worst[key], row) if key in worst else row
    ordered = sorted(worst.items(), key=lambda item: tuple(_sortable(part) for part in item[0]))
    return _frame(spec, [row for _, row in ordered], suite_hash)


def _about(entry: Entry, row: Row, severity: str, unit: str) -> Row:
    keys = {name: row.get(name) for name in (*KEYS_OF_UNIT[unit], *_OWNER) if name in row}
    own = {"rule": entry.rule, "severity": severity, "unit_of_judgement": unit, "effect": entry.effect}
    return {**keys, **own, "action": entry.action, "source": entry.source}


_OWNER = ("assay_id", "run_id", "file_id", "source_line", "metric", "lot", "instrument")


def _bare(entry: Entry, message: str) -> Row:
    limit = entry.kwargs.get("min_value", entry.kwargs.get("max_value"))
    return {"observed_text": "not judged", "limit_text": fill(entry, entry.limit, {}, None, limit), "message": message}


def _worse(one: Row, other: Row) -> Row:
    """The worse of two findings about one object; equally bad ones become one with both sentences."""
    if RANK[one["severity"]] != RANK[other["severity"]]:
        return max(one, other, key=lambda row: RANK[row["severity"]])
    first, second = sorted((one, other), key=lambda row: row["message"])
    if first["message"] == second["message"]:
        return first
    texts = ("message", "observed_text", "limit_text")
    joined = {name: f"{first[name]}; {second[name]}" for name in texts}
    return {**first, **joined, "effect": max(first["effect"], second["effect"], key=_EFFECTS.index)}


_EFFECTS = ("none", "flag", "exclude_reading", "exclude_row", "exclude_well", "fail_analyte", "fail_plate", "refuse")


def _merge_key(spec: FrameSpec) -> tuple[str, ...]:
    return spec.key if spec in (LAB_FINDING, TREND_FINDING) else FINDING.key


def _sortable(part: Any) -> tuple[bool, Any]:
    return (part is not None, part if part is not None else 0)


def _frame(spec: FrameSpec, rows: Sequence[Mapping[str, Any]], suite_hash: str) -> pa.Table:
    columns = {name: [row.get(name) for row in rows] for name in spec.names if name != "suite_hash"}
    return spec.table(columns | {"suite_hash": [suite_hash] * len(rows)})
