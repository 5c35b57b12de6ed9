"""Measures of an analyte on a plate: its beads, background, curve and controls."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.measures import group as by
from pbis.core.measures.control import REPORTED_KEY, control_wells, outside, own_side
from pbis.core.measures.group import Groups, Reals
from pbis.core.measures.level import lack_of_fit_p
from pbis.core.measures.qc import CheckFrames, MeasureSettings
from pbis.core.measures.run import by_run
from pbis.core.measures.spec import CURVES
from pbis.core.plates.ladder import marked
from pbis.core.plates.ladder_series import odd_rungs
from pbis.core.plates.panel import PanelAnalyte

SHOWN = 5  # rungs named in a sentence that a person reads; own choice


def curves(frames: CheckFrames, control: pa.Table, settings: MeasureSettings) -> pa.Table:
    """CURVES: one row per analyte x plate of `result`, whether or not a curve exists."""
    result = frames.result
    groups = by.group_by(result, by.ANALYTE_KEY)
    head = result.take(pa.array(groups.first))
    columns: dict[str, object] = {
        name: head.column(name) for name in ("assay_id", "run_id", "plate", "plate_number", "analyte")
    }
    columns |= _beads(result, groups, settings.low_beads)
    columns |= _background(result, groups)
    columns |= _curve(head, frames, settings)
    columns |= _top(head, frames.level)
    columns |= _controls(head, control)
    columns |= _control_acceptance(head, control_wells(frames), settings.control_tolerance_pct)
    columns |= _regions(head, frames)
    columns |= _ladders(head, frames.reagent)
    columns |= _columns(head, frames)
    return by.conform(CURVES, columns, absent=("well", "replicate_group"))


def _beads(result: pa.Table, groups: Groups, low_beads: float) -> dict[str, object]:
    beads = by.numbers(result, "bead_count")
    wells = np.bincount(groups.code, minlength=groups.count).astype(np.float64)
    counted = by.count(groups, ~np.isnan(beads))
    return {
        "reading_count": wells,
        "missing_pct": 100 * by.count(groups, np.isnan(by.numbers(result, "mfi"))) / wells,
        "low_bead_pct": 100 * by.ratio(by.count(groups, beads < low_beads), counted),
    }


def _background(result: pa.Table, groups: Groups) -> dict[str, object]:
    is_blank = by.is_in(result, "well_role", "background") & ~by.is_in(result, "status", "EXCLUDED")
    blank = np.where(is_blank, by.numbers(result, "mfi"), np.nan)
    return {
        "background_count": by.count(groups, ~np.isnan(blank)),
        "background_mfi": by.mean(groups, blank),
        "background_cv_pct": by.cv_pct(groups, blank),
    }


def _curve(head: pa.Table, frames: CheckFrames, settings: MeasureSettings) -> dict[str, object]:
    curve = frames.curve
    row = by.match(head, curve, by.ANALYTE_KEY)
    ec50 = by.numbers(curve, "ec50")
    model = by.pick_text(curve.column("model"), row)
    fitted = pc.and_(pc.is_valid(model), pc.fill_null(pc.not_equal(model, "none"), False))
    columns: dict[str, object] = {
        "has_standards": np.nan_to_num(by.pick(_wants_curve(curve), row)),
        "is_fitted": fitted.to_numpy(zero_copy_only=False).astype(np.float64),
        "is_converged": by.pick(by.numbers(curve, "is_converged"), row),
        "is_at_bound": by.pick(_mentions(curve, "degenerate"), row),
        "is_accepted": by.pick((~by.is_in(curve, "status", "fail")).astype(np.float64), row),
        "model": model,
        "ec50_over_lowest": by.pick(by.ratio(ec50, by.numbers(curve, "lowest_standard")), row),
        "ec50_over_highest": by.pick(by.ratio(ec50, by.numbers(curve, "highest_standard")), row),
        "lack_of_fit_p": by.pick(lack_of_fit_p(curve, frames.level, settings.scatter_floor_pct), row),
        "curve_reasons": by.pick_text(curve.column("reasons"), row),
    }
    for name in ("level_count", "passing_levels", "hook_level", "required_levels", "required_passing"):
        columns[name] = by.pick(by.numbers(curve, name), row)
    share = 100 * by.ratio(by.numbers(curve, "required_passing"), by.numbers(curve, "required_levels"))
    return columns | {"required_passing_pct": by.pick(share, row)}


def _wants_curve(curve: pa.Table) -> Reals:
    """1 where standards were read; where the export's own Results stand in the place of a curve, none is missing."""
    return (by.numbers(curve, "level_count") > 0).astype(np.float64) * (1.0 - _mentions(curve, "export_results"))


def _mentions(curve: pa.Table, word: str) -> Reals:
    """1 where the fit's reasons name the word."""
    found = pc.match_substring(pc.fill_null(curve.column("reasons"), ""), word)
    return np.asarray(found.to_numpy(), np.float64)


def _top(head: pa.Table, level: pa.Table) -> dict[str, object]:
    groups, number = _onto(head, level), by.numbers(level, "standard_level")
    mean = by.numbers(level, "mean_mfi")
    top = by.largest(groups, np.where(number >= 1, mean, np.nan))[:-1]
    return {"top_over_background": by.ratio(top, by.mean(groups, np.where(number == 0, mean, np.nan))[:-1])}


