"""A number that a laboratory may change stands in the suites alone: changed there, identity, words and behaviour change together."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import pbis.core
from expectations.entries import TREND_TABLES, Entry, all_entries
from expectations.suite import Suite, load_suite, measure_settings, tolerances, trend_settings
from expectations.wording import fill
from pbis.core.measures.spec import MEASURE_SPECS
from pbis.report.tolerances import tolerance_facts

WHO = {"author": "A. Lab", "reason": "our kit", "source": "SOP 7"}
NUMBERS = [
    (entry, name)
    for entry in all_entries()
    for name in (*sorted({"min_value", "max_value"} & set(entry.kwargs)), *entry.measure)
]
TOLD = (tolerances, measure_settings, trend_settings)


def number(entry: Entry, name: str) -> float:
    return float({**entry.kwargs, **entry.measure}[name])


def changed(tmp_path: Path, entry: Entry, name: str) -> Suite:
    """The suite with the number a little larger."""
    value = number(entry, name)
    other: float = value * 1.5 if value else 3
    whole = {
        "set": {name: int(other) + 1 if name.endswith("_plates") else min(other, 0.99) if "ratio" in name else other}
    }
    if name == "carry_ratio":
        whole = {"set": {name: other}}
    if name == "log_controls":  # yes or no
        whole = {"set": {name: 1 - int(value)}}
    own = tmp_path / "own.json"
    own.write_text(json.dumps({"overrides": [{"id": entry.id, **whole, **WHO}]}), encoding="utf-8")
    return load_suite(entry.profiles[0], own)


def said(suite: Suite) -> list[Any]:
    """Everything that the suite says of its limits, and what a page says of the tolerances."""
    words = [
        fill(one, text, blank(one), None, limit)
        for one in suite.entries
        for text in (one.limit, one.sentence)
        for limit in (None, *limits(one))
    ]
    return [*words, *tolerance_facts(tolerances(suite))]


def blank(entry: Entry) -> dict[str, None]:
    return dict.fromkeys(MEASURE_SPECS[entry.table].names)


def limits(entry: Entry) -> Iterator[float]:
    yield from (entry.kwargs[name] for name in ("min_value", "max_value") if name in entry.kwargs)


@pytest.mark.parametrize(("entry", "name"), NUMBERS, ids=lambda one: getattr(one, "id", one))
def test_a_changed_number_is_said_and_named(tmp_path: Path, entry: Entry, name: str) -> None:
    plain, other = load_suite(entry.profiles[0]), changed(tmp_path, entry, name)
    is_trend = entry.table in TREND_TABLES
    assert (plain.trend_hash != other.trend_hash) is is_trend
    assert (plain.hash != other.hash) is not is_trend
    if number(entry, name) not in (0, 1):  # yes or no, none or at least one: said in words
        assert said(plain) != said(other)


def test_every_number_that_core_is_told_stands_in_a_suite(tmp_path: Path) -> None:
    """No field of the settings is a constant of the code: for each there is an override that changes it."""
    moved: set[tuple[str, str]] = set()
    for entry, name in NUMBERS:
        plain, other = load_suite(entry.profiles[0]), changed(tmp_path, entry, name)
        for tell in TOLD:
            before, after = tell(plain), tell(other)
            found = {one.name for one in fields(before) if getattr(before, one.name) != getattr(after, one.name)}
            moved |= {(tell.__name__, one) for one in found}
    wanted = {(tell.__name__, one.name) for tell in TOLD for one in fields(tell(load_suite("research")))}
    assert moved == wanted


# Digits that are no limit: powers, units and dilutions.
NO_LIMIT = re.compile(r"10\*9/L|10\^|1:|IL-\d+\w*|EC50")


@pytest.mark.parametrize("entry", all_entries(), ids=lambda entry: entry.id)
def test_no_sentence_writes_a_number_that_its_limits_could_say(entry: Entry) -> None:
    for template in (entry.sentence, entry.observed, entry.limit):
        assert not re.search(r"\d", NO_LIMIT.sub("", re.sub(r"\{[^}]*\}", "", template))), template


# Module and number of the comparisons in core that judge no plate, and why. A limit of a laboratory does not belong here.
NOT_A_LABORATORY_S = {
    ("curves/backcalc.py", 1e-12): "a slope that is zero but for rounding",
    ("curves/fit.py", 4): "levels for as many parameters",
    ("curves/fit.py", 5): "levels for as many parameters",
    ("curves/instrument_curve.py", 4): "index of a coefficient",
    ("curves/ladder_steps.py", 0.999): "a weight that is 1 but for rounding",
    ("curves/ladder_steps.py", 1000): "three digits in a text",
    ("curves/limits.py", 100.0): "per cent",
    ("curves/lm.py", 1e-26): "optimiser",
    ("curves/lm.py", 0.5): "optimiser",
    ("curves/lm.py", 0.75): "optimiser",
    ("curves/lm.py", 0.25): "optimiser",
    ("curves/lm.py", 1e-14): "optimiser",
    ("curves/robust.py", 1e-09): "optimiser",
    ("curves/standards.py", 2): "an SD needs two",
    ("curves/xponent.py", 1e-09): "optimiser",
    ("measures/order.py", 100): "per cent",
    ("measures/place.py", 2): "a replicate needs two",
    ("trends/baseline.py", 2): "an SD needs two",
    ("trends/between.py", 2): "a covariance needs two",
    ("trends/place.py", 2): "a lean needs two places",
    ("verdicts/analyte.py", 1000): "three digits in a text",
    ("verdicts/reading.py", 62): "bits of a code",
}


def test_nothing_in_core_is_compared_with_a_limit_of_its_own() -> None:
    core = Path(pbis.core.__file__).parent
    found = {
        (str(path.relative_to(core)), literal)
        for room in ("curves", "measures", "trends", "verdicts")
        for path in sorted((core / room).glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Compare)
        for literal in literals(node)
    }
    assert found == set(NOT_A_LABORATORY_S)


def literals(comparison: ast.Compare) -> Iterator[float]:
    """Numbers in a comparison beside 0 and 1."""
    constants = (node.value for node in ast.walk(comparison) if isinstance(node, ast.Constant))
    yield from (
        one for one in constants if isinstance(one, (int, float)) and not isinstance(one, bool) and one not in (0, 1)
    )
