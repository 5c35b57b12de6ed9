"""An effect in words: a line a patient, plate, analyte, result and reading that would stand otherwise, most important first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pbis.core.words import called_plate, four_digits, plural
from pbis.pipeline.effect import Effect
from pbis.pipeline.taken_back import amount_of, points_of

Row = Mapping[str, Any]
SHOWN = 8  # lines of a kind on a terminal; the others are in the JSON form
NOTHING = "nothing would change"
_ENDS = ("before", "after")
_UNITS = (
    ("plates", "plate verdict", None),
    ("analytes", "analyte verdict", None),
    ("readings", "reading", None),
    ("replicates", "replicate result", None),
    ("patients", "patient", None),
)
_COUNTS = {
    "analytes_passed": "passed",
    "analytes_warned": "with warnings",
    "analytes_failed": "failed",
    "reportable_pct": "% reportable",
    "reportable_count": "wells reportable",
}
_LIMITS = {"lloq": "lower limit", "uloq": "upper limit", "status": "place on the curve"}
_INTERVAL = {"ci_low": "lower end of the interval", "ci_high": "upper end of the interval"}
_CHANCES = {"marks": "marks", "is_certain": "certain", "is_near_cut": "near a cut-off", "p_high": "probability of high"}
# What of a row is said beside its two ends, by kind.
_BESIDE: Mapping[str, Mapping[str, str]] = {
    "patient": {"cutoff_set": "cut-off set", **_CHANCES},
    "plate": _COUNTS,
    "analyte": _COUNTS,
    "result": {"used_count": "wells", **_INTERVAL},
    "reading": {**_LIMITS, "reportable": "reportable"},
}


@dataclass(frozen=True)
class EffectLine:
    """One thing that would stand otherwise. kind: patient, plate, analyte, result or reading; more: why, and what of it changes."""

    kind: str
    about: str
    before: str
    after: str
    more: str = ""

    def __str__(self) -> str:
        moved = f"stays {self.after}" if self.before == self.after else f"{self.before} -> {self.after}"
        return f"{self.kind} {self.about}: {moved}" + (f"; {self.more}" if self.more else "")


def to_words(effect: Effect) -> list[str]:
    """What would change, as lines for people: how much of it, then the first of each kind."""
    said = [f"note: {note}" for note in effect.notes]
    if effect.is_empty:
        return [NOTHING, *said]
    return [counted(effect), *_first_of_each(effect), *said]


def counted(effect: Effect) -> str:
    """`would change: 1 plate verdict, 4 readings, 1 patient`; patients by the set that the site reports."""
    if effect.is_empty:
        return NOTHING
    counts = {name: table.num_rows for name, table in effect.tables.items()}
    parts = [plural(counts[name], one, many) for name, one, many in _UNITS if counts[name]]
    return f"would change: {', '.join(parts) or 'patients under other cut-off sets only'}"


def moved_patients(effect: Effect) -> list[Row]:
    """Rows of patients whose group would be another under the set that the site reports."""
    return [row for row in effect.patients.to_pylist() if _moves(row)]


def by_group(effect: Effect) -> list[Row]:
    """Rows of all patients that change, those first whose group would be another."""
    return sorted(effect.patients.to_pylist(), key=lambda row: not _moves(row))


def effect_lines(effect: Effect) -> Iterator[EffectLine]:
    """All of it, kind by kind; patients under the set that the site reports, those first whose group would be another."""
    parts: dict[tuple[str, str], list[str]] = defaultdict(list)
    for row in effect.components.to_pylist():
        parts[row["subject_id"], row["cutoff_set"]].append(_component(row))
    for row in by_group(effect):
        yield _patient(row, parts[row["subject_id"], row["cutoff_set_after"] or row["cutoff_set_before"]])
    for row in effect.plates.to_pylist():
        yield _verdict("plate", _name(row), row)
    for row in effect.analytes.to_pylist():
        yield _verdict("analyte", f"{row['analyte']}, plate {_name(row)}", row)
    for row in effect.replicates.to_pylist():
        yield _replicate(row)
    for row in effect.readings.to_pylist():
        yield _reading(row)


def beside(kind: str, row: Row) -> list[str]:
    """What of a row changes beside what its two ends say, each as `upper limit 13110 -> 3277`: so that whoever sees two equal ends knows what is
    another. kind: patient, plate, analyte, result or reading."""
    said = [f"{words} {_pair(row, name)}" for name, words in _BESIDE[kind].items() if _pair(row, name)]
    if (
        "value_before" in row
        and row["value_before"] != row["value_after"]
        and _value(row, "before") == _value(row, "after")
    ):
        said.insert(0, "value another behind four digits")
    return said


def contradicting(row: Row, end: str) -> str:
    """`, its 2 wells contradict each other` of a result whose wells all count and give no value: below the range and above it; else ''."""
    used = row[f"used_count_{end}"]
    return f", its {used} wells contradict each other" if used and row[f"value_op_{end}"] is None else ""


def _first_of_each(effect: Effect) -> Iterator[str]:
    for kind, lines in groupby(effect_lines(effect), lambda line: line.kind):
        every = list(lines)
        yield from (f"  {line}" for line in every[:SHOWN])
        if len(every) > SHOWN:
            yield f"  and {len(every) - SHOWN} more of kind {kind} (--json has all)"


def points_at(row: Row, end: str) -> str:
    """Points and group of a patient's row, before or after."""
    return points_of(row[f"group_{end}"], row[f"score_min_{end}"], row[f"score_max_{end}"])