def _onto(head: pa.Table, rows: pa.Table) -> Groups:
    """Rows grouped by the analyte x plate of `head` that they belong to; a last group holds those that belong to none."""
    row = by.match(rows, head, by.ANALYTE_KEY)
    return Groups(np.where(row < 0, head.num_rows, row), np.arange(head.num_rows + 1))


def _controls(head: pa.Table, control: pa.Table) -> dict[str, object]:
    groups = _onto(head, control)
    out = by.numbers(control, "is_out")
    judged = by.count(groups, ~np.isnan(out))[:-1]
    return {
        "controls_judged": judged,
        "controls_out": np.where(judged > 0, by.count(groups, out == 1)[:-1], np.nan),
        "controls_text": by.joined(groups, _control_texts(control))[:-1],
    }


def _control_texts(control: pa.Table) -> list[str | None]:
    names = ("label", "replicate_group", "value_text", "range_low", "range_high", "unit", "is_out")
    return [None if row["is_out"] is None else _control_text(row) for row in control.select(list(names)).to_pylist()]


def _control_text(row: dict[str, object]) -> str:
    unit = f" {row['unit']}" if row["unit"] else ""
    verdict = "outside" if row["is_out"] else "inside"
    return f"{row['label'] or row['replicate_group']} {row['value_text']}{unit} {verdict} {row['range_low']:g}-{row['range_high']:g}"


def _control_acceptance(head: pa.Table, wells: pa.Table, tolerance_pct: float) -> dict[str, object]:
    """Share of control wells near their nominal, over all controls of the analyte and at the worst control.

    A well that gives only a bound is far from its nominal where all that the bound allows is; else it decides nothing.
    """
    expected = np.where(by.numbers(wells, "is_placeholder") == 1, np.nan, by.numbers(wells, "expected"))
    low, high = ((1 + sign * tolerance_pct / 100) * expected for sign in (-1, 1))
    is_far = outside(by.numbers(wells, "value"), low, high, own_side(wells))
    judged, near = ~np.isnan(is_far), is_far == 0
    one = by.group_by(wells, (*by.GROUP_KEY, "analyte"))
    share = 100 * by.ratio(by.count(one, near), by.count(one, judged))
    groups = _onto(head, wells)
    return {
        "control_wells": by.count(groups, judged)[:-1],
        "control_pass_pct": 100 * by.ratio(by.count(groups, near), by.count(groups, judged))[:-1],
        "control_level_pass_pct": by.smallest(groups, share[one.code])[:-1],
    }


def _regions(head: pa.Table, frames: CheckFrames) -> dict[str, object]:
    """Bead region of the export and of the panel; 1 where both are known and differ."""
    found = head.column("bead_region").to_pylist()
    wanted = [known.bead_region if known else None for known in _panel_analytes(head, frames)]
    differs = [np.nan if not a or not b else float(a != b) for a, b in zip(found, wanted, strict=True)]
    return {"bead_region": found, "panel_bead_region": wanted, "region_differs": np.array(differs, np.float64)}


def _ladders(head: pa.Table, reagent: pa.Table) -> dict[str, object]:
    """Expected concentrations of each analyte that cannot be right, as the reading marked them or the series shows."""
    of_run = {run_id: _odd_by_analyte(rows) for run_id, rows in by_run(reagent).items()}
    keys = zip(*(head.column(name).to_pylist() for name in ("run_id", "analyte_reported")), strict=True)
    odd = [of_run.get(run_id, {}).get(analyte, []) for run_id, analyte in keys]
    return {
        "ladder_odd": np.array([len(texts) for texts in odd], np.float64),
        "ladder_text": ["; ".join(texts[:SHOWN]) for texts in odd],
    }


def _odd_by_analyte(reagent: pa.Table) -> dict[str, list[str]]:
    found = {(s.analyte, s.label): str(s) for s in (*marked(reagent), *odd_rungs(reagent))}
    odd: dict[str, list[str]] = {}
    for (analyte, _), text in found.items():
        odd.setdefault(analyte, []).append(text)
    return odd


def _columns(head: pa.Table, frames: CheckFrames) -> dict[str, object]:
    """Witnesses that a column of the export is another analyte's: its place in the blocks, and beads that trimming added."""
    text = by.pick_text(frames.analyte.column("misplaced_in"), by.match(head, frames.analyte, REPORTED_KEY))
    reading = frames.reading
    key = (*REPORTED_KEY, "plate_number")
    groups = by.match(reading, head, key)
    more = (
        by.numbers(reading, "trimmed_count") >= by.numbers(reading, "bead_count") + 1
    )  # both are whole, one may be rounded
    return {
        "misplaced": pc.is_valid(text).to_numpy(zero_copy_only=False).astype(np.float64),
        "misplaced_text": text,
        "trimmed_over": np.bincount(groups[more & (groups >= 0)], minlength=head.num_rows).astype(np.float64),
    }


def _panel_analytes(head: pa.Table, frames: CheckFrames) -> list[PanelAnalyte | None]:
    keys = zip(head.column("run_id").to_pylist(), head.column("analyte").to_pylist(), strict=True)
    panels = ((frames.panels.get(run_id), analyte) for run_id, analyte in keys)
    return [panel.analyte(analyte) if panel else None for panel, analyte in panels]
