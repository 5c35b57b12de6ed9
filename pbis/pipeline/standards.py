"""A plate without standards has no curves: a file without any is refused by name, one of several plates in a file is told."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import NoStandards
from pbis.core.plates.plate import PlateRead

_SENTENCE = (
    "plate {} of the batch holds no standard: no concentration of it is computed, and the curve of another plate is not lent to it; "
    "its {} wells keep their MFI"
)


def require_standards(read: PlateRead, well: pa.Table) -> None:
    """Raise NoStandards where no well is a standard, or no standard has an expected concentration."""
    if not pc.any(pc.equal(well.column("well_role"), "standard")).as_py():
        raise _refusal(read, "no well is known to hold a standard", "give a layout that names the standards' wells")
    expected = read.reagent.filter(pc.equal(read.reagent.column("reagent_kind"), "standard")).column(
        "expected_concentration"
    )
    if expected.null_count == len(expected):
        raise _refusal(
            read, "its standards have no expected concentrations", "export with analysis on, or add the kit's lot sheet"
        )


def without_standards(well: pa.Table) -> list[tuple[str, str]]:
    """Code and sentence for each plate of a batch that holds no standard while another does: its readings get no concentration."""
    plates = well.column("plate_number").to_pylist()
    roles = well.column("well_role").to_pylist()
    with_some = {plate for plate, role in zip(plates, roles, strict=True) if role == "standard"}
    bare = sorted(set(plates) - with_some)
    return [("plate_without_standards", _SENTENCE.format(plate, plates.count(plate))) for plate in bare if with_some]


def _refusal(read: PlateRead, found: str, hint: str) -> NoStandards:
    return NoStandards(
        "a plate without standards cannot be quantified",
        file=read.run.file_name,
        expected="standards with expected concentrations",
        found=found,
        hint=hint,
    )
