"""Sensitivity and false alarms of every QC rule on simulated plates; each plate goes through its export, reader and curves.

python bench/quality.py [GOOD PLATES] [PLATES A PROBLEM] [LOTS]      1000, 20 and 3 by default: about 6 minutes on one core

In control: 41-plex plates without a fault under both profiles (regulated: a third of them), a new kit lot every 100 plates.
Problems: 7-plex plates with one fault each, at graded strength (pbis.simulate.problems). Trends: lots of 60 plates in a row,
without and with a fault from plate 41 on. Seeds are fixed; nothing is written.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from expectations import Checked, judge, judge_trend, load_suite, tolerances
from expectations.entries import all_entries
from pbis.core.curves.assay import AssayInput, AssayOptions, assay
from pbis.core.frames import BRIDGE, HISTORY
from pbis.core.measures.qc import CheckFrames
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.well import assign_roles
from pbis.core.trends.points import points
from pbis.core.verdicts.roll_up import Verdicts, roll_up
from pbis.panels import load_aliases, load_panel
from pbis.readers import read_bytes
from pbis.simulate import SimulatedPlate, example_plate, faults, render_plate
from pbis.simulate.load import example_kit
from pbis.simulate.problems import GradedFault, problems

BATCH = 100  # plates of one lot in one validation
TOGETHER = 240  # plates of problems in one validation
LOT = 60  # plates of a lot in a trend; its guide set is full after 20
SHIFTED_FROM = 40
GOOD_SEED, FAULT_SEED, TREND_SEED = 5000, 9000, 77
PLAUSIBLE = {"IL-2": 0.5, "IL-12p70": 0.5}  # what serum holds, pg/mL: these two have limits of plausibility
RAW = ("reading", "reagent", "calibration", "lot", "analyte")


@dataclass
class InControl:
    """Counts over good plates. lost: analyte x plates failed by a rule; rates: entry -> objects found and judged."""

    plates: Counter[str] = field(default_factory=Counter)
    analytes: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    lost_by_others: int = 0
    found: Counter[str] = field(default_factory=Counter)
    judged: Counter[str] = field(default_factory=Counter)
    expected_alarms: float = 0.0
    levels_out: Counter[int] = field(default_factory=Counter)
    control_wells: Counter[bool] = field(default_factory=Counter)

    @property
    def plate_count(self) -> int:
        return sum(self.plates.values())

    def add(self, checked: Checked, said: Verdicts, frames: CheckFrames) -> None:
        self.plates.update(said.plate.column("state").to_pylist())
        self.analytes += said.analyte.num_rows
        self.expected_alarms += sum(said.plate.column("expected_false_alarms").to_pylist())
        rows = checked.finding.to_pylist()
        lost = {(r["assay_id"], r["analyte"], r["rule"]) for r in rows if (r["effect"], r["severity"]) == ("fail_analyte", "fail")}  # fmt: skip
        self.lost.update(rule for _, _, rule in lost)
        self.lost_by_others += len({one[:2] for one in lost if one[2] != "curve_acceptance"})
        for row in checked.judged.to_pylist():
            self.found[row["entry"]] += row["found_count"]
            self.judged[row["entry"]] += row["judged_count"]
        self.levels_out.update(_levels_out(frames.level))
        recovery = frames.result.filter(pc.equal(frames.result.column("well_role"), "qc_control")).column(
            "recovery_pct"
        )
        self.control_wells.update((abs(one - 100) > 20) for one in recovery.drop_null().to_pylist())


def main() -> None:
    """Print the tables."""
    good, each, lots = (int(a) for a in (*sys.argv[1:], *("1000", "20", "3")[len(sys.argv) - 1 :]))
    begun = time.perf_counter()
    for profile, told in in_control(good).items():
        _show_in_control(profile, told)
    _show_trends(lots)
    _show_problems(each)
    print(f"\n{time.perf_counter() - begun:.0f} s in all")


def in_control(plates: int) -> dict[str, InControl]:
    """Good 41-plex plates, judged under both profiles."""
    told = {"research": InControl(), "regulated": InControl()}
    for number, batch in enumerate(range(start, min(start + BATCH, plates)) for start in range(0, plates, BATCH)):
        kit = example_kit(1000 + number, 41)
        reads = [_read(example_plate(GOOD_SEED + i, 1, kit, medians=PLAUSIBLE)) for i in batch]
        for profile, part in (("research", reads), ("regulated", reads[::3])):
            told[profile].add(*run(part, profile))
    return told


def caught(chosen: Sequence[GradedFault], each: int) -> dict[GradedFault, int]:
    """Of `each` plates with a problem, those on which its rule speaks."""
    found: dict[GradedFault, int] = {}
    size = max(1, TOGETHER // each)
    for profile in ("research", "regulated"):
        mine = [one for one in chosen if one.profile == profile]
        for part in (mine[start : start + size] for start in range(0, len(mine), size)):
            good = [example_plate(FAULT_SEED + i) for i in range(each)]
            reads = [_read(one.plant(plate)) for one in part for plate in good]
            said = _alarms(run(reads, profile, "human-cytokine-7plex")[0])
            for place, one in enumerate(part):
                found[one] = sum(_names(one, good[i], said.get(f"a{place * each + i:04d}", ())) for i in range(each))
    return found


def _names(problem: GradedFault, plate: SimulatedPlate, said: Sequence[dict[str, Any]]) -> bool:
    """Whether the rule speaks, and of the place where the fault is."""
    place = problem.place(plate)
    mine = [row for row in said if (row["rule"], row["unit_of_judgement"]) == (problem.rule, problem.unit)]
    return any(all(row[name] in values for name, values in place.items()) for row in mine)


def _alarms(checked: Checked) -> dict[str, list[dict[str, Any]]]:
    """Warnings and failures of each assay."""
    said: dict[str, list[dict[str, Any]]] = {}
    for row in checked.finding.to_pylist():
        if row["severity"] in ("warn", "fail"):
            said.setdefault(row["assay_id"], []).append(row)
    return said


def _show_in_control(profile: str, told: InControl) -> None:
    total = told.plate_count
    print(f"\nIn control, {profile}: {total} plates x 41 analytes")
    if not total:
        return
    states = ", ".join(f"{state} {_share(told.plates[state], total)}" for state in ("pass", "warn", "fail"))
    print(f"  plates: {states}")
    print(
        f"  analyte x plates failed by a rule other than curve_acceptance: {_share(told.lost_by_others, told.analytes)}"
    )
    for rule, count in sorted(told.lost.items()):
        print(f"    failed by {rule:<24}{count:>6}  {_share(count, told.analytes)}")
    _explain(told)
    print(f"  objects out of limits expected on a plate, from the suites: {told.expected_alarms / total:.1f}")
    print(f"  {'entry':<38}{'found':>8}{'judged':>10}{'rate':>10}{'in the suite':>14}")
    stated = {entry.id: entry.false_alarm_rate for entry in all_entries()}
    for entry, judged in sorted(told.judged.items()):
        if judged:
            text = f"  {entry:<38}{told.found[entry]:>8}{judged:>10}{_share(told.found[entry], judged):>10}{100 * stated[entry]:>12.2f} %"
            print(text + _doubt(told.found[entry], judged, entry))


def _levels_out(level: pa.Table) -> list[int]:
    """Of each curve the standard levels in the fit whose recovery lies outside 80-120 %."""
    rows = level.filter(pc.and_(level.column("is_used"), pc.greater(level.column("standard_level"), 0)))
    out = pc.greater(pc.abs(pc.subtract(rows.column("recovery_pct"), 100.0)), 20.0)
    keys = ["assay_id", "analyte"]
    counted = rows.select(keys).append_column("out", pc.fill_null(out, True).cast(pa.int64())).group_by(keys).aggregate([("out", "sum")])  # fmt: skip
    return list(counted.column("out_sum").to_pylist())


def _explain(told: InControl) -> None:
    """Why curve_acceptance and control_acceptance speak of good plates: from the share of single levels and wells that lie out."""
    curves, wells = sum(told.levels_out.values()), sum(told.control_wells.values())
    level = sum(n * count for n, count in told.levels_out.items()) / (7 * curves)
    several, alone = (
        sum(c for n, c in told.levels_out.items() if n >= 2),
        1 - (1 - level) ** 7 - 7 * level * (1 - level) ** 6,
    )
    print(
        f"    levels out of 80-120 %: {100 * level:.2f} %; curves with two or more of seven: {_share(several, curves)} ({100 * alone:.2f} % were levels independent)"
    )
    out = told.control_wells[True] / wells
    pair = 1 - (1 - out) ** 4 - 4 * out * (1 - out) ** 3
    print(
        f"    control wells beyond +-20 % of nominal: {100 * out:.2f} %; two or more of an analyte's four, were wells independent: {100 * pair:.2f} %"
    )


def _doubt(found: int, judged: int, entry: str) -> str:
    """Marks a rate that the suite states and that these plates contradict."""
    return "  differs" if entry in _differing({entry: found}, {entry: judged}) else ""


def _differing(found: Mapping[str, int], judged: Mapping[str, int]) -> set[str]:
    """Warning and failing entries whose rate is off by more than 4 SD and a factor of 1.5."""
    off = set()
    for entry in all_entries():
        count, expected = found.get(entry.id, 0), judged.get(entry.id, 0) * entry.false_alarm_rate
        is_near = abs(count - expected) <= 4 * np.sqrt(max(expected, 1.0)) or expected / 1.5 <= count <= 1.5 * expected
        if entry.severity != "info" and not is_near:
            off.add(entry.id)
    return off


def _show_problems(each: int) -> None:
    print(f"\nProblems: {each} plates x 7 analytes each; * promises 95 %")
    print(f"  {'fault':<34}{'strength':<10}{'rule':<24}{'unit':<16}{'found':>10}")
    chosen = problems()
    found = caught(chosen, each)
    for one in chosen:
        star = one.strength + (" *" if one.is_stated else "")
        missed = "  MISSED" if one.is_stated and found[one] < 0.95 * each else ""
        print(f"  {one.fault:<34}{star:<10}{one.rule:<24}{one.unit:<16}{_share(found[one], each):>10}{missed}")


@dataclass(frozen=True)
class Shift:
    """A fault that begins in the middle of a lot, and the trend rules of which one must speak."""

    name: str
    plant: Any
    rules: tuple[str, ...]


def _controls(ln_shift: float, plate: SimulatedPlate) -> SimulatedPlate:
    return _moved(plate, ("qc_control",), ln_shift)


def _moved(plate: SimulatedPlate, roles: tuple[str, ...], ln_shift: float) -> SimulatedPlate:
    median = plate.median.copy()
    rows = np.flatnonzero([role in roles for role in plate.wells.role])
    median[rows] = np.round(2 * median[rows] * np.exp(ln_shift)) / 2
    return replace(plate, median=median)


REJECTING = ("westgard_1_3s", "westgard_2_2s", "westgard_r_4s")
EVERYTHING = ("background", "standard", "qc_control", "unknown")
SHIFTS = (
    Shift("controls +0.15 ln MFI", lambda p: _controls(0.15, p), REJECTING),
    Shift("controls +0.30 ln MFI", lambda p: _controls(0.3, p), REJECTING),
    Shift("detector at half gain", lambda p: _moved(p, EVERYTHING, np.log(0.5)), ("levey_jennings",)),
    Shift("background x 2", lambda p: _moved(p, ("background",), np.log(2)), ("background_level",)),
    Shift("ladder in ng/mL", lambda p: _slipped(p, 0.001), ("unit_sanity",)),
    Shift("ladder 10 times high", lambda p: _slipped(p, 10.0), ("unit_sanity",)),
    Shift("standards of plate 40 again", None, ("duplicate_plate",)),
)


def _slipped(plate: SimulatedPlate, factor: float) -> SimulatedPlate:
    for analyte in plate.analytes:
        plate = faults.unit_slip(plate, analyte.name, factor)
    return plate


def _show_trends(lots: int) -> None:
    print(f"\nTrends: {lots} lots of {LOT} plates x 7 analytes, in control")
    made = [_lot(TREND_SEED + i) for i in range(lots)]
    counts: dict[str, list[int]] = {}
    for plates in made:
        for row in judge_trend(_history(plates), BRIDGE.empty(), load_suite("research")).judged.to_pylist():
            seen = counts.setdefault(row["entry"], [0, 0])
            seen[:] = seen[0] + row["found_count"], seen[1] + row["judged_count"]
    stated = {entry.id: entry.false_alarm_rate for entry in all_entries()}
    for name, (found, judged) in sorted(counts.items()):
        print(f"  {name:<38}{found:>8}{judged:>10}{_share(found, judged):>10}{100 * stated[name]:>12.2f} %{_doubt(found, judged, name)}")  # fmt: skip
    print(f"\n  a fault from plate {SHIFTED_FROM + 1} on: analytes that a rule names within 5 plates, and within 20")
    for shift in SHIFTS:
        soon, late, total = shifted(made, shift)
        print(f"  {shift.name:<30}{' or '.join(shift.rules):<48}{_share(soon, total):>10}{_share(late, total):>10}")


def shifted(lots: Sequence[Sequence[SimulatedPlate]], shift: Shift) -> tuple[int, int, int]:
    """Lot x analytes (lots, for a rule about plates) that the rules name within 5 and within 20 plates, and how many there are."""
    soon = late = total = 0
    for plates in lots:
        changed = [*plates[:SHIFTED_FROM], *(_hit(p, shift, plates) for p in plates[SHIFTED_FROM:])]
        found = judge_trend(_history(changed), BRIDGE.empty(), load_suite("research")).finding.to_pylist()
        rows = [(int(r["assay_id"][1:]), r["analyte"]) for r in found if r["rule"] in shift.rules]
        soon += len({name for at, name in rows if SHIFTED_FROM <= at < SHIFTED_FROM + 5})
        late += len({name for at, name in rows if SHIFTED_FROM <= at < SHIFTED_FROM + 20})
        total += 1 if shift.plant is None else len(plates[0].analytes)
    return soon, late, total


def _hit(plate: SimulatedPlate, shift: Shift, plates: Sequence[SimulatedPlate]) -> SimulatedPlate:
    if shift.plant is not None:
        return shift.plant(plate)
    rows = np.flatnonzero([role != "unknown" for role in plate.wells.role])
    median = plate.median.copy()
    median[rows] = plates[SHIFTED_FROM - 1].median[rows]
    return replace(plate, median=median)


def _lot(seed: int) -> list[SimulatedPlate]:
    kit = example_kit(seed, 7)
    return [example_plate(seed, number, kit, medians=PLAUSIBLE) for number in range(1, LOT + 1)]


def _history(plates: Sequence[SimulatedPlate]) -> pa.Table:
    frames = _frames([_read_once(p) for p in plates], "research", None)
    by_run = {run.run_id: (run, plate) for run, plate in zip(frames.run, plates, strict=True)}
    rows = points(frames).to_pylist()
    for row in rows:
        run, plate = by_run[row["run_id"]]
        row |= {"plate": plate.header.batch, "lot": plate.header.kit.number, "instrument": plate.header.serial}
        row |= {"method": "robust", "kit": plate.header.kit.name, "started_at": run.started_at, "is_accepted": True}
    return HISTORY.table({name: [row[name] for row in rows] for name in HISTORY.names})


def run(reads: Sequence[PlateRead], profile: str, panel: str | None = None) -> tuple[Checked, Verdicts, CheckFrames]:
    """Curves, findings and verdicts of plates; their assays are called a0000, a0001 ... in their order."""
    frames = _frames(reads, profile, panel)
    checked = judge(frames, load_suite(profile))
    return checked, roll_up(frames.result, checked.finding, frames.curve, checked.judged), frames


def _frames(reads: Sequence[PlateRead], profile: str, panel_name: str | None) -> CheckFrames:
    aliases, panel = load_aliases(), load_panel(panel_name) if panel_name else None
    inputs = [AssayInput(f"a{i:04d}", r, assign_roles(r, None).table, panel, aliases) for i, r in enumerate(reads)]
    computed = assay(inputs, AssayOptions(tolerances(load_suite(profile))))
    raw = {name: pa.concat_tables([getattr(r, name) for r in reads]) for name in RAW}
    return CheckFrames(
        result=computed.result, curve=computed.curve, level=computed.level, well=pa.concat_tables([i.well for i in inputs]),
        run=tuple(r.run for r in reads), assay_of_run={r.run.run_id: i.assay_id for r, i in zip(reads, inputs, strict=True)},
        panels={r.run.run_id: panel for r in reads}, **raw,
    )  # fmt: skip


_made = iter(range(10**9))


@lru_cache(maxsize=4 * LOT)
def _read_once(plate: SimulatedPlate) -> PlateRead:
    """The plates of a lot before its fault begins are the same whatever the fault."""
    return _read(plate)


def _read(plate: SimulatedPlate) -> PlateRead:
    """The plate through its export, under a name of its own: two plates without a fault of their own must stay two runs."""
    named = replace(plate, header=replace(plate.header, batch=f"{plate.header.batch}_{next(_made)}"))
    return read_bytes(render_plate(named), f"{named.header.batch}.csv")


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "none judged"


if __name__ == "__main__":
    main()
