"""What a validation report accepts, from validation.json."""

from __future__ import annotations

import json
from pathlib import Path

from pbis.validation.limits import Limit, ValidationLimits

_FILE = Path(__file__).parent / "validation.json"


def validation_limits() -> ValidationLimits:
    """The limits that the project ships, each with its source and whether that was checked."""
    told = json.loads(_FILE.read_text(encoding="utf-8"))["limits"]
    limits = {name: Limit(float(each["limit"]), each["source"], each["checked"]) for name, each in told.items()}
    return ValidationLimits(**limits)
