"""What standing decisions do: wells that take no part in a computation, and findings that carry who decided, when and why.

An exclusion, a rejection or an ordered repeat becomes a finding of the rule `decision`, whose effect is applied where all effects are (verdicts.reading). A kept
finding stays as it was found and says so, but no longer takes anything away: what it would have taken is reported and
marked; a mark is lifted. Shares of failed analytes count what the rules found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.curves.batch import Exclusion
from pbis.core.decision import EXCLUDE, KEEP, REJECT, REPEAT, Decision, Target, is_answer
from pbis.core.frames import FINDING, TREND_FINDING
from pbis.core.measures.qc import CheckFrames
from pbis.core.quoted import is_same_group

Row = dict[str, Any]
RULE = "decision"
_OUT = (
    EXCLUDE,
    REJECT,
    REPEAT,
)  # kinds that take results away; all say "excluded by", the words that a release leaves out
TAKING = ("exclude_reading", "exclude_well", "fail_analyte", "fail_plate")
_NAMES = ("plate_number", "well", "replicate_group", "analyte")


def wells_of(decision: Decision, well: pa.Table) -> list[str]:
    """Names of the wells (frames.WELL) that an exclusion sets aside; none where it is about an analyte or the plate."""
    target = decision.target
    wanted = target.well or target.replicate_group
    if decision.kind != EXCLUDE or not wanted:
        return []
    column = "well" if target.well else "replicate_group"
    names = [each for each in pc.unique(well.column(column)).to_pylist() if each == wanted or _is_group(each, target)]
    is_named = pc.is_in(well.column(column), value_set=pa.array(names, pa.string()))
    here = pc.and_(pc.equal(well.column("plate_number"), target.plate_number), is_named)
    return sorted(well.filter(pc.fill_null(here, False)).column("well").to_pylist())


def _is_group(name: str | None, target: Target) -> bool:
    return not target.well and is_same_group(name, target.replicate_group)


def exclusions(decisions: Sequence[Decision], well: pa.Table) -> frozenset[Exclusion]:
    """Wells that take no part in curve, background or result."""
    return frozenset(
        Exclusion(name, decision.target.analyte, decision.target.plate_number)
        for decision in decisions
        for name in wells_of(decision, well)
    )


def decided(
    finding: pa.Table, frames: CheckFrames, decisions: Mapping[str, Sequence[Decision]], suite_hash: str
) -> pa.Table:
    """FINDING of the night with the standing decisions, by run_id, in it; rows sorted by key as before."""
    if not any(decisions.values()):
        return finding
    rows = [_kept(row, decisions.get(row["run_id"], ())) for row in finding.to_pylist()]
    known = {tuple(row[name] for name in FINDING.key): row for row in rows}
    for run_id, own in decisions.items():
        mine = frames.well.filter(pc.equal(frames.well.column("run_id"), run_id))
        for row in (row for one in own if one.kind in _OUT and not is_answer(one) for row in _excluded(one, mine)):
            row |= {"assay_id": frames.assay_of_run[run_id], "run_id": run_id, "suite_hash": suite_hash}
            known.setdefault(tuple(row.get(name) for name in FINDING.key), row)
    rows = list(known.values())
    return in_order(FINDING.table({name: [row.get(name) for row in rows] for name in FINDING.names}))


def in_order(finding: pa.Table) -> pa.Table:
    """Rows sorted by key, a missing part before any other."""
    parts = (finding.column(name).to_pylist() for name in FINDING.key)
    keys = [[(part is not None, part if part is not None else "") for part in key] for key in zip(*parts, strict=True)]
    return finding.take(pa.array(sorted(range(len(keys)), key=keys.__getitem__), pa.int64()))


def kept(found: pa.Table, decisions: Mapping[str, Sequence[Decision]]) -> pa.Table:
    """TREND_FINDING with the standing decisions, by run_id, that keep some of them."""
    if not any(decisions.values()):
        return found
    rows = [_kept(row, decisions.get(row["run_id"], ())) for row in found.to_pylist()]
    return TREND_FINDING.table({name: [row[name] for row in rows] for name in TREND_FINDING.names})


def _kept(row: Row, decisions: Sequence[Decision]) -> Row:
    for one in decisions:
        if one.kind == KEEP and one.rule == row["rule"] and is_about(one, row):
            changed = {"effect": "flag" if row["effect"] in TAKING else "none", "effect_of_rule": row["effect"]}
            words = {"message": f"{row['message']}; kept {one.words}", "decision_id": one.decision_id}
            return row | changed | words
    return row


def is_about(decision: Decision, row: Mapping[str, Any]) -> bool:
    """Whether a kept finding is exactly the one that the decision names; a trend's is about an analyte or the plate, never a well."""
    target = decision.target
    well = row.get("well")
    group = row.get("replicate_group") if well is None else None
    number = target.plate_number if row["plate_number"] is None else row["plate_number"]
    mine = (target.plate_number, target.well, target.analyte)
    return (number, well, row["analyte"]) == mine and is_same_group(group, target.replicate_group)


def _excluded(decision: Decision, well: pa.Table) -> Iterator[Row]:
    target = decision.target
    about = {"plate_number": target.plate_number, "analyte": target.analyte}
    for name in wells_of(decision, well):
        group = dict(zip(*(well.column(c).to_pylist() for c in ("well", "replicate_group")), strict=True))[name]
        unit, effect = ("well_analyte", "exclude_reading") if target.analyte else ("well", "exclude_well")
        yield _row(decision, unit, effect) | about | {"well": name, "replicate_group": group}
    if not (target.well or target.replicate_group):
        unit, effect = ("analyte_plate", "fail_analyte") if target.analyte else ("plate", "fail_plate")
        yield _row(decision, unit, effect) | about


def _row(decision: Decision, unit: str, effect: str) -> Row:
    name = f"{decision.target.analyte}: " if unit == "analyte_plate" else ""
    return {
        "rule": RULE,
        "severity": "fail",
        "unit_of_judgement": unit,
        "effect": effect,
        "observed_text": decision.cause,
        "limit_text": "a person's decision",
        "action": f"none; `pbis decide reverse {decision.sequence}` restores it",
        "source": f"decision {decision.sequence} of {decision.author}",
        "message": f"{name}excluded {decision.words}",
        "decision_id": decision.decision_id,
    }
