"""What may stand in a panel's file: which keys, of which type, which number beside which; and the line of what may not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pbis.core.errors import ConfigError
from pbis.core.plates.regions import region_number
from pbis.core.units import to_unit

REVIEW_KEYS = ("author", "checker", "source", "next_review")
_TEXTS = frozenset({"name", "title", "reporter_gain", *REVIEW_KEYS})
_LISTS = frozenset({"ladder", "protocols"})
_PANEL_KEYS = _TEXTS | _LISTS | {"sample_dilution", "defaults", "analyte"}
_ANALYTE_KEYS = frozenset(
    {"name", "unit", "bead_region", "range_low", "range_high", "plausible_warn_above", "plausible_fail_above"}
)
_NUMBERS = frozenset({"range_low", "range_high", "plausible_warn_above", "plausible_fail_above"})
_IN_ORDER = (("range_low", "range_high"), ("plausible_warn_above", "plausible_fail_above"))
_MOST_DIGITS = 3  # of a bead region: Luminex numbers them 1 to 500


def panel_tables(path: Path, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The [[analyte]] tables of a panel, each with the [defaults]. Raises ConfigError where the head is wrong, or none stands."""
    check_keys(path, "panel", data, _PANEL_KEYS, required=("name", "title", "analyte", *REVIEW_KEYS))
    rows, defaults = data["analyte"], data.get("defaults", {})
    is_table = isinstance(rows, list) and all(isinstance(row, dict) for row in rows) and isinstance(defaults, dict)
    if not is_table:
        raise ConfigError(f"{path.name}: expected tables [[analyte]] and, if any, one [defaults]")
    if not rows:
        raise ConfigError(f"{path.name}: expected one table [[analyte]] for each analyte of the kit; found none")
    for key in sorted(_TEXTS & set(data)):
        _require_text(f"{_where(path, _key_line(path, key))}: {key}", data[key])
    for key in sorted(_LISTS & set(data)):
        _require_list(f"{_where(path, _key_line(path, key))}: {key}", data[key])
    if not _is_scalar(data.get("sample_dilution", "1")):
        where = _where(path, _key_line(path, "sample_dilution"))
        raise ConfigError(f'{where}: sample_dilution: expected one such as "2"; found {data["sample_dilution"]!r}')
    for level in data.get("ladder", ()):
        _require_number(f"{_where(path, _key_line(path, 'ladder'))}: ladder", level)
    return [{**defaults, **row} for row in rows]


def analyte_facts(path: Path, at: int, row: Mapping[str, Any]) -> dict[str, str]:
    """The `at`-th analyte's facts as text. Raises ConfigError, with the line of its table, where one cannot be right."""
    what, line = f"analyte {row.get('name', '?')}", analyte_line(path, at)
    check_keys(path, what, row, _ANALYTE_KEYS, required=("name", "unit"), line=line)
    where = f"{_where(path, line)}: {what}"
    _require_text(f"{where}: name", row["name"])
    if not isinstance(row["unit"], str) or to_unit(row["unit"]) is None:
        raise ConfigError(f"{where}: unit: expected one such as pg/mL; found {row['unit']!r}")
    for key in sorted(_NUMBERS & set(row)):
        _require_number(f"{where}: {key}", row[key])
    for low, high in _IN_ORDER:
        if low in row and high in row and Decimal(str(row[low])) > Decimal(str(row[high])):
            raise ConfigError(f"{where}: expected {low} not above {high}; found {row[low]} and {row[high]}")
    facts = {key: str(value) for key, value in row.items()}
    if "bead_region" in row:
        facts["bead_region"] = _region(where, row["bead_region"])
    return facts


def check_unique(path: Path, what: str, values: Sequence[str], written: Sequence[str] | None = None) -> None:
    """'' is no value; the line is the second's. written: how the file spells them, where that may differ."""
    twice = next((at for at, value in enumerate(values) if value and value in values[:at]), None)
    if twice is None:
        return
    spelled = written[twice] if written else values[twice]
    other = f", here as {spelled}" if spelled != values[twice] else ""
    raise ConfigError(f"{_where(path, analyte_line(path, twice))}: {what} {values[twice]} stands twice{other}")


def check_keys(
    path: Path,
    what: str,
    data: Mapping[str, Any],
    known: Iterable[str],
    *,
    required: Sequence[str],
    line: int | None = None,
) -> None:
    """Raise ConfigError naming the keys that `data` should not have, and those that it lacks."""
    unknown, missing = sorted(set(data) - set(known)), sorted(set(required) - set(data))
    if unknown or missing:
        parts = [f"unknown {', '.join(unknown)}"] * bool(unknown) + [f"missing {', '.join(missing)}"] * bool(missing)
        raise ConfigError(f"{_where(path, line)}: {what}: {'; '.join(parts)}")


def analyte_line(path: Path, at: int) -> int | None:
    """Line of the `at`-th [[analyte]]; None where the file writes its tables in another way."""
    lines = [n for n, text in _lines(path) if text.startswith("[[analyte]]")]
    return lines[at] if at < len(lines) else None


def _key_line(path: Path, key: str) -> int | None:
    return next((n for n, text in _lines(path) if text.split("=")[0].strip() == key and "=" in text), None)


def _lines(path: Path) -> list[tuple[int, str]]:
    return [(n, text.strip()) for n, text in enumerate(path.read_text("utf-8-sig").splitlines(), 1)]


def _where(path: Path, line: int | None) -> str:
    return path.name if line is None else f"{path.name}, line {line}"


def _is_scalar(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _require_text(where: str, value: object) -> None:
    is_text = isinstance(value, str) and bool(value.strip())
    if not is_text and not isinstance(value, date):  # TOML writes a date without quotation marks too
        raise ConfigError(f'{where}: expected words between quotation marks, such as "kit 7"; found {value!r}')


def _require_list(where: str, value: object) -> None:
    if not isinstance(value, list) or not all(_is_scalar(each) for each in value):
        raise ConfigError(f'{where}: expected a list such as ["one", "two"]; found {value!r}')


def _require_number(where: str, value: object) -> None:
    try:
        is_number = _is_scalar(value) and Decimal(str(value)).is_finite() and Decimal(str(value)) >= 0
    except InvalidOperation:
        is_number = False
    if not is_number:
        raise ConfigError(f"{where}: expected a number such as 3.2; found {str(value)!r}")


def _region(where: str, value: object) -> str:
    """As exports are compared: '038' is bead 38. '' names none."""
    text = str(value).strip()
    is_region = isinstance(value, str | int) and text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    if text and not is_region:
        raise ConfigError(f"{where}: bead_region: expected a number such as 38; found {str(value)!r}")
    return region_number(text)
