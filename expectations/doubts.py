"""How many wells of a plate may be in doubt, from doubts.json; light to import, since `pbis read` asks for it too."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from pbis.core.plates.doubtful import DoubtLimits

_FILE = Path(__file__).parent / "doubts.json"


@lru_cache(maxsize=1)
def doubt_limits() -> DoubtLimits:
    """The limits that the project ships."""
    limits = json.loads(_FILE.read_text(encoding="utf-8"))["limits"]
    return DoubtLimits(most_pct=float(limits["most_pct"]), fewest=int(limits["fewest"]))
