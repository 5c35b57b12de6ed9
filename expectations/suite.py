"""Suites as read from their JSON files: entries, a lab's own overrides on top, and the hash of what results.

The files are the only home of thresholds. What an entry may hold is suite.schema.json; what a lab may change, and that it
must say who and why, is override.schema.json. Anything else is a ConfigError with file and line. The schemas are held against what
the extra "night" brings; a bare install takes the project's own files as they were built, and no overrides.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from dataclasses import fields as fields_of
from functools import cached_property, lru_cache
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING, Any

from expectations.located import Located, parse
from pbis.core.errors import ConfigError
from pbis.core.measures.qc import MeasureSettings, TrendSettings
from pbis.core.measures.spec import MEASURE_SPECS
from pbis.core.tolerances import Tolerances
from pbis.core.trends.baseline import GuideSet

if TYPE_CHECKING:
    import jsonschema

HERE = Path(__file__).parent
TREND_TABLES = ("trend", "lots", "bridges")
TABLES = (
    "readings",
    "replicates",
    "standards",
    "curves",
    "controls",
    "wells",
    "plates",
    "rates",
    *TREND_TABLES,
    "labs",
)
PROFILES = ("research", "regulated")
SEVERITIES = {"critical": "fail", "warning": "warn", "info": "info"}  # Great Expectations' word -> ours


# A suite's hash of an earlier build -> the hash of the same rules now. Assays that were computed by them stand. Those of the first
# two hashed sentences too; in all of them the limits of flat, hooked and far curves stood in the code, with the values of today.
FORMER: dict[str, str] = {
    "b309108d94c1ae09fe80e6b1288f84258c74563431c52c4c001c4cdbd2cb3acc": "cb782531f41b2ce35561887f149b60848bc9a81242cefc6c2e48cd216f3efb71",  # research
    "44a34566656a23c5290a7f24b21c93550bff2cf1e2a6cccd97774acc68f7696c": "50d458072cddb320e4e101cc9f9590c35016856ab60627804032650ac7620681",  # regulated
    "41187f3c23d978903c2ad56289483ac0518453979b5391a85e9d0c5dae073c87": "cb782531f41b2ce35561887f149b60848bc9a81242cefc6c2e48cd216f3efb71",  # research
    "af380a3fcf34e6b509675163da86dffe930b58daf55177daa33129ef0be19b58": "50d458072cddb320e4e101cc9f9590c35016856ab60627804032650ac7620681",  # regulated
}


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


@dataclass(frozen=True)
class Suite:
    """The effective checks of a profile, where each parameter of a measure stands, and the guide sets that the lab gave."""

    profile: str
    entries: tuple[Entry, ...]
    guide_sets: tuple[GuideSet, ...] = ()

    @cached_property
    def hash(self) -> str:
        """sha256 over what decides about a plate by itself: equal hashes compute and judge equally, however they say it.

        Trend rules are not in it: a changed one must not compute plates anew.
        """
        entries = [{name: row[name] for name in _DECIDES} for row in _plain(self._of_plates)]
        numbers = [
            asdict(tolerances(self)),
            asdict(measure_settings(self)),
        ]  # also those of an entry that the lab disabled
        return _sha256([self.profile, entries, numbers])

    @property
    def hashes(self) -> tuple[str, ...]:
        """Names under which assays by these rules may be stored: today's, then those of earlier builds that decide alike."""
        return (self.hash, *(former for former, now in FORMER.items() if now == self.hash))

    @cached_property
    def wording_hash(self) -> str:
        """sha256 over how it is said: sentences, actions, sources and who changed what; no result hangs on it."""
        return _sha256([{name: row[name] for name in row if name not in _DECIDES} for row in _plain(self._of_plates)])

    @property
    def _of_plates(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.table not in TREND_TABLES]

    @cached_property
    def trend_hash(self) -> str:
        """sha256 over the trend rules and the guide sets."""
        rules = _plain([entry for entry in self.entries if entry.table in TREND_TABLES])
        return _sha256([self.profile, rules, [vars(guide) for guide in self.guide_sets]])

    def of(self, table: str) -> tuple[Entry, ...]:
        return tuple(entry for entry in self.entries if entry.table == table)

    def entry(self, entry_id: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.id == entry_id), None)


def load_suite(profile: str, override: Path | None = None) -> Suite:
    """The checks of a profile, with a lab's overrides where a file is given. ConfigError names file and line."""
    if profile not in PROFILES:
        raise ConfigError(f"no such QC profile: {profile}; expected {' or '.join(PROFILES)}")
    entries = all_entries()
    guide_sets: tuple[GuideSet, ...] = ()
    if override is not None:
        located = _read(override, "override.schema.json")
        entries, guide_sets = _overridden(entries, located), tuple(map(_guide_set, located.value.get("guide_sets", ())))
    chosen = tuple(entry for entry in entries if profile in entry.profiles)
    told = _measured((*all_entries(), *chosen))
    return Suite(profile, tuple(replace(entry, told=told) for entry in chosen), guide_sets)


