"""One hash over the tables that decide what a clinical row means."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pbis.labs.load import FOLDER


def digest(map_name: str) -> str:
    """sha256 over the bytes of the tables of codes, units, concepts and words and the map (its name, or the path of a site's own)."""
    own = Path(map_name)
    files = (
        FOLDER / "codes.toml",
        FOLDER / "units.toml",
        FOLDER / "omop.toml",
        FOLDER / "outcomes.toml",
        own if own.suffix == ".toml" else FOLDER / "maps" / f"{map_name}.toml",
    )
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()
