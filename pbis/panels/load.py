"""Panels and the alias table, from the TOML files beside this module or from a lab's own file."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pbis.core.errors import ConfigError
from pbis.core.plates.panel import AliasTable, Panel, PanelAnalyte, normalise
from pbis.core.words import nearest
from pbis.panels.facts import REVIEW_KEYS, analyte_facts, check_keys, check_unique, panel_tables

HERE = Path(__file__).parent
TO_BE_NAMED = "proposed by pbis panel propose: put your name here"  # as author, by a proposal
TO_BE_CHECKED = "not yet checked"  # as checker, likewise


def panel_names() -> tuple[str, ...]:
    """Names of the panels that come with the project, sorted."""
    return tuple(sorted(path.stem for path in (HERE / "kits").glob("*.toml")))


def load_panel(name_or_path: str | Path) -> Panel:
    """A panel by name, or from a TOML file of the lab's own; its analytes have the names that results have.

    Raises ConfigError naming the file, the line and what is wrong.
    """
    path = _path_of(name_or_path)
    data = _load(path)
    rows = [analyte_facts(path, at, row) for at, row in enumerate(panel_tables(path, data))]
    written = [row["name"] for row in rows]
    analytes = tuple(PanelAnalyte(**{**row, "name": load_aliases().name_of(row["name"])}) for row in rows)
    check_unique(path, "analyte", [a.name for a in analytes], written)
    check_unique(path, "bead region", [a.bead_region or "" for a in analytes])
    return Panel(
        name=str(data["name"]),
        title=str(data["title"]),
        analytes=analytes,
        sample_dilution=str(data.get("sample_dilution", "1")),
        protocols=tuple(map(str, data.get("protocols", ()))),
        reporter_gain=str(data["reporter_gain"]) if "reporter_gain" in data else None,
        **{key: str(data[key]) for key in REVIEW_KEYS},
    )


def remarks_on(name_or_path: str | Path) -> list[str]:
    """What a person may want to know of a panel that can be used: one sentence each. Raises as `load_panel` does."""
    panel, path = load_panel(name_or_path), _path_of(name_or_path)
    aliases = load_aliases()
    written = [row["name"] for row in panel_tables(path, _load(path))]
    renamed = [f"{old} is {new.name}" for old, new in zip(written, panel.analytes, strict=True) if old != new.name]
    strange = [a.name for a in panel.analytes if aliases.resolve(a.name) is None]
    blind = [a.name for a in panel.analytes if not a.bead_region]
    said = (
        ("results have other names", renamed),
        ("names that no reviewed table knows, so that an export must spell them the same", strange),
        ("no bead region, so that nothing proves the bead", blind),
        ("still as it was proposed: put your names in", _unsigned(panel)),
        ("no date such as 2027-11-01", [] if _is_date(panel.next_review) else [f"next_review {panel.next_review}"]),
        (
            "comes with the program under the same name, so that a site can run one of the two",
            [panel.name] if panel.name in panel_names() and path.parent != HERE / "kits" else [],
        ),
    )
    return [f"{what}: {', '.join(which)}" for what, which in said if which]


def _unsigned(panel: Panel) -> list[str]:
    return ["author"] * (panel.author == TO_BE_NAMED) + ["checker"] * (panel.checker == TO_BE_CHECKED)


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _path_of(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.suffix == ".toml":
        return path
    known = panel_names()
    if str(name_or_path) not in known:
        near = nearest(str(name_or_path), known)
        raise ConfigError(f"no panel is named {name_or_path}; known: {', '.join(known)}{near}; or give a .toml file")
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
    check_keys(path, "alias table", data, frozenset({"analyte", *REVIEW_KEYS}), required=("analyte", *REVIEW_KEYS))
    found: dict[str, str] = {}
    for row in data["analyte"]:
        for spelling in (row["name"], *row.get("spellings", ())):
            known = found.setdefault(normalise(spelling), row["name"])
            if known != row["name"]:
                raise ConfigError(f"{path.name}: {spelling!r} means both {known} and {row['name']}")
    return AliasTable(found)


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))  # an editor may have put a mark before the first letter
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}, line {line}: a letter is not UTF-8; save the file as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is no TOML: {error}") from None
