"""A plate without standards has no curves: a file without any is refused by name, one of several plates in a file is told.

The method `instrument` needs none where the export has its own concentrations; that nothing holds them is then told.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.curves.instrument_curve import has_results
from pbis.core.errors import NoStandards
from pbis.core.plates.bare import WITHOUT_STANDARDS, standards_by_plate, without_standards
from pbis.core.plates.plate import PlateRead

OWN_RESULTS = "results_without_standards"
NOTED = (WITHOUT_STANDARDS, OWN_RESULTS)  # said in the night's own words, not on the plate's page alone
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


def told_of_standards(read: PlateRead, well: pa.Table, method: str) -> list[tuple[str, str]]:
    """Code and sentence for each plate that holds no standard: its readings get no concentration, or the export's own."""
    own = _with_own(read) if method == "instrument" else set()
    has_expected = _has_expected(read)
    told = [
        (OWN_RESULTS, _OWN.format(plate, wells))
        for plate, (wells, standards) in standards_by_plate(well).items()
        if plate in own and not (standards and has_expected)
    ]
    return told + [(WITHOUT_STANDARDS, text) for plate, text in without_standards(well) if plate not in own]


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
