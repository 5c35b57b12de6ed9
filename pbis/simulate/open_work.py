"""Work that waits for a person, planted: of every kind of open item one, written into the inbox of a site of small plates.

`write_sound` writes what the first night reads, of which nothing is open; a person then excludes the well WELL of the plate DECIDED; `plant`
writes what the second night reads, and says what it must find open. Every plant brings its own plate, of a lot of its own, so that
any set of them may be planted: no one changes what another is found by.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from pbis.simulate import faults
from pbis.simulate.bench import Noise
from pbis.simulate.load import example_kit, example_plate, late_export
from pbis.simulate.model import SimulatedPlate
from pbis.simulate.render import render_plate
from pbis.simulate.sheets import kit_sheet, layout_text

SEED = 1
LOT = 5  # the lot of which an alarm is raised
BEFORE = range(1, 6)  # plates of it that the first night reads: the fewest against which a plate is held
MANY = 4  # samples of a plate whose level is followed; the others have one
BLOCKED, DECIDED, WELL = "WORK_0011", "WORK_0012", "E3"  # plates of the first night; the well that a person excludes
SET = "pbis-2025-il2-pgml"  # under which the group of a patient hangs on the IL-2 cut-off
_STEADY = Noise(0.005, 0.01, 0.1, 0.03, control_pipetting=0.005, well_beads=0.03)  # a plate that no rule speaks of
_SERUM = MappingProxyType({"IL-2": 0.5, "IL-12p70": 0.5})  # pg/mL, what serum holds of the two that have limits
_DRAWN, _TREATED = "2025-09-10 07:00", "2025-09-10 09:00"
_SPECIMENS, _LINKAGE = "barcode,subject,collected_at,material", "site,mrn,subject,valid_from,valid_to"
_TREATMENTS = "mrn,cohort,regimen,started_at"
_LABS = "mrn,accession,test,value,unit,status,collected_at,resulted_at,reference_range"


def write_sound(inbox: Path) -> None:
    """The first night's files: plates of one lot with layouts and tubes, and the two that plants are about later."""
    plates = [_plate(number, lot=LOT, samples=MANY) for number in BEFORE]
    for plate in (*plates, _plate(11), _plate(12)):
        _put(inbox, plate)


def plant(inbox: Path, kinds: Iterable[str]) -> set[tuple[str, str]]:
    """Write one open item of each of the kinds for the second night; the (kind, object_key) of each."""
    return {(kind, PLANTS[kind](inbox)) for kind in kinds}


def _plate_without_layout(inbox: Path) -> str:
    return _export(inbox, _plate(21))


def _barcode_without_specimen(inbox: Path) -> str:
    plate = _plate(22)
    _text(inbox, "layouts", plate.header.batch, layout_text(plate))
    _export(inbox, plate)
    return _tubes(plate)[0]


def _held_well(inbox: Path) -> str:
    """Neither the protocol nor the layout gives the dilution of one sample, and of the other both do."""
    plate = _plate(23, samples=2)
    wells = faults.sample_wells(plate, _tubes(plate)[0])
    _put(inbox, faults.lose_dilution(plate, wells))
    return _export(inbox, faults.lose_dilution(plate, wells, math.nan))  # as instruments print it


def _twin(inbox: Path) -> str:
    plate = _plate(24)
    copy = replace(plate, header=replace(plate.header, batch="WORK_COPY"))
    names = [_put(inbox, plate), _export(inbox, copy)]
    runs = [hashlib.sha256(render_plate(each)).hexdigest() for each in (plate, copy)]
    return f"{min(names)} ({min(runs)[:12]})"


def _failed_plate(inbox: Path) -> str:
    return _put(inbox, faults.swap_standards(_plate(25), "Standard3", "Standard5"))


def _file_in_quarantine(inbox: Path) -> str:
    (inbox / "plates" / "cut_off.csv").write_bytes(render_plate(_plate(26))[:4000])
    return "plates/cut_off.csv"


def _lab_without_linkage(inbox: Path) -> str:
    _table(inbox, "labs", "stray", _LABS, _results("9900001", lymphocytes="1.1"))
    return "labs/stray.csv"


def _plate_blocked_by_sheet(inbox: Path) -> str:
    for number, lot in enumerate(("K7001", "K7002")):  # two sheets name the plate, and none is chosen
        sheet = kit_sheet(_plate(11, lot=30 + number), "Kit,Human cytokine", f"Lot,{lot}", f"Plate,{BLOCKED}")
        _text(inbox, "lot_sheets", f"for_one_{number}", sheet)
    return BLOCKED


def _trend_alarm(inbox: Path) -> str:
    """The samples of a sixth plate of the lot hold fifty times as much IL-6; its controls do not."""
    return _put(inbox, _plate(6, lot=LOT, samples=MANY, holds={"IL-6": 2000.0})) + " unit_sanity"


