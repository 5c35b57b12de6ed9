"""The verdict on a plate: proposed by the rules, for a person to confirm."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames import PLATE_VERDICT
from pbis.core.measures import group as by
from pbis.core.measures.group import Reals
from pbis.core.verdicts.about_plate import AboutPlates, Row, state_of
from pbis.core.verdicts.reading import SAMPLE_ROLES
from pbis.core.verdicts.states import takes_all
from pbis.core.words import plural

NAMED = 5  # failed analytes that a sentence names before it says how many more


def plate_verdicts(
    result: pa.Table, finding: pa.Table, analyte: Sequence[Row], state: pa.Table, judged: pa.Table, about: AboutPlates
) -> pa.Table:
    """PLATE_VERDICT: one row per plate of `result`, sorted by its key; `analyte` are the rows of verdicts.analyte."""
    groups = by.group_by(result, by.PLATE_KEY)
    head = result.take(pa.array(groups.first)).select(["assay_id", "run_id", "plate", "plate_number"]).to_pylist()
    samples = by.count(groups, by.is_in(result, "well_role", *SAMPLE_ROLES))
    reportable = by.count(groups, by.numbers(state, "reportable") == 1)
    analytes, low_beads = _by_plate(analyte), _low_bead_wells(finding)
    expected, observed = _alarms(judged)
    held = _held_wells(state)
    rows = []
    for i, key in enumerate(head):
        name = (key["assay_id"], key["plate_number"])
        plate = about.of(*name)
        numbers = {
            "low_bead_wells": len(low_beads.get(name, ())),
            "reportable_pct": 100 * float(reportable[i]) / float(samples[i]) if samples[i] else None,
            "expected_false_alarms": expected.get(name),
        }
        states = [row["state"] for row in analytes[name]]
        counts = {f"analytes_{word}": states.count(state) for word, state in _COUNTED}
        waiting = held.get(name, [])
        state_now = _state(plate, counts, bool(waiting))
        sentence = _sentence(
            key["plate"], state_now, plate, analytes[name], int(samples[i]), numbers, observed.get(name), waiting
        )
        rows.append({**key, **numbers, **counts, "state": state_now, "sentence": sentence})
    rows.sort(key=lambda row: (row["assay_id"], row["plate_number"]))
    return PLATE_VERDICT.table({name: [row[name] for row in rows] for name in PLATE_VERDICT.names})


_COUNTED = (("passed", "pass"), ("warned", "warn"), ("failed", "fail"))


def _state(about: Sequence[Row], counts: Mapping[str, int], is_waiting: bool) -> str:
    """A plate of which a well waits for a person does not pass without a word."""
    state = state_of(about, "fail_plate")
    return "warn" if state == "pass" and (counts["analytes_failed"] or is_waiting) else state


def _sentence(
    plate: str,
    state: str,
    about: Sequence[Row],
    analytes: Sequence[Row],
    samples: int,
    numbers: Mapping[str, Any],
    observed: int | None,
    held: Sequence[str],
) -> str:
    opening = {"pass": "passes", "warn": "passes with warnings", "fail": "fails"}[state]
    parts = [
        row["message"]
        for row in sorted(about, key=lambda row: (row["severity"] != "fail", row["rule"], row["message"]))
    ]
    parts.append(_analyte_text(analytes))
    if numbers["reportable_pct"] is not None:
        parts.append(f"{numbers['reportable_pct']:.1f} % of {samples} sample results reportable")
    if held:
        more = f" and {len(held) - NAMED} more" if len(held) > NAMED else ""
        parts.append(f"held until a person says more: {', '.join(held[:NAMED])}{more}")
    if observed is not None:
        parts.append(
            f"{plural(observed, 'object')} out of limits, {numbers['expected_false_alarms']:.1f} expected on a good plate"
        )
    return f"{plate} {opening}: {'; '.join(parts)}."


def _analyte_text(analytes: Sequence[Row]) -> str:
    passing = sum(not takes_all(row["state"]) for row in analytes)
    text = f"{passing} of {len(analytes)} analytes pass"
    failed = [row for row in analytes if takes_all(row["own_state"])]
    if not failed:
        return text
    named = ", ".join(f"{row['analyte']} ({row['reasons']})" for row in failed[:NAMED])
    more = f" and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
    return f"{text}, failed: {named}{more}"


def _by_plate(analyte: Sequence[Row]) -> dict[tuple[Any, ...], list[Row]]:
    rows: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in analyte:
        rows[row["assay_id"], row["plate_number"]].append(row)
    return rows


def _held_wells(state: pa.Table) -> dict[tuple[Any, ...], list[str]]:
    held = state.filter(pc.equal(state.column("qc_state"), "held"))
    wells: dict[tuple[Any, ...], dict[str, None]] = defaultdict(dict)
    for row in held.select(["assay_id", "plate_number", "well"]).to_pylist():
        wells[row["assay_id"], row["plate_number"]][row["well"]] = None
    return {key: list(names) for key, names in wells.items()}


def _low_bead_wells(finding: pa.Table) -> dict[tuple[Any, ...], set[str]]:
    wanted = pc.and_(pc.equal(finding.column("rule"), "bead_count"), pc.equal(finding.column("severity"), "fail"))
    wells: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    for row in finding.filter(wanted).select(["assay_id", "plate_number", "well"]).to_pylist():
        wells[row["assay_id"], row["plate_number"]].add(row["well"])
    return wells


def _alarms(judged: pa.Table) -> tuple[dict[tuple[Any, ...], float], dict[tuple[Any, ...], int]]:
    """Per plate the objects expected to break a rule by chance, and those that did; a rule's loosest limit counts once."""
    judged = judged.filter(pc.not_equal(judged.column("severity"), "info"))
    if not judged.num_rows:
        return {}, {}
    rules = by.group_by(judged, (*by.PLATE_KEY, "rule"))
    most = {name: by.largest(rules, by.numbers(judged, name)) for name in ("expected_false_alarms", "found_count")}
    plate = by.group_by(judged.take(pa.array(rules.first)), by.PLATE_KEY)
    head = judged.take(pa.array(rules.first)).take(pa.array(plate.first)).to_pylist()
    names = [(row["assay_id"], row["plate_number"]) for row in head]
    sums: dict[str, Reals] = {name: by.total(plate, np.nan_to_num(values)) for name, values in most.items()}
    expected = dict(zip(names, sums["expected_false_alarms"].tolist(), strict=True))
    return expected, {name: int(n) for name, n in zip(names, sums["found_count"].tolist(), strict=True)}
