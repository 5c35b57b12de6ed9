"""Measures on numbers that can be checked by hand or by an independent calculation."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from expectations import load_suite, tolerances
from expectations.suite import measure_settings
from pbis.core import frames
from pbis.core.measures import group, run
from pbis.core.measures.analyte import _wants_curve
from pbis.core.measures.control import control_wells, controls
from pbis.core.measures.level import ends, lack_of_fit_p
from pbis.core.measures.order import drift, standard_order
from pbis.core.measures.qc import CheckFrames
from pbis.core.measures.reading import replicates, valid_mfi
from pbis.core.measures.well import from_partners
from pbis.core.plates.plate import Run

RESEARCH = tolerances(load_suite("research"))

SETTINGS = measure_settings(load_suite("research"))
START = datetime(2026, 3, 2, 20, 0)
RUN = Run("r", "x.csv", 1, "xponent", instrument_serial="LX1", started_at=START)


def table(spec: Any, *rows: dict[str, Any]) -> pa.Table:
    return spec.table({name: [row.get(name) for row in rows] for name in spec.names})


def reading(well: str, group: str, **own: Any) -> dict[str, Any]:
    base = {"assay_id": "a", "run_id": "r", "plate": "P", "plate_number": 1, "well": well, "replicate_group": group}
    said = {"well_role": "unknown", "analyte": "IL-6", "analyte_reported": "IL-6", "mfi": 100.0, "status": "QUANT"}
    return {**base, **said, "unit": "pg/mL", "method": "robust", "method_version": "1", "source_line": 1, **own}


def level(number: int, **own: Any) -> dict[str, Any]:
    base = {"assay_id": "a", "run_id": "r", "plate_number": 1, "analyte": "IL-6", "analyte_reported": "IL-6"}
    return {**base, "standard_level": number, "well_count": 2, "is_used": True, "is_in_range": number > 0, **own}


def curve(**own: Any) -> pa.Table:
    base = {
        "assay_id": "a",
        "run_id": "r",
        "plate": "P",
        "plate_number": 1,
        "analyte": "IL-6",
        "analyte_reported": "IL-6",
    }
    fit = {"method": "robust", "method_version": "1", "model": "5PL", "response": "mfi", "level_count": 7}
    return table(
        frames.CURVE,
        {**base, **fit, "point_count": 16, "passing_levels": 7, "is_converged": True, "status": "pass", **own},
    )


def test_a_reading_with_few_beads_counts_for_nothing_and_one_without_a_count_does() -> None:
    rows = [reading("A1", "S", bead_count=34), reading("B1", "S", bead_count=35), reading("C1", "S", bead_count=None)]
    np.testing.assert_equal(valid_mfi(table(frames.RESULT, *rows), 35), [np.nan, 100.0, 100.0])


def test_replicate_statistics_leave_lost_wells_out() -> None:
    rows = [
        reading(w, "S", mfi=m, concentration=c, bead_count=b)
        for w, m, c, b in (("A1", 90.0, 9.0, 90), ("B1", 110.0, 11.0, 90), ("C1", 900.0, 99.0, 10))
    ]
    result = table(frames.RESULT, *rows)
    (one,) = replicates(result, valid_mfi(result, 35)).to_pylist()
    assert (one["wells"], one["well_count"], one["valid_count"], one["mean_mfi"]) == ("A1, B1, C1", 3, 2, 100.0)
    assert one["cv_mfi_pct"] == one["cv_concentration_pct"] == pytest.approx(100 * np.sqrt(2) / 10)


def test_no_concentration_cv_where_a_replicate_has_no_result() -> None:
    result = table(frames.RESULT, reading("A1", "S", concentration=9.0), reading("B1", "S"))
    (one,) = replicates(result, valid_mfi(result, 35)).to_pylist()
    assert (one["is_in_range"], one["cv_concentration_pct"]) == (0.0, None)


@pytest.mark.parametrize(
    ("sign", "bound", "nearest"), [("<", 3.0, 3.0), ("<", 12.0, 9.0), (">", 27.0, 27.0), (">", 5.0, 9.0)]
)
def test_a_replicate_beyond_the_range_differs_at_least_as_its_bound_does(
    sign: str, bound: float, nearest: float
) -> None:
    beyond = reading("B1", "S", concentration_op=sign, concentration_bound=bound)
    result = table(frames.RESULT, reading("A1", "S", concentration=9.0), beyond)
    (one,) = replicates(result, valid_mfi(result, 35)).to_pylist()
    least = 100 * np.std([9.0, nearest], ddof=1) / np.mean([9.0, nearest])
    assert (one["is_in_range"], one["cv_concentration_pct"]) == (1.0, pytest.approx(least))


def test_replicates_that_all_lie_beyond_the_range_are_not_compared() -> None:
    rows = [reading(well, "S", concentration_op="<", concentration_bound=3.2) for well in ("A1", "B1")]
    result = table(frames.RESULT, *rows)
    (one,) = replicates(result, valid_mfi(result, 35)).to_pylist()
    assert (one["is_in_range"], one["cv_concentration_pct"]) == (0.0, None)


@pytest.mark.parametrize(
    ("below", "above", "cv"), [(3.2, 10_000.0, 100 * np.std([3.2, 10_000.0], ddof=1) / 5_001.6), (100.0, 50.0, 0.0)]
)
def test_replicates_beyond_both_ends_of_the_range_differ_at_least_as_their_bounds_do(
    below: float, above: float, cv: float
) -> None:
    ends = (("A1", "<", below), ("B1", ">", above))
    rows = [reading(well, "S", concentration_op=sign, concentration_bound=bound) for well, sign, bound in ends]
    result = table(frames.RESULT, *rows)
    (one,) = replicates(result, valid_mfi(result, 35)).to_pylist()
    assert (one["is_in_range"], one["cv_concentration_pct"]) == (1.0, pytest.approx(cv))
    assert one["concentration"] is None


def test_parallelism_is_against_the_lowest_dilution_in_range() -> None:
    values = ((1.0, None), (2.0, 100.0), (4.0, 130.0), (8.0, 90.0))
    rows = [
        reading(f"A{i}", f"S x{d:g}", specimen_id="S", dilution_factor=d, concentration=c)
        for i, (d, c) in enumerate(values, 1)
    ]
    result = table(frames.RESULT, *rows)
    found = replicates(result, valid_mfi(result, 35)).to_pylist()
    assert [one["parallel_pct"] for one in found] == [None, None, pytest.approx(30.0), pytest.approx(-10.0)]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ((">", 13_000.0), ("<", 64.0), 100 * (64 / 13_000 - 1)),
        (("<", 3.2), (">", 260_000.0), 100 * (260_000 / 3.2 - 1)),
        ((">", 13_000.0), (">", 260_000.0), None),  # both may be true
        (("<", 3.2), ("<", 64.0), None),
        ((">", 13_000.0), ("<", 20_000.0), None),  # between the two
    ],
)
def test_dilutions_on_both_sides_of_the_range_are_held_against_each_other(
    first: tuple[str, float], second: tuple[str, float], expected: float | None
) -> None:
    rows = [
        reading(w, f"S x{d:g}", specimen_id="S", dilution_factor=d, concentration_op=sign, concentration_bound=bound)
        for w, d, (sign, bound) in (("A1", 1.0, first), ("B1", 20.0, second))
    ]
    result = table(frames.RESULT, *rows)
    undiluted, diluted = replicates(result, valid_mfi(result, 35)).to_pylist()
    assert (undiluted["parallel_pct"], undiluted["lowest_dilution"]) == (None, None)
    assert diluted["parallel_pct"] == (None if expected is None else pytest.approx(expected))
    assert diluted["lowest_dilution"] == (None if expected is None else 1.0)


def test_distance_from_partners_is_from_the_mean_of_the_others() -> None:
    result = table(
        frames.RESULT,
        *(
            reading(w, g, mfi=m)
            for w, g, m in (("A1", "S", 100.0), ("B1", "S", 200.0), ("C1", "S", 300.0), ("D1", "T", 5.0))
        ),
    )
    apart = from_partners(result, valid_mfi(result, 35))
    np.testing.assert_allclose(apart[:3], np.log([100 / 250, 200 / 200, 300 / 150]))
    assert np.isnan(apart[3])


def test_ends_are_those_of_the_range_or_of_the_levels_in_the_fit() -> None:
    inside = table(frames.LEVEL, *(level(k, is_in_range=k in (2, 3, 4)) for k in range(8)))
    assert ends(inside).tolist() == [k in (2, 4) for k in range(8)]
    none = table(frames.LEVEL, *(level(k, is_in_range=False, is_used=k < 7) for k in range(8)))
    assert ends(none).tolist() == [k in (1, 6) for k in range(8)]


def test_lack_of_fit_is_the_f_test() -> None:
    fitted = np.array([20.0, 40.0, 100.0, 300.0, 900.0, 2500.0, 6000.0, 11000.0])
    off, cv = np.array([1.0, 1.05, 0.95, 1.1, 0.9, 1.02, 1.0, 0.99]), np.array([5.0, 6.0, 4.0, 7.0, 5.0, 6.0, 3.0, 4.0])
    rows = (
        level(k, mean_mfi=float(fitted[k] * off[k]), fitted_mfi=float(fitted[k]), cv_pct=float(cv[k])) for k in range(8)
    )
    f_value = (2 * ((off - 1) ** 2).sum() / (8 - 5)) / ((cv / 100) ** 2).mean()
    (p,) = lack_of_fit_p(curve(), table(frames.LEVEL, *rows), 3.0)
    assert p == pytest.approx(stats.f.sf(f_value, 3, 8))


def test_lack_of_fit_needs_replicates_and_levels_to_spare() -> None:
    rows = [level(k, mean_mfi=100.0 * k + 10, fitted_mfi=100.0 * k + 10, cv_pct=None, well_count=1) for k in range(8)]
    assert np.isnan(lack_of_fit_p(curve(), table(frames.LEVEL, *rows), 3.0)).all()
    few = [{**row, "well_count": 2, "cv_pct": 3.0} for row in rows[:5]]
    assert np.isnan(lack_of_fit_p(curve(), table(frames.LEVEL, *few), 3.0)).all()


@pytest.mark.parametrize(
    ("level_count", "reasons", "wants"),
    [(6, None, 1.0), (0, "no_standards", 0.0), (6, "export_results", 0.0), (6, "hook;not_fitted", 1.0)],
)
def test_no_curve_is_missing_where_the_exports_own_results_stand(
    level_count: int, reasons: str | None, wants: float
) -> None:
    assert list(_wants_curve(curve(level_count=level_count, reasons=reasons))) == [wants]


def order(result: pa.Table) -> dict[str, Any]:
    plates = group.group_by(result, group.PLATE_KEY)
    return standard_order(result, plates, valid_mfi(result, 35), 15)


def standard(number: int, mfi: float, analyte: str = "IL-6") -> dict[str, Any]:
    return reading(
        f"A{number}", f"Standard{number}", well_role="standard", standard_level=number, mfi=mfi, analyte=analyte
    )


def test_inverted_levels_are_counted_over_analytes_and_named() -> None:
    good, bad = (10.0, 50.0, 200.0, 900.0), (10.0, 200.0, 50.0, 900.0)
    rows = [
        standard(k, mfi, name)
        for name, ladder in (("A", good), ("B", bad), ("C", bad))
        for k, mfi in enumerate(ladder, 1)
    ]
    found = order(table(frames.RESULT, *rows))
    assert found["order_share_pct"].tolist() == pytest.approx([200 / 3])
    assert found["order_text"] == ["level 2 and 3"]


LADDER = (10.0, 50.0, 200.0, 900.0, 3000.0)


@pytest.mark.parametrize(
    ("read", "named"),
    [
        (
            (10.0, 200.0, 50.0, 900.0, 3000.0),
            "; with level 2 (A2) and level 3 (A3) exchanged they would rise",
        ),
        (
            (10.0, 3000.0, 200.0, 900.0, 50.0),
            "; with level 2 (A2) and level 5 (A5) exchanged they would rise",
        ),
        ((200.0, 10.0, 50.0, 900.0, 3000.0), ""),  # three in a circle: no one exchange mends them
        (LADDER[::-1], ""),
        ((10.0, 10.5, 8.6, 900.0, 3000.0), ""),  # two exchanges would mend it
        (LADDER, ""),
    ],
)
def test_swapped_standards_are_named_where_one_exchange_alone_mends_the_plate(
    read: tuple[float, ...], named: str
) -> None:
    rows = [standard(k, mfi * scale, name) for name, scale in (("A", 1.0), ("B", 3.0)) for k, mfi in enumerate(read, 1)]
    assert order(table(frames.RESULT, *rows))["exchange_text"] == [named]


def test_a_fall_of_15_percent_is_no_inversion_yet() -> None:
    assert order(table(frames.RESULT, standard(1, 100.0), standard(2, 85.0)))["order_share_pct"].tolist() == [0.0]
    assert order(table(frames.RESULT, standard(1, 100.0), standard(2, 84.0)))["order_share_pct"].tolist() == [100.0]


def test_drift_is_of_the_second_replicate_in_the_order_of_the_export() -> None:
    rows = [reading(f"A{i}", f"S{i}", mfi=110.0, source_line=20 + i) for i in range(1, 4)]
    rows += [reading(f"B{i}", f"S{i}", mfi=100.0, source_line=10 + i) for i in range(1, 4)]
    result = table(frames.RESULT, *rows)
    plates = group.group_by(result, group.PLATE_KEY)
    found = drift(result, plates, valid_mfi(result, 35))
    assert found["drift"] == pytest.approx([np.log(1.1)])
    assert found["pair_count"].tolist() == [3.0]


def frames_of_control(unit: str, low: float, high: float, *wells: dict[str, Any]) -> CheckFrames:
    rows = [reading(f"A{i}", "QC1 x1", well_role="qc_control", **own) for i, own in enumerate(wells, 1)]
    well = {
        "run_id": "r",
        "plate_number": 1,
        "well_role": "qc_control",
        "role_source": "layout",
        "replicate_group": "QC1 x1",
    }
    return CheckFrames(
        result=table(frames.RESULT, *rows),
        curve=frames.CURVE.empty(),
        level=frames.LEVEL.empty(),
        reading=frames.READING.empty(),
        well=table(frames.WELL, *({**well, "well": row["well"], "reagent_label": "Control1"} for row in rows)),
        reagent=table(frames.REAGENT, {"run_id": "r", "reagent_label": "Control1", "reagent_kind": "qc_control", "analyte_reported": "IL-6", "expected_concentration": (low + high) / 2, "range_low": low, "range_high": high}),
        calibration=frames.CALIBRATION.empty(),
        lot=frames.LOT.empty(),
        analyte=table(frames.ANALYTE, {"run_id": "r", "analyte_reported": "IL-6", "position": 1, "unit_reported": unit}),
        run=(RUN,),
        assay_of_run={"r": "a"},
        panels={"r": None},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("unit", "low", "high", "wells", "is_out"),
    [
        ("pg/mL", 40.0, 90.0, ({"concentration": 40.0},), 0.0),
        ("pg/mL", 40.0, 90.0, ({"concentration": 39.9},), 1.0),
        ("ng/mL", 0.04, 0.09, ({"concentration": 60.0},), 0.0),
        ("ng/mL", 0.04, 0.09, ({"concentration": 0.06},), 1.0),
        ("AU/mL", 40.0, 90.0, ({"concentration": 60.0},), 0.0),
        ("pg/mL", 40.0, 90.0, ({"concentration": 30.0}, {"concentration": 60.0}), 0.0),
        ("pg/mL", 40.0, 90.0, ({"concentration_op": "<", "concentration_bound": 40.0},), 1.0),
        ("pg/mL", 40.0, 90.0, ({"concentration_op": "<", "concentration_bound": 41.0},), None),
        ("pg/mL", 40.0, 90.0, ({"concentration_op": ">", "concentration_bound": 90.0},), 1.0),
        ("pg/mL", 40.0, 90.0, ({"status": "NO_CURVE"},), None),
        ("pg/mL", 60.0, 60.0, ({"concentration": 10.0},), None),
    ],
)
def test_control_against_its_range(
    unit: str, low: float, high: float, wells: tuple[dict[str, Any], ...], is_out: float | None
) -> None:
    (one,) = controls(frames_of_control(unit, low, high, *wells)).to_pylist()
    assert one["is_out"] == is_out
    assert one["label"] == "Control1"


def test_a_placeholder_range_is_marked() -> None:
    (one,) = controls(frames_of_control("pg/mL", 60.0, 60.0, {"concentration": 10.0})).to_pylist()
    assert one["is_placeholder"] == 1.0


def calibration(kind: str, state: str, hours_before: float) -> dict[str, Any]:
    at = START - timedelta(hours=hours_before)
    return {"run_id": "r", "source_line": 1, "name": f"Last {kind}", "kind": kind, "state": state, "performed_at": at}


def test_ages_are_of_the_oldest_passed_line_before_the_run() -> None:
    lines = [calibration("calibration", "passed", h) for h in (24, 72, -5)] + [
        calibration("calibration", "failed", 500),
        calibration("fluidics", "failed", 1),
    ]
    found = run.calibration(RUN, table(frames.CALIBRATION, *lines))
    assert (found["calibration_age_days"], found["verification_age_days"]) == (3.0, None)
    assert (found["calibration_lines"], found["calibration_failed"]) == (4.0, 1.0)


def test_lots_expire_after_their_day_and_serials_are_compared() -> None:
    lot = {"run_id": "r", "lot_kind": "kit", "label": "Kit", "lot_number": "K1"}
    rows = [
        {**lot, "source_line": i, "expires_on": day} for i, day in enumerate((date(2026, 3, 2), date(2026, 3, 1), None))
    ]
    rows.append({**lot, "source_line": 9, "lot_kind": "calibrator", "machine_serial": "LX2"})
    found = run.lots(RUN, table(frames.LOT, *rows))
    assert (found["lots_expired"], found["lots_text"]) == (1.0, "Kit K1 (2026-03-01)")
    assert (found["serial_differs"], found["serial_text"]) == (1.0, "LX2")


def test_the_instrument_s_failed_controls_are_those_outside_their_range(shared: Any) -> None:
    """On real plates the comment, the instrument's Result and our own concentration by its method say the same."""
    from pbis.core.curves.assay import AssayInput, AssayOptions, assay
    from pbis.core.plates.well import assign_roles
    from pbis.panels import load_aliases
    from pbis.readers import read

    judged = 0
    for name in ("magpix_milliplex_human_3plex_quantitative.csv", "lx200_human_cytokine_30plex_quantitative.csv"):
        one = read(shared / "examples" / "xponent" / name)
        item = AssayInput("a", one, assign_roles(one, None).table, None, load_aliases())
        computed = assay([item], AssayOptions(RESEARCH, method="xponent"))
        night = CheckFrames(computed.result, computed.curve, computed.level, one.reading, item.well, one.reagent, one.calibration, one.lot, one.analyte, (one.run,), {}, {})  # fmt: skip
        wells = control_wells(night).to_pandas()
        compared = wells[wells["instrument_out"].notna()]
        assert (compared["instrument_out"] == compared["failed_comment"]).all()
        own = compared[compared["own_out"].notna()]
        assert (own["own_out"] == own["failed_comment"]).all()
        judged += len(own)
    assert judged > 100