def _moves(row: Row) -> bool:
    return bool(row["group_before"] != row["group_after"])


def _patient(row: Row, parts: list[str]) -> EffectLine:
    was, now = (points_at(row, end) for end in _ENDS)
    reasons = _pair(row, "reasons")
    more = [f"because {reasons}" if reasons else "", *beside("patient", row), *parts]
    return EffectLine("patient", row["subject_id"], was, now, "; ".join(filter(None, more)))


def _component(row: Row) -> str:
    texts = _told_apart(row["value_text_before"], row["value_text_after"])
    ends = [amount_of(row[f"value_op_{end}"], text, row[f"unit_{end}"]) for end, text in zip(_ENDS, texts, strict=True)]
    because = [f" ({row[f'reason_{end}']})" if row[f"reason_{end}"] else "" for end in _ENDS]
    was, now = (value + why for value, why in zip(ends, because, strict=True))
    point = _pair(row, "point")
    return f"{row['component']} {now if was == now else f'{was} -> {now}'}" + (f", point {point}" if point else "")


def _verdict(kind: str, about: str, row: Row) -> EffectLine:
    more, reasons = beside(kind, row), _pair(row, "reasons")
    more += [f"because {reasons}"] if reasons else []
    return EffectLine(kind, about, row["state_before"] or "none", row["state_after"] or "none", ", ".join(more))


def _replicate(row: Row) -> EffectLine:
    was, now = (_value(row, end) + contradicting(row, end) for end in _ENDS)
    about = f"{row['analyte']} of {row['specimen_id']}, plate {_name(row)}"
    because = _pair(row, "excluded_because")
    more = [*beside("result", row), *([f"because {because}"] if because else [])]
    return EffectLine("result", about, was, now, ", ".join(more))


def _reading(row: Row) -> EffectLine:
    was, now = (f"{_value(row, end)} {row[f'qc_state_{end}'] or 'not judged'}" for end in _ENDS)
    because = row["reasons_after"] if row["reasons_after"] != row["reasons_before"] else None
    more = [*beside("reading", row), *([f"because {because}"] if because else [])]
    return EffectLine("reading", f"{row['well']}, {row['analyte']}, plate {_name(row)}", was, now, ", ".join(more))


def _value(row: Row, end: str) -> str:
    value = row[f"value_{end}"]
    return amount_of(row[f"value_op_{end}"], None if value is None else four_digits(repr(value)), row[f"unit_{end}"])


def _name(row: Row) -> str:
    return called_plate(row["plate"], row["plate_number"])


def _pair(row: Row, name: str) -> str:
    """`0 -> 1`; '' where it is the same. Numbers in four digits, or that they are others behind those."""
    was, now = (row.get(f"{name}_{end}") for end in _ENDS)
    if was == now:
        return ""
    return f"{_said(was)} -> {_said(now)}" if _said(was) != _said(now) else f"{_said(was)} (another behind four digits)"


def _told_apart(*texts: str | None) -> tuple[str | None, ...]:
    """Numbers as texts in four digits, or as they are where four do not tell them apart."""
    short = tuple(_short(text) for text in texts)
    return short if len(set(short)) == len(set(texts)) else texts


def _short(text: str | None) -> str | None:
    return text if text is None else four_digits(text)


def _said(cell: object) -> str:
    if cell is None:
        return "none"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return four_digits(repr(cell)) if isinstance(cell, float) else str(cell)
