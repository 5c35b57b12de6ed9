"""Plates and nights for pages: a simulated plate with the problems that a report must show, and scores written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

import pyarrow as pa
from builders import Built, built, changed, research, specimen

from pbis.core import frames
from pbis.core.verdicts.roll_up import roll_up
from pbis.report import NightReport, PlateReport, PlateRow, RefusedRow
from pbis.scores import load_sets
from pbis.simulate import SimulatedPlate, faults

CYTOKINES = ("IFN-gamma", "IL-10", "IL-12p70", "IL-17A", "IL-2", "IL-6", "TNF")
RUN_ID, ASSAY_ID = "a1" * 32, "b2" * 32
PLATE = "PBIS-P07"
LOW_IN_BEADS = "E5"


@dataclass(frozen=True)
class Names:
    """Texts that come from files; tests put markup into them."""

    analytes: tuple[str, ...] = CYTOKINES
    sample: str = "HCC-{:03d}"
    file: str = "plate_07.csv"
    plate: str = PLATE


def exported(plate: SimulatedPlate) -> SimulatedPlate:
    """The plate as the bench left it: the second analyte is flat, the fourth hooks, a well has few beads, the controls of the last read low."""
    names = sorted(analyte.name for analyte in plate.analytes)
    plate = faults.low_beads(plate, (LOW_IN_BEADS,), beads=22)
    plate = faults.fail_controls(faults.flat_curve(plate, names[1]), names[-1], ("Control1",))
    if len(names) > 4:
        plate = faults.hook(plate, names[3])
    kit = replace(plate.header.kit, name="Human cytokine 7-plex", number="K2210-17", expires_on=date(2027, 1, 31))
    header = replace(
        plate.header,
        batch=PLATE,
        kit=kit,
        serial="LX10005087402",
        started_at=datetime(2026, 3, 9, 14, 5),
        stopped_at=datetime(2026, 3, 9, 14, 52),
        calibrated_at=datetime(2026, 3, 6, 9, 0),
    )
    return replace(plate, header=header)


@cache
def plate(names: Names | None = None, seed: int = 7) -> PlateReport:
    """A 96-well plate: background, 7 standards and 2 controls in duplicate, 38 samples in duplicate, as `exported` left it.

    Findings are literals, so that a test knows each word of them; the verdicts follow from them as in a night.
    """
    names = names or Names()
    made = built(len(names.analytes), seed, fault=exported)
    tables = _renamed(made, names)
    found = _findings(names)
    judged = roll_up(tables["result"], found, tables["curve"])
    return PlateReport(
        run=replace(made.read.run, run_id=RUN_ID, file_name=names.file, batch=names.plate),
        plate=names.plate,
        finding=found,
        analyte_verdict=judged.analyte,
        plate_verdict=judged.plate,
        reading_state=judged.reading_state,
        warning=_warnings(),
        provenance={"Method": "robust 1.0", "Configuration": "c3" * 32, "Suite": "research, d4d4d4d4"},
        tolerances=research(),
        **tables,
    )


def _renamed(made: Built, names: Names) -> dict[str, pa.Table]:
    """The plate's tables with the analytes, samples and ids that the test wants, whatever texts these are."""
    own = sorted(set(made.done.curve.column("analyte").to_pylist()))
    reported = dict(
        zip(*(made.done.curve.column(name).to_pylist() for name in ("analyte_reported", "analyte")), strict=True)
    )
    analytes = dict(zip(own, names.analytes, strict=True))
    said = {name: analytes[reported[name]] for name in reported}
    samples = {f"Unknown{n}": names.sample.format(n) for n in range(1, 39)}
    groups = {f"{specimen(n)} x1": f"{names.sample.format(n)} x1" for n in range(1, 39)}
    tubes = {specimen(n): names.sample.format(n) for n in range(1, 39)}
    texts = {"analyte": analytes, "analyte_reported": said, "sample_label": samples, "replicate_group": groups}
    texts |= {"specimen_id": tubes}
    raw = {name: getattr(made.read, name) for name in ("reagent", "lot", "calibration")}
    tables = raw | {"well": made.well, "result": made.done.result, "curve": made.done.curve, "level": made.done.level}
    return {name: _told(table, texts, names.plate) for name, table in tables.items()}


def _told(table: pa.Table, texts: Mapping[str, Mapping[str, str]], plate_name: str) -> pa.Table:
    ids = {"run_id": RUN_ID, "assay_id": ASSAY_ID, "plate": plate_name}
    told: dict[str, Any] = {
        name: [new.get(text, text) for text in table.column(name).to_pylist()]
        for name, new in texts.items()
        if name in table.column_names
    }
    return changed(table, told | {name: value for name, value in ids.items() if name in table.column_names})


def finding(**changes: Any) -> dict[str, Any]:
    """A finding with every promise kept; changes replace."""
    return {
        "assay_id": ASSAY_ID,
        "run_id": RUN_ID,
        "plate_number": 1,
        "rule": "bead_count",
        "severity": "fail",
        "unit_of_judgement": "well_analyte",
        "limit_text": "at least 35 beads",
        "effect": "exclude_reading",
        "action": "The reading is left out; its replicate stands alone.",
        "source": "kit maker",
        "message": "22 beads, at least 35 needed",
        "suite_hash": "e5" * 32,
        **changes,
    }


