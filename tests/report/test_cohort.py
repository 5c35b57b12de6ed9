"""The cohort sheet: what it counts, which cut-offs it doubts, what it draws, and that names cannot become markup."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from page_parser import parsed
from partial_frames import partial

from pbis.core.frames import SCORE_INPUT
from pbis.core.scoring.score import score
from pbis.report.cohort import CohortReport, cohort_sheet, near_lines
from pbis.report.cohort_data import Values, values_of
from pbis.report.cohort_histogram import draw
from pbis.report.cohort_limits import flags, limit_lines, lloqs
from pbis.report.cohort_shift import median, shift_lines, standardised_difference
from pbis.scores import load_sets

SETS = load_sets()
SITE = "pbis-2025-il2-pgml"
UNITS = {"neutrophils": "10*9/L", "lymphocytes": "10*9/L", "crp": "mg/dL", "il12": "pg/mL", "il2": "pg/mL"}
IL2 = ("<6.4", "<3.2", "4", "5", "9", "<6.4", "20", "3.3", "<3.2", "7", "6.5", "<3.2") * 2


def report(il2: tuple[str, ...] = IL2, name: str = "P{:02d}", label: str = "x", shuffled: bool = False) -> CohortReport:
    """Subjects that differ in IL-2 only; every second one on a second plate, lot, dilution and cohort."""
    rows, limits = [], []
    for number, value in enumerate(il2):
        subject, cohort = name.format(number), f"{label}{number % 2}"
        values = {"neutrophils": "7", "lymphocytes": "2", "crp": "0.1", "il12": "5", "il2": value}
        for measure, text in values.items():
            op = "<" if text.startswith("<") else "="
            ci = (float(text) * 0.8, float(text) * 1.25) if measure == "il2" and op == "=" else (None, None)
            rows.append((subject, cohort, measure, op, text.lstrip("<"), UNITS[measure], *ci))
        limits.append((subject, "il2", "IL-2", f"{label}plate{number % 2}", 1, 1.0 + number % 2, f"{label}lot{number % 2}",
                       "pg/mL", 3.2 * (1 + number % 2), 3.2 * (1 + number % 2), 1e4))  # fmt: skip
    names = ("subject_id", "cohort", "measure", "value_op", "value_text", "unit", "ci_low", "ci_high")
    frames = score(partial(SCORE_INPUT, columns(names, rows)), tuple(SETS.values()), SITE)
    names = ("subject_id", "measure", "analyte", "plate", "plate_number", "dilution_factor", "kit_lots", "unit", "lloq")
    limit = pa.table(columns((*names, "lowest_standard", "uloq"), limits))
    tables = [_shuffled(t) if shuffled else t for t in (frames.score, frames.component, limit)]
    return CohortReport(label, *tables, SITE, tuple(SETS.values()), {"basis": label})


def columns(names: tuple[str, ...], rows: list[tuple[object, ...]]) -> dict[str, list[object]]:
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))


def _shuffled(table: pa.Table) -> pa.Table:
    return table.take(np.random.default_rng(1).permutation(table.num_rows))


def il2_of(data: CohortReport) -> Values:
    values = values_of(data, "il2")
    assert values is not None
    return values


def test_values_of_a_component_stand_beside_their_operator() -> None:
    values = il2_of(report())
    assert (values.unit, values.own, len(values.subject_id)) == ("pg/mL", SITE, 24)
    assert (int(values.is_plain.sum()), int(values.is_below.sum())) == (14, 10)
    assert Counter(values.reason[SITE]) == {"": 20, "below_range_undecided": 4}
    assert [(cut.value, cut.is_site) for cut in values.cuts] == [(3.2, True), (3200.0, False)]


def test_a_cut_at_the_lowest_standard_and_one_above_the_cohort_are_in_doubt_under_every_set() -> None:
    data = report()
    found = [(flag.says.partition(":")[0], flag.cut, flag.sets) for flag in flags(data, il2_of(data))]
    assert found == [
        ("cut at or below the lowest standard", "≥ 3.2 pg/mL", (SITE,)),
        ("cut above the cohort's 99th percentile", "≥ 3.2 ng/mL", ("pbis-2025-as-published",)),
    ]


def test_a_percentile_of_few_values_says_nothing() -> None:
    data = report(IL2[:12])
    assert [flag.sets for flag in flags(data, il2_of(data))] == [(SITE,)]


def test_which_wells_cannot_answer_the_cut() -> None:
    data = report()
    lines = [
        (line.plate, line.lloq, line.can_answer, line.patients, line.below, line.unanswered)
        for line in limit_lines(data, il2_of(data))
        if line.cut == "≥ 3.2 pg/mL"
    ]
    # Odd subjects are on the diluted plate: <3.2, 5, <6.4, 3.3, 7, <3.2, twice.
    assert lines == [("xplate1", "6.4", False, 12, 6, 2), ("xplate0", "3.2", True, 12, 4, 2)]
    assert lloqs(data, il2_of(data)) == [3.2, 6.4]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("1 2 30", "2"),
        ("1 2 4 30", "3"),
        ("<3 <3 5", "< 3"),
        ("<3 4 5 6", "4.5"),
        ("<3 <3 5 6", "< 3"),
        ("5 6 >9", "6"),
        ("<4 4 >4", "4"),  # below 4 comes before 4, above 4 after it
        ("<3.2 <3.2 3.7 <6.4 <6.4", "≤ 3.7"),  # two may be anything below 6.4: 3.7 is the most that it can be
        ("<3.2 <3.2 <6.4 <6.4 7", "< 6.4"),
        (">5 >5 7 >9 >9", "≥ 7"),
        (">5 >5 9 8 >7", "> 7"),
        ("<10 4 5 6 7", "5 to 6"),
        (">5 7 8", "7 to 8"),
        (">9 >9 3", "> 9"),
        ("<9 >3", "< 9"),
        ("", "–"),
    ],
)
def test_median_with_censored_values(cells: str, expected: str) -> None:
    ops = np.array([cell[0] if cell[0] in "<>" else "=" for cell in cells.split()], dtype="U2")
    assert median(ops, np.array([float(cell.strip("<>")) for cell in cells.split()])) == expected


def test_a_shift_is_in_pooled_standard_deviations_of_logarithms() -> None:
    low, high = np.exp(np.arange(6.0)), np.exp(np.arange(6.0) + 3)
    assert standardised_difference(high, low) == pytest.approx(3 / np.std(np.arange(6), ddof=1))
    assert standardised_difference(low, low) == pytest.approx(0)
    assert standardised_difference(low[:4], high) is None
    assert standardised_difference(np.ones(6), np.ones(6)) is None


def test_shifts_are_by_cohort_and_lot_with_their_n() -> None:
    data = report()
    lines = shift_lines(data, il2_of(data))
    assert [(line.kind, line.level, line.patients) for line in lines] == [
        ("cohort", "x0", 12),
        ("cohort", "x1", 12),
        ("lot", "xlot0", 12),
        ("lot", "xlot1", 12),
    ]
    assert lines[0].difference.lstrip("+−") == lines[1].difference.lstrip("+−")


def test_no_difference_has_no_minus() -> None:
    data = report()
    values = il2_of(data)
    place = np.arange(len(values.number))
    number = np.where(place % 4 < 2, 3.0, 4.0) * np.where(place % 2, 1.0, 1 - 1e-4)
    told = shift_lines(data, replace(values, op=np.full(len(place), "="), number=number))
    assert [line.difference.lstrip("+") for line in told] == ["0.00"] * 4


def test_shifts_by_site_and_by_how_the_laboratory_sent_it() -> None:
    data = report()
    subjects = sorted(set(data.score.column("subject_id").to_pylist()))
    sent = ["mg/L, range 0-5" if number % 3 else "mg/dL" for number in range(len(subjects))]
    origin = pa.table({"subject_id": subjects, "measure": ["crp"] * len(subjects), "sent_as": sent})
    sites = pa.table({"subject_id": subjects, "site": ["north", "south"] * 12})
    data = replace(data, origin=origin, sites=sites)
    crp = values_of(data, "crp")
    assert crp is not None
    assert [(line.kind, line.level, line.patients) for line in shift_lines(data, crp)] == [
        ("cohort", "x0", 12),
        ("cohort", "x1", 12),
        ("site", "north", 12),
        ("site", "south", 12),
        ("sent as", "mg/L, range 0-5", 16),
        ("sent as", "mg/dL", 8),
    ]
    assert {line.kind for line in shift_lines(data, il2_of(data))} == {"cohort", "site", "lot"}


def test_near_a_cut_the_likeliest_to_flip_comes_first() -> None:
    lines = [line for line in near_lines(report()) if line.component == "IL-2"]
    assert [line.value for line in lines[:2]] == ["3.3 pg/mL"] * 2
    flips = [float(line.flip.split()[0]) for line in lines if line.flip != "–"]  # a bound without an interval has none
    assert flips == sorted(flips, reverse=True)
    assert 30 < flips[0] < 50


def heights(drawing: str, kind: str) -> float:
    return sum(float(h) for h in re.findall(rf'<rect class="{kind}"[^>]* height="(\d+)"', drawing))


def test_bars_add_up_to_the_values_and_censored_ones_are_drawn_as_such() -> None:
    values = il2_of(report())
    drawing = draw(values, [3.2, 6.4])
    assert heights(drawing, "quant") / heights(drawing, "censored") == pytest.approx(14 / 10, rel=0.05)
    assert drawing.count('class="cut') == 2
    assert re.search(r'<path class="limit" d="M\d+ \d+v\d+M', drawing)


def test_zeros_and_nothing_at_all_still_give_a_drawing() -> None:
    values = il2_of(report())
    assert "<svg" in draw(replace(values, number=np.zeros(24)), [])
    assert "<svg" in draw(replace(values, number=np.full(24, np.nan), op=np.full(24, "")), [])


@pytest.mark.parametrize(
    "said",
    [
        "IL-2 ≥ 3.2 pg/mL: LLOQ × dilution is above the cut (6.4 pg/mL) on 1 of 2 plate dilutions",
        "for 4 of 24 patients the assay gives no answer",
        "the point means detected",
        "the component carries no information",
        "14 quantified, 10 below their bound",
        "below range undecided 4",
        "pbis-2025-no-il2",
        "18 patients would move to another group",
    ],
)
def test_the_page_says(said: str) -> None:
    assert said in parsed(cohort_sheet(report())).text


def test_the_order_of_rows_changes_no_byte() -> None:
    assert cohort_sheet(report(shuffled=True)) == cohort_sheet(report())


def test_a_site_that_leaves_il2_out_still_sees_it() -> None:
    data = replace(report(), site_set="pbis-2025-no-il2")
    assert il2_of(data).own == "pbis-2025-as-published"
    assert "IL-2, ng/mL" in parsed(cohort_sheet(data)).text


def test_a_set_that_is_not_there_is_a_defect() -> None:
    with pytest.raises(ValueError, match="not among"):
        cohort_sheet(replace(report(), site_set="nope"))


def test_nobody_scored_gives_a_page() -> None:
    data = report()
    empty = replace(
        data, score=data.score.slice(0, 0), component=data.component.slice(0, 0), limit=data.limit.slice(0, 0)
    )
    assert "No patient's value lies near a cut." in parsed(cohort_sheet(empty)).text


@pytest.mark.parametrize(
    "attack", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a\u202eb", "{{ 7*7 }}"]
)
def test_names_never_become_markup(attack: str) -> None:
    name = attack.replace("{", "{{").replace("}", "}}") + "{:02d}"
    page = cohort_sheet(report(name=name, label=attack))
    plain = cohort_sheet(report(name="harmless{:02d}", label="harmless"))
    assert shape(page) == shape(plain)
    assert "\u202e" not in page


def shape(page: str) -> Counter[tuple[str, tuple[str, ...]]]:
    return Counter((tag, tuple(attributes)) for tag, attributes in parsed(page).elements)


def test_the_page_runs_and_loads_nothing() -> None:
    page = cohort_sheet(report())
    (said,) = [a["content"] for a in parsed(page).all("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert str(said).startswith("default-src 'none'; style-src 'sha256-")
    assert "<script" not in page
    told = re.sub(r"sha256-[\w+/=]+", "", page)  # a digest may hold two slashes
    assert not re.search(r"(?i)\bhttps?:|//\w|@import|url\(|\bsrc=|<link|<iframe|<base| style=| on\w+=", told)
    ids = [attributes["id"] for _, attributes in parsed(page).elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {a["href"] for a in parsed(page).all("a")} <= {"#main", *(f"#{name}" for name in ids)}
