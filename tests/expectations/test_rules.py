"""Every rule, on plates that break it and on plates that come near: one plate a row, one validation for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from builders import group, specimen

from expectations import judge, load_suite
from expectations.entries import TREND_TABLES

Fault = Callable[[Any, str], None]
W, G, L, C, WELL, P, RUN = "well_analyte", "replicate_group", "level", "analyte_plate", "well", "plate", "run"
SEVEN = ("IL-2", "IL-12p70", "IL-6", "IL-10", "IL-17A", "IFN-gamma", "TNF")
OTHERS = SEVEN[3:]
REPORTED = {"IFN-gamma": "IFNg", "TNF": "TNFa"}  # what the kit calls them
S01, S02 = group(1), group(2)


@dataclass(frozen=True)
class Row:
    """A plate: what is done to it, what must be found (rule, severity, unit), and what else may be."""

    name: str
    fault: Fault
    found: frozenset[tuple[str, str, str]]
    also: frozenset[str]


def row(name: str, fault: Fault, *found: tuple[str, str, str], also: tuple[str, ...] = ()) -> Row:
    return Row(name, fault, frozenset(found), frozenset(also))


def put(column: str, value: Any, **where: Any) -> Fault:
    return lambda night, run: night.put(column, value, run_id=run, **where)


def both(*faults: Fault) -> Fault:
    def apply(night: Any, run: str) -> None:
        for fault in faults:
            fault(night, run)

    return apply


def pair(column: str, spread: float, middle: float, group: str, analyte: str) -> Fault:
    """Two replicates at middle * (1 +- spread): CV 141 % * spread."""
    return put(column, [middle * (1 - spread), middle * (1 + spread)], replicate_group=group, analyte=analyte)


def scale(factor: float, **where: Any) -> Fault:
    return lambda night, run: night.scale(factor, run_id=run, **where)


def small(table: str, values: dict[str, Any], **where: Any) -> Fault:
    return lambda night, run: night.edit(getattr(night, table), values, run_id=run, **where)


def wells(values: dict[str, Any], **wanted: Any) -> Fault:
    """What is known of wells, as their roles and dilutions were settled."""

    return small("well", values, **wanted)


def drop(table: str) -> Fault:
    def apply(night: Any, run: str) -> None:
        rows = getattr(night, table)
        rows[:] = [r for r in rows if r["run_id"] != run]

    return apply


def low_beads(readings: int, analytes: tuple[str, ...]) -> Fault:
    def apply(night: Any, run: str) -> None:
        mask = np.flatnonzero(night.rows(run_id=run, analyte=list(analytes), well_role="unknown"))
        night.result["bead_count"][mask[:readings]] = 30

    return apply


def second_replicates(ln_shift: float) -> Fault:
    wells = [f"{letter}{column}" for letter in "BDFH" for column in range(1, 13)]
    return scale(float(np.exp(ln_shift)), well=wells)


def exchange(one: str, other: str, analyte: str | None = None) -> Fault:
    """MFI of two groups of wells in each other's place."""

    def apply(night: Any, run: str) -> None:
        where = {} if analyte is None else {"analyte": analyte}
        a, b = (night.rows(run_id=run, replicate_group=group, **where) for group in (one, other))
        mfi = night.result["mfi"]
        mfi[a], mfi[b] = mfi[b].copy(), mfi[a].copy()

    return apply


def dilution(percent: float) -> Fault:
    """S02 becomes the 1:2 dilution of S01, reading `percent` more."""
    return both(
        put("specimen_id", specimen(1), replicate_group=S02),
        put("dilution_factor", 2.0, replicate_group=S02),
        put("concentration", np.nan, replicate_group=[S01, S02]),
        put("concentration", 100.0, replicate_group=S01, analyte="IL-6"),
        put("concentration", 100.0 + percent, replicate_group=S02, analyte="IL-6"),
    )


