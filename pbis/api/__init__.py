"""The door for other people's scripts: the functions behind `pbis.read`, `pbis.assay` and the rest; docs/api.md describes them.

The command line uses the same functions of pbis.pipeline and pbis.readers; here they take text or paths and give small frozen
objects.
"""

from __future__ import annotations

from pbis.api.calls import assay, explain, read, read_layout, score
from pbis.api.release import Release, open_release
from pbis.api.results import Assay, Explanation, Plate, Score, Table

__all__ = [
    "Assay",
    "Explanation",
    "Plate",
    "Release",
    "Score",
    "Table",
    "assay",
    "explain",
    "open_release",
    "read",
    "read_layout",
    "score",
]
