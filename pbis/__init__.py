"""From a plate export dropped in the evening to a score per patient in the morning.

This is the door for other people's scripts: read, read_layout, assay, score, explain and open_release, described in docs/api.md.
Nothing heavy is imported before one of them is used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from pbis.version import __version__

if TYPE_CHECKING:
    from pbis import errors as errors
    from pbis.api import Assay as Assay
    from pbis.api import Explanation as Explanation
    from pbis.api import Plate as Plate
    from pbis.api import Release as Release
    from pbis.api import Score as Score
    from pbis.api import Table as Table
    from pbis.api import assay as assay
    from pbis.api import explain as explain
    from pbis.api import open_release as open_release
    from pbis.api import read as read
    from pbis.api import read_layout as read_layout
    from pbis.api import score as score
    from pbis.errors import PbisError as PbisError

__all__ = [
    "Assay",
    "Explanation",
    "PbisError",
    "Plate",
    "Release",
    "Score",
    "Table",
    "__version__",
    "assay",
    "errors",
    "explain",
    "open_release",
    "read",
    "read_layout",
    "score",
]


if not TYPE_CHECKING:  # a type checker takes the names above, and refuses others

    def __getattr__(name: str) -> Any:
        """What the door offers, imported when it is first asked for."""
        if name not in __all__:
            raise AttributeError(f"module 'pbis' has no attribute {name!r}")
        if name == "errors":
            return importlib.import_module("pbis.errors")
        found = getattr(importlib.import_module("pbis.errors" if name == "PbisError" else "pbis.api"), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
