"""A well, and the two ways in which exports name one: alone (`A1`), or with its plate (`9(1,A2)`)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_NAME = re.compile(r"\s*([A-Za-z]{1,2})\s*0*(\d{1,2})\s*", re.ASCII)
_LOCATION = re.compile(r"\s*\d*\s*\(\s*(?:(\d+)\s*,)?([^,()]*)\)\s*", re.ASCII)


class Well(NamedTuple):
    """A well of a plate within a batch."""

    plate: int
    row: str
    column: int

    @property
    def name(self) -> str:
        return f"{self.row}{self.column}"


def well_named(name: str, plate: int = 1) -> Well | None:
    """'a02' -> A2 of the plate; None where the text names no well."""
    match = _NAME.fullmatch(name)
    if match is None or plate < 1 or int(match.group(2)) < 1:
        return None
    return Well(plate, match.group(1).upper(), int(match.group(2)))


@lru_cache(maxsize=2048)  # the same locations on every plate
def parse_well(location: str) -> Well | None:
    """'9(1,A02)' or '9 (A2)' -> plate 1, A2; None where the cell is no location. The leading index is not trusted."""
    match = _LOCATION.fullmatch(location)
    return well_named(match.group(2), int(match.group(1) or 1)) if match else None