def beyond(sign: str, bound: float, **where: Any) -> Fault:
    """Readings of IL-6 that are known by a bound alone."""
    said = (("concentration", np.nan), ("concentration_op", sign), ("concentration_bound", bound))
    return both(*(put(column, value, analyte="IL-6", **where) for column, value in said))


def flat(night: Any, run: str) -> None:
    """Every standard reads twice the background."""
    levels = night.find(night.level, run_id=run, analyte="IL-6")
    for level in levels:
        if level["standard_level"] >= 1:
            level.update(mean_mfi=2 * levels[0]["mean_mfi"], fitted_mfi=2 * levels[0]["mean_mfi"])


def comment(night: Any, run: str) -> None:
    well = night.result["well"][night.rows(run_id=run, well_role="qc_control")][0]
    night.comments[run, str(well), "IL-6"] = "Control Failed."


def trimmed(more: float) -> Fault:
    """So many beads more after trimming than were counted, in one well."""

    def apply(night: Any, run: str) -> None:
        at = np.flatnonzero(night.rows(run_id=run, analyte="IL-6", well_role="unknown"))[0]
        night.trimmed[run, str(night.result["well"][at]), "IL-6"] = float(night.result["bead_count"][at]) + more

    return apply


def misplaced(night: Any, run: str) -> None:
    night.edit(night.analyte, {"misplaced_in": "Count"}, run_id=run, analyte_reported="IL-6")


def panel_without(night: Any, run: str) -> None:
    panel = night.panels[run]
    night.panels[run] = replace(panel, analytes=panel.analytes[:-1])


def panel_with_more(night: Any, run: str) -> None:
    panel = night.panels[run]
    night.panels[run] = replace(panel, analytes=(*panel.analytes, replace(panel.analytes[0], name="AN-99")))


def panel_with(**values: Any) -> Fault:
    """The panel of one plate, which says more than those of the others."""

    def apply(night: Any, run: str) -> None:
        night.panels[run] = replace(night.panels[run], **values)

    return apply


def standards(*concentrations: float) -> Fault:
    """The export's own table of standards, of one analyte."""
    return both(
        *(
            small("reagent", {"expected_concentration": value}, analyte_reported="IL-6", reagent_label=f"Standard{i}")
            for i, value in enumerate(concentrations, 1)
        )
    )


def control(label: str, end: str, factor: float, *analytes: str, op: str = "=") -> Fault:
    """Both wells of a control at `factor` times an end of its range, or known to lie above or below that only."""

    def apply(night: Any, run: str) -> None:
        for name in analytes:
            (kit,) = night.find(
                night.reagent, run_id=run, reagent_label=label, analyte_reported=REPORTED.get(name, name)
            )
            where = {"run_id": run, "replicate_group": f"{label} x1", "analyte": name}
            value = kit[end] * factor
            night.put("concentration", value if op == "=" else np.nan, **where)
            night.put("concentration_op", op, **where)
            night.put("concentration_bound", np.nan if op == "=" else value, **where)

    return apply


def out(label: str, *analytes: str) -> Fault:
    """Both wells of a control far above its range."""
    return control(label, "range_high", 1.33, *analytes)


def carried(share: float) -> Fault:
    """Each well gets this share of the well read before it."""

    def apply(night: Any, run: str) -> None:
        for analyte in dict.fromkeys(night.result["analyte"].tolist()):
            rows = np.flatnonzero(night.rows(run_id=run, analyte=analyte))
            mfi = night.result["mfi"][rows]
            night.result["mfi"][rows] = mfi + share * np.append(0.0, mfi[:-1])

    return apply


def curve(**values: Any) -> Fault:
    return small("curve", values, analyte="IL-6")


def performed(kind: str, **before: float) -> Fault:
    """All lines of calibration, or of verification, so long before the run."""

    def apply(night: Any, run: str) -> None:
        when = night.run[0].started_at - timedelta(**before)
        night.edit(night.calibration, {"performed_at": when}, run_id=run, kind=kind)

    return apply


