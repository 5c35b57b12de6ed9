"""A plate without standards has no curves: it is refused by name, with what is missing."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import MalformedFile
from pbis.core.plates.plate import PlateRead


def require_standards(read: PlateRead, well: pa.Table) -> None:
    """Raise MalformedFile where no well is a standard, or no standard has an expected concentration."""
    if not pc.any(pc.equal(well.column("well_role"), "standard")).as_py():
        raise _refusal(read, "no well is known to hold a standard", "give a layout that names the standards' wells")
    expected = read.reagent.filter(pc.equal(read.reagent.column("reagent_kind"), "standard")).column(
        "expected_concentration"
    )
    if expected.null_count == len(expected):
        raise _refusal(
            read, "its standards have no expected concentrations", "export with analysis on, or add the kit's lot sheet"
        )


def _refusal(read: PlateRead, found: str, hint: str) -> MalformedFile:
    return MalformedFile(
        "a plate without standards cannot be quantified",
        file=read.run.file_name,
        expected="standards with expected concentrations",
        found=found,
        hint=hint,
    )
