"""Reads in whom a score was found. A file that names no source, author or review is refused."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from pbis.core.errors import ConfigError
from pbis.core.scoring.marks import ScorePopulation
from pbis.scores.load import decode_file

FOLDER = Path(__file__).parent / "population"


class _PopulationFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    citation: str
    source: str
    author: str
    checker: str
    reviewed_on: str
    next_review: str
    min_age: float
    child_pugh: tuple[str, ...]
    ecog: tuple[int, ...]
    materials: tuple[str, ...]


@lru_cache(maxsize=2)
def load_population(path: Path = FOLDER / "pbis-2025.toml") -> ScorePopulation:
    """The population of the paper. ConfigError names the file."""
    file = decode_file(path, _PopulationFile)
    if not all((file.citation, file.source, file.author, file.checker, file.reviewed_on, file.next_review)):
        raise ConfigError(f"{path}: citation, source, author, checker and both dates must be filled in")
    return ScorePopulation(file.name, file.min_age, file.child_pugh, file.ecog, file.materials)
