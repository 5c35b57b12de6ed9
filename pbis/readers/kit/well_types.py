"""Wells whose role the export itself declares: the type codes of INTELLIFLEX tables and of Bio-Plex Manager."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from pbis.core.frames.plate import WELL_TYPE
from pbis.readers.kit.well import Well

# S1, ES1 (external standard), C2, B, U3 (INTELLIFLEX) and X14 (Bio-Plex): a letter code and a number, nothing else.
_CODE = re.compile(r"(U|X|S|ES|C|B|BLANK)\s?\d*")
_ROLES = {
    "U": "unknown",
    "X": "unknown",
    "S": "standard",
    "ES": "standard",
    "C": "qc_control",
    "B": "background",
    "BLANK": "background",
}


def role_of(code: str) -> str | None:
    """The role of a type code, None where it is none that we know."""
    match = _CODE.fullmatch(code.strip().upper())
    return _ROLES[match.group(1)] if match else None


def type_frame(run_id: str, wells: Sequence[Well], codes: Sequence[str]) -> pa.Table:
    """well_type: wells with a code that means a role; others are left to the names and the layout."""
    known = [(well, code, role) for well, code in zip(wells, codes, strict=True) if (role := role_of(code))]
    return WELL_TYPE.table(
        {
            "run_id": [run_id] * len(known),
            "plate_number": [well.plate for well, _, _ in known],
            "well": [well.name for well, _, _ in known],
            "well_type": [code for _, code, _ in known],
            "well_role": [role for _, _, role in known],
        }
    )
