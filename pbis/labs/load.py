"""Reads the code, unit and map tables; what contradicts itself or names an unknown unit is refused with the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from pbis.core.errors import ConfigError
from pbis.core.units import to_unit
from pbis.labs.model import (
    CodeTable,
    KitFactor,
    LabsMap,
    RefusedTest,
    UnitRule,
    declared_key,
    fold_header,
    fold_name,
    spellings_of_status,
)

FOLDER = Path(__file__).parent
STATUSES = ("final", "corrected", "preliminary", "cancelled", "entered_in_error")
REVIEW = ("author", "checker", "reviewed_on", "next_review")


class _Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of one of the files."""


class _AnalyteEntry(_Entry, frozen=True):
    name: str
    loinc: list[str] = []
    names: list[str] = []
    by_share: str = ""
    of: str = ""


class _RefusedEntry(_Entry, frozen=True):
    name: str
    why: str
    loinc: list[str] = []
    names: list[str] = []
    contains: list[list[str]] = []
    near: str = ""


class _CodesFile(_Entry, frozen=True):
    author: str
    checker: str
    reviewed_on: str
    next_review: str
    analyte: list[_AnalyteEntry]
    refused: list[_RefusedEntry]
    body_fluids: list[str] = []


class _UnitEntry(_Entry, frozen=True):
    canonical: str
    allowed: list[str]
    unitless: list[str] = []
    typical: float | None = None


class _KitEntry(_Entry, frozen=True):
    analyte: str
    unit: str
    factor: str
    to: str
    source: str


class _MapFile(_Entry, frozen=True):
    name: str
    author: str
    checker: str
    reviewed_on: str
    next_review: str
    decimal_mark: Literal[".", ","]
    date_order: Literal["", "dmy", "mdy"]
    blank_status: str
    columns: dict[str, dict[str, list[str]]]
    status: dict[str, list[str]]
    local_codes: dict[str, list[str]] = {}
    unit_where_blank: dict[str, str] = {}
    kit_factor: list[_KitEntry] = []


@lru_cache(maxsize=4)
def load_codes(path: Path = FOLDER / "codes.toml") -> CodeTable:
    """The reviewed codes and names. ConfigError where a code or name has two meanings."""
    file = decode_file(path, _CodesFile)
    refused = {entry.name: _refused(entry) for entry in file.refused}
    return CodeTable(
        analyte_by_loinc=_index(((c, a.name) for a in file.analyte for c in a.loinc), path),
        analyte_by_name=_index(((fold_name(n), a.name) for a in file.analyte for n in a.names), path),
        refused_by_loinc=_index(((c, refused[r.name]) for r in file.refused for c in r.loinc), path),
        refused_by_name=_index(((fold_name(n), refused[r.name]) for r in file.refused for n in r.names), path),
        refused=tuple(refused.values()),
        fluids=frozenset(fold_name(word) for word in file.body_fluids),
        share_of={entry.name: entry.by_share for entry in file.analyte if entry.by_share},
        kind_of={entry.name: entry.of for entry in file.analyte if entry.of},
    )


@lru_cache(maxsize=4)
def load_units(path: Path = FOLDER / "units.toml") -> Mapping[str, UnitRule]:
    """Analyte -> what it may be reported in. ConfigError where a unit is not of the table or of another dimension."""
    tables = decode_file(path, dict[str, Any])
    rules = {}
    for analyte, table in tables.items():
        if analyte in REVIEW:
            continue
        entry = msgspec.convert(table, _UnitEntry)
        rules[analyte] = UnitRule(entry.canonical, frozenset(entry.allowed), frozenset(entry.unitless), entry.typical)
        _check_units(rules[analyte], analyte, path)
    return rules


