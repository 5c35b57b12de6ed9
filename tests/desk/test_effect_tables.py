"""What a preview says first: how much would change and whose group, before anybody scrolls; all of it lies folded below."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from pbis.desk.effect_tables import NAMED, EffectShown, shown_of
from pbis.desk.pages import _PAGES
from pbis.draw.page import _environment
from pbis.pipeline.effect import Effect

NOTHING = Effect(*(pa.table({}) for _ in range(7)))


def patient(number: int, was: str | None, then: str | None, reasons: str = "") -> dict[str, Any]:
    """A patient's score in these groups; None for no score."""
    points = {"high": (2, 2), "indeterminate": (1, 2), "low": (0, 1), None: (None, None)}
    ends = {"before": (was, ""), "after": (then, reasons)}
    told: dict[str, Any] = {"subject_id": f"P{number:03d}"}
    for end, (group, why) in ends.items():
        low, high = points[group]
        told |= {f"group_{end}": group, f"score_min_{end}": low, f"score_max_{end}": high, f"reasons_{end}": why}
    return told


def reading(well: str) -> dict[str, Any]:
    """A reading that a decision takes."""
    told = {"plate": "P01", "plate_number": 1, "well": well, "analyte": "IL-2"}
    told |= {
        "value_op_before": "=",
        "value_before": 4.2,
        "unit_before": "pg/mL",
        "qc_state_before": "pass",
        "reasons_before": None,
    }
    return told | {
        "value_op_after": None,
        "value_after": None,
        "unit_after": None,
        "qc_state_after": "fail",
        "reasons_after": "decision; curve_fit",
    }


def effect(patients: list[dict[str, Any]], readings: list[dict[str, Any]]) -> EffectShown:
    tables = {"patients": patients, "readings": readings}
    return shown_of(replace(NOTHING, **{name: pa.Table.from_pylist(rows) for name, rows in tables.items() if rows}))


def said(shown: EffectShown) -> str:
    """The words that stand above the button, without markup."""
    source = '{% from "desk_parts.html.j2" import effect_said %}{{ effect_said(effect) }}'
    html = _environment(_PAGES).from_string(source).render(effect=shown)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).strip()


@pytest.mark.parametrize(
    ("patients", "words"),
    [
        ([patient(1, "high", "indeterminate"), patient(2, "low", "low", "il2: failed_qc")],
         "1 patient would be in another group P001: high (2 points) now, indeterminate (1 to 2 points) then 1 patient in the same group"),
        ([patient(1, None, "low")], "P001: not scored now, low (0 to 1 points) then"),
        ([patient(1, "low", "low", "il2: failed_qc")], "No patient would be in another group 1 patient in the same group, with other points"),
    ],
)  # fmt: skip
def test_who_changes_group_is_said_before_all_else(patients: list[dict[str, Any]], words: str) -> None:
    shown = effect(patients, [reading("A1"), reading("B1")])
    assert words in said(shown)
    assert said(shown).endswith("2 readings")


def test_of_many_who_change_group_the_first_are_named_and_the_others_counted() -> None:
    shown = effect([patient(number, "high", "low") for number in range(NAMED + 3)], [])
    assert said(shown).count(" now, ") == NAMED
    assert "15 patients would be in another group" in said(shown)
    assert "and 3 more" in said(shown)
    (table,) = shown.tables
    assert len(table.rows) == NAMED + 3


def test_what_changes_nothing_says_so() -> None:
    assert "No result, verdict or score would change." in said(shown_of(NOTHING))
    other_sets = replace(NOTHING, scores=pa.table({"subject_id": ["P001"]}))
    assert "scores under other cut-off sets" in said(shown_of(other_sets))


def test_rules_and_reasons_are_said_in_words() -> None:
    tables = effect([patient(1, "low", "low", "il2: failed_qc; crp: unit_unknown")], [reading("A1")]).tables
    rows = {table.heads[-1]: table.rows[0][2] for table in tables}
    assert rows["Patient"] == "low (0 to 1 points); il2: failed qc, crp: unit unknown"
    assert rows["Analyte"] == "no value, fail: A person's decision, curve does not fit"


def test_who_keeps_group_and_points_is_not_said_to_have_others() -> None:
    same = patient(1, "high", "high") | {
        "p_high_before": 0.9,
        "p_high_after": 0.8,
        "marks_before": None,
        "marks_after": "near_cut",
    }
    shown = effect([same], [])
    assert (
        "1 patient in the same group with the same points, where a mark or the probability of the group is another"
        in said(shown)
    )
    assert "with other points" not in said(shown)
    (table,) = shown.tables
    assert table.rows == (
        (("P001",), "high (2 points)", "high (2 points)", "marks none -> near_cut; probability of high 0.9 -> 0.8"),
    )


def test_a_row_whose_ends_read_alike_says_what_is_another() -> None:
    """A limit that moved, or a value behind the digits shown: a row that would change never looks as if it did not."""
    alike = reading("A1") | {
        f"{name}_after": reading("A1")[f"{name}_before"] for name in ("value_op", "unit", "qc_state", "reasons")
    }
    moved = alike | {
        "value_after": 4.2,
        "uloq_before": 13110.0,
        "uloq_after": 3277.0,
        "lloq_before": 3.2,
        "lloq_after": 3.2,
    }
    nearly = alike | {"well": "B1", "value_after": 4.20000001}
    (table,) = effect(
        [],
        [
            moved,
            nearly
            | {name: moved[name] for name in ("uloq_before", "lloq_before")}
            | {"uloq_after": 13110.0, "lloq_after": 3.2},
        ],
    ).tables
    assert [row[3] for row in table.rows] == ["upper limit 13110 -> 3277", "value another behind four digits"]
    assert all(row[1] == row[2] for row in table.rows)
    html = (
        _environment(_PAGES)
        .from_string('{% from "desk_parts.html.j2" import effect_tables %}{{ effect_tables(effect) }}')
        .render(effect=effect([], [moved]))
    )
    assert "the same" in html
    assert "What else" in html
