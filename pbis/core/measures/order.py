"""Measures of order on a plate: standards or controls in each other's place, drift from first to second replicate."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from pbis.core.measures import group as by
from pbis.core.measures.group import Groups, Reals
from pbis.core.measures.swap import exchange_texts


def standard_order(result: pa.Table, plates: Groups, valid: Reals, inversion_pct: float) -> dict[str, object]:
    """Largest share of analytes whose signal falls by more than `inversion_pct` from a standard level to the next, percent; and
    which exchange of two levels would mend it."""
    rows = np.flatnonzero(by.is_in(result, "well_role", "standard") & ~np.isnan(by.numbers(result, "standard_level")))
    part, plate = result.take(pa.array(rows)), plates.code[rows]
    levels = by.group_by(part, (*by.ANALYTE_KEY, "standard_level"))
    mean, number = by.mean(levels, valid[rows]), by.numbers(part, "standard_level")[levels.first]
    curve = by.group_by(part, by.ANALYTE_KEY).code[levels.first]
    order = np.lexsort((number, curve))
    low, high = order[:-1], order[1:]
    pair = (curve[low] == curve[high]) & ~np.isnan(mean[low]) & ~np.isnan(mean[high])
    low, high = low[pair], high[pair]
    inverted = mean[high] < (1 - inversion_pct / 100) * mean[low]
    plate_of = plate[levels.first[low]]
    step = by.regroup(plate_of, number[low].astype(np.int64))
    share = 100 * by.ratio(by.count(step, inverted), by.count(step, np.ones(len(inverted), np.bool_)))
    worst, which = _worst(plate_of[step.first], share, plates.count)
    names = [
        f"level {number[low][step.first][i]:.0f} and {number[high][step.first][i]:.0f}" if i >= 0 else None
        for i in which
    ]
    swaps = exchange_texts(part, plate, mean, levels, worst, inversion_pct)
    return {
        "order_share_pct": worst,
        "order_text": names,
        "exchange_text": swaps,
    }


def control_order(result: pa.Table, plates: Groups, valid: Reals, labels: pa.Array) -> dict[str, object]:
    """Share of analytes in which the control of lowest nominal reads above the one of highest nominal, percent.

    `labels`: label of each row's reagent. Controls without nominals, or with equal ones, are ordered by it.
    """
    rows = np.flatnonzero(by.is_in(result, "well_role", "qc_control"))
    part = result.take(pa.array(rows))
    control = by.group_by(part, (*by.GROUP_KEY, "analyte"))
    at = rows[control.first]
    mean = by.mean(control, valid[rows])
    nominal = np.nan_to_num(by.numbers(part, "expected_concentration"))[control.first]
    names = [label or group for label, group in zip(*_names(result, labels, at), strict=True)]
    analyte = by.group_by(part, by.ANALYTE_KEY).code[control.first]
    order = np.lexsort((np.array(names, dtype=np.str_), nominal, analyte))
    first, last = _ends(analyte[order])
    low, high = order[first], order[last]
    judged = (first != last) & ~np.isnan(mean[low]) & ~np.isnan(mean[high])
    of = Groups(plates.code[at[low]], np.arange(plates.count))
    pairs = zip(low.tolist(), high.tolist(), judged.tolist(), strict=True)
    return {
        "control_order_pct": 100 * by.ratio(by.count(of, judged & (mean[low] > mean[high])), by.count(of, judged)),
        "control_order_text": by.joined(of, [f"{names[a]} and {names[b]}" if both else None for a, b, both in pairs]),
    }


def _names(result: pa.Table, labels: pa.Array, rows: by.Codes) -> tuple[list[str | None], list[str]]:
    at = pa.array(rows)
    return labels.take(at).to_pylist(), result.column("replicate_group").take(at).to_pylist()


def drift(result: pa.Table, plates: Groups, valid: Reals) -> dict[str, object]:
    """Median over the plate of ln(second replicate / first), in the order of the export; background wells left out."""
    usable = ~np.isnan(by.log(valid)) & ~by.is_in(result, "well_role", "background")
    rows = np.flatnonzero(usable)
    part = result.take(pa.array(rows))
    groups = by.group_by(part, (*by.GROUP_KEY, "analyte"))
    order = np.lexsort((by.numbers(part, "source_line"), groups.code))
    first, last = _ends(groups.code[order])
    paired = first != last
    one, two = rows[order[first[paired]]], rows[order[first[paired] + 1]]
    of = Groups(plates.code[one], np.arange(plates.count))
    middle = by.median(of, by.log(valid[two]) - by.log(valid[one]))
    pairs = by.count(of, np.ones(len(one), np.bool_))
    return {"drift": middle, "drift_size": np.abs(middle), "pair_count": pairs}


def carry_over(result: pa.Table, plates: Groups, valid: Reals, ratio: float) -> dict[str, object]:
    """Median of ln(first replicate / second) over pairs whose first well was read just after a well at least `ratio` times higher.

    Wells are taken in the order of the export, which is that of reading. The second replicate follows the first, so it shows
    what the first would be without its neighbour.
    """
    series = by.group_by(result, by.ANALYTE_KEY)
    order = np.lexsort((by.numbers(result, "source_line"), series.code))
    group = by.group_by(result, (*by.GROUP_KEY, "analyte")).code[order]
    mfi, code = by.log(valid)[order], series.code[order]
    at = np.arange(1, len(order) - 1)
    at = at[(group[at] == group[at + 1]) & (group[at] != group[at - 1]) & (code[at] == code[at - 1])]
    at = at[mfi[at - 1] - mfi[at + 1] >= np.log(ratio)]
    of = Groups(plates.code[order[at]], np.arange(plates.count))
    apart = mfi[at] - mfi[at + 1]
    return {"carry_over": by.median(of, apart), "carry_pairs": by.count(of, ~np.isnan(apart))}


def _ends(code: by.Codes) -> tuple[by.Codes, by.Codes]:
    """First and last position of each run of equal codes."""
    change = np.flatnonzero(np.diff(code)) + 1
    if not len(code):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(([0], change)), np.concatenate((change - 1, [len(code) - 1]))


def _worst(plate: by.Codes, share: Reals, count: int) -> tuple[Reals, list[int]]:
    """Largest share of each plate and the position where it stands (-1 for none)."""
    worst, which = np.full(count, np.nan), [-1] * count
    for i in np.lexsort((-np.arange(len(share)), share)):
        if not np.isnan(share[i]):
            worst[plate[i]], which[int(plate[i])] = share[i], int(i)
    return worst, which
