"""Every way in which standards go wrong, as a table: what is said of the curve, and that nothing is reported that cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from expectations import load_suite, tolerances
from pbis.core.curves.assay import AssayFrames, AssayInput, AssayOptions, assay
from pbis.core.curves.method import Method
from pbis.core.plates.panel import AliasTable
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.well import assign_roles
from pbis.readers import read

RESEARCH = tolerances(load_suite("research"))

Spoil = Callable[[float, int, int], float | None]  # MFI, level (0 background), replicate (0, 1) -> MFI or no reading


@dataclass(frozen=True)
class Hard:
    """reason, statuses and model that the robust method gives; step: a text in the steps; proposed: wells for a person."""

    spoil: Spoil
    reason: str | None
    status: tuple[str, ...]
    model: str = "5PL"
    step: str = ""
    proposed: str | None = None


CASES = {
    "good": Hard(lambda y, level, k: y, None, ("pass",)),
    "hook": Hard(lambda y, level, k: y * 0.4 if level == 7 else y, "hook", ("warn",), step="hook:level 7"),
    "two hooked": Hard(
        lambda y, level, k: y * {6: 0.3, 7: 0.1}.get(level, 1), "hook", ("warn",), "4PL", step="hook:level 6"
    ),
    "flat": Hard(lambda y, level, k: 14 + y / 1000, "flat", ("none",), "none", step="stop:flat"),
    "falling": Hard(lambda y, level, k: 2e5 / y if level else y, "falling", ("none",), "none", step="stop:falling"),
    "a dip": Hard(lambda y, level, k: y * 0.1 if level == 5 else y, "non_monotone", ("warn", "fail"), "4PL"),
    "wild replicate": Hard(
        lambda y, level, k: y * 4 if (level, k) == (4, 0) else y, "wild_replicate", ("warn",), step="proposed:1", proposed="D2"
    ),
    "missing level": Hard(lambda y, level, k: None if level == 3 else y, "missing_level", ("pass", "warn")),
    "missing well": Hard(lambda y, level, k: None if (level, k) == (3, 1) else y, None, ("pass",)),
    "single wells": Hard(lambda y, level, k: None if k else y, "single_replicates", ("pass", "warn")),
    "no background": Hard(lambda y, level, k: None if level == 0 else y, "no_background", ("warn",)),
    "five levels": Hard(lambda y, level, k: None if level > 5 else y, "missing_level", ("pass", "warn"), "4PL"),
    "four levels": Hard(lambda y, level, k: None if level > 4 else y, "four_levels", ("warn",), "4PL"),
    "three levels": Hard(lambda y, level, k: None if level > 3 else y, "too_few_levels", ("none",), "none", step="stop:too few levels"),
    "no standards read": Hard(lambda y, level, k: None if level else y, "no_standards", ("none",), "none", step="stop:no standards"),
    "top not reached": Hard(lambda y, level, k: 14 + 0.5 * 4.0**level if level else y, "top_not_reached", ("pass", "warn")),
    "saturated twice": Hard(lambda y, level, k: min(y, 3000.0), None, ("pass", "warn")),
    "all alike": Hard(lambda y, level, k: 5000.0, "flat", ("none",), "none"),
    "zeros": Hard(lambda y, level, k: 0.0, "flat", ("none",), "none"),
    "a staircase": Hard(lambda y, level, k: 14.0 if level < 4 else 15000.0, "fell_back_to_4pl", ("warn", "fail"), "4PL", step="fallback:4PL"),
}  # fmt: skip


def spoiled(plate: object, spoil: Spoil) -> object:
    """The sketch's IL-6 standards and background, changed by the case."""
    seen: dict[int, int] = {}
    for well, role, level, _, _ in plate.wells:
        if role in ("standard", "background"):
            k = seen[level or 0] = seen.get(level or 0, -1) + 1
            plate.mfi[well, "IL-6"] = spoil(plate.mfi[well, "IL-6"], level or 0, k)
    return plate


def one(frames: AssayFrames, analyte: str) -> tuple[dict[str, object], list[dict[str, object]]]:
    curve = next(r for r in frames.curve.to_pylist() if r["analyte"] == analyte)
    return curve, [r for r in frames.result.to_pylist() if r["analyte"] == analyte]


@pytest.mark.parametrize("name", CASES)
def test_the_curve_is_named_for_what_it_is(sketch: Callable, name: str) -> None:
    case = CASES[name]
    curve, _ = one(assay([spoiled(sketch(), case.spoil).input()], AssayOptions(RESEARCH)), "IL-6")
    reasons = set((curve["reasons"] or "").split(";")) - {""}
    assert curve["status"] in case.status, curve
    assert curve["model"] == case.model, curve
    assert case.reason is None or case.reason in reasons, curve
    assert name not in ("good", "missing well") or not reasons
    assert case.step in curve["steps"]
    assert curve["proposed_exclusions"] == case.proposed


