"""Panels and the alias table, from the TOML files beside this module or from a lab's own file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pbis.core.errors import ConfigError
from pbis.core.plates.panel import AliasTable, Panel, PanelAnalyte, normalise

HERE = Path(__file__).parent
REVIEW_KEYS = ("author", "checker", "source", "next_review")
_PANEL_KEYS = frozenset(
    {"name", "title", "sample_dilution", "ladder", "protocols", "reporter_gain", "defaults", "analyte", *REVIEW_KEYS}
)
_ANALYTE_KEYS = frozenset(
    {"name", "unit", "bead_region", "range_low", "range_high", "plausible_warn_above", "plausible_fail_above"}
)


def panel_names() -> tuple[str, ...]:
    """Names of the panels that come with the project, sorted."""
    return tuple(sorted(path.stem for path in (HERE / "kits").glob("*.toml")))


def load_panel(name_or_path: str | Path) -> Panel:
    """A panel by name, or from a TOML file of the lab's own. Raises ConfigError naming the file and what is wrong."""
    path = Path(name_or_path)
    if path.suffix != ".toml":
        path = HERE / "kits" / f"{name_or_path}.toml"
        if str(name_or_path) not in panel_names():
            raise ConfigError(
                f"no panel is named {name_or_path}; known: {', '.join(panel_names())}; or give a .toml file"
            )
    data = _load(path)
    _check_keys(path, "panel", data, _PANEL_KEYS, required=("name", "title", "analyte", *REVIEW_KEYS))
    defaults = data.get("defaults", {})
    analytes = tuple(_analyte(path, {**defaults, **row}) for row in data["analyte"])
    _check_unique(path, "analyte", [a.name for a in analytes])
    _check_unique(path, "bead region", [a.bead_region for a in analytes if a.bead_region])
    return Panel(
        name=str(data["name"]),
        title=str(data["title"]),
        analytes=analytes,
        sample_dilution=str(data.get("sample_dilution", "1")),
        protocols=tuple(map(str, data.get("protocols", ()))),
        reporter_gain=str(data["reporter_gain"]) if "reporter_gain" in data else None,
        **{key: str(data[key]) for key in REVIEW_KEYS},
    )


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


def _analyte(path: Path, row: Mapping[str, Any]) -> PanelAnalyte:
    _check_keys(path, f"analyte {row.get('name', '?')}", row, _ANALYTE_KEYS, required=("name", "unit"))
    return PanelAnalyte(**{key: str(value) for key, value in row.items()})


def _check_keys(
    path: Path, what: str, data: Mapping[str, Any], known: frozenset[str], *, required: Sequence[str]
) -> None:
    unknown, missing = sorted(set(data) - known), sorted(set(required) - set(data))
    if unknown or missing:
        parts = [f"unknown {', '.join(unknown)}"] * bool(unknown) + [f"missing {', '.join(missing)}"] * bool(missing)
        raise ConfigError(f"{path.name}: {what}: {'; '.join(parts)}")


def _check_unique(path: Path, what: str, values: Sequence[str]) -> None:
    twice = next((value for at, value in enumerate(values) if value in values[:at]), None)
    if twice is not None:
        raise ConfigError(f"{path.name}: {what} {twice} stands twice")
