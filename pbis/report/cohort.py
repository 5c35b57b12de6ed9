"""The cohort sheet: what each component looks like over the cohort, and whether the assay can answer its cut-off."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.words import chance
from pbis.draw.page import markup
from pbis.draw.words import DASH
from pbis.report.cohort_data import NAMES, CohortReport, Values, all_values, amount
from pbis.report.cohort_histogram import draw
from pbis.report.cohort_limits import CutFlag, LimitLine, flags, limit_lines, lloqs
from pbis.report.cohort_shift import shift_lines
from pbis.report.page import render
from pbis.report.patients import GROUP_WORDS, depends_on_reading, group_counts
from pbis.report.tabular import rows
from pbis.report.text import percent, phrase, significant


@dataclass(frozen=True)
class PointLine:
    """Points of a component under one cut: patients with a point, without, unknown."""

    cut: str
    sets: tuple[str, ...]
    is_site: bool
    positive: str
    negative: str
    unknown: str
    reasons: str


@dataclass(frozen=True)
class ComponentBox:
    """A component on the page: drawing, caption, and its points under every cut."""

    name: str
    drawing: Any
    caption: str
    lines: list[PointLine]


@dataclass(frozen=True)
class CohortSetLine:
    name: str
    title: str
    is_site: bool
    counts: tuple[int, ...]


@dataclass(frozen=True)
class NearLine:
    """A patient near a cut of the site's set."""

    subject_id: str
    component: str
    value: str
    cut: str
    point: str
    flip: str
    group: str
    p_high: str


def cohort_sheet(data: CohortReport) -> str:
    """One self-contained HTML page without any script; the same data gives the same bytes.

    Raises ValueError where the site's cut-off set is not among the sets.
    """
    if data.site_set not in {each.name for each in data.cutoff_sets}:
        raise ValueError(f"the site's cut-off set {data.site_set!r} is not among {[s.name for s in data.cutoff_sets]}")
    found = all_values(data)
    sets = _set_lines(data)
    flagged = [flag for values in found for flag in flags(data, values)]
    limits = [line for values in found for line in limit_lines(data, values)]
    shifts = [line for values in found for line in shift_lines(data, values)]
    context = {
        "title": "Cohort sheet",
        "data": data,
        "numbers": _numbers(sets[0], flagged, data.site_set),
        "flags": flagged,
        "boxes": [_box(data, values) for values in found],
        "limits": limits,
        "unanswerable": _unanswerable(limits, found),
        "shifts": shifts,
        "sets": sets,
        "words": GROUP_WORDS,
        "depending": depends_on_reading(data.score, [line.name for line in sets]),
        "near": near_lines(data),
    }
    return render("cohort.html.j2", context)


def near_lines(data: CohortReport) -> list[NearLine]:
    """Patients near a cut under the site's set: the likeliest to flip first, those without a probability last."""
    scores = {row["subject_id"]: row for row in rows(_of_site(data.score, data.site_set))}
    near = [row for row in rows(_of_site(data.component, data.site_set)) if row["is_near_cut"]]
    near.sort(key=lambda row: (-(row["flip_probability"] or -1.0), row["subject_id"], row["component"]))
    return [
        NearLine(
            subject_id=row["subject_id"],
            component=NAMES[row["component"]],
            value=_value(row),
            cut=f"{row['comparator'].replace('>=', '≥')} {amount(row['cut_text'], row['unit'])}",
            point="unknown" if row["point"] is None else str(row["point"]),
            flip=DASH if row["flip_probability"] is None else _chance(row["flip_probability"]),
            group=scores[row["subject_id"]]["group"],
            p_high=_p_high(scores[row["subject_id"]]),
        )
        for row in near
    ]


def _p_high(row: dict[str, Any]) -> str:
    """Probability of the high group; where a component is missing, between which two it lies."""
    if row["p_high_low"] is None:
        return DASH
    low, high = (_chance(row[f"p_high_{end}"]) for end in ("low", "high"))
    return low if row["p_high"] is not None or low == high else f"{low} to {high}"


def _chance(probability: float) -> str:
    said = chance(probability)
    return f"{said} %" if said.startswith((">", "<")) else percent(100 * probability)


