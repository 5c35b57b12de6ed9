"""What findings do to single readings: the one place where effects are applied.

A failing finding takes out its reading (exclude_reading), its well (exclude_well), its analyte on the plate (fail_analyte) or
its plate (fail_plate). A held well (hold_well, or status HELD: something its numbers rest on is unknown) is neither good nor
bad: its readings are `held`, never reported, and no replicate of another. Flags on readings, replicate groups, wells and analytes turn a reading to `warn`; flags on a plate or
run stay with the plate's verdict, since a mark on every reading would say nothing about any.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames import READING_STATE
from pbis.core.measures import group as by
from pbis.core.measures.group import Codes, Mask

SAMPLE_ROLES = ("unknown", "unknown_role")
RESULT_STATUSES = ("QUANT", "BELOW_LLOQ", "BELOW_LOD", "BELOW_CURVE", "ABOVE_ULOQ", "ABOVE_STANDARDS", "ABOVE_CURVE")
LOST_STATUSES = ("MISSING", "LOW_BEADS", "EXCLUDED", "CURVE_FAILED")
HELD = "HELD"
LOST_ALONE = ("MISSING", "LOW_BEADS", "EXCLUDED")  # the reading itself is lost, not its whole analyte
KEY_OF_UNIT = {
    "well_analyte": (*by.PLATE_KEY, "well", "analyte"),
    "replicate_group": (*by.PLATE_KEY, "replicate_group", "analyte"),
    "well": (*by.PLATE_KEY, "well"),
    "analyte_plate": (*by.PLATE_KEY, "analyte"),
    "plate": by.PLATE_KEY,
    "run": ("assay_id",),
}
EFFECT_UNITS = {
    "exclude_reading": ("well_analyte", "replicate_group"),
    "exclude_well": ("well",),
    "fail_analyte": ("analyte_plate",),
    "fail_plate": ("plate", "run"),
    "hold_well": ("well",),
    "flag": ("well_analyte", "replicate_group", "well", "analyte_plate"),
}


@dataclass(frozen=True)
class ReadingMarks:
    """Rules that touch each row of `result`, one bit a rule (bit i is rules[i])."""

    rules: tuple[str, ...]
    lost_alone: Codes  # by a rule about the reading, its group or its well
    lost: Codes  # by any rule
    flagged: Codes
    held: Codes  # by a doubt about the well


def marks(result: pa.Table, finding: pa.Table) -> ReadingMarks:
    """Apply the effects of all findings to the rows of `result`."""
    rules = tuple(sorted(set(finding.column("rule").to_pylist())))
    if len(rules) > 62:
        raise ValueError(f"{len(rules)} rules do not fit the bits of one number")
    failing = finding.filter(pc.equal(finding.column("severity"), "fail"))
    flagging = finding.filter(pc.is_in(finding.column("severity"), pa.array(["warn", "fail"])))
    alone = _spread(result, failing, rules, "exclude_reading") | _spread(result, failing, rules, "exclude_well")
    whole = _spread(result, failing, rules, "fail_analyte") | _spread(result, failing, rules, "fail_plate")
    held = _spread(result, flagging, rules, "hold_well")
    return ReadingMarks(rules, alone, alone | whole, _spread(result, flagging, rules, "flag"), held)


def is_held(result: pa.Table, found: ReadingMarks) -> Mask:
    """Readings that wait for a person, whether or not a rule fails them as well."""
    held: Mask = (found.held != 0) | by.is_in(result, "status", HELD)
    return held


def reading_state(result: pa.Table, found: ReadingMarks) -> pa.Table:
    """READING_STATE: one row per row of `result`, in its order."""
    single = single_replicate(result, found)
    lost_status = by.is_in(result, "status", *LOST_STATUSES)
    is_lost = (found.lost != 0) | lost_status
    is_sample, has_result = by.is_in(result, "well_role", *SAMPLE_ROLES), by.is_in(result, "status", *RESULT_STATUSES)
    held = is_held(result, found)
    state = np.where(held, "held", np.where((found.flagged != 0) | single, "warn", "pass"))
    state = np.where(is_lost, "fail", state)
    same = ("assay_id", "run_id", "plate_number", "well", "analyte")
    columns = {name: result.column(name) for name in same}
    columns |= {
        "qc_state": pa.array(state, pa.string()),
        "reportable": is_sample & has_result & ~is_lost & ~held,
        "reasons": _reasons(result, found, single, lost_status | held | (is_sample & ~has_result)),
    }
    return READING_STATE.table(columns)


def single_replicate(result: pa.Table, found: ReadingMarks) -> Mask:
    """Readings used alone because every other well of their replicate group was taken out or is held."""
    lost = (found.lost_alone != 0) | by.is_in(result, "status", *LOST_ALONE) | is_held(result, found)
    groups = by.group_by(result, (*by.GROUP_KEY, "analyte"))
    wells, left = np.bincount(groups.code, minlength=groups.count), by.count(groups, ~lost)
    result_mask: Mask = ~lost & (wells[groups.code] > 1) & (left[groups.code] == 1)
    return result_mask & ~by.is_in(result, "well_role", "background")


def _spread(result: pa.Table, finding: pa.Table, rules: tuple[str, ...], effect: str) -> Codes:
    """Bits of the rules whose findings with this effect cover each row of `result`."""
    bits = np.zeros(result.num_rows, np.int64)
    for unit in EFFECT_UNITS[effect]:
        wanted = pc.and_(
            pc.equal(finding.column("effect"), effect), pc.equal(finding.column("unit_of_judgement"), unit)
        )
        part = finding.filter(wanted)
        if part.num_rows:
            bits |= _bits(result, part, rules, KEY_OF_UNIT[unit])
    return bits


def _bits(result: pa.Table, finding: pa.Table, rules: tuple[str, ...], key: tuple[str, ...]) -> Codes:
    one = by.group_by(finding, key)  # objects with a finding
    bit = np.int64(1) << np.array([rules.index(rule) for rule in finding.column("rule").to_pylist()], np.int64)
    of_object = np.zeros(one.count, np.int64)
    np.bitwise_or.at(of_object, one.code, bit)
    row = by.match(result, finding.select(list(key)), key)
    spread: Codes = np.where(row >= 0, of_object[one.code[row]], 0)
    return spread


def _reasons(result: pa.Table, found: ReadingMarks, single: Mask, by_status: Mask) -> list[str | None]:
    """Texts of the bits, made once per combination that occurs."""
    status = result.column("status").combine_chunks().dictionary_encode()
    codes, words = status.indices.to_numpy().astype(np.int64), status.dictionary.to_pylist()
    bits_of = found.lost | found.flagged | found.held
    combined = by.regroup(bits_of, single.astype(np.int64), np.where(by_status, codes, -1) + 1)
    bits = bits_of[combined.first].tolist()
    extra = [words[codes[i]].lower() if by_status[i] else None for i in combined.first.tolist()]
    alone = single[combined.first].tolist()
    texts = [_text(found.rules, *parts) for parts in zip(bits, alone, extra, strict=True)]
    return [texts[code] for code in combined.code.tolist()]


def _text(rules: tuple[str, ...], bits: int, is_single: bool, status: str | None) -> str | None:
    names = [rule for i, rule in enumerate(rules) if bits >> i & 1]
    names += ["single_replicate"] if is_single else []
    names += [status] if status else []
    return "; ".join(names) or None
