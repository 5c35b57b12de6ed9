"""The demo site's plates: which tube lies where, what goes wrong at the bench, and the export files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from pbis.simulate import faults
from pbis.simulate.bench import SAMPLES_PER_PLATE, Sample, plate_wells, run_plate
from pbis.simulate.cohort import IL2_CUT_PG_ML
from pbis.simulate.dialect import RESAVED, UNTOUCHED
from pbis.simulate.draft import Draft, Problem, is_decided_by
from pbis.simulate.draws import Draw
from pbis.simulate.instrument import derive
from pbis.simulate.kit import CYTOKINES_7, Kit, make_kit
from pbis.simulate.load import late_export, plate_header
from pbis.simulate.model import SimulatedPlate
from pbis.simulate.render import render_plate

LLOQ_PG_ML = 3.2  # the lowest standard
DILUTED_PLATE, SHORT_VOLUME_PLATE, SWAPPED_PLATE, EDITED_PLATE, LATE_PLATE = 4, 2, 3, 5, 6
SHORT_VOLUME_SAMPLES = 6
_DAYS = {1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 7}  # five days of a week, then Monday
_REPEAT_DAY, _LATE_DAYS = 8, 9


@dataclass(frozen=True)
class SitePlate:
    """A plate of the site under its number; its name is the export's batch."""

    number: int
    plate: SimulatedPlate

    @property
    def name(self) -> str:
        return self.plate.header.batch


@dataclass(frozen=True)
class SiteFile:
    """A file of the inbox, or of the late delivery, relative to its folder."""

    path: str
    data: bytes
    is_late: bool = False


def allocate(draft: Draft) -> dict[int, tuple[Draw, ...]]:
    """Plate number -> its tubes: all that are assayed, in random order, 38 a plate."""
    tubes = sorted((*draft.baseline.values(), *draft.further), key=lambda draw: draw.barcode)
    assayed = [draw for draw in tubes if draw.barcode not in draft.unassayed]
    order = draft.rng.permutation(len(assayed)).tolist()
    starts = range(0, len(assayed), SAMPLES_PER_PLATE)
    chunks = (tuple(assayed[i] for i in order[start : start + SAMPLES_PER_PLATE]) for start in starts)
    return dict(enumerate(chunks, start=1))


def dilution_of(number: int, position: int) -> float:
    """One plate was run at 1:2, and on another the tubes with too little serum."""
    if number == DILUTED_PLATE:
        return 2.0
    return 2.0 if number == SHORT_VOLUME_PLATE and position < SHORT_VOLUME_SAMPLES else 1.0


def run_plates(draft: Draft, tubes: dict[int, tuple[Draw, ...]], seed: int, base_on: date) -> dict[int, SitePlate]:
    """Read every plate once, without faults."""
    kits = _kits(seed, base_on)
    return {
        number: SitePlate(number, _run(draft, number, chunk, kits[number > SWAPPED_PLATE], seed, base_on))
        for number, chunk in tubes.items()
    }


def repeat_plate(draft: Draft, chunk: Sequence[Draw], seed: int, base_on: date) -> SitePlate:
    """The swapped plate again, some days later, with new noise and its own name."""
    on = base_on + timedelta(days=_REPEAT_DAY)
    kit = _kits(seed, base_on)[1]
    return SitePlate(SWAPPED_PLATE, _run(draft, SWAPPED_PLATE, chunk, kit, seed, base_on, on, "R"))


def _kits(seed: int, base_on: date) -> tuple[Kit, Kit]:
    lots = (("3917204", 140), ("4020117", 320))
    name = "Human Cytokine 7-Plex"
    first, second = (
        make_kit(name, lot, base_on + timedelta(days=days), CYTOKINES_7, np.random.default_rng([seed, 20, n]))
        for n, (lot, days) in enumerate(lots)
    )
    return first, second


def _run(
    draft: Draft,
    number: int,
    chunk: Sequence[Draw],
    kit: Kit,
    seed: int,
    base_on: date,
    on: date | None = None,
    suffix: str = "",
) -> SimulatedPlate:
    on = on or base_on + timedelta(days=_DAYS.get(number, number + 1))
    header = plate_header(f"HCC7P_{on:%Y%m%d}_P{number:02d}{suffix}", on, kit, hour=9 + number % 4)
    samples = [Sample(d.barcode, _label(number, i, d), dilution_of(number, i)) for i, d in enumerate(chunk)]
    doses = {draw.barcode: draw.concentrations(draft.subjects[draw.subject]) for draw in chunk}
    rng = np.random.default_rng([seed, 21, number, len(suffix)])
    return run_plate(kit, header, plate_wells(kit, samples), doses, rng)