def _value(row: dict[str, Any]) -> str:
    """Enough digits that 3.1999 does not read as the 3.2 that it is compared with."""
    digits = 4 if row["is_at_cut"] else 5
    sign = "" if row["value_op"] in (None, "=") else row["value_op"].replace("<=", "≤").replace(">=", "≥") + " "
    return sign + amount(significant(float(row["value_text"]), digits), row["unit"])


def _of_site(table: pa.Table, site_set: str) -> pa.Table:
    return table.filter(pc.equal(table["cutoff_set"], site_set))


def _set_lines(data: CohortReport) -> list[CohortSetLine]:
    """The site's own set first, the others by name."""
    counted = group_counts(data.score)
    lines = [
        CohortSetLine(
            each.name,
            each.title,
            each.name == data.site_set,
            tuple(counted.get(each.name, {}).get(group, 0) for group in GROUP_WORDS),
        )
        for each in data.cutoff_sets
    ]
    return sorted(lines, key=lambda line: (not line.is_site, line.name))


def _numbers(site: CohortSetLine, flagged: list[CutFlag], site_set: str) -> list[tuple[str, str, str]]:
    words = zip(site.counts, GROUP_WORDS.values(), strict=True)
    own = sum(site_set in flag.sets for flag in flagged)
    said = [("quiet", str(count), f"patients {word.lower()}") for count, word in words]
    return [*said, ("warn" if own else "quiet", str(own), "cut-off in doubt" if own == 1 else "cut-offs in doubt")]


def _box(data: CohortReport, values: Values) -> ComponentBox:
    return ComponentBox(
        name=values.name if values.unit == "1" else f"{values.name}, {values.unit}",
        drawing=markup(draw(values, lloqs(data, values))),
        caption=_caption(values),
        lines=_point_lines(values, data.site_set),
    )


def _caption(values: Values) -> str:
    """`178 quantified, 9 below range, 4 without a value.`"""
    missing = int((values.op == "").sum())
    counts = (
        (int(values.is_plain.sum()), "quantified"),
        (int(values.is_below.sum()), "below their bound"),
        (int(values.is_above.sum()), "above their bound"),
        (missing, "without a value"),
    )
    return ", ".join(f"{count} {said}" for count, said in counts if count or said == "quantified") + "."


def _point_lines(values: Values, site_set: str) -> list[PointLine]:
    """A line for each different cut; sets that share a cut share the points."""
    return [
        _point_line(values, cut.words, cut.sets, site_set if cut.is_site else cut.sets[0], cut.is_site)
        for cut in values.cuts
    ]


def _point_line(values: Values, cut: str, sets: tuple[str, ...], shown: str, is_site: bool) -> PointLine:
    points = values.point[shown]
    point, none, unknown = (_share(int((points == wanted).sum()), points.size) for wanted in (1, 0, -1))
    reasons = Counter(reason for reason in values.reason[shown] if reason)
    said = (f"{phrase(reason)} {count}" for reason, count in sorted(reasons.items(), key=lambda pair: (-pair[1], pair)))
    return PointLine(cut, sets, is_site, point, none, unknown, reasons=", ".join(said))


def _share(count: int, total: int) -> str:
    return f"{count} ({percent(100 * count / total)})" if total else DASH


def _unanswerable(limits: list[LimitLine], found: list[Values]) -> list[str]:
    """A sentence for each cut of the assay that wells cannot answer; patients are counted once."""
    said = []
    for values in found:
        for cut in values.cuts:
            lines = [line for line in limits if line.component == values.name and line.cut == cut.words]
            bad = [line for line in lines if not line.can_answer]
            if not bad:
                continue
            reasons = values.reason[cut.sets[0]]
            count = sum(reason in ("below_range_undecided", "above_range_undecided") for reason in reasons)
            said.append(
                f"{values.name} {cut.words}: LLOQ × dilution is {_why_not(bad, len(lines), values.unit)}; "
                f"for {count} of {len(reasons)} patients the assay gives no answer."
            )
    return said


def _why_not(bad: list[LimitLine], total: int, unit: str) -> str:
    """On how many plate dilutions the LLOQ is above the cut, and on how many there is none."""
    known = [line for line in bad if line.is_known]
    spans = sorted({line.lloq for line in known}, key=lambda text: (len(text), text))
    counts = (
        (len(known), f"above the cut ({', '.join(spans)} {unit})"),
        (len(bad) - len(known), "not known"),
    )
    return " and ".join(f"{words} on {count} of {total} plate dilutions" for count, words in counts if count)
