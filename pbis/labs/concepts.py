"""OMOP concepts as reviewed data: operators, tests and units by concept id."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec

from pbis.core.errors import ConfigError
from pbis.core.units import to_unit
from pbis.labs.load import FOLDER, decode_file
from pbis.labs.model import is_loinc


class Concepts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Concept id as text -> operator, LOINC code and unit spelling."""

    author: str
    checker: str
    reviewed_on: str
    next_review: str
    operator: dict[str, str]
    loinc: dict[str, str]
    unit: dict[str, str]

    def id_of(self, kind: str, word: str | None) -> int:
        """Concept of an operator, a LOINC code or a unit (kind: operator, loinc, unit): the lowest that has it, 0 where none has."""
        table: dict[str, str] = getattr(self, kind)
        return min((int(concept) for concept, said in table.items() if said == word), default=0)


class _TypesFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    author: str
    checker: str
    reviewed_on: str
    next_review: str
    type: dict[str, int]


@lru_cache(maxsize=2)
def load_type_concepts(path: Path = FOLDER / "omop_types.toml") -> dict[str, int]:
    """How a record came to be (laboratory, algorithm) -> concept id."""
    found: _TypesFile = decode_file(path, _TypesFile)
    return found.type


@lru_cache(maxsize=2)
def load_concepts(path: Path = FOLDER / "omop.toml") -> Concepts:
    """The table. ConfigError where a unit is not of the unit table or a code is no LOINC code."""
    found: Concepts = decode_file(path, Concepts)
    strange = [unit for unit in found.unit.values() if to_unit(unit) is None]
    strange += [code for code in found.loinc.values() if not is_loinc(code)]
    if strange:
        raise ConfigError(f"{path}: unknown unit or code: {', '.join(strange)}")
    return found