def _label(number: int, position: int, draw: Draw) -> str:
    """Most plates keep the instrument's names; on one the operator typed the barcodes."""
    return draw.barcode if number == SHORT_VOLUME_PLATE else f"Unknown{position + 1}"


def plant(draft: Draft, plates: dict[int, SitePlate]) -> dict[int, SitePlate]:
    """The bench's accidents, on plates 1 to 3."""
    planted = dict(plates)
    planted[1] = _bead_trouble(draft, plates[1])
    planted[2] = _curve_trouble(draft, plates[2])
    planted[3] = _swap(draft, plates[3])
    return planted


def _bead_trouble(draft: Draft, at: SitePlate) -> SitePlate:
    """One specimen with a poor replicate; one without enough IL-12 beads in either replicate."""
    poor, blind = _tube(draft, at, lambda s: True), _tube(draft, at, is_decided_by("il12"))
    one, both = faults.sample_wells(at.plate, poor.barcode)[:1], faults.sample_wells(at.plate, blind.barcode)
    plate = faults.low_beads(faults.low_beads(at.plate, one), both, ["IL-12p70"])
    draft.blind(blind.subject, "failed_qc", "il12")
    draft.problems += [
        Problem(
            "low_beads_one_replicate",
            "21 beads in every analyte of one replicate",
            "bead_count fails; the other replicate is used, flagged single_replicate",
            *(poor.subject, poor.barcode, None, at.name, one),
        ),
        Problem(
            "low_beads_both_replicates",
            "21 beads of IL-12p70 in both replicates",
            "il12 unknown: failed_qc",
            *(blind.subject, blind.barcode, None, at.name, both, "IL-12p70"),
        ),
    ]
    return replace(at, plate=plate)


def _tube(draft: Draft, at: SitePlate, fits: object) -> Draw:
    """The baseline tube on the plate of a subject that fits and has no story yet."""
    here = set(at.plate.wells.specimen)
    subject = draft.pick(lambda s: draft.baseline[s.subject].barcode in here and fits(s))  # type: ignore[operator]
    return draft.baseline[subject.subject]


def _curve_trouble(draft: Draft, at: SitePlate) -> SitePlate:
    """A hook, an analyte whose controls both fail, and one with a single failed control; none enters the score."""
    plate = faults.hook(at.plate, "IL-6")
    plate = faults.fail_controls(plate, "TNFa")
    plate = faults.fail_controls(plate, "IL-17A", ["Control1"])
    said = (
        ("hook", "top standard reads 0.6 of the next one", "hook_effect: the top level is dropped", "IL-6"),
        ("failed_controls", "both controls out of range", "kit_control_range fails the analyte on the plate", "TNF"),
        ("failed_control", "Control1 out of range", "kit_control_range warns", "IL-17A"),
    )
    for kind, planted, expected, analyte in said:
        draft.problems.append(Problem(kind, planted, expected, plate=at.name, analyte=analyte))
    return replace(at, plate=plate)


def _swap(draft: Draft, at: SitePlate) -> SitePlate:
    text = "Standard4 and Standard5 in each other's wells; the plate was repeated as ...P03R"
    expected = "standard_order fails the plate; the repeat's results are used"
    draft.problems.append(Problem("swapped_standards", text, expected, plate=at.name))
    return replace(at, plate=faults.swap_standards(at.plate, "Standard4", "Standard5"))


def blind_below_lloq(draft: Draft, plates: Iterable[SitePlate]) -> None:
    """IL-2 of diluted tubes below LLOQ x dilution, which is above the cut: undecided."""
    baseline = {draw.barcode: draw.subject for draw in draft.baseline.values()}
    for at in plates:
        for barcode, factor in dict(zip(at.plate.wells.specimen, at.plate.wells.dilution, strict=True)).items():
            subject = baseline.get(barcode or "")
            if subject is None or factor is None or LLOQ_PG_ML * factor <= IL2_CUT_PG_ML:
                continue
            true = draft.subjects[subject].cytokines["IL-2"]
            if true / factor < LLOQ_PG_ML and (subject, "il2") not in draft.unknown:
                draft.blind(subject, "below_range_undecided", "il2")
                text = f"true IL-2 {true} pg/mL at dilution {factor:g}: reported as <{LLOQ_PG_ML * factor:g}"
                expected = "il2 unknown: below_range_undecided"
                draft.problems.append(
                    Problem("below_lloq_at_cut", text, expected, subject, barcode, plate=at.name, analyte="IL-2")
                )