@lru_cache(maxsize=16)
def load_map(name_or_path: str = "default") -> LabsMap:
    """A site's map by the name of one that comes with the program, or from the site's own .toml file."""
    path = Path(name_or_path) if name_or_path.endswith(".toml") else FOLDER / "maps" / f"{name_or_path}.toml"
    file = decode_file(path, _MapFile)
    units = load_units()
    return LabsMap(
        name=file.name,
        decimal_mark=file.decimal_mark,
        date_order=file.date_order or None,
        columns={table: _headers(fields, path) for table, fields in file.columns.items()},
        status_by_word=_statuses(file, path),
        blank_status=_status(file.blank_status, path),
        unit_where_blank={name: _blank_unit(name, unit, units, path) for name, unit in file.unit_where_blank.items()},
        kit_factors=tuple(_kit_factor(entry, units, path) for entry in file.kit_factor),
        codes=replace(load_codes(), declared=_declared(file.local_codes, units, path)),
        units=units,
    )


def _declared(local_codes: Mapping[str, list[str]], units: Mapping[str, UnitRule], path: Path) -> dict[str, str]:
    strange = sorted(set(local_codes) - set(units))
    if strange:
        raise ConfigError(
            f"{path}: local_codes: no such analyte: {', '.join(strange)}; expected one of {', '.join(units)}"
        )
    return _index(((declared_key(code), name) for name, codes in local_codes.items() for code in codes), path)


def _refused(entry: _RefusedEntry) -> RefusedTest:
    return RefusedTest(
        entry.name, entry.why, tuple(tuple(fold_name(word) for word in words) for words in entry.contains), entry.near
    )


def _headers(fields: Mapping[str, list[str]], path: Path) -> dict[str, tuple[str, ...]]:
    _index(((fold_header(header), field) for field, headers in fields.items() for header in headers), path)
    return {field: tuple(dict.fromkeys(fold_header(header) for header in headers)) for field, headers in fields.items()}


def _statuses(file: _MapFile, path: Path) -> Mapping[str, str]:
    words = ((word, _status(status, path)) for status, words in file.status.items() for word in words)
    return _index(((spelled, status) for word, status in words for spelled in spellings_of_status(word)), path)


def _status(name: str, path: Path) -> str:
    if name not in STATUSES:
        raise ConfigError(f"{path}: unknown status {name!r}; expected one of {', '.join(STATUSES)}")
    return name


def _blank_unit(analyte: str, unit: str, units: Mapping[str, UnitRule], path: Path) -> str:
    found = to_unit(unit)
    if analyte not in units or found is None or found.name not in units[analyte].allowed:
        raise ConfigError(f"{path}: unit_where_blank: {analyte} may not be reported in {unit!r}")
    return unit


def _kit_factor(entry: _KitEntry, units: Mapping[str, UnitRule], path: Path) -> KitFactor:
    target = to_unit(entry.to)
    if entry.analyte not in units or target is None or target.name not in units[entry.analyte].allowed:
        raise ConfigError(f"{path}: kit_factor: {entry.analyte} may not be kept in {entry.to!r}")
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)?(/[0-9]+)?", entry.factor) or not entry.source:
        raise ConfigError(
            f"{path}: kit_factor: expected a positive decimal factor and its source; found {entry.factor!r}"
        )
    return KitFactor(entry.analyte, "".join(entry.unit.split()), _fraction(entry.factor), target.name, entry.source)


def _fraction(text: str) -> Fraction:
    top, _, bottom = text.partition("/")
    return Fraction(top) / Fraction(bottom or "1")


def _check_units(rule: UnitRule, analyte: str, path: Path) -> None:
    if rule.unitless:
        return
    units = {name: to_unit(name) for name in rule.allowed | {rule.canonical}}
    strange = sorted(name for name, unit in units.items() if unit is None or unit.name != name)
    dimensions = {unit.dimension for unit in units.values() if unit is not None}
    if strange or len(dimensions) > 1 or rule.canonical not in rule.allowed:
        raise ConfigError(f"{path}: {analyte}: no canonical unit of one dimension: {', '.join(strange) or dimensions}")


def _index(pairs: Iterable[tuple[str, Any]], path: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if found.setdefault(key, value) != value:
            raise ConfigError(f"{path}: {key!r} has two meanings")
    return found


def decode_file(path: Path, kind: Any) -> Any:
    """A TOML file as `kind`. ConfigError where it cannot be read or is of another shape."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None
