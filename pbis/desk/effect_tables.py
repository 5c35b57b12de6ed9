"""What a decision would change, as a page says it: how much and whose group first, then tables with before and after side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pbis.core.words import called_plate, four_digits, plural
from pbis.pipeline.effect import Effect
from pbis.pipeline.effect_words import beside, by_group, contradicting, moved_patients, points_at
from pbis.pipeline.taken_back import amount_of
from pbis.report.rule_words import titled
from pbis.report.text import phrase

LINES = 60  # rows of a kind that a page shows; the count says how many there are
NAMED = 12  # patients whose group would be another that are named before the button: a telephone's height; the table has the others
Row = Mapping[str, Any]


@dataclass(frozen=True)
class EffectLines:
    """A table: its caption (`7 analytes would change (verdict or counts)`), what its first columns say, and per row what it is, what it was, what it would be,
    and what else of it is another. more: rows not shown."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], str, str, str], ...]
    more: int

    @property
    def has_more_to_say(self) -> bool:
        """Whether something stands beside now and then."""
        return any(row[3] for row in self.rows)


@dataclass(frozen=True)
class EffectShown:
    """moved: patients whose group would be another, each with the score now and then, at most NAMED of the moved_count that there are; patients:
    how many have another score or another reason in the same group; beside: of how many only a value, a mark or a probability is another; counts:
    `7 analytes` of each other kind; tables: all of it, folded."""

    moved: tuple[tuple[str, str, str], ...]
    moved_count: int
    patients: int
    beside: int
    counts: tuple[str, ...]
    tables: tuple[EffectLines, ...]
    is_empty: bool


def shown_of(effect: Effect) -> EffectShown:
    """The effect for a page; patients under the set that the site reports."""
    moved = moved_patients(effect)
    others = (
        ("plate", effect.plates),
        ("analyte", effect.analytes),
        ("result", effect.replicates),
        ("reading", effect.readings),
    )
    scored = sum(_score(row, "before") != _score(row, "after") for row in effect.patients.to_pylist())
    return EffectShown(
        tuple((row["subject_id"], _points(row, "before"), _points(row, "after")) for row in moved[:NAMED]),
        len(moved),
        scored - len(moved),
        effect.patients.num_rows - scored,
        tuple(plural(table.num_rows, one) for one, table in others if table.num_rows),
        _tables(effect),
        effect.is_empty,
    )


def _tables(effect: Effect) -> tuple[EffectLines, ...]:
    """Those that have a row: scores under the set that the site reports, verdicts of plates and analytes, results, readings."""
    made = (
        _table(by_group(effect), "patient", "", ("Patient",), lambda row: (row["subject_id"],), _score),
        _table(
            effect.plates.to_pylist(),
            "plate",
            " (verdict or counts)",
            ("Plate",),
            lambda row: (_plate(row),),
            _plate_state,
        ),
        _table(
            effect.analytes.to_pylist(),
            "analyte",
            " (verdict or counts)",
            ("Plate", "Analyte"),
            lambda row: (_plate(row), row["analyte"]),
            _analyte_state,
        ),
        _table(effect.replicates.to_pylist(), "result", "", ("Specimen", "Analyte", "Plate"), _of_replicate, _result),
        _table(effect.readings.to_pylist(), "reading", "", ("Plate", "Well", "Analyte"), _of_reading, _reading),
    )
    return tuple(one for one in made if one.rows)


def _table(rows: list[Row], one: str, what: str, heads: tuple[str, ...], key: Any, said: Any) -> EffectLines:
    ends = [(tuple(map(str, key(row))), said(row, "before"), said(row, "after"), row) for row in rows[:LINES]]
    shown = tuple((name, was, then, _else(one, row, is_same=was == then)) for name, was, then, row in ends)
    return EffectLines(f"{plural(len(rows), one)} would change{what}", heads, shown, max(0, len(rows) - LINES))


# What a table says at both ends, and what of it tells no more where the ends differ already.
_AT_BOTH_ENDS = {"plate": ("failed", "with warnings"), "analyte": ("wells reportable",), "result": ("wells",)}
_NO_MORE = {"plate": ("% reportable",), "reading": ("place on the curve", "reportable")}


def _else(one: str, row: Row, *, is_same: bool) -> str:
    is_said = _AT_BOTH_ENDS.get(one, ()) + (() if is_same else _NO_MORE.get(one, ()))
    return "; ".join(each for each in beside(one, row) if not each.startswith(is_said))


def _plate(row: Row) -> str:
    return called_plate(row["plate"], row["plate_number"])


def _of_replicate(row: Row) -> tuple[str, ...]:
    return row["specimen_id"], row["analyte"], _plate(row)


def _of_reading(row: Row) -> tuple[str, ...]:
    return _plate(row), row["well"], row["analyte"]


def _score(row: Row, end: str) -> str:
    return "; ".join(filter(None, (_points(row, end), phrase(row[f"reasons_{end}"]))))


def _points(row: Row, end: str) -> str:
    return "not scored" if row[f"group_{end}"] is None else points_at(row, end)


def _plate_state(row: Row, end: str) -> str:
    counts = f"{_whole(row[f'analytes_failed_{end}'])} failing, {_whole(row[f'analytes_warned_{end}'])} with warnings"
    share = row[f"reportable_pct_{end}"]
    return f"{row[f'state_{end}'] or 'none'}; {counts}" + ("" if share is None else f"; {share:.1f} % reportable")


def _analyte_state(row: Row, end: str) -> str:
    why = f" ({titled(row[f'reasons_{end}'])})" if row[f"reasons_{end}"] else ""
    return f"{row[f'state_{end}'] or 'none'}{why}; {plural(row[f'reportable_count_{end}'] or 0, 'well')} reportable"


def _result(row: Row, end: str) -> str:
    why = f" ({titled(row[f'excluded_because_{end}'])})" if row[f"excluded_because_{end}"] else ""
    used = row[f"used_count_{end}"]
    said = contradicting(row, end) or (f" from {plural(used, 'well')}" if used else "")
    return _value(row, end) + said + why


def _reading(row: Row, end: str) -> str:
    why = f": {titled(row[f'reasons_{end}'])}" if row[f"reasons_{end}"] else ""
    return f"{_value(row, end)}, {row[f'qc_state_{end}'] or 'not judged'}{why}"


def _value(row: Row, end: str) -> str:
    value = row[f"value_{end}"]
    return (
        amount_of(row[f"value_op_{end}"], None if value is None else four_digits(repr(value)), row[f"unit_{end}"])
        or "no result"
    )


def _whole(count: int | None) -> str:
    return str(count or 0)