@pytest.mark.parametrize("method", ["robust", "xponent"])
@pytest.mark.parametrize("name", CASES)
def test_no_number_leaves_the_standards(sketch: Callable, name: str, method: str) -> None:
    plate = spoiled(sketch(), CASES[name].spoil)
    for k, mfi in enumerate(np.geomspace(5, 5e4, 8)):
        plate.sample(f"{'ABCDEFGH'[k]}11", float(mfi))
    curve, rows = one(assay([plate.input()], AssayOptions(RESEARCH, method=method)), "IL-6")
    low, high = curve["lowest_standard"], curve["highest_standard"]
    for row in rows:
        if row["status"] == "QUANT":
            amount = row["concentration"] / (row["dilution_factor"] or 1.0)
            assert low * (1 - 1e-9) <= amount <= high * (1 + 1e-9), row
        else:
            assert row["concentration"] is None
            assert (row["concentration_bound"] is not None) == (row["concentration_op"] is not None)
        if curve["model"] == "none":
            assert row["status"] in ("NO_CURVE", "MISSING", "BACKGROUND", "CURVE_FAILED"), row


@pytest.mark.parametrize("name", CASES)
def test_a_neighbour_is_left_alone(sketch: Callable, name: str) -> None:
    alone, _ = one(assay([sketch().input()], AssayOptions(RESEARCH)), "TNF")
    beside, _ = one(assay([spoiled(sketch(), CASES[name].spoil).input()], AssayOptions(RESEARCH)), "TNF")
    assert beside["coef_c"] == pytest.approx(alone["coef_c"], rel=1e-9)
    assert beside["reasons"] == alone["reasons"]


def test_a_step_makes_the_instruments_fit_degenerate_and_it_says_so(sketch: Callable) -> None:
    frames = assay([spoiled(sketch(), CASES["a staircase"].spoil).input()], AssayOptions(RESEARCH, method="xponent"))
    curve, _ = one(frames, "IL-6")
    assert "degenerate" in curve["reasons"]
    assert curve["status"] in ("warn", "fail")


@pytest.fixture(scope="module")
def export(shared: Path) -> PlateRead:
    return read(shared / "examples" / "xponent" / "magpix_milliplex_human_3plex_quantitative.csv")


def changed(export: PlateRead, spoil: Spoil, method: Method = "robust") -> AssayFrames:
    """A real plate whose standards have been changed."""
    wells = assign_roles(export, None).table
    place: dict[str, tuple[int, int]] = {}
    seen: dict[int, int] = {}
    for row in wells.to_pylist():
        if row["well_role"] in ("standard", "background"):
            level = row["standard_level"] or 0
            seen[level] = seen.get(level, -1) + 1
            place[row["well"]] = (level, seen[level])
    rows = zip(export.reading.column("well").to_pylist(), export.reading.column("mfi").to_pylist(), strict=True)
    mfi = [spoil(y, *place[well]) if well in place and y is not None else y for well, y in rows]
    at = export.reading.schema.get_field_index("mfi")
    reading = export.reading.set_column(at, export.reading.schema.field(at), pa.array(mfi, pa.float64()))
    spoiled_export = AssayInput("x", replace(export, reading=reading), wells, None, AliasTable())
    return assay([spoiled_export], AssayOptions(RESEARCH, method=method))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda y, level, k: y * 0.25 if level == 6 else y, "hook"),
        (lambda y, level, k: 15 + y / 2000, "flat"),
        (lambda y, level, k: y * 5 if (level, k) == (5, 0) else y, "wild_replicate"),
        (lambda y, level, k: None if level == 4 else y, "missing_level"),
        (lambda y, level, k: None if level > 3 else y, "too_few_levels"),
        (lambda y, level, k: None if level == 0 else y, "no_background"),
        (lambda y, level, k: y * 0.02 if level == 5 else y, "non_monotone"),
        (lambda y, level, k: 15 + 0.4 * 5.0**level if level else 15.0 + k, "top_not_reached"),
        (lambda y, level, k: None if k else y, "single_replicates"),
        (lambda y, level, k: 1e5 / (y + 1) if level else y, "falling"),
        (lambda y, level, k: None if level in (2, 4) else y, "four_levels"),
    ],
    ids=["hook", "flat", "wild", "missing", "too few", "no background", "dip", "no top", "single", "falling", "four"],
)
def test_real_standards_that_go_wrong_are_named_on_every_analyte(export: PlateRead, spoil: Spoil, reason: str) -> None:
    frames = changed(export, spoil)
    assert frames.curve.num_rows == 3
    for row in frames.curve.to_pylist():
        assert reason in (row["reasons"] or "").split(";"), row
    untouched = changed(export, lambda y, level, k: y)
    assert not any(reason in (row["reasons"] or "").split(";") for row in untouched.curve.to_pylist())


def test_a_staircase_on_a_real_plate_is_degenerate_for_the_instrument_and_fails_robustly(export: PlateRead) -> None:
    stairs: Spoil = lambda y, level, k: 15.0 + k if level < 4 else 9000.0 + k  # noqa: E731
    for method, reason in (("xponent", "degenerate"), ("robust", "too_few_passing_levels")):
        for row in changed(export, stairs, method).curve.to_pylist():
            assert reason in row["reasons"].split(";"), row
            assert method == "xponent" or row["status"] == "fail"


def test_a_wild_well_of_a_real_plate_hardly_moves_its_samples(export: PlateRead) -> None:
    before, after = (changed(export, spoil).result for spoil in (
        lambda y, level, k: y,
        lambda y, level, k: y * 5 if (level, k) == (5, 0) else y,
    ))  # fmt: skip
    both = pc.and_(pc.equal(before.column("status"), "QUANT"), pc.equal(after.column("status"), "QUANT"))
    one_way, other = (table.filter(both).column("concentration").to_numpy() for table in (before, after))
    assert one_way.size > 10
    assert np.median(np.abs(other / one_way - 1)) < 0.12
