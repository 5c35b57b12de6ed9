"""From an export in memory to judged rows: order, dilution, operators, units, and everything that can be missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from partial_frames import partial

from expectations import load_suite, tolerances
from pbis.core.curves.assay import AssayFrames, AssayOptions, Exclusion, assay
from pbis.core.frames import CURVE, LEVEL, LOT, RESULT
from pbis.core.plates.panel import AliasTable, Panel, PanelAnalyte, normalise

REGULATED = tolerances(load_suite("regulated"))
RESEARCH = tolerances(load_suite("research"))

ROBUST, XPONENT = AssayOptions(RESEARCH), AssayOptions(RESEARCH, method="xponent")


def one(frames: AssayFrames, well: str, analyte: str = "IL-6") -> dict[str, object]:
    return next(r for r in frames.result.to_pylist() if r["well"] == well and r["analyte"] == analyte)


def curve(frames: AssayFrames, analyte: str = "IL-6") -> dict[str, object]:
    return next(r for r in frames.curve.to_pylist() if r["analyte"] == analyte)


def run(plate: object, options: AssayOptions = ROBUST, **names: object) -> AssayFrames:
    return assay([plate.input(**names)], options)


def test_nothing_is_computed_of_no_plate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("pbis.core.curves.assay.compute")
    assert assay([], ROBUST) == AssayFrames(RESULT.empty(), CURVE.empty(), LEVEL.empty())


@pytest.mark.parametrize("options", [ROBUST, XPONENT], ids=["robust", "xponent"])
def test_frames_are_as_declared_and_in_order(sketch: Callable, options: AssayOptions) -> None:
    plate = sketch()
    frames = run(plate, options)
    RESULT.check(frames.result)
    CURVE.check(frames.curve)
    LEVEL.check(frames.level)
    assert frames.result.num_rows == len(plate.wells) * 2
    wells = frames.result.column("well").to_pylist()[::2]
    assert wells == ["A1", "A2", "A3", "A10", "B1", "B2", "B3", "B10", *(f"{r}{c}" for r in "CDEFG" for c in (2, 3))]
    assert frames.result.column("analyte").to_pylist()[:2] == ["IL-6", "TNF"]
    assert frames.level.num_rows == 2 * 8


@pytest.mark.parametrize("options", [ROBUST, XPONENT], ids=["robust", "xponent"])
def test_no_number_is_nan_or_infinite(sketch: Callable, options: AssayOptions) -> None:
    plate = sketch()
    plate.sample("C10", None)
    plate.sample("D10", 1.0)
    plate.sample("E10", 1e6)
    frames = run(plate, options)
    for table in (frames.result, frames.curve, frames.level):
        for field in table.schema:
            if pa.types.is_floating(field.type):
                values = np.array([v for v in table.column(field.name).to_pylist() if v is not None], dtype=float)
                assert np.isfinite(values).all(), field.name


def test_dilution_multiplies_the_number_its_interval_and_its_bound(sketch: Callable) -> None:
    plate = sketch()
    plate.sample("C10", 16.5)
    plate.sample("D10", 16.5, dilution=4.0)
    plate.sample("E10", 1e5, dilution=3.0)
    frames = run(plate)
    single, double = one(frames, "A10"), one(frames, "B10")
    for name in ("concentration", "ci_low", "ci_high"):
        assert double[name] == pytest.approx(2 * single[name])
    assert single["ci_low"] < single["concentration"] < single["ci_high"]
    low, lower, high = one(frames, "C10"), one(frames, "D10"), one(frames, "E10")
    assert (low["concentration_op"], low["concentration"]) == ("<", None)
    assert low["concentration_bound"] == curve(frames)["lloq"]
    assert lower["concentration_bound"] == 4 * low["concentration_bound"]
    assert (high["status"], high["concentration_op"]) == ("ABOVE_CURVE", ">")
    assert high["concentration_bound"] == pytest.approx(3 * curve(frames)["uloq"], rel=1e-12)


def test_a_concentration_exists_where_the_status_is_quant_and_nowhere_else(sketch: Callable) -> None:
    plate = sketch()
    for k, mfi in enumerate(np.geomspace(1, 1e5, 8)):
        plate.sample(f"{'ABCDEFGH'[k]}11", float(mfi))
    for row in run(plate).result.to_pylist():
        assert (row["concentration"] is not None) == (row["status"] == "QUANT")
        assert (row["concentration_bound"] is not None) == (row["concentration_op"] in ("<", ">"))


def test_wells_without_a_reading_are_missing(sketch: Callable) -> None:
    plate = sketch()
    plate.sample("C10", None)
    plate.sample("D10", 400.0)
    plate.missing_rows.add(("D10", "TNF"))
    frames = run(plate)
    assert one(frames, "C10")["status"] == "MISSING"
    assert one(frames, "C10")["mfi"] is None
    absent = one(frames, "D10", "TNF")
    assert (absent["status"], absent["mfi"], absent["source_line"]) == (
        "MISSING",
        None,
        one(frames, "D10")["source_line"],
    )
    assert one(frames, "D10")["status"] == "QUANT"


def test_background_wells_are_background_and_net_mfi_subtracts_their_mean(sketch: Callable) -> None:
    frames = run(sketch())
    assert one(frames, "A1")["status"] == "BACKGROUND"
    assert one(frames, "A10")["net_mfi"] == pytest.approx(500.0 - 14.0)
    assert curve(frames)["background_mfi"] == pytest.approx(14.0)


def test_without_background_net_mfi_is_mfi_and_the_curve_says_so(sketch: Callable) -> None:
    frames = run(sketch(background=False))
    assert one(frames, "A10")["net_mfi"] == 500.0
    assert "no_background" in curve(frames)["reasons"]
    assert one(frames, "A10")["status"] == "QUANT"


@pytest.mark.parametrize("options", [ROBUST, XPONENT], ids=["robust", "xponent"])
def test_a_plate_without_standards_has_no_curve(sketch: Callable, options: AssayOptions) -> None:
    frames = run(sketch(levels=0), options)
    assert (curve(frames)["status"], curve(frames)["model"]) == ("none", "none")
    assert "no_standards" in curve(frames)["reasons"]
    assert one(frames, "A10")["status"] == "NO_CURVE"


def test_an_analyte_without_any_reading_harms_no_other(sketch: Callable) -> None:
    plate = sketch()
    alone = one(run(plate), "A10")["concentration"]
    for key in plate.mfi:
        if key[1] == "TNF":
            plate.mfi[key] = None
    frames = run(plate)
    assert one(frames, "A10")["concentration"] == pytest.approx(alone, rel=1e-9)
    assert one(frames, "A10", "TNF")["status"] == "MISSING"
    assert curve(frames, "TNF")["status"] == "none"


def test_a_hook_drops_the_top_level_and_lowers_the_limit(sketch: Callable) -> None:
    plate = sketch()
    for well in ("G2", "G3"):
        plate.mfi[well, "IL-6"] *= 0.4
    frames = run(plate)
    assert curve(frames)["hook_level"] == 7
    assert curve(frames)["uloq"] <= plate.dose(6)
    assert "hook" in curve(frames)["reasons"]
    note = [r["note"] for r in frames.level.to_pylist() if r["analyte"] == "IL-6" and r["standard_level"] == 7]
    assert note == ["hook: dropped"]


def test_a_failed_curve_reports_nothing_whatever_the_method(sketch: Callable) -> None:
    plate = sketch()
    rng = np.random.default_rng(4)
    for well in (w[0] for w in plate.wells if w[1] == "standard"):
        plate.mfi[well, "IL-6"] *= float(np.exp(rng.normal(0, 0.9)))
    robust, xponent = run(plate), run(plate, XPONENT)
    assert curve(robust)["status"] == curve(xponent)["status"] == "fail"
    for frames in (robust, xponent):
        assert (one(frames, "A10")["status"], one(frames, "A10")["concentration"]) == ("CURVE_FAILED", None)


def test_the_instruments_method_reports_between_its_standards(sketch: Callable) -> None:
    frames = run(sketch(), XPONENT)
    row = curve(frames)
    assert (row["lloq"], row["uloq"]) == (pytest.approx(3.2), pytest.approx(3.2 * 4**6))
    assert (row["lloq_reason"], row["uloq_reason"]) == ("lowest standard", "highest standard")
    assert "recovery_run:levels" in row["reasons"]
    assert row["response"] == "net_mfi"


def test_analysis_type_4p_gets_a_symmetric_curve(sketch: Callable) -> None:
    frames = run(sketch(analysis_type="Logistic 4P Weighted"), XPONENT)
    assert (curve(frames)["model"], curve(frames)["coef_f"]) == ("4PL", 1.0)


def test_units_convert_once_at_the_door(sketch: Callable) -> None:
    pg, ng, odd = (run(sketch(unit=unit)) for unit in ("pg/mL", "ng/mL", "MFI-equiv/mL"))
    assert one(ng, "A10")["unit"] == "pg/mL"
    assert one(ng, "A10")["unit_reported"] == "ng/mL"
    assert one(ng, "A10")["concentration"] == pytest.approx(1000 * one(pg, "A10")["concentration"], rel=1e-9)
    assert curve(ng)["coef_c"] == pytest.approx(1000 * curve(pg)["coef_c"], rel=1e-9)
    assert one(odd, "A10")["unit"] == "MFI-equiv/mL"
    assert one(odd, "A10")["concentration"] == pytest.approx(one(pg, "A10")["concentration"], rel=1e-9)


def test_kit_range_clamps_and_gives_the_unit_where_the_export_has_none(sketch: Callable) -> None:
    panel = Panel("p", "p", (PanelAnalyte("IL-6", "pg/mL", range_low="5", range_high="2000"),))
    frames = run(sketch(unit=None), panel=panel)
    row = curve(frames)
    assert (row["lloq"], row["uloq"], row["lloq_reason"]) == (5.0, 2000.0, "kit range")
    assert (row["kit_low"], row["kit_high"]) == (5.0, 2000.0)
    assert (row["lloq_recovery"], row["uloq_recovery"]) == (pytest.approx(3.2), pytest.approx(3.2 * 4**6))
    assert row["unit"] == "pg/mL"
    assert "unit_from_panel" in row["reasons"]
    assert curve(frames, "TNF")["unit"] is None


def test_names_become_canonical_unless_two_would_collide(sketch: Callable) -> None:
    aliases = AliasTable({normalise(text): "TNF" for text in ("TNFa", "TNF-alpha")})
    assert {r["analyte"] for r in run(sketch(analytes=("TNFa", "IL-6")), aliases=aliases).curve.to_pylist()} == {
        "TNF",
        "IL-6",
    }
    both = run(sketch(analytes=("TNFa", "TNF-alpha")), aliases=aliases).curve.to_pylist()
    assert {r["analyte"] for r in both} == {"TNFa", "TNF-alpha"}


def test_beads_are_judged_only_when_asked(sketch: Callable) -> None:
    plate = sketch()
    plate.beads["A10", "IL-6"] = 20
    assert one(run(plate), "A10")["status"] == "QUANT"
    low = one(run(plate, AssayOptions(RESEARCH, min_beads=35)), "A10")
    assert (low["status"], low["concentration"], low["mfi"]) == ("LOW_BEADS", None, 500.0)
    assert one(run(plate, AssayOptions(RESEARCH, min_beads=35)), "A10", "TNF")["status"] == "QUANT"


def test_recovery_and_replicate_cv(sketch: Callable) -> None:
    plate = sketch()
    plate.sample("C10", 300.0, label="Control1", role="qc_control")
    plate.sample("D10", 330.0, label="Control1", role="qc_control")
    plate.sample("E10", 15.0, label="low")
    plate.sample("F10", 17.0, label="low")
    frames = run(plate)
    pair = [one(frames, well) for well in ("C10", "D10")]
    amounts = np.array([r["concentration"] for r in pair])
    assert pair[0]["recovery_pct"] == pytest.approx(amounts[0])  # expected 100
    assert pair[0]["replicate_cv_pct"] == pytest.approx(100 * amounts.std(ddof=1) / amounts.mean())
    mfi = np.array([15.0, 17.0])
    assert one(frames, "E10")["replicate_cv_pct"] == pytest.approx(100 * mfi.std(ddof=1) / mfi.mean())
    assert one(frames, "A10")["replicate_cv_pct"] is None
    assert one(frames, "A10")["recovery_pct"] is None


@pytest.mark.parametrize("options", [ROBUST, XPONENT], ids=["robust", "xponent"])
def test_a_plate_alone_and_in_a_batch_say_the_same(sketch: Callable, options: AssayOptions) -> None:
    rng = np.random.default_rng(8)
    plates = [
        sketch(run_id=letter * 64, batch=f"plate-{letter}", levels=levels)
        for letter, levels in zip("abcd", (7, 6, 5, 7), strict=True)
    ]
    for plate in plates:
        for key in plate.mfi:
            plate.mfi[key] *= float(np.exp(rng.normal(0, 0.05)))
    together = assay([p.input() for p in reversed(plates)], options).result
    alone = pa.concat_tables([assay([p.input()], options).result for p in plates])
    assert together.column("status").to_pylist() == alone.column("status").to_pylist()
    assert together.column("plate").to_pylist() == alone.column("plate").to_pylist()
    for name in ("concentration", "ci_low", "ci_high", "concentration_bound", "recovery_pct"):
        one_way, other = (np.array(t.column(name).to_pylist(), dtype=float) for t in (together, alone))
        assert np.allclose(one_way, other, rtol=1e-9, atol=0, equal_nan=True), name


def test_nothing_in_nothing_out() -> None:
    frames = assay([], ROBUST)
    assert (frames.result.num_rows, frames.curve.num_rows, frames.level.num_rows) == (0, 0, 0)


def test_a_wild_replicate_is_proposed_never_dropped(sketch: Callable) -> None:
    plate = sketch()
    plate.mfi["D2", "IL-6"] *= 4
    row = curve(run(plate))
    assert row["proposed_exclusions"] == "D2"
    assert "wild_replicate" in row["reasons"]
    assert row["point_count"] == 16


def test_regulated_acceptance_asks_for_more_levels(sketch: Callable) -> None:
    plate = sketch(levels=5)
    assert curve(run(plate))["status"] in ("pass", "warn")
    assert curve(run(plate, AssayOptions(REGULATED)))["status"] == "fail"


def test_a_run_shorter_than_asked_for_is_named_by_its_length(sketch: Callable) -> None:
    plate = sketch()
    passing = curve(run(plate))["passing_levels"]
    asked = AssayOptions(replace(RESEARCH, run_warn=passing + 1.0, run_fail=float(passing)))
    words = {5: "five", 6: "six", 7: "seven"}
    assert f"{words[passing]}_passing_levels" in curve(run(plate, asked))["reasons"]
    refused = curve(run(plate, AssayOptions(replace(RESEARCH, run_fail=passing + 1.0))))
    assert (refused["status"], "too_few_passing_levels" in refused["reasons"]) == ("fail", True)


def _as_plate(table: pa.Table, number: int) -> pa.Table:
    at = table.schema.get_field_index("plate_number")
    return table.set_column(at, table.schema.field(at), pa.array([number] * table.num_rows))


def test_several_plates_of_a_batch_are_told_apart(sketch: Callable) -> None:
    plate = sketch()
    whole = plate.input()
    both = [pa.concat_tables([table, _as_plate(table, 2)]) for table in (whole.read.reading, whole.well)]
    frames = assay([replace(whole, read=replace(whole.read, reading=both[0]), well=both[1])], ROBUST)
    assert frames.curve.column("plate").to_pylist() == ["plate-1/1"] * 2 + ["plate-1/2"] * 2
    first, other = (frames.result.filter(pc.equal(frames.result.column("plate_number"), n)) for n in (1, 2))
    for one_way, other_way in zip(*(t.column("concentration").to_pylist() for t in (first, other)), strict=True):
        assert one_way == other_way or one_way == pytest.approx(other_way, rel=1e-9)


def test_a_well_below_the_detection_limit_says_so_and_keeps_the_bound(sketch: Callable) -> None:
    plate = sketch()
    plate.sample("C10", 14.3)
    frames = run(plate, panel=Panel("p", "p", (PanelAnalyte("IL-6", "pg/mL", range_low="40"),)))
    row = one(frames, "C10")
    assert 0 < curve(frames)["lod"] < 3.2
    assert (row["status"], row["concentration_op"], row["concentration_bound"]) == ("BELOW_LOD", "<", 40.0)


def test_a_well_set_aside_has_no_number_and_no_part_in_the_curve(sketch: Callable) -> None:
    plate = sketch()
    plate.mfi["D2", "IL-6"] *= 4
    decided = frozenset({Exclusion("D2", "IL-6"), Exclusion("A10"), Exclusion("B10", "IL-6", plate_number=2)})
    for options in (ROBUST, XPONENT):
        frames = assay([replace(plate.input(), excluded=decided)], options)
        del_standard, sample = one(frames, "D2"), one(frames, "A10")
        assert (del_standard["status"], del_standard["concentration"]) == ("EXCLUDED", None)
        assert (sample["status"], sample["concentration"], sample["mfi"]) == ("EXCLUDED", None, 500.0)
        assert one(frames, "A10", "TNF")["status"] == "EXCLUDED"
        assert one(frames, "D2", "TNF")["status"] != "EXCLUDED"
        assert one(frames, "B10")["status"] == "QUANT"
        assert curve(frames)["proposed_exclusions"] is None
        assert curve(frames, "TNF")["point_count"] - curve(frames)["point_count"] == 1
        assert one(frames, "D3")["replicate_cv_pct"] is None


def with_lot(plate: object, number: str) -> object:
    lot = partial(
        LOT,
        {"run_id": [plate.run_id], "source_line": [9], "lot_kind": ["kit"], "label": ["kit"], "lot_number": [number]},
    )
    whole = plate.input()
    return replace(whole, read=replace(whole.read, lot=lot))


def test_backgrounds_are_pooled_over_the_plates_of_a_lot_only_when_asked(sketch: Callable) -> None:
    plates = [sketch(run_id=letter * 64, batch=f"plate-{letter}") for letter in "abc"]
    for position, plate in enumerate(plates):
        plate.mfi["B1", "IL-6"] = 14.0 + 4.0 * position
    inputs = [with_lot(p, number) for p, number in zip(plates, ("L1", "L1", "L2"), strict=True)]
    own, lot = (
        [r["lod"] for r in assay(inputs, options).curve.to_pylist() if r["analyte"] == "IL-6"]
        for options in (XPONENT, AssayOptions(RESEARCH, method="xponent", lod="lot"))
    )
    assert own[0] < lot[0]
    assert lot[1] < own[1]
    assert lot[2] == own[2]  # the only plate of its lot
    without = assay([p.input() for p in plates], AssayOptions(RESEARCH, method="xponent", lod="lot")).curve.to_pylist()
    assert [r["lod"] for r in without if r["analyte"] == "IL-6"] == own
