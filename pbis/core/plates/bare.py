"""Plates of a batch that hold no standard while another of the same file does: they have no curve, and none is lent to them."""

from __future__ import annotations

import pyarrow as pa

from pbis.core.words import plural

WITHOUT_STANDARDS = "plate_without_standards"
_SENTENCE = (
    "plate {} of the batch holds no standard: no concentration of it is computed, and the curve of another plate is not lent to it; "
    "its {} keep their MFI"
)


def standards_by_plate(well: pa.Table) -> dict[int, tuple[int, int]]:
    """Of frames.WELL: the wells of each plate, and those of them that are standards."""
    found: dict[int, tuple[int, int]] = {}
    for plate, role in zip(well.column("plate_number").to_pylist(), well.column("well_role").to_pylist(), strict=True):
        wells, standards = found.get(plate, (0, 0))
        found[plate] = (wells + 1, standards + (role == "standard"))
    return dict(sorted(found.items()))


def without_standards(well: pa.Table) -> list[tuple[int, str]]:
    """Number and sentence of each plate that holds no standard while another does; none where no plate holds any."""
    counts = standards_by_plate(well)
    if not any(standards for _, standards in counts.values()):
        return []
    return [
        (plate, _SENTENCE.format(plate, plural(wells, "well")))
        for plate, (wells, standards) in counts.items()
        if not standards
    ]
