"""Clinical extracts as declared frames. Record numbers come in here and do not go out."""

from __future__ import annotations

from pbis.clinical.aside import Allowed, Aside
from pbis.clinical.audit import conversions
from pbis.clinical.labs import READING, labs_from_bytes, read_labs
from pbis.clinical.linkage import Linkage, Resolution, merge_linkages, read_linkage
from pbis.clinical.notes import aside_of, notes_of, unmapped_of
from pbis.clinical.outcomes import read_outcomes
from pbis.clinical.specimens import read_specimens
from pbis.clinical.treatments import read_treatments

__all__ = [
    "READING",
    "Allowed",
    "Aside",
    "Linkage",
    "Resolution",
    "aside_of",
    "conversions",
    "labs_from_bytes",
    "merge_linkages",
    "notes_of",
    "read_labs",
    "read_linkage",
    "read_outcomes",
    "read_specimens",
    "read_treatments",
    "unmapped_of",
]