def expires(**before: float) -> Fault:
    """Every lot, so long before the day of the run."""

    def apply(night: Any, run: str) -> None:
        on = night.run[0].started_at.date() - timedelta(**before)
        night.edit(night.lot, {"expires_on": on}, run_id=run)

    return apply


A3 = {"well": "A4", "analyte": "IL-6"}
WARN_GROUP = ("kit_control_range", "warn", G)
LOW_AFTER_HIGH = scale(0.05, replicate_group=[group(i) for i in range(2, 39, 2)])
SIDE = ("replicate_cv_sample", "replicate_cv_standard", "well_outlier", "replicate_pair")

ROWS = (
    row("good plate", lambda night, run: None),
    row("50 beads", put("bead_count", 50, **A3)),
    row("49 beads", put("bead_count", 49, **A3), ("bead_count", "warn", W)),
    row("35 beads", put("bead_count", 35, **A3), ("bead_count", "warn", W)),
    row("34 beads", put("bead_count", 34, **A3), ("bead_count", "fail", W)),
    row("no counts in the export", put("bead_count", np.nan), ("bead_count", "warn", P)),
    row("no MFI", put("mfi", np.nan, **A3), ("missing_reading", "fail", W)),
    row("MFI of 0.5", put("mfi", 0.5, well="A1", analyte="IL-6"), ("background_level", "warn", C)),
    row("no count", put("bead_count", np.nan, **A3), ("missing_reading", "fail", W)),
    row("IL-2 at 100", put("concentration", 100.0, replicate_group=S01, analyte="IL-2")),
    row("IL-2 at 101", put("concentration", 101.0, replicate_group=S01, analyte="IL-2"), ("plausibility", "warn", W)),
    row("IL-2 at 1001", put("concentration", 1001.0, replicate_group=S01, analyte="IL-2"), ("plausibility", "fail", W)),
    row(
        "IL-12 at 201",
        put("concentration", 201.0, replicate_group=S01, analyte="IL-12p70"),
        ("plausibility", "warn", W),
    ),
    row(
        "IL-12 at 2001",
        put("concentration", 2001.0, replicate_group=S01, analyte="IL-12p70"),
        ("plausibility", "fail", W),
    ),
    row("standard CV 14 %", pair("mfi", 0.10, 2000, "Standard4", "IL-6")),
    row("standard CV 17 %", pair("mfi", 0.12, 2000, "Standard4", "IL-6"), ("replicate_cv_standard", "warn", G)),
    row("standard CV 23 %", pair("mfi", 0.16, 2000, "Standard4", "IL-6"), ("replicate_cv_standard", "fail", G)),
    row("sample CV 14 %", pair("concentration", 0.10, 200, S01, "IL-6")),
    row("sample CV 17 %", pair("concentration", 0.12, 200, S01, "IL-6"), ("replicate_cv_sample", "warn", G)),
    row("sample CV 28 %", pair("concentration", 0.20, 200, S01, "IL-6"), ("replicate_cv_sample", "fail", G)),
    row(
        "sample CV 28 % at 100 MFI",
        both(pair("concentration", 0.20, 20, S01, "IL-6"), put("mfi", 100.0, replicate_group=S01, analyte="IL-6")),
    ),
    row(
        "sample CV 28 %, one well out of range",
        both(pair("concentration", 0.2, 200, S01, "IL-6"), put("concentration", np.nan, well="E3", analyte="IL-6")),
    ),
    row("4 and <3.4", both(pair("concentration", 0, 4.0, S01, "IL-6"), beyond("<", 3.4, well="E3"))),
    row(
        "40 and <3.2",
        both(pair("concentration", 0, 40.0, S01, "IL-6"), beyond("<", 3.2, well="E3")),
        ("replicate_cv_sample", "fail", G),
    ),
    row("10 and <12", both(pair("concentration", 0, 10.0, S01, "IL-6"), beyond("<", 12, well="E3"))),
    row(
        "10 and >9000",
        both(pair("concentration", 0, 10.0, S01, "IL-6"), beyond(">", 9000, well="E3")),
        ("replicate_cv_sample", "fail", G),
    ),
    row("100, and <120 at 1:2", both(dilution(0), beyond("<", 120, replicate_group=S02))),
    row("100, and <60 at 1:2", both(dilution(0), beyond("<", 60, replicate_group=S02)), ("parallelism", "warn", G)),
    row("100, and >110 at 1:2", both(dilution(0), beyond(">", 110, replicate_group=S02))),
    row("100, and >130 at 1:2", both(dilution(0), beyond(">", 130, replicate_group=S02)), ("parallelism", "warn", G)),
    row(
        "100 at 1:2, and <60 at 1:1",
        both(dilution(0), beyond("<", 60, replicate_group=S01)),
        ("parallelism", "warn", G),
    ),
    row("1:2 reads 19 % more", dilution(19)),
    row("1:2 reads 21 % more", dilution(21), ("parallelism", "warn", G)),
    row("1:2 reads 29 % less", dilution(-29)),
    row("1:2 reads 31 % less", dilution(-31), ("parallelism", "warn", G)),
    row("recovery 119 % inside", small("level", {"recovery_pct": 119.0}, analyte="IL-6", standard_level=4)),
    row(
        "recovery 121 % inside",
        small("level", {"recovery_pct": 121.0}, analyte="IL-6", standard_level=4),
        ("standard_recovery", "info", L),
    ),
    row("recovery 124 % at the end", small("level", {"recovery_pct": 124.0}, analyte="IL-6", standard_level=7)),
    row(
        "recovery 74 % at the end",
        small("level", {"recovery_pct": 74.0}, analyte="IL-6", standard_level=1),
        ("standard_recovery", "info", L),
    ),
    row("9 of 96 wells low", low_beads(9, ("IL-6",)), ("bead_count", "fail", W)),
    row("10 of 96 wells low", low_beads(10, ("IL-6",)), ("bead_count", "fail", W), ("bead_count_plate", "fail", C)),
    row(
        "33 of 672 readings low",
        low_beads(33, SEVEN),
        ("bead_count", "fail", W),
    ),
    row(
        "34 of 672 readings low",
        low_beads(34, SEVEN),
        ("bead_count", "fail", W),
        ("bead_count_plate", "fail", P),
    ),
    row("background CV 28 %", pair("mfi", 0.20, 15, "Background0", "IL-6")),
    row("background CV 35 %", pair("mfi", 0.25, 15, "Background0", "IL-6"), ("background_level", "warn", C)),
    row("background 300", put("mfi", 300.0, replicate_group="Background0", analyte="IL-6")),
    row(
        "background 301",
        put("mfi", 301.0, replicate_group="Background0", analyte="IL-6"),
        ("background_level", "warn", C),
    ),
    row(
        "background 1001",
        put("mfi", 1001.0, replicate_group="Background0", analyte="IL-6"),
        ("background_level", "fail", C),
    ),
    row("no standards at all", curve(model="none", level_count=0, passing_levels=0, status="none")),
    row(
        "no curve",
        curve(model="none", level_count=3, passing_levels=0, status="none", reasons="too_few_levels"),
        ("curve_fit", "fail", C),
    ),
    row("not converged", curve(is_converged=False), ("curve_fit", "fail", C)),
    row("at a bound", curve(reasons="degenerate"), ("curve_fit", "warn", C)),
    row("another reason", curve(reasons="top_not_reached")),
    row("EC50 at a third of the lowest", curve(ec50=1.07)),
    row("EC50 below", curve(ec50=1.05), ("curve_fit", "warn", C)),
    row("EC50 three times the highest", curve(ec50=39_000.0)),
    row("EC50 above", curve(ec50=40_000.0), ("curve_fit", "warn", C)),
    row("flat", flat, ("curve_fit", "fail", C)),
    row(
        "one level 40 % off the curve",
        small("level", {"mean_mfi": 9000.0, "fitted_mfi": 6000.0}, analyte="IL-6", standard_level=5),
        ("curve_fit", "warn", C),
    ),
    row(
        "one level 4 % off the curve",
        small("level", {"mean_mfi": 6240.0, "fitted_mfi": 6000.0}, analyte="IL-6", standard_level=5),
    ),
    row("4 levels pass", curve(passing_levels=4)),
    row("3 levels pass", curve(passing_levels=3), ("curve_acceptance", "warn", C)),
    row("2 levels pass", curve(passing_levels=2), ("curve_acceptance", "fail", C)),
    row(
        "curve refused by the fit", curve(status="fail", reasons="no_reportable_range"), ("curve_acceptance", "fail", C)
    ),
    row("hook", curve(hook_level=7), ("hook_effect", "warn", C)),
    row("control at the end of its range", control("Control1", "range_high", 1.0, "IL-6")),
    row("one control out", out("Control1", "IL-6"), WARN_GROUP, ("kit_control_range", "warn", C)),
    row(
        "both controls out",
        both(out("Control1", "IL-6"), out("Control2", "IL-6")),
        WARN_GROUP,
        ("kit_control_range", "fail", C),
    ),
    row(
        "control below the lowest standard, range above it",
        control("Control1", "range_low", 1.0, "IL-6", op="<"),
        WARN_GROUP,
        ("kit_control_range", "warn", C),
    ),
    row(
        "control below a bound inside its range",
        control("Control1", "range_low", 1.4, "IL-6", op="<"),
        ("kit_control_range", "info", G),
    ),
    row(
        "control above a bound below its range",
        control("Control1", "range_low", 0.55, "IL-6", op=">"),
        ("kit_control_range", "info", G),
    ),
    row(
        "control above a bound above its range",
        control("Control1", "range_high", 1.0, "IL-6", op=">"),
        WARN_GROUP,
        ("kit_control_range", "warn", C),
    ),
    row(
        "placeholder range",
        small(
            "reagent",
            {"range_low": 100.0, "range_high": 100.0, "expected_concentration": 100.0},
            analyte_reported="IL-6",
            reagent_label="Control1",
        ),
        ("kit_control_range", "info", G),
    ),
    row("no ranges", drop("reagent"), ("kit_control_range", "info", P)),
    row("the instrument fails a control in range", comment, ("control_agreement", "info", G)),
    row("another bead region", put("bead_region", "99", analyte="IL-6"), ("acquisition_protocol", "fail", C)),
    row("no bead region", put("bead_region", None, analyte="IL-6")),
    row("analyte missing from the export", panel_with_more, ("acquisition_protocol", "warn", RUN)),
    row("analyte unknown to the panel", panel_without, ("acquisition_protocol", "info", RUN)),
    row("protocol that the panel allows", panel_with(protocols=("Two", "Human Cytokine 7-Plex"))),
    row("another protocol", panel_with(protocols=("Two", "Three")), ("acquisition_protocol", "warn", RUN)),
    row("gain that the panel asks for", panel_with(reporter_gain="Standard PMT")),
    row("another gain", panel_with(reporter_gain="Enhanced PMT"), ("acquisition_protocol", "warn", RUN)),
    row("ladder 1:4, its top of its own", standards(10.0, 40.0, 160.0, 640.0, 2560.0, 5000.0, 9000.0)),
    row(
        "a standard a thousand times off",
        standards(10.0, 40.0, 160_000.0, 640.0, 2560.0, 10_240.0, 40_960.0),
        ("ladder_geometry", "fail", C),
    ),
    row("well 15 % high", scale(1.12, well="E3")),
    row("well 22 % high", scale(1.22, well="E3"), ("well_outlier", "fail", WELL), also=SIDE[:2]),
    row(
        "well 40 % high",
        scale(1.40, well="E3"),
        ("well_outlier", "fail", WELL),
        ("replicate_pair", "fail", WELL),
        also=SIDE[:2],
    ),
    row("one analyte of a well off by 3", scale(3.0, well="E3", analyte="IL-6"), ("replicate_cv_sample", "fail", G)),
    row(
        "background wells differ",
        scale(1.5, well="A1", analyte=OTHERS),
        also=("background_level",),
    ),
    row("two standards swapped", exchange("Standard3", "Standard4"), ("standard_order", "fail", P)),
    row(
        "two of 7 inverted",
        both(*(exchange("Standard3", "Standard4", a) for a in ("IL-6", "IL-10"))),
        ("standard_order", "warn", P),
    ),
    row("one of 7 inverted", exchange("Standard3", "Standard4", "IL-6")),
    row("controls swapped", exchange("Control1 x1", "Control2 x1"), ("control_order", "fail", P)),
    row(
        "3 of 7 controls in reverse",
        both(*(exchange("Control1 x1", "Control2 x1", a) for a in ("IL-6", "IL-10", "IL-17A"))),
    ),
    row("drift 0.08", second_replicates(0.08)),
    row("drift 0.12", second_replicates(0.12), ("replicate_drift", "warn", P)),
    row("drift 0.20", second_replicates(0.20), ("replicate_drift", "fail", P), also=SIDE),
    row("low after high, 0.2 % carried over", both(LOW_AFTER_HIGH, carried(0.002)), also=(*SIDE, "background_level")),
    row(
        "low after high, 2 % carried over",
        both(LOW_AFTER_HIGH, carried(0.02)),
        ("carry_over", "warn", P),
        also=(*SIDE, "background_level", "spatial_effect"),
    ),
    row("row A 22 % high", scale(1.22, well=[f"A{i}" for i in range(1, 13)]), also=SIDE),
    row(
        "row A 40 % high",
        scale(1.40, well=[f"A{i}" for i in range(1, 13)]),
        ("spatial_effect", "warn", P),
        also=(*SIDE, "background_level"),
    ),
    row(
        "calibration failed",
        small("calibration", {"state": "failed"}, kind="calibration"),
        ("calibration_status", "fail", RUN),
    ),
    row(
        "verification expired",
        small("calibration", {"state": "expired"}, kind="verification"),
        ("calibration_status", "fail", RUN),
    ),
    row(
        "calibration empty",
        small("calibration", {"state": "unknown"}, kind="calibration"),
        ("calibration_status", "warn", RUN),
    ),
    row("no calibration lines", drop("calibration"), ("calibration_status", "info", RUN)),
    row("calibrated 6.9 days before", performed("calibration", days=6.9)),
    row("calibrated 7.1 days before", performed("calibration", days=7.1), ("calibration_status", "warn", RUN)),
    row("calibrated after the run", performed("calibration", days=-2)),
    row("verified 25 hours before", performed("verification", hours=25), ("calibration_status", "warn", RUN)),
    row("lot expires on the day", expires(days=0)),
    row(
        "lot expired the day before",
        expires(days=1),
        ("calibration_status", "fail", RUN),
    ),
    row("another machine's calibrator", small("lot", {"machine_serial": "LX2"}), ("calibration_status", "fail", RUN)),
    row("specimen unknown", put("specimen_id", None, replicate_group=S01), ("layout_missing", "info", P)),
    row(
        "2 of 7 curves fail",
        both(*(small("curve", {"passing_levels": 2}, analyte=a) for a in ("IL-6", "IL-10"))),
        ("curve_acceptance", "fail", C),
        ("curve_acceptance", "fail", P),
        ("analyte_rate", "fail", P),
    ),
    row(
        "controls of 2 of 7 out",
        both(out("Control1", "IL-6", "IL-10"), out("Control2", "IL-6", "IL-10")),
        WARN_GROUP,
        ("kit_control_range", "fail", C),
        ("kit_control_range", "fail", P),
        ("analyte_rate", "fail", P),
    ),
    row(
        "one curve, one pair of controls",
        both(curve(passing_levels=2), out("Control1", "IL-10"), out("Control2", "IL-10")),
        WARN_GROUP,
        ("curve_acceptance", "fail", C),
        ("kit_control_range", "fail", C),
        ("analyte_rate", "fail", P),
    ),
    row(
        "dilutions assumed",
        wells({"dilution_source": "assumed_1"}, well_role="unknown"),
        ("dilution_assumed", "warn", P),
    ),
    row("dilutions of the export", wells({"dilution_source": "export"}, well_role="unknown")),
    row(
        "no background, and the samples by the export's word",
        both(
            wells({"role_source": "reagent_table"}, well_role="unknown"),
            wells({"well_role": "unknown", "role_source": "reagent_table"}, well_role="background"),
            put("net_mfi_reported", np.nan),
        ),
        ("background_missing", "fail", P),
    ),
    row("no background, as a layout says", wells({"well_role": "unknown"}, well_role="background")),
    row("another place in Count", misplaced, ("analyte_order", "warn", C)),
    row("beads left after trimming", trimmed(0.0)),
    row("more beads after trimming", trimmed(40.0), ("analyte_order", "fail", C)),
)


