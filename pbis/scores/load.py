"""Reads cut-off sets. A set that names no source, author or review, or compares the impossible, is refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from pbis.core.errors import ConfigError
from pbis.core.scoring.cutoffs import COMPONENTS, Cutoff, CutoffSet, check_cutoff

FOLDER = Path(__file__).parent
CRAFITY = FOLDER / "comparator" / "crafity.toml"

T = TypeVar("T")


class _CutoffEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    component: str
    value: str
    comparator: str
    unit: str
    source: str
    status: Literal["as_published", "interpreted"]
    note: str = ""
    cv_pct: str | None = None
    cv_source: str = ""
    plate_cv_pct: str | None = None
    plate_cv_source: str = ""
    place_cv_pct: str | None = None
    place_cv_source: str = ""
    uneven_cv_pct: str | None = None
    uneven_cv_source: str = ""


class _SetFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    title: str
    high_at: int
    citation: str
    note: str
    author: str
    checker: str
    reviewed_on: str
    next_review: str
    cutoff: list[_CutoffEntry]


def load_sets(folder: Path = FOLDER) -> Mapping[str, CutoffSet]:
    """Every set of the folder by name, in the order of names, each with the CRAFITY cut-offs. ConfigError names the file."""
    crafity = _read(CRAFITY).cutoffs
    sets = (_read_pbis(path, crafity) for path in sorted(folder.glob("*.toml")))
    return {each.name: each for each in sets}


def load_set(name_or_path: str) -> CutoffSet:
    """A set by its name, or from a site's own file where the text ends in .toml. ConfigError lists the known names."""
    if name_or_path.endswith(".toml"):
        return _read_pbis(Path(name_or_path), _read(CRAFITY).cutoffs)
    sets = load_sets()
    if name_or_path not in sets:
        raise ConfigError(f"no cut-off set {name_or_path!r}; expected one of {', '.join(sets)}")
    return sets[name_or_path]


def set_names() -> tuple[str, ...]:
    """Names of the sets that come with the program."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def _read_pbis(path: Path, crafity: tuple[Cutoff, ...]) -> CutoffSet:
    found = _read(path)
    strangers = [cut.component for cut in found.cutoffs if cut.component not in COMPONENTS]
    if strangers:
        raise ConfigError(f"{path}: unknown component {strangers[0]!r}; expected {', '.join(COMPONENTS)}")
    return replace(found, crafity=crafity)


def decode_file(path: Path, kind: type[T]) -> T:
    """A TOML file as `kind`. ConfigError where it cannot be read or is of another shape."""
    try:
        return msgspec.toml.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from None


def _read(path: Path) -> CutoffSet:
    entry = decode_file(path, _SetFile)
    fields = msgspec.structs.asdict(entry)
    cutoffs = tuple(Cutoff(**msgspec.structs.asdict(cut)) for cut in fields.pop("cutoff"))
    return _checked(CutoffSet(cutoffs=cutoffs, **fields), path)


def _checked(found: CutoffSet, path: Path) -> CutoffSet:
    if found.name != path.stem:
        raise ConfigError(f"{path}: name is {found.name!r}; expected {path.stem!r}, as the file is called")
    names = [cut.component for cut in found.cutoffs]
    if not names or len(set(names)) != len(names):
        raise ConfigError(f"{path}: expected each component once; found {', '.join(names) or 'none'}")
    if not 1 <= found.high_at <= len(names):
        raise ConfigError(f"{path}: high_at is {found.high_at}; expected 1 to {len(names)}")
    for cut in found.cutoffs:
        check_cutoff(cut, str(path))
    _check_review(found, path)
    return found


def _check_review(found: CutoffSet, path: Path) -> None:
    if not (found.citation and found.author and found.checker and all(cut.source for cut in found.cutoffs)):
        raise ConfigError(f"{path}: citation, author, checker and the source of every cut-off must be filled in")
    for field in ("reviewed_on", "next_review"):
        try:
            date.fromisoformat(getattr(found, field))
        except ValueError:
            raise ConfigError(f"{path}: {field}: expected a date like 2027-05-31") from None
