"""Codes, units and column maps of clinical laboratories as reviewed data."""

from __future__ import annotations

from pbis.labs.concepts import Concepts, load_concepts, load_type_concepts
from pbis.labs.load import load_codes, load_map, load_units, map_path
from pbis.labs.model import CodeTable, KitFactor, LabsMap, UnitRule

__all__ = [
    "CodeTable",
    "Concepts",
    "KitFactor",
    "LabsMap",
    "UnitRule",
    "load_codes",
    "load_concepts",
    "load_map",
    "load_type_concepts",
    "load_units",
    "map_path",
]
