"""The walk of one score back to its wells, as words: each step is a query of the warehouse, this module only tells it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pbis.core.errors import UsageError
from pbis.core.words import chance
from pbis.pipeline.published import asked_place
from pbis.pipeline.taken_back import replaced_line

if TYPE_CHECKING:
    import pyarrow as pa

Row = Mapping[str, Any]
Story = dict[str, list[dict[str, Any]]]
_NAMES = {"nlr": "NLR", "crp": "CRP", "il12": "IL-12", "il2": "IL-2", "afp": "AFP"}


def explain_subject(root: Path, subject_id: str, cutoff_set: str | None = None) -> Story:
    """Step -> rows: subject, score, component, input, reading, curve, finding, lab, taken_back, visit, version. Components and
    visits of one set only.

    UsageError where nothing is published, the subject is unknown, or there is no such set.
    """
    return {name: table.to_pylist() for name, table in explain_tables(root, subject_id, cutoff_set).items()}


def explain_tables(root: Path, subject_id: str, cutoff_set: str | None = None) -> dict[str, pa.Table]:
    """The same as tables, which keep their columns where a step has no rows."""
    import pyarrow.compute as pc

    import warehouse
    from pbis.config import load_site
    from pbis.pipeline.withdrawals import sentence_of, withdrawn_as_told

    gone = withdrawn_as_told(load_site(root)).who(subject_id)
    if gone is not None:
        raise UsageError(f"{subject_id}: {sentence_of(gone)}")
    with asked_place(root) as place:
        tables = warehouse.explain_published(place, subject_id)
    scores = tables["score"].to_pylist()
    known = [row["cutoff_set"] for row in scores]
    chosen = cutoff_set or next((row["cutoff_set"] for row in scores if row["is_site_set"]), None)
    if chosen not in known:
        raise UsageError(f"no score under the cut-off set {chosen!r}; expected one of {', '.join(known) or 'none'}")
    for name in ("component", "visit"):
        tables[name] = tables[name].filter(pc.equal(tables[name].column("cutoff_set"), chosen))
    tables["score"] = tables["score"].take(sorted(range(len(known)), key=lambda at: known[at] != chosen))
    return tables


def as_lines(story: Story) -> list[str]:
    """The story, conclusion first."""
    parts = (
        _score,
        _components,
        _inputs,
        _draws,
        _readings,
        _curves,
        _findings,
        _labs,
        _taken_back,
        _visits,
        _versions,
    )
    told = [part(story) for part in parts]
    return [line for lines in told if lines for line in (*lines, "")][:-1]


def _score(story: Story) -> list[str]:
    mine, *others = story["score"]
    about = story["subject"][0]
    number = "no single number" if mine["score"] is None else f"score {mine['score']}"
    lines = [
        f"{about['subject_id']} ({about['cohort'] or 'no cohort'}, {about['regimen'] or 'no regimen'}, {'no treatment start' if about['started_at'] is None else 'day 0 is the first dose'})",
        f"{mine['group'].upper()}: {number}; certain points {mine['score_min']}, possible points {mine['score_max']}; high from 2. Cut-off set {mine['cutoff_set']}.",
    ]
    if mine["is_certain"] is False and mine["group"] in ("high", "low"):
        lines.append("Not certain: a value near its cut decides the group, and may lie on the other side of it.")
    if mine["p_high_low"] is not None:
        lines.append(
            f"High with a probability of {_chance(mine)}, weighed by {mine['p_high_basis']}; the group does not come from it."
        )
    if mine["reasons"]:
        lines.append(f"Unknown because: {mine['reasons']}")
    if mine["mark_reasons"]:
        lines.append(f"Marks (they change no point): {mine['mark_reasons']}")
    if about["other_lines"]:
        lines.append(f"Other lines of treatment: {about['other_lines']}")
    lines += [f"Under {row['cutoff_set']}: {row['group']} ({row['score_min']} to {row['score_max']})" for row in others]
    changed = [row for row in story["taken_back"] if row["was_night_id"]]
    if changed:
        lines.append(
            "Changed since an earlier night because the laboratory took a result back or replaced it, see below."
        )
    lines.append(f"CRAFITY: {mine['crafity_min']} to {mine['crafity_max']}")
    return lines


def _chance(row: Row) -> str:
    low, high = (chance(row[f"p_high_{end}"]) for end in ("low", "high"))
    return f"{low} %" if row["p_high"] is not None else f"{low} to {high} %"


def _components(story: Story) -> list[str]:
    return ["Components", *[f"  {_NAMES[row['component']]:<6}{_component(row)}" for row in story["component"]]]


def _component(row: Row) -> str:
    cut = f"{row['comparator']} {row['cut_text']} {_unit(row['unit'])}".rstrip()
    value = (
        f"{_op(row['value_op'])}{_short(row['value_text'])} {_unit(row['unit'])}".rstrip()
        if row["value_text"]
        else "no value"
    )
    point = {1: "1 point", 0: "0 points", None: "unknown"}[row["point"]]
    marks = [
        name for name, flag in (("exactly at the cut", row["is_at_cut"]), ("near the cut", row["is_near_cut"])) if flag
    ]
    if row["flip_probability"]:
        marks.append(f"{chance(row['flip_probability'])} % chance that the true value lies on the other side")
    tail = f" ({'; '.join(marks)})" if marks else ""
    reason = f" because {row['reason']}" if row["reason"] else ""
    return f"{point:<9} {value}, cut {cut} [{row['cut_status']}]{reason}{tail}"


def _inputs(story: Story) -> list[str]:
    return [
        "Values chosen",
        *[f"  {_NAMES.get(row['measure'], row['measure']):<12}{_input(row)}" for row in story["input"]],
    ]


def _input(row: Row) -> str:
    value = (
        f"none: {row['reason']}"
        if row["reason"]
        else f"{_op(row['value_op'])}{_short(row['value_text'])} {_unit(row['unit'])}".rstrip()
    )
    interval = f", 95 % CI {_interval(row)}" if row["ci_low"] is not None else ""
    plates = _of_the_lot(row) if row["plate_cv_pct"] is not None else ""
    drawn = f"; specimen {row['specimen_id']}, drawn {_drawn(row)}" if row["specimen_id"] else ""
    way = f"; ratio by {row['nlr_source'].replace('_', ' ')}" if row["nlr_source"] else ""
    return f"{value}{interval}; {row['detail']}{plates}{way}{drawn}"


def _of_the_lot(row: Row) -> str:
    even = "their samples show no gradient" if row["is_plate_even"] else "that they have no gradient is not shown"
    return f"; plates of the lot differ by {row['plate_cv_pct']:.1f} %, by the controls of the {row['plate_cv_count']} before it; {even}"


def _interval(row: Row) -> str:
    return f"{row['ci_low']:.3g} " + ("and more" if row["ci_high"] is None else f"to {row['ci_high']:.3g}")


def _draws(story: Story) -> list[str]:
    rows = [row for row in story["subject"] if row["specimen_id"]]
    lines = [f"  {row['specimen_id']}  drawn {_drawn(row)}, {_draw(row)}" for row in rows]
    return ["Specimens", *(lines or ["  none"])]


def _draw(row: Row) -> str:
    return "eligible" if row["is_eligible"] else f"not eligible ({row['reason'] or row['window_state']})"


def _readings(story: Story) -> list[str]:
    lines = [
        f"  {row['analyte']:<9} {row['file_name']} line {row['source_line']}, well {row['well']}: MFI {_number(row['mfi'])}, "
        f"{_number(row['bead_count'])} beads, dilution {_number(row['dilution_factor'])}, {_value(row)} [{row['status']}], QC {row['qc_state']}"
        + (f" ({row['reasons']})" if row["reasons"] else "")
        + ("" if row["is_used"] else ", not used")
        for row in story["reading"]
    ]
    return ["Wells", *(lines or ["  none"])]


def _value(row: Row) -> str:
    interval = f" ({_interval(row)})" if row["ci_low"] is not None else ""
    return f"{_short(row['value_reported']) or 'no value'} {_unit(row['unit'])}{interval}, the instrument said {_short(row['result_reported_text']) or 'nothing'}"


def _curves(story: Story) -> list[str]:
    lines = [
        f"  {row['analyte']:<9} {row['plate']}: {row['model']} by {row['method']} {row['method_version']}, R2 {_number(row['r2'])}, "
        f"LLOQ {_number(row['lloq'])} ({row['lloq_reason']}), ULOQ {_number(row['uloq'])} ({row['uloq_reason']}) {_unit(row['unit'])}, {row['status']}"
        + (f": {row['reasons']}" if row["reasons"] else "")
        for row in story["curve"]
    ]
    return ["Curves (limits before dilution)", *(lines or ["  none"])]


def _findings(story: Story) -> list[str]:
    lines = [
        f"  {row['severity']:<5} {row['rule']}: {row['message'].rstrip('.')}. Effect: {row['effect']}."
        for row in story["finding"]
    ]
    return ["Findings that touch these wells", *(lines or ["  none"])]


def _labs(story: Story) -> list[str]:
    lines = [
        f"  {'*' if row['is_chosen'] else ' '} {row['analyte']:<12} {row['file_name']} line {row['source_line']}: "
        f"{row['value_reported']} {row['unit_reported'] or ''}{_converted(row)}, {row['status']}, drawn {_drawn(row)}"
        + (f"; {row['reason']}: {row['detail']}" if row["reason"] else "")
        + (f"; found: {row['findings']}" if row["findings"] else "")
        for row in story["lab"]
    ]
    return ["Laboratory results (* = chosen)", *(lines or ["  none"])]


def _taken_back(story: Story) -> list[str]:
    lines = [f"  {replaced_line(row)}" for row in story["taken_back"]]
    return ["Taken back or replaced by the sender", *lines] if lines else []


def _visits(story: Story) -> list[str]:
    """A line a draw; nothing where the subject has no other."""
    if not story["visit"]:
        return []
    head = f"  {'drawn':<16}{'group':<15}{'points':<8}{'NLR':<5}{'CRP':<5}{'IL-12':<7}{'IL-2':<6}unknown because"
    return [
        "Other draws, scored by the same rules (the score above is of the baseline alone)",
        head,
        *map(_visit, story["visit"]),
    ]


def _visit(row: Row) -> str:
    drawn = f"day {row['study_day']}" + (f" {row['hour']}" if row["hour"] else "")
    points = (
        str(row["score_min"]) if row["score_min"] == row["score_max"] else f"{row['score_min']} to {row['score_max']}"
    )
    nlr, crp, il12, il2 = (
        "?" if row[f"{name}_point"] is None else row[f"{name}_point"] for name in ("nlr", "crp", "il12", "il2")
    )
    return f"  {drawn:<16}{row['group']:<15}{points:<8}{nlr:<5}{crp:<5}{il12:<7}{il2:<6}{row['reasons'] or ''}".rstrip()


def _converted(row: Row) -> str:
    if row["value_text"] is None or row["unit"] == row["unit_reported"]:
        return ""
    return f" = {_op(row['value_op'])}{row['value_text']} {row['unit']} (x {row['factor_text']})"


def _versions(story: Story) -> list[str]:
    lines = [
        f"  {row['file_name']}: run {row['run_id'][:16]}, assay {row['assay_id'][:16]}, method {row['method']}, profile {row['profile']}, "
        f"panel {row['panel']}, suite {row['suite_hash'][:16]}, configuration {row['config_hash'][:16]}, program {row['code_version']}"
        for row in story["version"]
    ]
    return ["Computed with", *(lines or ["  nothing"])]


def _op(op: str | None) -> str:
    return "" if op in (None, "=") else f"{op} "


def _unit(unit: str | None) -> str:
    return "" if unit in (None, "1") else str(unit)


def _short(text: str | None) -> str:
    """A long decimal cut to six significant digits for the eye; the full one is in the tables and in --json."""
    try:
        return f"{float(text):.6g}" if text and len(text) > 8 else text or ""
    except ValueError:
        return text or ""


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.6g}"


def _drawn(row: Row) -> str:
    """Study day and hour: a release has no calendar."""
    before = row.get("days_before_start")
    day = row.get("study_day") if before is None else -before
    if day is None or row["collected_at"] is None:
        return "on a day that cannot be counted"
    hour = f" {row['collected_at']:%H:%M}" if row.get("has_time") else ""
    return f"on day {day}{hour}"
