"""Panels and the alias table, from the TOML files beside this module or from a lab's own file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

from pbis.core.errors import ConfigError
from pbis.core.plates.panel import AliasTable, Panel, PanelAnalyte, normalise
from pbis.core.units import to_unit

HERE = Path(__file__).parent
REVIEW_KEYS = ("author", "checker", "source", "next_review")
_PANEL_KEYS = frozenset(
    {"name", "title", "sample_dilution", "ladder", "protocols", "reporter_gain", "defaults", "analyte", *REVIEW_KEYS}
)
_ANALYTE_KEYS = frozenset(
    {"name", "unit", "bead_region", "range_low", "range_high", "plausible_warn_above", "plausible_fail_above"}
)
_NUMBERS = frozenset({"range_low", "range_high", "plausible_warn_above", "plausible_fail_above"})


def panel_names() -> tuple[str, ...]:
    """Names of the panels that come with the project, sorted."""
    return tuple(sorted(path.stem for path in (HERE / "kits").glob("*.toml")))


def load_panel(name_or_path: str | Path) -> Panel:
    """A panel by name, or from a TOML file of the lab's own. Raises ConfigError naming the file and what is wrong."""
    path = _path_of(name_or_path)
    data = _load(path)
    _check_keys(path, "panel", data, _PANEL_KEYS, required=("name", "title", "analyte", *REVIEW_KEYS))
    if not isinstance(data["analyte"], list) or not isinstance(data.get("defaults", {}), dict):
        raise ConfigError(f"{path.name}: expected tables [[analyte]] and, if any, one [defaults]")
    defaults = data.get("defaults", {})
    analytes = tuple(_analyte(path, at, {**defaults, **row}) for at, row in enumerate(data["analyte"]))
    _check_unique(path, "analyte", [a.name for a in analytes])
    _check_unique(path, "bead region", [a.bead_region or "" for a in analytes])
    return Panel(
        name=str(data["name"]),
        title=str(data["title"]),
        analytes=analytes,
        sample_dilution=str(data.get("sample_dilution", "1")),
        protocols=tuple(map(str, data.get("protocols", ()))),
        reporter_gain=str(data["reporter_gain"]) if "reporter_gain" in data else None,
        **{key: str(data[key]) for key in REVIEW_KEYS},
    )


def remarks_on(panel: Panel) -> list[str]:
    """What a person may want to know of a panel that can be used: one sentence each."""
    aliases = load_aliases()
    strange = [a.name for a in panel.analytes if aliases.resolve(a.name) is None]
    renamed = [
        f"{a.name} is {aliases.resolve(a.name)}"
        for a in panel.analytes
        if aliases.resolve(a.name) not in (None, a.name)
    ]
    blind = [a.name for a in panel.analytes if not a.bead_region]
    found = []
    if renamed:
        found.append(
            f"names that results will not have: {'; '.join(renamed)}; an export's analyte is looked for under the second"
        )
    if strange:
        found.append(
            f"names that no reviewed table knows, so that an export must spell them the same: {', '.join(strange)}"
        )
    if blind:
        found.append(f"no bead region, so that nothing proves the bead: {', '.join(blind)}")
    return found


def _path_of(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.suffix == ".toml":
        return path
    known = panel_names()
    if str(name_or_path) not in known:
        near = get_close_matches(str(name_or_path), known, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ConfigError(f"no panel is named {name_or_path}; known: {', '.join(known)}; or give a .toml file{hint}")
    return HERE / "kits" / f"{name_or_path}.toml"


def ladder(name: str) -> tuple[str, ...]:
    """The kit's expected concentrations of the standards, lowest first, decimal text in the analytes' unit."""
    if name not in panel_names():
        raise ConfigError(f"no panel is named {name}; known: {', '.join(panel_names())}")
    return tuple(str(level) for level in _load(HERE / "kits" / f"{name}.toml").get("ladder", ()))


@cache
def load_aliases() -> AliasTable:
    """Every reviewed spelling and its canonical analyte. Raises ConfigError where one spelling has two meanings."""
    path = HERE / "analytes.toml"
    data = _load(path)
    _check_keys(path, "alias table", data, frozenset({"analyte", *REVIEW_KEYS}), required=("analyte", *REVIEW_KEYS))
    found: dict[str, str] = {}
    for row in data["analyte"]:
        for spelling in (row["name"], *row.get("spellings", ())):
            known = found.setdefault(normalise(spelling), row["name"])
            if known != row["name"]:
                raise ConfigError(f"{path.name}: {spelling!r} means both {known} and {row['name']}")
    return AliasTable(found)


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is no TOML: {error}") from None


def _analyte(path: Path, at: int, row: Mapping[str, Any]) -> PanelAnalyte:
    what, line = f"analyte {row.get('name', '?')}", _analyte_line(path, at)
    _check_keys(path, what, row, _ANALYTE_KEYS, required=("name", "unit"), line=line)
    if to_unit(str(row["unit"])) is None:
        raise ConfigError(f"{_where(path, line)}: {what}: unit: expected one such as pg/mL; found {str(row['unit'])!r}")
    for key in _NUMBERS & set(row):
        _require_number(f"{_where(path, line)}: {what}: {key}", str(row[key]))
    return PanelAnalyte(**{key: str(value) for key, value in row.items()})


def _require_number(where: str, text: str) -> None:
    try:
        is_number = Decimal(text).is_finite() and Decimal(text) >= 0
    except InvalidOperation:
        is_number = False
    if not is_number:
        raise ConfigError(f"{where}: expected a number such as 3.2; found {text!r}")


def _check_keys(
    path: Path,
    what: str,
    data: Mapping[str, Any],
    known: frozenset[str],
    *,
    required: Sequence[str],
    line: int | None = None,
) -> None:
    unknown, missing = sorted(set(data) - known), sorted(set(required) - set(data))
    if unknown or missing:
        parts = [f"unknown {', '.join(unknown)}"] * bool(unknown) + [f"missing {', '.join(missing)}"] * bool(missing)
        raise ConfigError(f"{_where(path, line)}: {what}: {'; '.join(parts)}")


def _check_unique(path: Path, what: str, values: Sequence[str]) -> None:
    """'' is no value; the line is the second's."""
    twice = next((at for at, value in enumerate(values) if value and value in values[:at]), None)
    if twice is not None:
        raise ConfigError(f"{_where(path, _analyte_line(path, twice))}: {what} {values[twice]} stands twice")


def _analyte_line(path: Path, at: int) -> int | None:
    """Line of the `at`-th [[analyte]]; None where the file writes its tables in another way."""
    lines = [
        n for n, text in enumerate(path.read_text("utf-8").splitlines(), 1) if text.strip().startswith("[[analyte]]")
    ]
    return lines[at] if at < len(lines) else None


def _where(path: Path, line: int | None) -> str:
    return path.name if line is None else f"{path.name}, line {line}"