def _decision_not_applying(inbox: Path) -> str:
    """The plate is exported again, and the well that a person excluded reads otherwise: the site's first decision is about another reading."""
    again = late_export(faults.bubble(_plate(12), WELL), 1)
    (inbox / "plates" / f"{DECIDED}_again.csv").write_bytes(render_plate(again))
    return "1"


def _work_expected(inbox: Path) -> str:
    _table(inbox, "worklists", "planned", "plate,due_on", ["WORK_PLANNED,2025-12-01"])
    return "WORK_PLANNED"


def _layout_without_plate(inbox: Path) -> str:
    plate = _plate(27)
    _text(inbox, "layouts", plate.header.batch, layout_text(plate))
    return plate.header.batch


def _sheet_without_plate(inbox: Path) -> str:
    _text(inbox, "lot_sheets", "other_lot", kit_sheet(_plate(28), "Kit,Human cytokine", "Lot,K9999"))
    return "lot_sheets/other_lot.csv"


def _specimen_never_run(inbox: Path) -> str:
    _table(inbox, "specimens", "idle", _SPECIMENS, [f"SR029001,PIDLE,{_DRAWN},serum"])
    return "SR029001"


def _patient_without_plate(inbox: Path) -> str:
    _treated(inbox, "PBARE", "9900002")
    return "PBARE"


def _group_hangs_on_il2(inbox: Path) -> str:
    """A patient with one point beside IL-2, which is above one reading of its cut-off and below the other."""
    plate = _plate(30, holds={"IL-2": 60.0})
    _put(inbox, plate)
    _treated(inbox, _subject(_tubes(plate)[0]), "9900003")
    _table(inbox, "labs", "hanging", _LABS, _results("9900003", lymphocytes="4.1"))
    return SET


PLANTS: Mapping[str, Callable[[Path], str]] = {
    plant.__name__.removeprefix("_"): plant
    for plant in (
        _plate_without_layout, _barcode_without_specimen, _held_well, _twin, _failed_plate, _file_in_quarantine,
        _lab_without_linkage, _plate_blocked_by_sheet, _trend_alarm, _decision_not_applying, _work_expected,
        _layout_without_plate, _sheet_without_plate, _specimen_never_run, _patient_without_plate, _group_hangs_on_il2,
    )
}  # fmt: skip


def _plate(
    number: int, *, lot: int | None = None, samples: int = 1, holds: Mapping[str, float] = MappingProxyType({})
) -> SimulatedPlate:
    """Plate `number`, of a lot of its own unless one is named; holds: medians of the samples, pg/mL."""
    kit = example_kit(100 + number if lot is None else lot)
    plate = example_plate(SEED, number, kit, samples=samples, noise=_STEADY, medians={**_SERUM, **holds})
    return replace(plate, header=replace(plate.header, batch=f"WORK_{number:04d}"))


def _put(inbox: Path, plate: SimulatedPlate) -> str:
    """The plate with its layout and its registered tubes; its name."""
    name = plate.header.batch
    _text(inbox, "layouts", name, layout_text(plate))
    rows = [f"{tube},{_subject(tube)},{_DRAWN},serum" for tube in _tubes(plate)]
    _table(inbox, "specimens", name, _SPECIMENS, rows)
    return _export(inbox, plate)


def _export(inbox: Path, plate: SimulatedPlate) -> str:
    (inbox / "plates" / f"{plate.header.batch}.csv").write_bytes(render_plate(plate))
    return plate.header.batch


def _treated(inbox: Path, subject: str, record: str) -> None:
    _table(inbox, "linkage", f"of_{subject}", _LINKAGE, [f"north,{record},{subject},2015-01-01,"])
    row = f"{record},validation,atezolizumab + bevacizumab,{_TREATED}"
    _table(inbox, "treatments", f"of_{subject}", _TREATMENTS, [row])


def _results(record: str, *, lymphocytes: str) -> list[str]:
    """Neutrophils, lymphocytes and CRP of one draw before the treatment; CRP earns a point."""
    values = (("751-8", "4.2", "10*9/L"), ("731-0", lymphocytes, "10*9/L"), ("1988-5", "8.1", "mg/L"))
    when = "final,2025-09-10 08:00,2025-09-10 09:00,0-9"
    return [f"{record},A{record},{code},{value},{unit},{when}" for code, value, unit in values]


def _tubes(plate: SimulatedPlate) -> list[str]:
    return [tube for tube in dict.fromkeys(plate.wells.specimen) if tube]


def _subject(tube: str) -> str:
    return f"P{tube[2:]}"


def _table(inbox: Path, kind: str, name: str, header: str, rows: Sequence[str]) -> None:
    _text(inbox, kind, name, "\n".join([header, *rows, ""]))


def _text(inbox: Path, kind: str, name: str, text: str) -> None:
    (inbox / kind / f"{name}.csv").write_text(text, encoding="utf-8")
