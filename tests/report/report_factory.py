"""Plates and nights made by hand from a seed: declared frames with the problems that a report must show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
from partial_frames import partial

from pbis.core import frames
from pbis.core.plates.plate import Run
from pbis.core.tolerances import Tolerances
from pbis.report import NightReport, PlateReport, PlateRow, RefusedRow
from pbis.scores import load_sets

CYTOKINES = ("IFN-gamma", "IL-10", "IL-12p70", "IL-17A", "IL-2", "IL-6", "TNF")
STANDARDS = tuple(3.2 * 4.0**level for level in range(7))
BACKGROUND = 18.0
RUN_ID, ASSAY_ID = "a1" * 32, "b2" * 32
PLATE = "PBIS-P07"


@dataclass(frozen=True)
class Names:
    """Texts that come from files; tests put markup into them."""

    analytes: tuple[str, ...] = CYTOKINES
    sample: str = "HCC-{:03d}"
    file: str = "plate_07.csv"
    plate: str = PLATE


def plate(names: Names | None = None, seed: int = 7) -> PlateReport:
    """A 96-well plate: 7 standards, background and 2 controls in duplicate, 38 samples in duplicate.

    The second analyte fails (its curve), the fourth warns (a hook), well E5 is low in beads, the first control of the
    last analyte is out of its range.
    """
    names = names or Names()
    wells = _wells(names)
    results = _results(names, wells, np.random.default_rng(seed))
    return PlateReport(
        run=Run(
            run_id=RUN_ID,
            file_name=names.file,
            byte_count=81_234,
            format="xponent_csv",
            program="xPONENT",
            software_version="3.1.871.0",
            instrument_type="LX200",
            instrument_serial="LX10005087402",
            batch=names.plate,
            protocol_name="Human cytokine 7-plex",
            plate_type=96,
            started_at=datetime(2026, 3, 9, 14, 5),
            stopped_at=datetime(2026, 3, 9, 14, 52),
            crc_state="match",
        ),
        plate=names.plate,
        well=partial(frames.WELL, wells),
        result=partial(frames.RESULT, results),
        curve=_curves(names),
        level=_levels(names, results),
        finding=_findings(names),
        analyte_verdict=_analyte_verdicts(names),
        plate_verdict=_plate_verdict(names),
        reading_state=_states(names, results),
        reagent=_reagents(names),
        lot=_lots(),
        calibration=_calibration(),
        warning=_warnings(),
        provenance={"Method": "robust 1.0", "Configuration": "c3" * 32, "Suite": "research, d4d4d4d4"},
        tolerances=Tolerances(80, 120, 75, 125, 20, 25, 3, 4, 3, None, None, 3, 0.85, 15, 0.3333, 3),
    )


def _wells(names: Names) -> dict[str, list[Any]]:
    """Column-wise: standards in columns 1 and 2, background and controls below them and in column 3, then samples."""
    pairs = [(f"{row}{2 * half + 1}", f"{row}{2 * half + 2}") for half in range(6) for row in "ABCDEFGH"]
    contents: list[tuple[str, str | None, int | None, str]] = [("background", "Background0", None, "Background0")]
    contents += [("standard", f"Standard{n}", n, f"Standard{n}") for n in range(1, 8)]
    contents += [("qc_control", f"Control{n}", None, f"Control{n}") for n in (1, 2)]
    contents += [("unknown", None, None, names.sample.format(n)) for n in range(1, 39)]
    rows = [
        (RUN_ID, 1, well, sample, role, "layout", label, level, sample, sample if role == "unknown" else None)
        for pair, (role, label, level, sample) in zip(pairs, contents, strict=True)
        for well in pair
    ]
    columns = ("run_id", "plate_number", "well", "sample_label", "well_role", "role_source", "reagent_label")
    columns += ("standard_level", "replicate_group", "specimen_id")
    return {name: list(values) for name, values in zip(columns, zip(*rows, strict=True), strict=True)}


def response(dose: np.ndarray) -> np.ndarray:
    """The true curve of every analyte, MFI over pg/mL."""
    return BACKGROUND + 24_000.0 / (1.0 + (dose / 900.0) ** -1.15) ** 1.1


def _results(names: Names, wells: dict[str, list[Any]], rng: np.random.Generator) -> dict[str, list[Any]]:
    made: dict[str, list[Any]] = {name: [] for name in frames.RESULT.names}
    doses = {sample: float(rng.lognormal(2.6, 1.6)) for sample in dict.fromkeys(wells["sample_label"])}
    for position, analyte in enumerate(names.analytes):
        for i, well in enumerate(wells["well"]):
            row = _result(names, position, analyte, well, {k: v[i] for k, v in wells.items()}, doses, rng)
            for name in made:
                made[name].append(row.get(name))
    return made


def _result(
    names: Names,
    position: int,
    analyte: str,
    well: str,
    known: dict[str, Any],
    doses: dict[str, float],
    rng: np.random.Generator,
) -> dict[str, Any]:
    role, level = known["well_role"], known["standard_level"]
    dose = {"standard": STANDARDS[(level or 1) - 1], "background": 0.0}.get(role, doses[known["sample_label"]])
    if role == "qc_control":
        dose = 60.0 if known["reagent_label"] == "Control1" else 900.0
    expected = dose if role in ("standard", "qc_control") else None
    if role == "qc_control" and position == len(names.analytes) - 1 and known["reagent_label"] == "Control1":
        dose *= 2.4
    mean = float(response(np.array([dose]))[0]) if dose else BACKGROUND
    if position == 3 % len(names.analytes) and level == 7:
        mean *= 0.5
    found = dose * float(rng.lognormal(0, 0.06)) if dose else None
    state = _amount(role, found, position)
    return {
        "assay_id": ASSAY_ID,
        "run_id": RUN_ID,
        "plate": names.plate,
        "plate_number": 1,
        "well": well,
        "sample_label": known["sample_label"],
        "well_role": role,
        "replicate_group": known["replicate_group"],
        "standard_level": level,
        "specimen_id": known["specimen_id"],
        "analyte": analyte,
        "analyte_reported": analyte,
        "bead_region": str(20 + position),
        "mfi": mean * float(rng.lognormal(0, 0.06)),
        "bead_count": 22 if well == "E5" else int(rng.poisson(95)),
        "dilution_factor": 1.0 if role == "unknown" else None,
        "unit": "pg/mL",
        "replicate_cv_pct": abs(float(rng.normal(6, 3))),
        "expected_concentration": expected,
        "method": "robust",
        "method_version": "1",
        "source_line": 100 + position,
        **state,
    }


def _amount(role: str, found: float | None, position: int) -> dict[str, Any]:
    if role == "background" or found is None:
        return {"status": "BACKGROUND"}
    if position == 1:
        return {"status": "CURVE_FAILED"}
    if found < 3.2:
        return {"status": "BELOW_LLOQ", "concentration_op": "<", "concentration_bound": 3.2}
    return {"status": "QUANT", "concentration": found, "concentration_op": "="}


def _curves(names: Names) -> pa.Table:
    rows = []
    for position, analyte in enumerate(names.analytes):
        is_failed, is_hooked = position == 1, position == 3
        rows.append(
            {
                "assay_id": ASSAY_ID,
                "run_id": RUN_ID,
                "plate": names.plate,
                "plate_number": 1,
                "analyte": analyte,
                "analyte_reported": analyte,
                "method": "robust",
                "method_version": "1",
                "model": "none" if is_failed else "5PL",
                "response": "mfi",
                **({} if is_failed else dict(zip(COEFFICIENTS, COEFFICIENT_VALUES, strict=True))),
                "unit": "pg/mL",
                "r2": None if is_failed else 0.99963,
                "level_count": 7,
                "point_count": 16,
                "lloq": None if is_failed else 3.2,
                "uloq": None if is_failed else STANDARDS[5 if is_hooked else 6],
                "lloq_reason": None if is_failed else "lowest_standard",
                "uloq_reason": None if is_failed else ("hook" if is_hooked else "highest_standard"),
                "background_mfi": BACKGROUND,
                "passing_levels": 2 if is_failed else 7,
                "is_converged": not is_failed,
                "hook_level": 7 if is_hooked else None,
                "status": "fail" if is_failed else "pass",
                "reasons": "too_few_passing_levels" if is_failed else None,
            }
        )
    return table(frames.CURVE, rows)


COEFFICIENTS = ("coef_a", "coef_b", "coef_c", "coef_d", "coef_f", "ec50")
COEFFICIENT_VALUES = (BACKGROUND, BACKGROUND + 24_000.0, 900.0, -1.15, 1.1, 850.0)


def _levels(names: Names, results: dict[str, list[Any]]) -> pa.Table:
    rng = np.random.default_rng(11)
    rows = []
    for position, analyte in enumerate(names.analytes):
        for level in range(8):
            expected = STANDARDS[level - 1] if level else None
            recovery = float(rng.normal(100, 40 if position == 1 else 6)) if level else None
            rows.append(
                {
                    "assay_id": ASSAY_ID,
                    "run_id": RUN_ID,
                    "plate_number": 1,
                    "analyte": analyte,
                    "analyte_reported": analyte,
                    "standard_level": level,
                    "reagent_label": f"Standard{level}" if level else "Background0",
                    "expected_concentration": expected,
                    "well_count": 2,
                    "mean_mfi": float(response(np.array([expected]))[0]) if expected else BACKGROUND,
                    "cv_pct": abs(float(rng.normal(5, 2))),
                    "recovery_pct": recovery,
                    "is_used": not (position == 3 and level == 7),
                    "is_in_range": level > 0,
                    "note": "hook" if position == 3 and level == 7 else None,
                }
            )
    return table(frames.LEVEL, rows)


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
        finding(well="E5", analyte=name, observed=22.0, observed_text="22 beads", limit_value=35.0)
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
    )
    cv = finding(
        rule="replicate_cv_sample",
        severity="warn",
        unit_of_judgement="replicate_group",
        replicate_group=names.sample.format(3),
        analyte=names.analytes[-1],
        observed=18.2,
        observed_text="CV 18.2 %",
        limit_text="at most 15 %",
        action="Look at both wells.",
    )
    note = finding(rule="standard_recovery", severity="info", analyte=names.analytes[0], well="B1", effect="none")
    return table(frames.FINDING, [*low, curve, hook, cv, note])


def _analyte_verdicts(names: Names) -> pa.Table:
    states = {1: "fail", 3: "warn", len(names.analytes) - 1: "warn"}
    reasons = {
        1: "curve_acceptance",
        3: "hook_effect",
        len(names.analytes) - 1: "kit_control_range; replicate_cv_sample",
    }
    rows = [
        {
            "assay_id": ASSAY_ID,
            "run_id": RUN_ID,
            "plate_number": 1,
            "analyte": name,
            "state": states.get(position, "pass"),
            "reasons": reasons.get(position),
            "sentence": f"{name}: {0 if position == 1 else 75} of 76 sample wells can be reported.",
            "well_count": 76,
            "reportable_count": 0 if position == 1 else 75,
        }
        for position, name in enumerate(names.analytes)
    ]
    return table(frames.ANALYTE_VERDICT, rows)


def _plate_verdict(names: Names) -> pa.Table:
    total = len(names.analytes)
    row = {
        "assay_id": ASSAY_ID,
        "run_id": RUN_ID,
        "plate_number": 1,
        "state": "warn",
        "sentence": f"1 of {total} analytes fails (no acceptable curve), 2 have a warning; the other analytes can be used.",
        "analytes_passed": total - 3,
        "analytes_warned": 2,
        "analytes_failed": 1,
        "low_bead_wells": 1,
        "reportable_pct": 84.6,
        "expected_false_alarms": 3.1,
    }
    return table(frames.PLATE_VERDICT, [row])


def _states(names: Names, results: dict[str, list[Any]]) -> pa.Table:
    failed = names.analytes[1 % len(names.analytes)]
    hooked = names.analytes[3 % len(names.analytes)]
    columns = (results["well"], results["analyte"], results["well_role"])
    rows = []
    for well, analyte, role in zip(*columns, strict=True):
        reasons = [r for r, on in (("bead_count", well == "E5"), ("curve_acceptance", analyte == failed)) if on]
        state = "fail" if reasons else "warn" if analyte == hooked and role == "unknown" else "pass"
        rows.append(
            {
                "assay_id": ASSAY_ID,
                "run_id": RUN_ID,
                "plate_number": 1,
                "well": well,
                "analyte": analyte,
                "qc_state": state,
                "reportable": state != "fail" and role == "unknown",
                "reasons": "; ".join(reasons) or ("hook_effect" if state == "warn" else None),
            }
        )
    return table(frames.READING_STATE, rows)


def _reagents(names: Names) -> pa.Table:
    rows = [
        {
            "run_id": RUN_ID,
            "reagent_label": f"Control{number}",
            "reagent_kind": "qc_control",
            "analyte_reported": name,
            "expected_concentration": middle,
            "range_low": middle * 0.7,
            "range_high": middle * 1.3,
            "source_line": 40 + number,
        }
        for name in names.analytes
        for number, middle in ((1, 60.0), (2, 900.0))
    ]
    return table(frames.REAGENT, rows)


def _lots() -> pa.Table:
    kit = {
        "run_id": RUN_ID,
        "source_line": 20,
        "lot_kind": "kit",
        "label": "Human cytokine 7-plex",
        "lot_number": "K2210-17",
        "expires_on": date(2027, 1, 31),
    }
    return table(frames.LOT, [kit, {**kit, "source_line": 21, "lot_kind": "standard", "label": "Standard1"}])


def _calibration() -> pa.Table:
    row = {
        "run_id": RUN_ID,
        "source_line": 30,
        "name": "Last CAL1 Calibration",
        "kind": "calibration",
        "state": "passed",
        "performed_at": datetime(2026, 3, 6, 9, 0),
    }
    return table(frames.CALIBRATION, [row])


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