def plate_files(draft: Draft, plates: dict[int, SitePlate], repeat: SitePlate) -> list[SiteFile]:
    """The exports, and what people do to exports."""
    files = [_export(at) for number, at in plates.items() if number != LATE_PLATE]
    files.append(_export(repeat))
    files += _handled_by_people(draft, plates)
    files += _late(draft, plates[LATE_PLATE])
    return files + _strays(draft, plates[2].name)


def _export(at: SitePlate) -> SiteFile:
    return SiteFile(f"plates/{at.name}.csv", render_plate(at.plate, UNTOUCHED))


def _handled_by_people(draft: Draft, plates: dict[int, SitePlate]) -> list[SiteFile]:
    first, edited = plates[1], plates[EDITED_PLATE]
    derived = derive(first.plate)
    broken = faults.corrupt_ladder(edited.plate)
    files = [
        SiteFile(f"plates/{first.name} (1).csv", render_plate(first.plate, UNTOUCHED, derived)),
        SiteFile(f"plates/{first.name}_resaved.csv", render_plate(first.plate, RESAVED, derived)),
        SiteFile(f"plates/{edited.name}_edited.csv", render_plate(broken, RESAVED)),
    ]
    said = (
        ("same_bytes_twice", "a copy of the export under another name", "no second run", first.name),
        ("resaved", "the export opened and saved by a spreadsheet", "CRC warning; no second result", first.name),
        ("corrupted_ladder", "Standard4 of every analyte x1000, after the export", "refused", edited.name),
    )
    for (kind, planted, expected, plate), file in zip(said, files, strict=True):
        draft.problems.append(Problem(kind, planted, expected, file=file.path, plate=plate))
    return files


def _late(draft: Draft, at: SitePlate) -> list[SiteFile]:
    """First exported with the IL-2 control ranges of another lot; later exported again with the right ones."""
    wrong, right = faults.shift_control_range(at.plate, "IL-2"), late_export(at.plate, _LATE_DAYS)
    path = f"plates/{at.name}_reexport.csv"
    text = "first export with IL-2 control ranges of another lot, re-exported later with the right ones (late folder)"
    expected = (
        "first: IL-2 fails on the plate, il2 unknown: failed_qc; after the re-export it supersedes and IL-2 counts"
    )
    draft.problems.append(Problem("late_reexport", text, expected, file=path, plate=at.name, analyte="IL-2"))
    return [_export(replace(at, plate=wrong)), SiteFile(path, render_plate(right, UNTOUCHED), is_late=True)]


def _strays(draft: Draft, name: str) -> list[SiteFile]:
    """What else lies in a folder of exports: the beads of one well, and a file that never got its content."""
    rng = np.random.default_rng(len(name))
    values = np.column_stack([rng.integers(12, 78, 400), rng.integers(5, 9000, 400), rng.integers(90, 4000, (400, 2))])
    lines = ["EventNo,RID,RP1,CL1,CL2"] + [f"{n},{a},{b},{c},{d}" for n, (a, b, c, d) in enumerate(values.tolist(), 1)]
    files = [
        SiteFile(f"plates/{name}_A1.csv", "\r\n".join([*lines, ""]).encode()),
        SiteFile("plates/HCC7P_P07.csv", b""),
    ]
    for kind, planted, file in zip(("bead_level_file", "empty_file"), ("single beads", "0 bytes"), files, strict=True):
        draft.problems.append(Problem(kind, planted, "refused with its reason", file=file.path))
    return files


def layout_rows(at: SitePlate) -> list[tuple[str, ...]]:
    """plate,well,role,specimen,label,dilution of every well."""
    wells = at.plate.wells
    return [
        (at.name, name, role, specimen or "", reagent or "", "" if factor is None else f"{factor:g}")
        for name, role, reagent, factor, specimen in zip(
            wells.name, wells.role, wells.reagent, wells.dilution, wells.specimen, strict=True
        )
    ]
