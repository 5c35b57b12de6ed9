"""Entries of the suites as their JSON files hold them, and a lab's own overrides on top.

The files are the only home of thresholds. What an entry may hold is suite.schema.json; what a lab may change, and that it
must say who and why, is override.schema.json. Anything else is a ConfigError with file and line. The schemas are held against what
the extra "night" brings; a bare install takes the project's own files as they were built, and no overrides. Files that are known to have
passed (expectations/passed.py) are taken as they are by every install.
"""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

from expectations.located import Located, parse
from expectations.passed import has_passed
from pbis.core.errors import ConfigError
from pbis.core.measures.spec import MEASURE_SPECS
from pbis.core.trends.baseline import GuideSet

if TYPE_CHECKING:
    import jsonschema

HERE = Path(__file__).parent
TREND_TABLES = ("trend", "lots", "bridges")
TABLES = tuple(MEASURE_SPECS)
PROFILES = ("research", "regulated")
SEVERITIES = {"critical": "fail", "warning": "warn", "info": "info"}  # Great Expectations' word -> ours


@dataclass(frozen=True)
class Change:
    """What a lab changed in an entry, who, why, and on which authority."""

    what: Mapping[str, Any]
    author: str
    reason: str
    source: str


@dataclass(frozen=True)
class Entry:
    """One check. `kwargs` are those of the Great Expectations type; the rest is ours (suite.schema.json)."""

    table: str
    id: str
    rule: str
    type: str
    kwargs: Mapping[str, Any]
    severity: str  # fail, warn or info
    unit: str
    effect: str
    action: str
    source: str
    profiles: tuple[str, ...]
    sentence: str
    observed: str
    limit: str
    false_alarm_rate: float
    unjudged: str | None
    measure: Mapping[str, float]
    change: Change | None = None
    told: Mapping[str, float] = field(
        default_factory=dict
    )  # measure numbers of the whole suite, by name: what sentences may say

    @property
    def column(self) -> str:
        """The column that holds what was observed."""
        return str(self.kwargs.get("column") or self.kwargs["column_list"][0])


@lru_cache(maxsize=1)
def all_entries() -> tuple[Entry, ...]:
    """Every entry of every suite file of the project, both profiles."""
    entries = [entry for table in TABLES for entry in _own_file(HERE / f"{table}.json")]
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise ConfigError(f"{entry.table}.json: id {entry.id} stands twice")
        seen.add(entry.id)
    return tuple(entries)


def _own_file(path: Path) -> tuple[Entry, ...]:
    """The entries of a suite file of the project; the long way only where it is not known to have passed it."""
    text = read_text(path)
    if not has_passed(text):
        return read_suite_file(path)
    told = json.loads(text)
    return tuple(_entry(told["meta"]["table"], item) for item in told["expectations"])


def read_suite_file(path: Path) -> tuple[Entry, ...]:
    """The entries of one suite file, checked against suite.schema.json."""
    located = read_checked(path, "suite.schema.json")
    table = located.value["meta"]["table"]
    entries = tuple(_entry(table, item) for item in located.value["expectations"])
    for position, entry in enumerate(entries):
        _require_sense(entry, located, ("expectations", position))
    return entries


def _require_sense(entry: Entry, located: Located, path: tuple[str | int, ...]) -> None:
    """What a schema cannot say: the id belongs to the rule, and all columns that the entry speaks of are in its table."""
    if not entry.id.startswith((f"{entry.rule}.", f"{entry.rule}_")):
        raise located.error((*path, "meta", "id"), f"{entry.id} is no id of the rule {entry.rule}")
    known = set(MEASURE_SPECS[entry.table].names)
    told = _parameter_names()
    judged = {"column", "column_list"} & set(entry.kwargs)
    asked = {("kwargs", name): {entry.kwargs[name]} if name == "column" else set(entry.kwargs[name]) for name in judged}
    asked[("kwargs", "row_condition")] = set(condition_columns(entry.kwargs.get("row_condition")))
    for name in ("sentence", "observed", "limit"):
        asked[("meta", name)] = fields(getattr(entry, name)) - {"observed", "limit", *told, *numbers_of(entry)}
    for place, names in asked.items():
        if names - known:
            unknown = ", ".join(sorted(names - known))
            raise located.error((*path, *place), f"{entry.id}: {entry.table} has no column {unknown}")