@pytest.fixture(scope="module")
def checked(make_night: Any) -> Any:
    night = make_night(plates=len(ROWS))
    for i, wanted in enumerate(ROWS):
        wanted.fault(night, f"r{i}")
    return judge(night.build(), load_suite("research"))


@pytest.fixture(scope="module")
def found(checked: Any) -> dict[str, set[tuple[str, str, str]]]:
    plates: dict[str, set[tuple[str, str, str]]] = {f"r{i}": set() for i in range(len(ROWS))}
    for one in checked.finding.to_pylist():
        plates[one["run_id"]].add((one["rule"], one["severity"], one["unit_of_judgement"]))
    return plates


@pytest.mark.parametrize("number", range(len(ROWS)), ids=[r.name.replace(" ", "_") for r in ROWS])
def test_plate(number: int, found: dict[str, set[tuple[str, str, str]]]) -> None:
    wanted, got = ROWS[number], found[f"r{number}"]
    assert wanted.found <= got
    assert {one for one in got - wanted.found if one[0] not in wanted.also} == set()


def test_every_check_has_a_plate_that_breaks_it_and_one_that_does_not(checked: Any) -> None:
    others = ("labs", *TREND_TABLES)  # in test_labs.py and test_trend.py
    entries = {entry.id: entry.table for entry in load_suite("research").entries if entry.table not in others}
    judged = checked.judged.to_pylist()
    assert {one["entry"] for one in judged if one["found_count"]} == set(entries)
    clean = {one["entry"] for one in judged if one["judged_count"] > one["found_count"]}
    assert clean == {name for name, table in entries.items() if table != "rates"}  # two of seven are always too many


def test_one_more_row_changes_no_other_plate(make_night: Any) -> None:
    few, more = (make_night(plates=n) for n in (2, 3))
    for name, values in few.result.items():
        np.testing.assert_array_equal(values, more.result[name][: len(values)])


def test_findings_say_what_was_seen_and_which_limit(checked: Any) -> None:
    run = f"r{[row.name for row in ROWS].index('34 beads')}"
    one = next(f for f in checked.finding.to_pylist() if f["run_id"] == run and f["rule"] == "bead_count")
    assert (one["observed"], one["limit_value"], one["limit_text"]) == (34.0, 35.0, "at least 35 beads")
    assert one["message"] == "IL-6 in A4: 34 beads, 35 wanted"
    assert (one["effect"], one["source"], len(one["suite_hash"])) == ("exclude_reading", "kit maker [V]", 64)


def test_no_sentence_has_a_hole(checked: Any) -> None:
    for one in checked.finding.to_pylist():
        assert "unknown" not in one["message"].replace("unknown wells", ""), one
        assert "{" not in one["message"] + one["limit_text"] + one["observed_text"]
