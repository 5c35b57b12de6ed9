"""Measures of lots: whether a plate uses other lots than the plate before it, and whether a new lot reads as the old one did."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames import HISTORY
from pbis.core.measures import group as by
from pbis.core.measures.group import Codes, Groups, Reals
from pbis.core.measures.spec import BRIDGES, LOTS

NEVER = 2**62  # after every time
HEAD = "~plate"  # metric of a row that stands for a plate and not for a number of it; sorts as the first of its plate
WHEN = ("started_at", "run_id", "plate_number")


def lots(history: pa.Table) -> pa.Table:
    """LOTS: one row per plate of the history (frames.HISTORY), by instrument, kit and time.

    The lots of a plate are those of its controls' series where it has controls. A plate without any time follows none.
    """
    order = [("instrument", "ascending"), ("kit", "ascending"), *((name, "ascending") for name in WHEN)]
    history = history.sort_by([*order, ("metric", "descending")])  # qc2, qc1 come before the curve's metrics
    plates = by.group_by(history, by.PLATE_KEY)
    head = history.take(pa.array(plates.first))
    dated = pc.is_valid(head.column("started_at")).to_numpy()
    line = by.group_by(head, ("instrument", "kit")).code
    lot = head.column("lot").to_pylist()
    before = [lot[i - 1] if i and dated[i] and line[i] == line[i - 1] else None for i in range(len(lot))]
    accepted = by.count(plates, by.numbers(history, "is_accepted") == 1) > 0
    same = ("assay_id", "run_id", "plate", "plate_number", "instrument", "lot")
    columns: dict[str, object] = {name: head.column(name) for name in same}
    columns |= {
        "lot_before": before,
        "lot_differs": np.array([np.nan if b is None else float(b != n) for b, n in zip(before, lot, strict=True)]),
        "plates_of_lot": np.where(dated, _earlier(head, accepted.astype(np.float64)), np.nan),
        "is_undated": (~dated).astype(np.float64),
    }
    return by.conform(LOTS, columns | _same(history, head, plates), absent=("well", "replicate_group", "analyte"))


def heads(history: pa.Table) -> pa.Table:
    """A row per plate of the history, as `lots` needs it to hold later plates against: frames.HISTORY with the metric HEAD."""
    history = history.sort_by([(name, "ascending") for name in WHEN] + [("metric", "descending")])
    plates = by.group_by(history, by.PLATE_KEY)
    head = history.take(pa.array(plates.first))
    accepted = by.count(plates, by.numbers(history, "is_accepted") == 1) > 0
    own = {
        "analyte": [""] * head.num_rows,
        "metric": [HEAD] * head.num_rows,
        "is_accepted": accepted,
        "value": np.zeros(head.num_rows),
    }
    return HISTORY.table({name: own.get(name, head.column(name)) for name in HISTORY.names})


def rows_of(heads: pa.Table, point: pa.Table) -> pa.Table:
    """frames.HISTORY of numbers (frames.TREND_POINT) of plates among the heads; those of other plates are left out."""
    place = by.match(point, heads, by.PLATE_KEY)
    point, head = point.filter(pa.array(place >= 0)), heads.take(pa.array(place[place >= 0]))
    own = {name: point.column(name) for name in ("analyte", "metric", "value")}
    return HISTORY.table({name: own.get(name, head.column(name)) for name in HISTORY.names})


def _same(history: pa.Table, head: pa.Table, plates: Groups) -> dict[str, object]:
    """How many of a plate's numbers an earlier plate has to the last digit, and which plate has most.

    Backgrounds are left out, since few different MFI values are usual there. A number is held against the plate before it that has
    the same one, so that the work grows with the history and not with its square.
    """
    rows = np.flatnonzero(~by.is_in(history, "metric", "background", HEAD))
    part = history.take(pa.array(rows))
    equal = by.regroup(by.group_by(part, ("analyte", "metric")).code, by.group_by(part, ("value",)).code)
    at = pc.fill_null(part.column("started_at").cast(pa.int64()), NEVER).to_numpy()
    order = np.lexsort((plates.code[rows], at, equal.code))
    group, plate = equal.code[order], plates.code[rows][order]
    pair = (group[1:] == group[:-1]) & (plate[1:] != plate[:-1])
    later, earlier = plate[1:][pair], plate[:-1][pair]
    twins = by.regroup(later, earlier)
    shared = np.bincount(twins.code, minlength=twins.count)
    judged = np.bincount(plates.code[rows], minlength=plates.count).astype(np.float64)
    most, which = np.zeros(plates.count), np.full(plates.count, -1)
    for i in np.argsort(shared, kind="stable").tolist():
        most[later[twins.first[i]]], which[later[twins.first[i]]] = shared[i], earlier[twins.first[i]]
    names = head.column("plate").to_pylist()
    return {
        "same_pct": 100 * by.ratio(most, judged),
        "same_plate": [names[i] if i >= 0 else None for i in which.tolist()],
        "same_judged": judged,
    }


def _earlier(head: pa.Table, accepted: Reals) -> Reals:
    """Of each plate the accepted plates before it with its lots."""
    groups = by.group_by(head, ("instrument", "kit", "lot"))
    found, seen = np.zeros(head.num_rows), np.zeros(groups.count)
    for i, group in enumerate(groups.code.tolist()):
        found[i] = seen[group]
        seen[group] += accepted[i]
    return found


def bridges(results: pa.Table) -> pa.Table:
    """BRIDGES of frames.BRIDGE rows: each lot against the lot of its kit that came before it, by the specimens that both read.

    A specimen counts with the geometric mean of its wells in each lot.
    """
    results = results.filter(pc.is_valid(results.column("started_at")))
    results = results.sort_by([(name, "ascending") for name in (*WHEN, "analyte", "well")])
    rank = _rank(results)
    tubes = by.regroup(*(by.group_by(results, (name,)).code for name in ("analyte", "kit", "specimen_id")), rank)
    level = by.mean(tubes, by.log(by.numbers(results, "value")))
    head = results.take(pa.array(tubes.first)).append_column("rank", pa.array(rank[tubes.first]))
    older = head.set_column(head.column_names.index("rank"), "rank", pa.array(rank[tubes.first] + 1))
    partner = by.match(head, older, ("analyte", "kit", "specimen_id", "rank"))
    difference = np.where(partner >= 0, level - level[partner], np.nan)
    pairs = by.group_by(head, ("analyte", "kit", "rank"))
    counted = by.count(pairs, ~np.isnan(difference))
    keep = np.flatnonzero(counted > 0)
    last = _last(results, rank, head, pairs)[keep]
    before = [head.column("lot")[int(partner[rows[0]])].as_py() for rows in _bridging(pairs, difference, keep)]
    return _frame(results.take(pa.array(last)), before, _ratio(pairs, difference, keep))


def _rank(results: pa.Table) -> Codes:
    """Of each row the place of its lot among those of its kit, in order of first use."""
    lot, kit = by.group_by(results, ("kit", "lot")), by.group_by(results, ("kit",)).code
    rank, seen = np.zeros(lot.count, np.int64), np.zeros(int(kit.max(initial=-1)) + 1, np.int64)
    for i, first in enumerate(lot.first.tolist()):
        rank[i] = seen[kit[first]]
        seen[kit[first]] += 1
    ranks: Codes = rank[lot.code]
    return ranks


def _last(results: pa.Table, rank: Codes, head: pa.Table, pairs: Groups) -> Codes:
    """Of each analyte x kit x lot its last row: the finding stands on the plate that was read last."""
    of = by.match(
        results.append_column("rank", pa.array(rank)), head.take(pa.array(pairs.first)), ("analyte", "kit", "rank")
    )
    last = np.zeros(pairs.count, np.int64)
    last[of] = np.arange(results.num_rows)
    return last


def _bridging(pairs: Groups, difference: Reals, keep: Codes) -> list[Codes]:
    return [np.flatnonzero((pairs.code == pair) & ~np.isnan(difference)) for pair in keep.tolist()]


def _ratio(pairs: Groups, difference: Reals, keep: Codes) -> dict[str, Reals]:
    """Geometric mean of new / old in percent with its 95 % interval over the specimens."""
    from scipy.special import stdtrit  # as in pbis.core.measures.level

    count, mean = by.count(pairs, ~np.isnan(difference)), by.mean(pairs, difference)
    square = by.total(pairs, (difference - mean[pairs.code]) ** 2)
    error = np.sqrt(by.ratio(square, count - 1) / np.maximum(count, 1))
    reach = stdtrit(np.maximum(count - 1, 1), 0.975) * error
    numbers = {"ratio_pct": mean, "ratio_low_pct": mean - reach, "ratio_high_pct": mean + reach}
    return {"specimen_count": count[keep]} | {name: 100 * np.exp(values[keep]) for name, values in numbers.items()}


def _frame(last: pa.Table, before: list[str], numbers: dict[str, Reals]) -> pa.Table:
    same = ("assay_id", "run_id", "plate", "plate_number", "analyte", "instrument", "lot")
    columns: dict[str, object] = {name: last.column(name) for name in same}
    return by.conform(BRIDGES, {**columns, "lot_before": before, **numbers}, absent=("well", "replicate_group"))
