"""The score: 81 states, sets side by side, what is not scored, and what does not change it."""

from __future__ import annotations

import csv
import json
from itertools import product
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from partial_frames import partial

from pbis.core.errors import ConfigError
from pbis.core.frames import COMPONENT, MEASURES, SCORE, SCORE_INPUT
from pbis.core.scoring.cutoffs import COMPONENTS, what_if
from pbis.core.scoring.score import add_up, score
from pbis.scores import load_sets

SPEC = Path(__file__).resolve().parents[1] / "spec"
SETS = load_sets()
SITE = "pbis-2025-il2-pgml"
POINT = {"1": 1, "0": 0, "?": None}
REFERENCE = {"pos": "1", "neg": "0", "unk": "?"}
UNITS = dict(zip(MEASURES, ("10*9/L", "10*9/L", "mg/dL", "pg/mL", "pg/mL", "ng/mL"), strict=True))
PATIENT = {"neutrophils": "7", "lymphocytes": "2", "crp": "0.5", "il12": "1", "il2": "5", "afp": "200"}


def states() -> list[dict[str, str]]:
    with (SPEC / "score_states.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def inputs(patients: dict[str, dict[str, str | None]], *, missing: str = "not_received") -> pa.Table:
    """SCORE_INPUT of patients: measure -> text with its operator, or None."""
    rows = [(who, name, values.get(name)) for who, values in patients.items() for name in MEASURES]
    texts = [text for _, _, text in rows]
    return partial(
        SCORE_INPUT,
        {
            "subject_id": [who for who, _, _ in rows],
            "measure": [name for _, name, _ in rows],
            "value_op": [None if t is None else (t[: len(t) - len(t.lstrip("<>="))] or "=") for t in texts],
            "value_text": [None if t is None else t.lstrip("<>=") for t in texts],
            "unit": [None if t is None else UNITS[name] for (_, name, _), t in zip(rows, texts, strict=True)],
            "reason": [missing if t is None else None for t in texts],
        },
    )


def of_set(table: pa.Table, name: str = SITE) -> list[dict[str, object]]:
    return [row for row in table.to_pylist() if row["cutoff_set"] == name]


def test_all_81_states_are_in_the_table_once() -> None:
    assert {tuple(row[name] for name in COMPONENTS) for row in states()} == set(product("10?", repeat=4))


@pytest.mark.parametrize("row", states(), ids=lambda row: "".join(row[name] for name in COMPONENTS))
def test_a_state_adds_up(row: dict[str, str]) -> None:
    total = add_up([POINT[row[name]] for name in COMPONENTS], high_at=2)
    assert (str(total.score_min), str(total.score_max), total.group) == (
        row["score_min"],
        row["score_max"],
        row["group"],
    )
    assert ("" if total.score is None else str(total.score)) == row["score"]


def test_the_states_equal_the_reference(shared: Path) -> None:
    wanted = json.loads((shared / "reference/r/pbis_truth_table.json").read_text())["truth_table"]
    own = {tuple(row[name] for name in COMPONENTS): row for row in states()}
    for case in wanted:
        row = own[tuple(REFERENCE[case[name]] for name in COMPONENTS)]
        found = (
            int(row["score_min"]),
            int(row["score_max"]),
            row["group"],
            int(row["score"]) if row["score"] else None,
        )
        assert found == (case["score_min"], case["score_max"], case["group"], case["score"])
    assert len(wanted) == len(own) == 81


def test_the_states_through_the_whole_score() -> None:
    """Every state written as laboratory values comes out as its row says."""
    value = {"crp": {"1": "0.13", "0": "0.1"}, "il12": {"1": "11.6", "0": "<11.6"}, "il2": {"1": "3.2", "0": "<3.2"}}
    patients = {}
    for row in states():
        patient = {name: value[name].get(row[name]) for name in value}
        patient |= {"1": {"neutrophils": "0.7"}, "0": {"neutrophils": "0.6"}, "?": {}}[row["nlr"]] | {
            "lymphocytes": "0.2"
        }
        patients["".join(row[name] for name in COMPONENTS)] = patient
    frames = score(inputs(patients), list(SETS.values()), SITE)
    found = {row["subject_id"]: row for row in of_set(frames.score)}
    for row in states():
        got = found["".join(row[name] for name in COMPONENTS)]
        assert (str(got["score_min"]), str(got["score_max"])) == (row["score_min"], row["score_max"])
        assert got["group"] == row["group"]
        assert [got[f"{name}_point"] for name in COMPONENTS] == [POINT[row[name]] for name in COMPONENTS]


def test_the_sets_stand_side_by_side_and_differ_by_il2_only() -> None:
    frames = score(inputs({"s": PATIENT | {"crp": "0.1"}}), list(SETS.values()), SITE)
    by_set = {row["cutoff_set"]: row for row in frames.score.to_pylist()}
    assert {name: (row["score"], row["group"], row["il2_point"]) for name, row in by_set.items()} == {
        "pbis-2025-as-published": (1, "low", 0),
        "pbis-2025-il2-pgml": (2, "high", 1),
        "pbis-2025-no-il2": (1, "low", None),
    }
    assert [name for name, row in by_set.items() if row["is_site_set"]] == [SITE]
    assert by_set["pbis-2025-no-il2"]["reasons"] is None


def test_components_are_listed_with_cut_and_converted_value() -> None:
    frames = score(inputs({"s": PATIENT}), list(SETS.values()), SITE)
    rows = {row["component"]: row for row in of_set(frames.component, "pbis-2025-as-published")}
    assert {name: (row["value_text"], row["unit"], row["cut_text"]) for name, row in rows.items()} == {
        "nlr": ("3.5", "1", "3.5"),
        "crp": ("0.5", "mg/dL", "0.13"),
        "il12": ("1", "pg/mL", "11.6"),
        "il2": ("0.005", "ng/mL", "3.2"),
    }
    assert rows["nlr"]["is_at_cut"] is True
    assert len(of_set(frames.component, "pbis-2025-no-il2")) == 3


@pytest.mark.parametrize(
    ("afp", "crp", "wanted"),
    [
        ("100", "1", (2, 2)),
        ("99.9", "0.99", (0, 0)),
        (None, "1", (1, 2)),
        ("<100", "1.0", (1, 1)),
        (None, None, (0, 2)),
    ],
)
def test_crafity_stands_beside(afp: str | None, crp: str | None, wanted: tuple[int, int]) -> None:
    frames = score(inputs({"s": PATIENT | {"afp": afp, "crp": crp}}), list(SETS.values()), SITE)
    assert {(row["crafity_min"], row["crafity_max"]) for row in frames.score.to_pylist()} == {wanted}


def test_only_a_subject_without_any_value_is_not_scored() -> None:
    patients = {
        "none": {},
        "afp only": {"afp": "5"},
        "crp undecided": {"crp": "<0.3"},
        "half a ratio": {"neutrophils": "5"},
    }
    frames = score(inputs(patients), [SETS[SITE]], SITE)
    assert {row["subject_id"]: row["group"] for row in of_set(frames.score)} == {
        "none": "not_scored",
        "afp only": "not_scored",
        "crp undecided": "indeterminate",
        "half a ratio": "indeterminate",
    }


def test_reasons_name_the_component_in_the_order_of_the_score() -> None:
    frames = score(inputs({"s": {"crp": "<0.3", "neutrophils": "5"}}, missing="failed_qc"), [SETS[SITE]], SITE)
    assert (
        of_set(frames.score)[0]["reasons"]
        == "nlr: failed_qc; crp: below_range_undecided; il12: failed_qc; il2: failed_qc"
    )


def test_frames_are_declared_and_sorted() -> None:
    frames = score(inputs({"b": PATIENT, "a": PATIENT}), list(SETS.values())[::-1], SITE)
    SCORE.check(frames.score)
    COMPONENT.check(frames.component)
    keys = [(row["subject_id"], row["cutoff_set"]) for row in frames.score.to_pylist()]
    assert keys == sorted(keys)
    assert len(keys) == len(set(keys)) == 6


def test_no_subject_gives_empty_frames() -> None:
    frames = score(SCORE_INPUT.empty(), list(SETS.values()), SITE)
    assert (frames.score.num_rows, frames.component.num_rows) == (0, 0)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (inputs({"s": {}}, missing="lost the tube"), "closed list"),
        (pa.concat_tables([inputs({"s": PATIENT})] * 2), "two rows"),
    ],
)
def test_inputs_that_break_their_promise_are_defects(table: pa.Table, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        score(table, list(SETS.values()), SITE)


def test_the_sites_set_must_be_there() -> None:
    with pytest.raises(ValueError, match="not among"):
        score(inputs({"s": PATIENT}), [SETS[SITE]], "pbis-2025-no-il2")


def test_what_if_moves_one_cut() -> None:
    changed = what_if(SETS[SITE], "il2=5.1 pg/mL")
    frames = score(inputs({"s": PATIENT}), [SETS[SITE], changed], SITE)
    assert [row["il2_point"] for row in frames.score.to_pylist()] == [1, 0]
    assert changed.cutoff("nlr") == SETS[SITE].cutoff("nlr")


@pytest.mark.parametrize("change", ["il9=3", "il2=three", "il2=3 furlong", "nlr=3 pg/mL", "crp=-1", "crp", "crp=0"])
def test_what_if_refuses_nonsense(change: str) -> None:
    with pytest.raises(ConfigError, match="what-if"):
        what_if(SETS[SITE], change)


NUMBER = st.decimals(min_value="0.01", max_value=40, places=2).map(str)
TEXT = st.one_of(st.none(), NUMBER, NUMBER.map("<{}".format), NUMBER.map(">={}".format))
ANYONE = st.fixed_dictionaries(dict.fromkeys(MEASURES, TEXT))


@settings(derandomize=True, max_examples=120)
@given(ANYONE)
def test_bounds_never_cross_and_a_number_is_certain(patient: dict[str, str | None]) -> None:
    for row in score(inputs({"s": patient}), list(SETS.values()), SITE).score.to_pylist():
        assert 0 <= row["score_min"] <= row["score_max"] <= 4
        assert row["score"] == (row["score_min"] if row["score_min"] == row["score_max"] else None)


@settings(derandomize=True, max_examples=40)
@given(ANYONE, ANYONE, st.randoms(use_true_random=False))
def test_order_of_rows_and_other_subjects_change_nothing(one: dict, other: dict, random: object) -> None:
    together = inputs({"a": one, "b": other})
    order = list(range(together.num_rows))
    random.shuffle(order)  # type: ignore[attr-defined]
    alone = score(inputs({"a": one}), list(SETS.values()), SITE).score
    mixed = score(together.take(order), list(SETS.values()), SITE).score
    assert mixed.slice(0, 3).to_pylist() == alone.to_pylist()


@pytest.mark.parametrize(
    ("others", "group", "is_certain"),
    [
        ({}, "low", False),  # one point stands beside it: a second would make the group high
        ({"crp": "0.05"}, "low", True),  # no point beside it: one would change nothing
        ({"il12": "20"}, "high", True),
        ({"crp": None, "il12": "20"}, "indeterminate", False),
    ],
)
def test_a_group_is_certain_where_no_value_near_a_cut_decides_it(
    others: dict[str, str | None], group: str, is_certain: bool
) -> None:
    """IL-2 reads below its limit, which is the cut, and may reach it."""
    table = inputs({"A": PATIENT | {"neutrophils": "2", "il2": "<3.2"} | others})
    ends = {"ci_low": 2.6, "ci_high": 3.6}
    for name, end in ends.items():
        values = [end if measure == "il2" else None for measure in table.column("measure").to_pylist()]
        table = table.set_column(table.column_names.index(name), table.field(name), pa.array(values, pa.float64()))
    (row,) = of_set(score(table, list(SETS.values()), SITE).score)
    assert (row["group"], row["is_certain"]) == (group, is_certain)
    (asked,) = of_set(score(table, list(SETS.values()), SITE, below_at_cut="unknown").score)
    assert asked["il2_point"] is None
