"""Reads the code, unit and map tables; what contradicts itself or names an unknown unit is refused with the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from pbis.core.errors import ConfigError
from pbis.core.units import to_unit
from pbis.core.words import nearest
from pbis.labs.columns import WORKLISTS, Headers, own_columns
from pbis.labs.encodings import codec_of, encoding_names
from pbis.labs.kit_factors import KitEntry, blank_unit, kit_factors
from pbis.labs.model import (
    CodeTable,
    LabsMap,
    RefusedTest,
    UnitRule,
    fold_name,
    spellings_of_status,
)
from pbis.labs.own_words import MapText, own_codes, unit_spellings

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
    code: dict[str, str] = {}
    unit_spelling: dict[str, str] = {}
    kit_factor: list[KitEntry] = []
    encoding: str = ""


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
    path = map_path(name_or_path)
    file = decode_file(path, _MapFile)
    units, text = load_units(), MapText(path, path.read_text("utf-8"))
    own_units = unit_spellings(file.unit_spelling, text)
    declared = own_codes(file.local_codes, file.code, units, text)
    return LabsMap(
        name=file.name,
        decimal_mark=file.decimal_mark,
        date_order=file.date_order or None,
        columns=_columns(file, text),
        status_by_word=_statuses(file, path),
        blank_status=_status(file.blank_status, path),
        unit_where_blank={name: blank_unit(name, unit, units, text) for name, unit in file.unit_where_blank.items()},
        kit_factors=kit_factors(file.kit_factor, own_units, units, text),
        codes=replace(load_codes(), declared=declared),
        units=units,
        unit_spelling=own_units,
        encoding=_encoding(file.encoding, text),
    )


def _encoding(name: str, text: MapText) -> str:
    """The codec of the encoding that the site declares; '' for none."""
    codec = codec_of(name)
    if name and codec is None:
        known = "expected a name like cp949, shift_jis, gb18030 or windows-1251"
        text.refuse("", "encoding", f"no encoding is called {name!r}; {known}{nearest(name, encoding_names())}")
    return codec or ""


def map_path(name_or_path: str) -> Path:
    """Where the map lies. ConfigError where there is none: what was expected, and what was found."""
    if name_or_path.endswith(".toml"):
        path = Path(name_or_path)
        if not path.is_file():
            found = "a folder" if path.is_dir() else "no such file"
            raise ConfigError(f"{path}: expected a labs map, a path from the folder of site.toml; found {found}")
        return path
    path = FOLDER / "maps" / f"{name_or_path}.toml"
    known = sorted(each.stem for each in path.parent.glob("*.toml"))
    if name_or_path not in known:
        expected = f"expected one of {', '.join(known)}{nearest(name_or_path, known)}, or the site's own NAME.toml"
        raise ConfigError(f"no labs map is called {name_or_path!r}; {expected}")
    return path


def _refused(entry: _RefusedEntry) -> RefusedTest:
    return RefusedTest(
        entry.name, entry.why, tuple(tuple(fold_name(word) for word in words) for words in entry.contains), entry.near
    )


def _columns(file: _MapFile, text: MapText) -> dict[str, Headers]:
    """The headers of every table; the map that comes with the program declares them all."""
    is_default = text.path == FOLDER / "maps" / "default.toml"
    if not is_default:
        return own_columns(file.columns, load_map().columns, text)
    declared = {**file.columns, "worklists": WORKLISTS}
    return own_columns(declared, {table: dict.fromkeys(fields, ()) for table, fields in declared.items()}, text)


def _statuses(file: _MapFile, path: Path) -> Mapping[str, str]:
    words = ((word, _status(status, path)) for status, words in file.status.items() for word in words)
    return _index(((spelled, status) for word, status in words for spelled in spellings_of_status(word)), path)


def _status(name: str, path: Path) -> str:
    if name not in STATUSES:
        raise ConfigError(f"{path}: unknown status {name!r}; expected one of {', '.join(STATUSES)}")
    return name


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
