"""The verdict on an analyte of a plate.

A plate that takes everything away (states.takes_all) takes its analytes along. Its warnings do not: a mark on every analyte
would say nothing about any.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames import ANALYTE_VERDICT
from pbis.core.measures import group as by
from pbis.core.verdicts.about_plate import AboutPlates, by_effect, state_of
from pbis.core.verdicts.reading import LOST_ALONE, SAMPLE_ROLES, ReadingMarks, is_held
from pbis.core.verdicts.states import takes_all, worst

Row = dict[str, Any]
NOTHING_LEFT, NO_CURVE = "no_reading_left", "no_curve"
_UNREPORTABLE = ("lost", "held", "uncurved")


def analyte_rows(
    result: pa.Table, finding: pa.Table, curve: pa.Table, found: ReadingMarks, state: pa.Table, plates: AboutPlates
) -> list[Row]:
    """A row per analyte x plate of `result`, sorted by its key: ANALYTE_VERDICT and `own_state`, what it is by itself."""
    groups = by.group_by(result, by.ANALYTE_KEY)
    head = result.take(pa.array(groups.first))
    sample = by.is_in(result, "well_role", *SAMPLE_ROLES)
    lost = (found.lost_alone != 0) | by.is_in(result, "status", *LOST_ALONE)
    counts = {
        "wells": by.count(groups, sample),
        "lost": by.count(groups, sample & lost),
        "held": by.count(groups, sample & ~lost & is_held(result, found)),
        "uncurved": by.count(groups, sample & ~lost & ~is_held(result, found) & by.is_in(result, "status", "NO_CURVE")),
        "reportable": by.count(groups, by.numbers(state, "reportable") == 1),
    }
    fits = _curve_rows(head, curve)
    about = _by_analyte(finding)
    rows = []
    for i, key in enumerate(head.select(["assay_id", "run_id", "plate_number", "analyte"]).to_pylist()):
        own = {name: int(values[i]) for name, values in counts.items()}
        findings = about.get((key["assay_id"], key["plate_number"], key["analyte"]), [])
        plate = plates.of(key["assay_id"], key["plate_number"])
        rows.append({**key, **_verdict(key["analyte"], findings, plate, fits[i], own)})
    return sorted(rows, key=lambda row: (row["assay_id"], row["plate_number"], row["analyte"]))


def analyte_verdicts(rows: Sequence[Row]) -> pa.Table:
    """ANALYTE_VERDICT of analyte_rows."""
    return ANALYTE_VERDICT.table({name: [row[name] for row in rows] for name in ANALYTE_VERDICT.names})


def _verdict(
    analyte: str, findings: Sequence[Row], plate: Sequence[Row], fit: Row | None, counts: Mapping[str, int]
) -> Row:
    state, reasons = state_of(findings, "fail_analyte"), sorted({row["rule"] for row in findings})
    messages = [row["message"].removeprefix(f"{analyte}: ") for row in _worst_first(findings)]
    if counts["wells"] and counts["lost"] + counts["held"] == counts["wells"]:
        state, reasons = "fail", [*reasons, NOTHING_LEFT]
        messages.append(
            f"all {counts['wells']} sample readings were taken out{' or are held' if counts['held'] else ''}"
        )
    elif state != "fail" and counts["uncurved"] and sum(counts[n] for n in _UNREPORTABLE) >= counts["wells"]:
        state, reasons = "fail", [*reasons, NO_CURVE]
        messages.append("no standard of it on this plate, so no concentration is computed")
    own_state, of_plate = state, state_of(plate, "fail_plate")
    if takes_all(of_plate):
        state, taking = worst(state, of_plate), by_effect(plate, "fail_plate")
        reasons += sorted({row["rule"] for row in taking} - set(reasons))
        messages.append(f"its plate {_OPENING[of_plate]} ({', '.join(dict.fromkeys(row['rule'] for row in taking))})")
    opening = _OPENING[state]
    parts = [*messages, *_curve_text(fit, state), _count_text(counts)]
    return {
        "state": state,
        "own_state": own_state,
        "reasons": "; ".join(reasons) or None,
        "sentence": f"{analyte} {opening}: {'; '.join(parts)}.",
        "well_count": counts["wells"],
        "reportable_count": counts["reportable"],
    }


_OPENING = {"pass": "passes", "warn": "passes with a warning", "fail": "fails"}


def _worst_first(findings: Sequence[Row]) -> list[Row]:
    order = {"fail": 0, "error": 1, "warn": 2}
    return sorted(findings, key=lambda row: (order[row["severity"]], row["rule"], row["message"]))


def _curve_text(fit: Row | None, state: str) -> list[str]:
    if fit is None or not fit["level_count"] or state == "fail":
        return []
    text = f"{fit['passing_levels']} of {fit['level_count']} standard levels in a row pass"
    if fit["lloq"] is not None and fit["uloq"] is not None:
        text += f", range {_plain(fit['lloq'])}-{_plain(fit['uloq'])} {fit['unit'] or ''}".rstrip()
    return [text]


def _plain(number: float) -> str:
    return f"{number:.4g}" if number < 1000 else f"{number:.0f}"


def _count_text(counts: Mapping[str, int]) -> str:
    text = f"{counts['reportable']} of {counts['wells']} sample results reportable"
    text += f", {counts['lost']} taken out one by one" if counts["lost"] else ""
    return text + (f", {counts['held']} held until a person says more" if counts["held"] else "")


def _curve_rows(head: pa.Table, curve: pa.Table) -> list[Row | None]:
    row = by.match(head, curve, by.ANALYTE_KEY)
    names = ["level_count", "passing_levels", "lloq", "uloq", "unit"]
    rows = curve.select(names).to_pylist()
    return [rows[i] if i >= 0 else None for i in row.tolist()]


def _by_analyte(finding: pa.Table) -> dict[tuple[Any, ...], list[Row]]:
    wanted = pc.and_(
        pc.equal(finding.column("unit_of_judgement"), "analyte_plate"), pc.not_equal(finding.column("severity"), "info")
    )
    names = ["assay_id", "plate_number", "analyte", "rule", "severity", "effect", "message"]
    found: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in finding.filter(wanted).select(names).to_pylist():
        found[row["assay_id"], row["plate_number"], row["analyte"]].append(row)
    return found
