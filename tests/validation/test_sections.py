"""Each section on readings whose truth is known: what it finds, and what it says where the plates cannot answer."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from readings import Plate, made, plates, readings

from expectations.validation import validation_limits
from pbis.core.errors import TableRefused
from pbis.study.result import Section
from pbis.validation.data import Assigned, read_assigned, validation_of
from pbis.validation.limits import ValidationLimits
from pbis.validation.report import validation_html, validation_json, write_validation
from pbis.validation.run import run_validation
from pbis.validation.sections.assigned import bias
from pbis.validation.sections.comparison import INSTRUMENTS, LOTS, compared
from pbis.validation.sections.dilutions import linear, parallel
from pbis.validation.sections.precision import precision
from pbis.validation.sections.quantification import quantification
from pbis.validation.stats.bias import assigned_bias
from pbis.validation.stats.nested import nested_variances

BRIDGING = {f"B{k:02d}": float(level) for k, level in enumerate(np.geomspace(5, 2000, 24))}
LADDER = (1.0, 2.0, 4.0, 8.0, 16.0)


def cell(section: Section, column: str, row: int = 0, table: int = 0) -> str:
    made = section.tables[table]
    return str(made.rows[row][made.columns.index(column)])


def number(section: Section, quantity: str) -> tuple[float, float, float]:
    (found,) = [n for n in section.numbers if n.quantity == quantity]
    assert found.value is not None
    return found.value, float(found.low or 0), float(found.high or 0)


def test_precision_finds_what_wells_and_plates_differ_by() -> None:
    rng = np.random.default_rng(1)
    section = precision(made(readings(rng, plates(rng, 30, 0.08), {"QC1": 100}, is_control=True)))
    for quantity, truth in (("repeatability CV, %", 5), ("between plates CV, %", 8), ("within laboratory CV, %", 9.4)):
        value, low, high = number(section, quantity)
        assert low < truth < high
        assert value == pytest.approx(truth, rel=0.25)
    assert cell(section, "repeatability") == "meets"
    assert cell(section, "within laboratory") == "meets"


def test_days_stand_over_plates_where_a_day_has_two() -> None:
    rng = np.random.default_rng(2)
    on = [
        replace(plate, day=plate.day // 2, factor=plate.factor * (1.15 if plate.day % 4 < 2 else 1.0))
        for plate in plates(rng, 24, 0.02)
    ]
    section = precision(made(readings(rng, on, {"QC1": 100}, is_control=True)))
    days, between = (number(section, f"between {what} CV, %")[0] for what in ("days", "plates"))
    assert 5 < days < 11
    assert between < 4


def test_intervals_of_components_hold_the_truth() -> None:
    """Eight plates of two wells, 5 % between wells and 8 % between plates: how many of 400 intervals hold each."""
    rng, inside = np.random.default_rng(16), np.zeros(3)
    truth = np.array([64.0, 25.0, 89.0])
    for _ in range(400):
        plate = np.repeat(np.arange(8), 2)
        found = nested_variances(100 + 8 * rng.standard_normal(8)[plate] + 5 * rng.standard_normal(16), (plate,))
        assert found is not None
        ends = np.array([[each.low, each.high] for each in (*found.components, found.total)])
        inside += (ends[:, 0] < truth) & (truth < ends[:, 1])
    assert (inside / 400 >= 0.93).all()
    assert (inside / 400 <= 0.99).all()


def test_too_few_plates_or_no_replicates_are_said_and_no_number_is_given() -> None:
    rng = np.random.default_rng(3)
    few = precision(made(readings(rng, plates(rng, 4, 0.1), {"QC1": 100}, is_control=True)))
    assert cell(few, "within laboratory") == "not answered: 4 plates, at least 5 asked for"
    assert few.numbers == ()
    single = precision(made(readings(rng, plates(rng, 6, 0.1), {"QC1": 100}, is_control=True, replicates=1)))
    assert cell(single, "within laboratory") == "not answered: no plate has replicates"
    none = precision(made(readings(rng, plates(rng, 1, 0.1), {"QC1": 100}, is_control=True)))
    assert none.lead.startswith("Not answered: no control and no specimen was read on more than one plate.")


def test_a_control_of_another_lot_is_another_material() -> None:
    rng = np.random.default_rng(4)
    on = plates(rng, 6, 0.02)
    old = readings(rng, on, {"QC1": 100}, is_control=True)
    new = readings(rng, [replace(p, name=f"N{p.name}", lot="L2") for p in on], {"QC1": 160}, is_control=True)
    section = precision(made(old, new))
    assert [row[1] for row in section.tables[0].rows] == ["QC1, lot L1", "QC1, lot L2"]
    assert all(float(str(row[6]).split()[0]) < 8 for row in section.tables[0].rows)


def test_a_bend_is_found_and_a_line_is_left_a_line() -> None:
    rng = np.random.default_rng(5)
    on = plates(rng, 3, 0.05)
    straight = linear(made(readings(rng, on, {"D1": 900}, dilutions=LADDER, cv=0.04)))
    assert (cell(straight, "linearity"), cell(straight, "recovery")) == ("meets", "meets")
    bent = linear(made(readings(rng, on, {"D1": 900}, dilutions=LADDER, cv=0.04, slope=0.6)))
    assert (cell(bent, "best order") in "23", cell(bent, "linearity"), cell(bent, "recovery")) == (
        True,
        "misses",
        "misses",
    )
    recoveries = [n.value for n in bent.numbers if n.quantity.startswith("recovery")]
    assert recoveries == pytest.approx([100 * d**0.4 for d in LADDER], rel=0.1)
    short = linear(made(readings(rng, on, {"D1": 900}, dilutions=LADDER[:4])))
    assert cell(short, "linearity") == "not answered: 4 dilutions, at least 5 asked for"
    assert linear(made(readings(rng, on, {"D1": 900}))).lead.startswith(
        "Not answered: no specimen was read at three dilutions"
    )


def test_a_dilution_below_the_limit_is_no_part_of_a_series() -> None:
    rng = np.random.default_rng(6)
    section = linear(made(readings(rng, plates(rng, 1, 0.0), {"D1": 40}, dilutions=LADDER, cv=0.01)))
    assert cell(section, "dilutions") == "4"  # 1:16 holds 2.5 pg/mL


def test_parallelism_is_judged_by_slope_and_by_the_spread_of_each_series() -> None:
    rng = np.random.default_rng(7)
    on, levels = plates(rng, 4, 0.05), {"D1": 1500.0, "D2": 1200.0, "D3": 900.0}
    good = parallel(made(readings(rng, on, levels, dilutions=LADDER)))
    _, low, high = number(good, "slope of ln reading on ln share")
    assert low < 1 < high
    assert cell(good, "slope") == "meets"
    assert cell(good, "series within the CV") == "12 of 12"
    assert {row[-1] for row in good.tables[1].rows} == {"meets"}
    bad = parallel(made(readings(rng, on, levels, dilutions=LADDER, slope=0.7)))
    _, low, high = number(bad, "slope of ln reading on ln share")
    assert low < 0.7 < high
    assert cell(bad, "slope") == "misses"
    assert cell(bad, "series within the CV") == "0 of 12"
    few = parallel(made(readings(rng, on[:1], {"D1": 900.0}, dilutions=LADDER)))
    assert cell(few, "series within the CV") == "not answered: 1 series, at least 3 asked for"


@pytest.mark.parametrize(
    ("floor", "cv", "binding", "verdict"),
    [(0.2, 0.05, "lowest standard", "meets"), (2.0, 0.05, "precision profile", "misses"), (0.2, 0.4, "precision profile", "misses")],
    ids=["precise to the end", "wide near the end", "never precise enough"],
)  # fmt: skip
def test_the_rule_that_binds_the_lower_limit_is_named(floor: float, cv: float, binding: str, verdict: str) -> None:
    rng = np.random.default_rng(8)
    levels = {f"S{k}": float(level) for k, level in enumerate(np.geomspace(3.4, 900, 60))}
    section = quantification(made(readings(rng, plates(rng, 2, 0.0), levels, cv=cv, floor=floor)))
    assert (cell(section, "binding"), cell(section, "limit in use")) == (binding, verdict)
    if floor == 2.0:
        _, low, high = number(section, "level of 25 % CV, pg/mL")
        assert low < 2.0 / np.sqrt(0.25**2 - 0.05**2) < high


def test_a_limit_below_what_was_read_is_not_shown() -> None:
    rng = np.random.default_rng(9)
    levels = {f"S{k}": float(level) for k, level in enumerate(np.geomspace(20, 900, 60))}
    section = quantification(made(readings(rng, plates(rng, 2, 0.0), levels)))
    assert cell(section, "limit in use").startswith("not shown; nothing was read below 1")
    few = quantification(made(readings(rng, plates(rng, 2, 0.0), {"S1": 50.0})))
    assert "groups of replicates with numbers, at least 20 asked for" in cell(few, "limit in use")


def design(rng: np.random.Generator, lot: float, instrument: float, each: int = 3, cv: float = 0.05) -> list[Plate]:
    """Two lots on two instruments, `each` plates of both together."""
    return [
        Plate(f"{name}{i}{k}", day=10 * a + k, lot=name, instrument=i, factor=x * y * float(np.exp(rng.normal(0, cv))))
        for a, (name, x) in enumerate((("L1", 1.0), ("L2", lot)))
        for i, y in (("I1", 1.0), ("I2", instrument))
        for k in range(each)
    ]


def test_lots_and_instruments_are_told_apart() -> None:
    rng = np.random.default_rng(10)
    validation = made(readings(rng, design(rng, 1.3, 0.97), BRIDGING))
    lots, instruments = compared(validation, LOTS), compared(validation, INSTRUMENTS)
    for section, truth in ((lots, 1.3), (instruments, 0.97)):
        value, low, high = number(section, "mean ratio")
        assert low < truth < high
        assert value == pytest.approx(truth, rel=0.08)
    assert (cell(lots, "mean ratio"), cell(instruments, "mean ratio")) == ("misses", "meets")


def test_the_interval_of_a_ratio_counts_plates_and_not_specimens() -> None:
    """24 specimens on two plates each way: by pairs alone 80 of 100 such intervals miss that there is no difference."""
    inside = 0
    for seed in range(40):
        rng = np.random.default_rng([11, seed])
        found = number(
            compared(made(readings(rng, design(rng, 1.0, 1.0, each=2, cv=0.08), BRIDGING)), LOTS), "mean ratio"
        )
        inside += found[1] < 1.0 < found[2]
    assert inside >= 34  # 38 expected; 34 or more in 99 of 100 runs of 40


def test_what_changed_together_is_said() -> None:
    rng = np.random.default_rng(12)
    both = [Plate("A", 0), Plate("B", 1, lot="L2", instrument="I2")]
    section = compared(made(readings(rng, both, BRIDGING)), LOTS)
    assert (
        cell(section, "mean ratio")
        == "meets; instrument changed as well; too few plates: what they differ by is not in the interval"
    )
    few = compared(made(readings(rng, both, {"B1": 40.0})), LOTS)
    assert cell(few, "mean ratio") == "not answered: 1 specimens in common, at least 20 asked for"
    one = compared(made(readings(rng, both[:1], BRIDGING)), INSTRUMENTS)
    assert one.lead.startswith("Not answered: all plates are of one instrument (I1).")
    assert one.tables == ()


def test_bias_z_and_zeta_are_those_of_iso_13528() -> None:
    found = assigned_bias(mean=110, se=2, df=9, assigned=100, uncertainty=3, sd=5)
    assert found.bias_pct == pytest.approx(10)
    assert found.zeta == pytest.approx(10 / np.hypot(2, 3))
    assert (found.is_z_prime, found.z) == (True, pytest.approx(10 / np.hypot(5, 3)))  # 3 is more than 0.3 of 5
    plain = assigned_bias(mean=110, se=2, df=9, assigned=100, uncertainty=1, sd=5)
    assert (plain.is_z_prime, plain.z) == (False, pytest.approx(2.0))
    bare = assigned_bias(mean=110, se=2, df=9, assigned=100, uncertainty=None, sd=None)
    assert (bare.z, bare.zeta) == (None, None)
    assert (bare.high_pct - bare.low_pct) / 2 == pytest.approx(2.2621571627409915 * 2)  # t of 9 degrees of freedom


def test_bias_is_found_by_specimen_or_by_label_in_the_unit_that_was_assigned() -> None:
    rng = np.random.default_rng(13)
    frame = readings(rng, plates(rng, 8, 0.03), {"RT1": 75.0, "RT2": 300.0})
    told = (
        Assigned("RT1", "IL-2", 0.1, "ng/mL", uncertainty=0.003, sd=0.015),
        Assigned("label of RT2", "IL-2", 300, "pg/mL"),
        Assigned("RT9", "IL-2", 300, "pg/mL"),
    )
    section = bias(made(frame, assigned=told))
    assert [cell(section, "bias", row) for row in range(3)] == ["misses", "meets", "None"]
    assert cell(section, "score", 0) == "misses"  # zeta
    assert cell(section, "score", 1) == "not answered: neither sd nor uncertainty is known"
    assert cell(section, "score", 2) == "not answered: no reading of it has a number"
    with pytest.raises(TableRefused, match="expected a unit that is pg/mL by a factor; found 'IU/mL'"):
        bias(made(frame, assigned=[Assigned("RT1", "IL-2", 3, "IU/mL")]))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("specimen,analyte,unit\nRT1,IL-2,pg/mL", "a.csv, line 1: expected columns specimen, analyte, assigned, unit; assigned not found"),
        ("specimen,analyte,assigned,unit\nRT1,IL-2,\"1,5\",pg/mL", "a.csv, line 2, column assigned: expected a positive number with a point; found '1,5'"),
        ("specimen,analyte,assigned,unit\nRT1,IL-2,0,pg/mL", "expected a positive number with a point; found '0'"),
        ("specimen,analyte,assigned,unit\nRT1,IL-2,,pg/mL", "a.csv, line 2: expected an assigned value; found an empty cell"),
        ("specimen,analyte,assigned,unit\nRT1,IL-2,5,pg/mL\n,IL-2,5,pg/mL", "a.csv, line 3: expected a specimen and an analyte"),
        ("specimen,analyte,assigned,unit\n", "expected a row for each specimen and analyte; found none"),
    ],
)  # fmt: skip
def test_a_file_of_assigned_values_is_refused_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(TableRefused) as refused:
        read_assigned(path)
    assert says in str(refused.value)


def test_a_name_that_a_release_does_not_show_is_found_by_what_it_is_called() -> None:
    rng = np.random.default_rng(14)
    (called,) = [name for name in Assigned("RT1", "IL-2", 1, "pg/mL").names if name.startswith("specimen-")]
    section = bias(
        made(readings(rng, plates(rng, 4, 0.02), {called: 50.0}), assigned=[Assigned("RT1", "IL-2", 50, "pg/mL")])
    )
    assert cell(section, "plates") == "4"


def test_a_source_is_checked_or_says_that_it_is_not_and_a_choice_of_our_own_has_none() -> None:
    limits = [getattr(validation_limits(), one.name) for one in fields(ValidationLimits)]
    assert {one.is_checked for one in limits} == {True, False, None}
    assert all(one.told.startswith("own choice") for one in limits if one.is_checked is None)
    assert all(one.source.endswith("not checked against its text") == (one.is_checked is False) for one in limits)


def test_the_report_is_whole_and_the_same_whatever_the_order_of_the_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(15)
    on = design(rng, 1.05, 0.97)
    frame = pd.concat([readings(rng, on, BRIDGING), readings(rng, on, {"D1": 900.0, "D2": 1500.0, "D3": 700.0}, dilutions=LADDER), readings(rng, on, {"QC1": 100.0}, is_control=True)])  # fmt: skip
    frame["well"] = [f"W{k}" for k in range(len(frame))]
    told = [Assigned("B10", "IL-2", BRIDGING["B10"], "pg/mL", 2.0)]
    reports = [
        run_validation(validation_of("panel", rows, validation_limits(), told), "0" * 64)
        for rows in (frame, frame.sample(frac=1, random_state=1))
    ]
    first, second = (validation_json(report, "r") for report in reports)
    assert first == second
    assert not any(line.endswith("no verdict.") or "not answered" in line for line in reports[0].headlines)
    write_validation(reports[0], tmp_path / "out", "r")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert page == validation_html(reports[0], "r")
    for guideline in ("EP05-A3", "EP06-A", "EP17-A2", "ICH M10", "EP26-A", "EP09c", "EP15-A3", "ISO 13528"):
        assert guideline in page
    assert page.count("EP09c for 40; own choice in between; citation not checked against its text") >= 1
    assert page.count("9.4; citation not checked against its text") >= 1
    assert "4.2.4.2: 25 % at the lower limit; citation" not in page
    assert len(json.loads((tmp_path / "out" / "result.json").read_text())["numbers"]) > 60
    assert {path.stem for path in (tmp_path / "out" / "figures").iterdir()} == {
        "linearity",
        "precision_profile",
        "lots",
        "instruments",
    }