@lru_cache(maxsize=1)
def _parameter_names() -> frozenset[str]:
    """Names that a measure parameter may have: a sentence may name one that another entry of the suite carries."""
    schema = json.loads((HERE / "suite.schema.json").read_text(encoding="utf-8"))
    return frozenset(schema["$defs"]["meta"]["properties"]["measure"]["properties"])


def condition_columns(condition: Any) -> Iterator[str]:
    """Columns that a row condition names."""
    return (name for name, _ in _comparisons(condition))


def _comparisons(condition: Any) -> Iterator[tuple[str, Any]]:
    """Column and what it is compared with, of each part of a row condition."""
    if condition:
        if "column" in condition:
            yield condition["column"]["name"], condition["parameter"]
        for part in condition.get("conditions", ()):
            yield from _comparisons(part)


def numbers_of(entry: Entry) -> dict[str, float]:
    """The thresholds of an entry by name, what its row condition compares with as `where_COLUMN`, and the measure parameters of
    its suite: what a laboratory changes is what its sentences say."""
    compared = _comparisons(entry.kwargs.get("row_condition"))
    return {
        **entry.told,
        **{f"where_{name}": number for name, number in compared if isinstance(number, (int, float))},
        **{name: entry.kwargs[name] for name in ("min_value", "max_value") if name in entry.kwargs},
        **entry.measure,
    }


def fields(template: str) -> set[str]:
    """Names that a template asks for."""
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def read_text(path: Path) -> str:
    """The words of a file. ConfigError where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name}: cannot be read: {error}") from None


def read_checked(path: Path, schema: str) -> Located:
    located = parse(read_text(path), path.name)
    if path.parent == HERE and importlib.util.find_spec("jsonschema") is None:
        return located
    from jsonschema.exceptions import best_match

    problem = best_match(_validator(schema).iter_errors(located.value))
    if problem is not None:
        where = ".".join(str(part) for part in problem.absolute_path)
        raise located.error(tuple(problem.absolute_path), f"{where}: {problem.message}".lstrip(": "))
    return located


@lru_cache(maxsize=2)
def _validator(schema: str) -> jsonschema.Draft202012Validator:
    import jsonschema

    return jsonschema.Draft202012Validator(json.loads((HERE / schema).read_text(encoding="utf-8")))


def _entry(table: str, item: Mapping[str, Any]) -> Entry:
    meta = dict(item["meta"])
    meta["profiles"] = tuple(meta["profiles"])
    meta.setdefault("unjudged", None)
    meta.setdefault("measure", {})
    return Entry(table=table, type=item["type"], kwargs=item["kwargs"], severity=SEVERITIES[item["severity"]], **meta)


def overridden(entries: Sequence[Entry], located: Located) -> tuple[Entry, ...]:
    by_id = {entry.id: entry for entry in entries}
    for position, item in enumerate(located.value.get("overrides", ())):
        path = ("overrides", position)
        if item["id"] not in by_id:
            raise located.error((*path, "id"), f"no such check, or overridden twice: {item['id']}")
        change = Change(item.get("set", {}), item["author"], item["reason"], item["source"])
        entry = by_id.pop(item["id"])
        if not item.get("is_disabled"):
            by_id[entry.id + "\0"] = _changed(entry, change, located, (*path, "set"))
    return tuple(by_id.values())


def _changed(entry: Entry, change: Change, located: Located, path: tuple[str | int, ...]) -> Entry:
    kwargs, measure, own = dict(entry.kwargs), dict(entry.measure), {}
    for name, value in change.what.items():
        if name in ("severity", "effect"):
            own[name] = SEVERITIES.get(value, value)
        elif name in kwargs:
            kwargs[name] = value
        elif name in measure:
            measure[name] = value
        else:
            known = ", ".join(sorted({*kwargs, *measure} & {"min_value", "max_value", *entry.measure}))
            raise located.error((*path, name), f"{entry.id} has no {name}; it has {known or 'no threshold'}")
    return replace(
        entry,
        kwargs=kwargs,
        measure=measure,
        source=f"{change.source} ({change.author}: {change.reason})",
        change=change,
        **own,
    )


def guide_set(item: Mapping[str, Any]) -> GuideSet:
    blank = {"lot": "", "instrument": "", "runs": (), "mean": None, "sd": None}
    return GuideSet(**{**blank, **item, "runs": tuple(item.get("runs", ()))})
