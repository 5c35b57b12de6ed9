"""An effect in words: whose group would be another stands first, and numbers are as long as people read them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from pbis.desk.effect_tables import shown_of
from pbis.pipeline.effect import Effect
from pbis.pipeline.effect_words import SHOWN, effect_lines, moved_patients, to_words

NOTHING = Effect(*(pa.table({}) for _ in range(7)))


def patient(number: int, was: str, then: str, p_then: float = 0.5) -> dict[str, Any]:
    told: dict[str, Any] = {"subject_id": f"P{number:03d}"}
    for end, group, p_high in (("before", was, 0.5), ("after", then, p_then)):
        points = {"high": 2, "low": 0}[group]
        told |= {f"group_{end}": group, f"score_min_{end}": points, f"score_max_{end}": points, f"reasons_{end}": None}
        told |= {f"cutoff_set_{end}": "set", f"p_high_{end}": p_high}
    return told


def component(was: str | None, then: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"subject_id": "P000", "cutoff_set": "set", "component": "il12"}
    for end, text in (("before", was), ("after", then)):
        told |= {f"value_op_{end}": "=", f"value_text_{end}": text, f"unit_{end}": "pg/mL", f"reason_{end}": None}
        told |= {f"point_{end}": 1}
    return told


def test_whose_group_would_be_another_stands_before_all_who_keep_theirs() -> None:
    rows = [patient(number, "high", "low" if number == 40 else "high", 0.6) for number in range(50)]
    effect = replace(NOTHING, patients=pa.Table.from_pylist(rows))
    assert [row["subject_id"] for row in moved_patients(effect)] == ["P040"]
    lines = to_words(effect)
    assert lines[1] == "  patient P040: high (2 points) -> low (0 points); probability of high 0.5 -> 0.6"
    assert len(lines) == 1 + SHOWN + 1


@pytest.mark.parametrize(
    ("was", "then", "words"),
    [
        ("8.040392776773254", "8.114419195947036", "il12 8.04 pg/mL -> 8.114 pg/mL"),
        ("8.0403927", "8.0403928", "il12 8.0403927 pg/mL -> 8.0403928 pg/mL"),
        ("about 8", None, "il12 about 8 pg/mL -> no value"),
    ],
)
def test_a_value_has_as_many_digits_as_tell_it_apart(was: str | None, then: str | None, words: str) -> None:
    tables = {"patients": [patient(0, "high", "high", 0.50000001)], "components": [component(was, then)]}
    effect = replace(NOTHING, **{name: pa.Table.from_pylist(rows) for name, rows in tables.items()})
    (line,) = effect_lines(effect)
    assert line.more == f"probability of high 0.5 (another behind four digits); {words}"


def test_wells_that_contradict_each_other_are_no_result_that_is_kept_out() -> None:
    """Both are used, one below the range and one above: nothing else would say why there is no value."""
    row: dict[str, Any] = {"specimen_id": "S1", "analyte": "IL-2", "plate": "P01", "plate_number": 1}
    for end, used, because in (("before", 0, "replicate_cv_sample"), ("after", 2, None)):
        row |= {f"value_op_{end}": None, f"value_{end}": None, f"unit_{end}": None, f"used_count_{end}": used}
        row |= {f"ci_low_{end}": None, f"ci_high_{end}": None, f"excluded_because_{end}": because}
    effect = replace(NOTHING, replicates=pa.Table.from_pylist([row]))
    (line,) = effect_lines(effect)
    assert (line.before, line.after) == ("no value", "no value, its 2 wells contradict each other")
    (table,) = shown_of(effect).tables
    (cells,) = table.rows
    assert cells[2] == "no value, its 2 wells contradict each other"