def _findings(names: Names) -> pa.Table:
    low = [
        finding(well=LOW_IN_BEADS, analyte=name, observed=22.0, observed_text="22 beads", limit_value=35.0)
        for name in names.analytes
    ]
    curve = finding(
        rule="curve_acceptance",
        unit_of_judgement="analyte_plate",
        analyte=names.analytes[1 % len(names.analytes)],
        observed=2.0,
        observed_text="2 levels",
        limit_text="at least 4 contiguous levels",
        effect="fail_analyte",
        action="Repeat the analyte on a new plate.",
        message="no acceptable curve",
    )
    hook = finding(
        rule="hook_effect",
        severity="warn",
        unit_of_judgement="analyte_plate",
        analyte=names.analytes[3 % len(names.analytes)],
        observed=0.52,
        limit_text="top level at least 0.85 of the next",
        effect="flag",
        action="The top level was dropped; the upper limit is lower.",
        message="the top standard reads less than the one below it",
    )
    control = finding(
        rule="kit_control_range",
        severity="warn",
        unit_of_judgement="analyte_plate",
        analyte=names.analytes[-1],
        limit_text="within the lot's range",
        effect="flag",
        action="Look at the kit's controls.",
        message="1 of 2 controls outside its range",
    )
    cv = finding(
        rule="replicate_cv_sample",
        severity="warn",
        unit_of_judgement="replicate_group",
        replicate_group=f"{names.sample.format(3)} x1",
        analyte=names.analytes[-1],
        observed=18.2,
        observed_text="CV 18.2 %",
        limit_text="at most 15 %",
        action="Look at both wells.",
    )
    note = finding(rule="standard_recovery", severity="info", analyte=names.analytes[0], well="B1", effect="none")
    return table(frames.FINDING, [*low, curve, hook, control, cv, note])


def _warnings() -> pa.Table:
    row = {"run_id": RUN_ID, "position": 1, "code": "block_ignored", "message": "Block Audit Logs was not read."}
    return table(frames.WARNING, [row])


def table(spec: Any, rows: list[dict[str, Any]]) -> pa.Table:
    """Rows as a declared frame; names left out are null."""
    return spec.table({name: [row.get(name) for row in rows] for name in spec.names})


GROUPS = ("high", "low", "indeterminate", "not_scored")


def night(patients: int = 24, sample: str = "S{:04d}", file: str = "broken.csv") -> NightReport:
    """Three plates, one refused file, patients of every group, every fifth depending on the IL-2 reading."""
    sets = tuple(each for _, each in sorted(load_sets().items()))
    site = "pbis-2025-as-published"
    scores, components = [], []
    for number in range(patients):
        for each in sets:
            scores.append(_score(sample.format(number), number, each.name, site))
            components += [_component(sample.format(number), number, each.name, cut) for cut in each.cutoffs]
    return NightReport(
        night_id="2026-03-09",
        started="2026-03-09 22:00",
        finished="2026-03-09 22:03",
        plates=(
            plate_line("PBIS-P01", "pass"),
            plate_line("PBIS-P07", "fail", note="Replaces the export of 2026-03-06; the older one stays on record."),
            plate_line("PBIS-P03", "warn"),
        ),
        refused=(RefusedRow(file, "line 12: expected 8 cells, found 3", "Export the plate again and drop it in."),),
        score=table(frames.SCORE, scores),
        component=table(frames.COMPONENT, components),
        site_set=site,
        cutoff_sets=sets,
        paths={"Database": "releases/current/pbis.duckdb"},
        provenance={"Code": "0.1.0"},
    )


def plate_line(name: str, state: str, note: str = "") -> PlateRow:
    return PlateRow(
        plate=name,
        file_name=f"{name}.csv",
        started="2026-03-09 14:05",
        state=state,
        sentence=f"5 of 7 analytes pass on {name}.",
        analytes_passed=5,
        analytes_warned=1,
        analytes_failed=1,
        low_bead_wells=3,
        reportable_pct=91.25,
        report_path=f"plates/{name}.html",
        note=note,
    )


def _score(subject: str, number: int, cutoff_set: str, site: str) -> dict[str, Any]:
    group = GROUPS[number % 4]
    if number % 5 == 0 and cutoff_set != site:
        group = "high" if group != "high" else "low"
    low, high = {"high": (2, 2), "low": (1, 1), "indeterminate": (1, 3), "not_scored": (0, 4)}[group]
    return {
        "subject_id": subject,
        "cohort": "derivation" if number % 3 else "validation",
        "cutoff_set": cutoff_set,
        "is_site_set": cutoff_set == site,
        "score": low if low == high else None,
        "score_min": low,
        "score_max": high,
        "group": group,
        "reasons": "il2: below_range_undecided" if low != high else None,
        "is_near_cut": number % 7 == 0,
        "crafity_min": 1,
        "crafity_max": 1 + number % 2,
    }


def _component(subject: str, number: int, cutoff_set: str, cut: Any) -> dict[str, Any]:
    is_unknown = cut.component == "il2" and number % 4 > 1
    return {
        "subject_id": subject,
        "cutoff_set": cutoff_set,
        "component": cut.component,
        "point": None if is_unknown else number % 2,
        "value_op": "<" if is_unknown else "=",
        "value_text": "6.4" if is_unknown else "3.49999999999",
        "unit": cut.unit,
        "cut_text": cut.value,
        "comparator": cut.comparator,
        "is_at_cut": number == 1 and cut.component == "nlr",
        "is_near_cut": number % 7 == 0 and cut.component == "crp",
        "reason": "below_range_undecided" if is_unknown else None,
    }
