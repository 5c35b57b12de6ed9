"""Loading suites: what is refused, with file and line, and what an override changes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from expectations.entries import HERE, TABLES, all_entries, fields, numbers_of, read_suite_file
from expectations.passed import has_passed
from expectations.suite import load_suite, measure_settings, tolerances
from expectations.wording import fill, fill_in
from pbis.core.errors import ConfigError
from pbis.core.measures.spec import MEASURE_SPECS

OVERRIDE = {
    "id": "bead_count.warn",
    "set": {"min_value": 60},
    "author": "A. Lab",
    "reason": "our kit",
    "source": "SOP 7",
}


def write(path: Path, *overrides: dict[str, Any]) -> Path:
    path.write_text(json.dumps({"overrides": overrides}, indent=1), encoding="utf-8")
    return path


@pytest.mark.parametrize("table", TABLES)
def test_suite_files_follow_the_schema(table: str) -> None:
    schema = json.loads((HERE / "suite.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    suite = json.loads((HERE / f"{table}.json").read_text(encoding="utf-8"))
    jsonschema.validate(suite, schema)
    assert suite["name"] == suite["meta"]["table"] == table


@pytest.mark.parametrize("entry", all_entries(), ids=lambda entry: entry.id)
def test_entries_speak_of_columns_that_exist(entry: Any) -> None:
    columns = set(MEASURE_SPECS[entry.table].names)
    templates = fields(entry.sentence) | fields(entry.observed) | fields(entry.limit)
    of_the_suite = {name for other in all_entries() for name in other.measure}
    assert templates - {"observed", "limit", *of_the_suite, *numbers_of(entry)} <= columns
    assert set(entry.kwargs.get("column_list") or [entry.column]) <= columns


def test_a_failing_check_is_never_looser_than_its_warning() -> None:
    by_id = {entry.id: entry for entry in all_entries()}
    pairs = [
        (e, by_id[e.id.replace(".warn", ".fail")]) for e in by_id.values() if e.id.replace(".warn", ".fail") in by_id
    ]
    for warn, fail in ((w, f) for w, f in pairs if w.id != f.id and w.column == f.column):
        assert warn.kwargs.get("max_value", 0) <= fail.kwargs.get("max_value", 0), warn.id
        assert warn.kwargs.get("min_value", 0) >= fail.kwargs.get("min_value", 0), warn.id


def test_profiles_differ_in_curve_and_control_acceptance() -> None:
    research, regulated = ({e.id for e in load_suite(name).entries} for name in ("research", "regulated"))
    assert research - regulated == {
        "curve_acceptance.warn",
        "curve_acceptance.fail",
        "kit_control_range.undecided",
    }
    assert regulated - research == {
        "curve_acceptance.share",
        "curve_acceptance.count",
        "control_acceptance.share",
        "control_acceptance.level",
        "kit_control_range.undecided_regulated",
    }
    assert load_suite("research").hash != load_suite("regulated").hash


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(ConfigError, match="no such QC profile: gmp"):
        load_suite("gmp")


def test_an_override_changes_threshold_source_and_hash(tmp_path: Path) -> None:
    plain, changed = load_suite("research"), load_suite("research", write(tmp_path / "own.json", OVERRIDE))
    entry = changed.entry("bead_count.warn")
    assert entry is not None
    assert entry.kwargs["min_value"] == 60
    assert entry.source == "SOP 7 (A. Lab: our kit)"
    assert changed.hash != plain.hash
    assert len(changed.entries) == len(plain.entries)


def test_an_override_of_a_limit_reaches_the_measures_built_on_it(tmp_path: Path) -> None:
    own = write(
        tmp_path / "own.json",
        {**OVERRIDE, "id": "bead_count.fail", "set": {"min_value": 30}},
        {**OVERRIDE, "id": "well_outlier.fail", "set": {"outlier_z": 4}},
    )
    settings = measure_settings(load_suite("research", own))
    assert (settings.low_beads, settings.outlier_z) == (30.0, 4.0)
    assert measure_settings(load_suite("research")).low_beads == 35.0


def test_a_check_can_be_disabled_with_a_reason(tmp_path: Path) -> None:
    gone = {name: OVERRIDE[name] for name in ("author", "reason", "source")} | {"is_disabled": True}
    suite = load_suite("research", write(tmp_path / "own.json", {**gone, "id": "bead_count.fail"}))
    assert suite.entry("bead_count.fail") is None
    assert measure_settings(suite).low_beads == 0.0


def test_tolerances_are_told_by_the_suite_of_the_profile(tmp_path: Path) -> None:
    research, regulated = (tolerances(load_suite(name)) for name in ("research", "regulated"))
    assert (research.run_warn, research.run_fail, research.least_passing, research.least_passing_pct) == (
        4,
        3,
        None,
        None,
    )
    assert (regulated.run_warn, regulated.run_fail) == (None, None)
    assert (regulated.least_passing, regulated.least_passing_pct) == (6, 75)
    own = write(
        tmp_path / "own.json",
        {**OVERRIDE, "id": "standard_recovery.inner", "set": {"min_value": 97, "max_value": 104, "level_cv_pct": 7}},
        {**OVERRIDE, "id": "background_level.cv", "set": {"lod_sds": 2.5}},
        {**without("set"), "id": "curve_acceptance.warn", "is_disabled": True},
    )
    wanted = {"recovery_low_pct": 97, "recovery_high_pct": 104, "level_cv_pct": 7, "lod_sds": 2.5, "run_warn": None}
    assert tolerances(load_suite("research", own)) == replace(research, **wanted)


@pytest.mark.parametrize("word", ["sentence", "action", "source", "observed", "limit"])
def test_a_changed_word_changes_the_wording_and_no_identity(word: str) -> None:
    suite = load_suite("research")
    said = replace(suite, entries=tuple(replace(entry, **{word: "other words"}) for entry in suite.entries))
    assert said.hash == suite.hash
    assert said.hashes == suite.hashes
    assert said.wording_hash != suite.wording_hash


@pytest.mark.parametrize(
    "change",
    [
        {"kwargs": {"column": "bead_count", "min_value": 36}},
        {"severity": "info"},
        {"effect": "none"},
        {"unit": "well"},
        {"measure": {"outlier_z": 2.0}},
        {"unjudged": "warn"},
        {"false_alarm_rate": 0.5},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_decides_is_the_identity(change: dict[str, Any]) -> None:
    suite = load_suite("research")
    first, *others = suite.entries
    other = replace(suite, entries=(replace(first, **change), *others))
    assert other.hash != suite.hash
    assert other.hashes == (other.hash,)  # no earlier build decided like this


def test_a_sentence_says_the_limit_that_the_laboratory_set(tmp_path: Path) -> None:
    own = write(
        tmp_path / "own.json", {**OVERRIDE, "id": "standard_recovery.inner", "set": {"min_value": 97, "max_value": 103}}
    )
    for suite, said in ((load_suite("research"), "80-120 %"), (load_suite("research", own), "97-103 %")):
        entry = suite.entry("standard_recovery.inner")
        assert entry is not None
        assert fill(entry, entry.limit, {}, None, None) == said


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in OVERRIDE.items() if key != name}


@pytest.mark.parametrize(
    ("override", "line", "message"),
    [
        ({**OVERRIDE, "id": "bead_cuont.warn"}, 4, "no such check, or overridden twice: bead_cuont.warn"),
        (without("author"), 3, "'author' is a required property"),
        (without("source"), 3, "'source' is a required property"),
        (without("reason"), 3, "'reason' is a required property"),
        ({**OVERRIDE, "set": {"min_value": "60"}}, 6, "'60' is not of type 'number'"),
        ({**OVERRIDE, "set": {"min_value": True}}, 6, "True is not of type 'number'"),
        ({**OVERRIDE, "set": {"max_value": 60}}, 6, "bead_count.warn has no max_value; it has min_value"),
        ({**OVERRIDE, "set": {"threshold": 60}}, 5, "'threshold' was unexpected"),
        ({**OVERRIDE, "set": {}}, 5, "should be non-empty"),
        ({**OVERRIDE, "author": ""}, 8, "should be non-empty"),
    ],
)
def test_a_wrong_override_is_refused_with_its_line(
    tmp_path: Path, override: dict[str, Any], line: int, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_suite("research", write(tmp_path / "own.json", override))
    assert str(caught.value).startswith(f"own.json, line {line}: ")
    assert message in str(caught.value)


def test_overriding_one_check_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="overridden twice"):
        load_suite("research", write(tmp_path / "own.json", OVERRIDE, OVERRIDE))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: not JSON"),
        ('{\n"overrides": [}', "line 2: not JSON"),
        ('{"overrides": []}\nmore', "line 2: not JSON: text after the end"),
        ('{"overrides": [],\n"overrides": []}', "line 2: not JSON: name 'overrides'"),
        ("[]", "line 1: [] is not of type 'object'"),
    ],
)
def test_a_file_that_is_no_override_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "own.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_suite("research", path)
    assert message in str(caught.value)


def test_a_missing_override_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"own\.json: cannot be read"):
        load_suite("research", tmp_path / "own.json")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('"source": "kit maker [V]",', "", None, "'source' is a required property"),
        ('"min_value": 50', '"min_value": "50"', '"min_value": "50"', "'50' is not of type 'number'"),
        ('"severity": "warning"', '"severity": "bad"', '"severity": "bad"', "'bad' is not one of"),
        ('"column": "bead_count",', "", None, "is not valid under any of the given schemas"),
        ("_values_to_be_between", "_values_to_be_betwixt", "betwixt", "'expect_column_values_to_be_betwixt' is not one of"),
        ('"rule": "bead_count"', '"rule": "bead_cuont"', "bead_count.warn", "bead_count.warn is no id of the rule bead_cuont"),
        ('"column": "bead_count"', '"column": "beads"', '"column": "beads"', "bead_count.warn: readings has no column beads"),
        ("{observed:.0f} beads,", "{bead_cuont:.0f} beads,", "{bead_cuont", "bead_count.warn: readings has no column bead_cuont"),
        ('"name": "has_counts"', '"name": "has_beads"', '"row_condition"', "missing_reading.beads: readings has no column has_beads"),
    ],
)  # fmt: skip
def test_a_wrong_suite_file_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, line: str | None, message: str
) -> None:
    text = (HERE / "readings.json").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "readings.json"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_suite_file(path)
    where, _, what = str(caught.value).partition(": ")
    assert message in what
    assert where.startswith("readings.json, line ")
    if line is not None:
        assert line in path.read_text().splitlines()[int(where.split()[-1]) - 1]


def test_an_edited_suite_file_is_not_known_to_have_passed() -> None:
    text = (HERE / "readings.json").read_text(encoding="utf-8")
    assert has_passed(text)
    assert not has_passed(text.replace('"min_value": 50', '"min_value": 51'))


def test_a_template_is_filled_as_the_language_fills_it() -> None:
    told = {"mfi": 1234.5678, "well": None, "rule": {"name": "x"}, "width": 7}
    for template, said in (
        ("{mfi:.1f} in {well}", "1234.6 in unknown"),
        ("{{braces}}\n stay,  {mfi:g}", "{braces} stay, 1234.57"),
        ("{rule[name]} {mfi!r}", "x 1234.5678"),  # what few ask for goes the long way
        ("{mfi:{width}.0f}|", "1235|"),
        ("", ""),
    ):
        assert fill_in(template, told) == said
    with pytest.raises(KeyError):
        fill_in("{nobody}", told)
