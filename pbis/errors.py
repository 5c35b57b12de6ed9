"""Every error that a caller can mend, as one tree: `except pbis.errors.InputRefused`; pbis.core.errors draws the tree."""

from __future__ import annotations

from pbis.core.errors import (
    AmbiguousValue,
    BeyondLimits,
    ConfigError,
    Conflict,
    CorruptedLadder,
    InputRefused,
    IntegrityError,
    MalformedFile,
    NoStandards,
    PanelMismatch,
    PbisError,
    QueryStopped,
    SiteBusy,
    SiteTrouble,
    TableRefused,
    UnrecognisedFormat,
    UnstableFile,
    UsageError,
)

__all__ = [
    "AmbiguousValue",
    "BeyondLimits",
    "ConfigError",
    "Conflict",
    "CorruptedLadder",
    "InputRefused",
    "IntegrityError",
    "MalformedFile",
    "NoStandards",
    "PanelMismatch",
    "PbisError",
    "QueryStopped",
    "SiteBusy",
    "SiteTrouble",
    "TableRefused",
    "UnrecognisedFormat",
    "UnstableFile",
    "UsageError",
]
