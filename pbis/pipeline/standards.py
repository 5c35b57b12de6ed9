"""A plate without standards has no curves: a file without any is refused by name, one of several plates in a file is told.

The method `instrument` needs none where the export has its own concentrations; that nothing holds them is then told.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.curves.instrument_curve import has_results
from pbis.core.errors import NoStandards
from pbis.core.plates.plate import PlateRead

_SENTENCE = (
    "plate {} of the batch holds no standard: no concentration of it is computed, and the curve of another plate is not lent to it; "
    "its {} wells keep their MFI"
)
_OWN = (
    "plate {} has no standard with a known concentration: the concentrations of its {} wells are the export's own Result as it "
    "stands; no curve, range or level was checked here"
)


def require_standards(read: PlateRead, well: pa.Table, method: str) -> None:
    """Raise NoStandards where no well is a standard, or no standard has an expected concentration, unless the method takes the
    export's own concentrations and there are some."""
    if method == "instrument" and has_results(read):
        return
    if not pc.any(pc.equal(well.column("well_role"), "standard")).as_py():
        raise _refusal(read, "no well is known to hold a standard", "give a layout that names the standards' wells")
    if not _has_expected(read):
        raise _refusal(
            read, "its standards have no expected concentrations", "export with analysis on, or add the kit's lot sheet"
        )


def without_standards(read: PlateRead, well: pa.Table, method: str) -> list[tuple[str, str]]:
    """Code and sentence for each plate that holds no standard: its readings get no concentration, or the export's own."""
    plates = well.column("plate_number").to_pylist()
    roles = well.column("well_role").to_pylist()
    with_some = {plate for plate, role in zip(plates, roles, strict=True) if role == "standard"}
    own = _with_own(read) if method == "instrument" else set()
    bare = set(plates) - (with_some if _has_expected(read) else set())
    told = [("results_without_standards", _OWN.format(plate, plates.count(plate))) for plate in sorted(bare & own)]
    if with_some:
        none = sorted(set(plates) - with_some - own)
        told += [("plate_without_standards", _SENTENCE.format(plate, plates.count(plate))) for plate in none]
    return told


def _has_expected(read: PlateRead) -> bool:
    of_standards = read.reagent.filter(pc.equal(read.reagent.column("reagent_kind"), "standard"))
    expected = of_standards.column("expected_concentration")
    return bool(len(expected) > expected.null_count)


def _with_own(read: PlateRead) -> set[int]:
    """Plates of the file for which it has concentrations of its own."""
    said = read.reading.filter(pc.is_valid(read.reading.column("result_reported_op")))
    return set(said.column("plate_number").to_pylist())


def _refusal(read: PlateRead, found: str, hint: str) -> NoStandards:
    return NoStandards(
        "a plate without standards cannot be quantified",
        file=read.run.file_name,
        expected="standards with expected concentrations",
        found=found,
        hint=hint,
    )
