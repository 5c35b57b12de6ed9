"""What a validation report accepts, from validation.json."""

from __future__ import annotations

import json
from pathlib import Path

from pbis.validation.limits import Limit, ValidationLimits

_FILE = Path(__file__).parent / "validation.json"


def validation_limits() -> ValidationLimits:
    """The limits that the project ships, each with its source."""
    told = json.loads(_FILE.read_text(encoding="utf-8"))["limits"]
    return ValidationLimits(**{name: Limit(float(each["limit"]), each["source"]) for name, each in told.items()})