def trend_settings(suite: Suite) -> TrendSettings:
    """The numbers that trends need."""
    named = _parameters(suite, TrendSettings)
    out, near = (_always(suite, name).kwargs for name in ("westgard_1_3s.fail", "westgard_1_2s.warn"))
    guide, least, shown = (int(named.pop(name)) for name in ("guide_plates", "least_plates", "cv_plates"))
    return TrendSettings(
        limit_low_sds=float(out["min_value"]),
        limit_high_sds=float(out["max_value"]),
        warn_low_sds=float(near["min_value"]),
        warn_high_sds=float(near["max_value"]),
        guide_plates=guide,
        least_plates=least,
        cv_plates=shown,
        **{name: float(value) for name, value in named.items()},
    )


def _parameters(suite: Suite, wanted: type[Any]) -> dict[str, float]:
    """Parameters of measures that are fields of `wanted`, by name, those of a disabled entry as the project has them."""
    known = {field.name for field in fields_of(wanted)}
    return {name: value for name, value in _measured((*all_entries(), *suite.entries)).items() if name in known}


def _measured(entries: Sequence[Entry]) -> dict[str, float]:
    """Parameters of measures by name; of two entries that carry one the later counts."""
    return {name: value for entry in entries for name, value in entry.measure.items()}


def measure_settings(suite: Suite) -> MeasureSettings:
    """The numbers that measures need, from the entries that carry them; an entry that a lab disabled asks for nothing."""
    named = _parameters(suite, MeasureSettings)
    beads = suite.entry("bead_count.fail")
    return MeasureSettings(
        low_beads=float(beads.kwargs["min_value"]) if beads else 0.0,
        **{name: float(value) for name, value in named.items()},
    )


def tolerances(suite: Suite) -> Tolerances:
    """What levels and curves must keep to. Limits of recovery, of CV, of detection, of flat and of hooked curves are needed
    whether or not the lab wants to be told of them; what a profile does not ask of a curve, or a lab disabled, is not asked."""
    inner, ends = (_always(suite, f"standard_recovery.{name}").kwargs for name in ("inner", "ends"))
    warn, fail, count, share = (suite.entry(f"curve_acceptance.{name}") for name in ("warn", "fail", "count", "share"))
    ec50_low, ec50_high = (suite.entry(f"curve_fit.{name}") for name in ("ec50_low", "ec50_high"))
    return Tolerances(
        recovery_low_pct=float(inner["min_value"]),
        recovery_high_pct=float(inner["max_value"]),
        recovery_end_low_pct=float(ends["min_value"]),
        recovery_end_high_pct=float(ends["max_value"]),
        run_warn=_least(warn),
        run_fail=_least(fail),
        least_passing=_least(count),
        least_passing_pct=_least(share),
        flat_ratio=float(_always(suite, "curve_fit.flat").kwargs["min_value"]),
        ec50_low_ratio=_least(ec50_low),
        ec50_high_ratio=None if ec50_high is None else float(ec50_high.kwargs["max_value"]),
        **{name: float(value) for name, value in _parameters(suite, Tolerances).items()},
    )


def nlr_limits(suite: Suite) -> tuple[float, float]:
    """Percent by which two ways to the NLR of one specimen may differ without a word, and without a conflict; a lab that does
    not want to be told keeps the project's limits, because a contradiction still is one."""
    differs, contradicts = (_always(suite, f"lab_count_percent.{name}").kwargs for name in ("warn", "fail"))
    return float(differs["max_value"]), float(contradicts["max_value"])


def _least(entry: Entry | None) -> float | None:
    return None if entry is None else float(entry.kwargs["min_value"])


@lru_cache(maxsize=1)
def all_entries() -> tuple[Entry, ...]:
    """Every entry of every suite file of the project, both profiles."""
    entries = [entry for table in TABLES for entry in read_suite_file(HERE / f"{table}.json")]
    seen: set[str] = set()
    for entry in entries:
        if entry.id in seen:
            raise ConfigError(f"{entry.table}.json: id {entry.id} stands twice")
        seen.add(entry.id)
    return tuple(entries)


def read_suite_file(path: Path) -> tuple[Entry, ...]:
    """The entries of one suite file, checked against suite.schema.json."""
    located = _read(path, "suite.schema.json")
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


def _read(path: Path, schema: str) -> Located:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path.name}: cannot be read: {error}") from None
    located = parse(text, path.name)
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


def _overridden(entries: Sequence[Entry], located: Located) -> tuple[Entry, ...]:
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


def _always(suite: Suite, entry_id: str) -> Entry:
    """The suite's entry, or the project's own where the lab disabled it: its numbers are needed all the same."""
    return suite.entry(entry_id) or next(entry for entry in all_entries() if entry.id == entry_id)


def _guide_set(item: Mapping[str, Any]) -> GuideSet:
    blank = {"lot": "", "instrument": "", "runs": (), "mean": None, "sd": None}
    return GuideSet(**{**blank, **item, "runs": tuple(item.get("runs", ()))})


# Of an entry, what a result or a verdict hangs on; false_alarm_rate gives the number expected that a plate's sentence prints.
_DECIDES = (
    "table",
    "id",
    "rule",
    "type",
    "kwargs",
    "severity",
    "unit",
    "effect",
    "measure",
    "unjudged",
    "false_alarm_rate",
)


def _plain(entries: Sequence[Entry]) -> list[dict[str, Any]]:
    """Entries in order of id, as JSON can write them."""
    rows = [{name: value for name, value in vars(entry).items() if name != "told"} for entry in entries]
    rows.sort(key=lambda row: row["id"])
    return [row | {"change": None if row["change"] is None else dict(vars(row["change"]))} for row in rows]


def _sha256(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
