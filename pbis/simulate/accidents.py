"""What goes wrong at the bench of the demo site, and what it hides."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from pbis.simulate import faults
from pbis.simulate.cohort import IL2_CUT_PG_ML, Subject
from pbis.simulate.draft import Draft, Problem, is_decided_by
from pbis.simulate.draws import Draw
from pbis.simulate.kit import LLOQ_PG_ML
from pbis.simulate.plates import SitePlate


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


def _tube(draft: Draft, at: SitePlate, fits: Callable[[Subject], bool]) -> Draw:
    """The baseline tube on the plate of a subject that fits and has no story yet."""
    here = set(at.plate.wells.specimen)
    subject = draft.pick(lambda s: draft.baseline[s.subject].barcode in here and fits(s))
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
