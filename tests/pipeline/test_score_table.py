"""A table of values in, a table of scores out: columns, reasons, refusals."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from pbis.core.errors import MalformedFile, UsageError
from pbis.pipeline.score_table import COLUMNS_IN, COLUMNS_KNOWN, score_table

SET = "pbis-2025-il2-pgml"
PUBLISHED = "pbis-2025-as-published"
PATIENT = {
    "subject": "s",
    "neutrophils": "0.7",
    "neutrophils_unit": "10*9/L",
    "lymphocytes": "0.2",
    "lymphocytes_unit": "10*9/L",
    "crp": "1.3",
    "crp_unit": "mg/L",
    "il12": "11.6",
    "il12_unit": "pg/mL",
    "il2": "3.2",
    "il2_unit": "pg/mL",
}


def table(path: Path, *changes: dict[str, str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(
            file, [*COLUMNS_IN, *(name for name in COLUMNS_KNOWN if any(name in each for each in changes))]
        )
        writer.writeheader()
        writer.writerows(PATIENT | change for change in changes)
    return path


def scored(path: Path, *changes: dict[str, str], set_name: str = SET) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(score_table(table(path / "in.csv", *changes), set_name))))


def test_the_columns_and_a_full_score(tmp_path: Path) -> None:
    assert scored(tmp_path, {}) == [
        {
            "subject": "s",
            "score": "4",
            "score_min": "4",
            "score_max": "4",
            "group": "high",
            "nlr_point": "1",
            "crp_point": "1",
            "il12_point": "1",
            "il2_point": "1",
            "reasons": "",
            "details": "",
            "marks": "at_cut; near_cut",
            "mark_reasons": "at_cut: nlr, crp, il12, il2; near_cut: nlr, crp, il12, il2",
        }
    ]


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"il2": "<6.4"}, ("", "3", "4", "high", "", "il2: below_range_undecided")),
        ({"il2": "<3.2"}, ("3", "3", "3", "high", "0", "")),
        ({"il2": ""}, ("", "3", "4", "high", "", "il2: not_received")),
        ({"il2_unit": "furlong"}, ("", "3", "4", "high", "", "il2: unit_unknown")),
        ({"il2_unit": ""}, ("", "3", "4", "high", "", "il2: unit_unknown")),
        ({"il2_unit": "IU/mL"}, ("", "3", "4", "high", "", "il2: unit_unknown")),
        ({"il2": "3,2"}, ("", "3", "4", "high", "", "il2: number_ambiguous")),
        ({"il2": "0.0032", "il2_unit": "ng/mL"}, ("4", "4", "4", "high", "1", "")),
        ({"il2": "<6.4 pg/mL H"}, ("", "3", "4", "high", "", "il2: below_range_undecided")),
        ({"il2": "3.1 pg/mL", "il2_unit": ""}, ("3", "3", "3", "high", "0", "")),
        ({"il2": "3.1 ng/mL"}, ("", "3", "4", "high", "", "il2: unit_ambiguous")),
        ({"il2": "less than 3.2"}, ("3", "3", "3", "high", "0", "")),
        ({"il2": "furlong"}, ("", "3", "4", "high", "", "il2: unreadable")),
        ({"il2": "QNS"}, ("", "3", "4", "high", "", "il2: qns")),
        ({"lymphocytes": "0"}, ("", "3", "4", "high", "1", "nlr: below_range_undecided")),
        ({"neutrophils": "700", "neutrophils_unit": "cells/uL"}, ("4", "4", "4", "high", "1", "")),
        ({"crp": "0.1", "il12": "1", "il2": "1"}, ("1", "1", "1", "low", "0", "")),
        ({"crp": "<3", "il12": "1", "il2": "1"}, ("", "1", "2", "indeterminate", "0", "crp: below_range_undecided")),
    ],
)
def test_a_row(tmp_path: Path, change: dict[str, str], wanted: tuple[str, ...]) -> None:
    (row,) = scored(tmp_path, change)
    assert tuple(row[name] for name in ("score", "score_min", "score_max", "group", "il2_point", "reasons")) == wanted


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"il2": "furlong"}, "il2: 'furlong' is no number"),
        ({"il2": "3,2"}, "il2: '3,2'"),
        ({"crp": "-1"}, "crp: '-1' is negative"),
        ({"il12_unit": "furlong"}, "il12: unit 'furlong' is not in the table"),
        ({"lymphocytes": "clumped"}, "lymphocytes: 'clumped' is no number"),
        ({"il2": "", "crp": "two"}, "crp: 'two' is no number; il2: the cell is empty"),
    ],
)
def test_a_value_that_cannot_be_used_is_quoted(tmp_path: Path, change: dict[str, str], said: str) -> None:
    (row,) = scored(tmp_path, change)
    assert row["details"].startswith(said)


PLAIN = {"neutrophils": "6", "lymphocytes": "1", "crp": "20", "il12": "3", "il2": "1", "age": "60", "child_pugh": "A5", "ecog": "1", "material": "serum"}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "marks", "said"),
    [
        ({}, "", ""),
        ({"il2": "3.2"}, "at_cut; near_cut", "at_cut: il2"),
        ({"crp": "1.29"}, "near_cut", "near_cut: crp"),
        ({"age": "17"}, "outside_population", "age 17, found from 18 years"),
        ({"child_pugh": "B8", "ecog": "2"}, "outside_population", "Child-Pugh B8, found in A A5 A6 B7, ECOG 2, found in 0 1"),
        ({"material": "EDTA plasma"}, "outside_population", "material EDTA plasma, found in serum"),
        ({"age": "", "child_pugh": "unknown", "ecog": "", "material": ""}, "", ""),
        ({"crp": "1300", "crp_unit": "mg/dL"}, "implausible", "implausible: crp 1300 mg/dL, plausible: at most 50 mg/dL"),
        ({"crp": ">1300", "crp_unit": "mg/dL"}, "", ""),
        ({"neutrophils": "6000"}, "implausible", "implausible: neutrophils 6000 10*9/L, plausible: 0.1-60 10*9/L"),
        ({"neutrophils": "0.7", "neutrophils_unit": "%", "lymphocytes": "0.1", "lymphocytes_unit": "%"}, "implausible",
         "lymphocytes 0.1 %, plausible: 0.5-100 %; implausible: neutrophils 0.7 %, plausible: 1-100 %"),
        ({"il12": "201", "il2": "101"}, "implausible", "il12 201 pg/mL, plausible: at most 200 pg/mL; implausible: il2 101 pg/mL, plausible: at most 100 pg/mL"),
        ({"il2": "101", "age": "17"}, "outside_population; implausible", "found from 18 years; implausible: il2 101"),
    ],
)  # fmt: skip
def test_marks_stand_beside_the_score_and_change_nothing(
    tmp_path: Path, change: dict[str, str], marks: str, said: str
) -> None:
    (row,) = scored(tmp_path, PLAIN | change)
    assert row["marks"] == marks
    assert said in row["mark_reasons"]
    assert bool(row["mark_reasons"]) == bool(marks)
    known = {name: cell for name, cell in (PLAIN | change).items() if name in COLUMNS_IN}
    (bare,) = scored(tmp_path, known)
    assert {name: row[name] for name in row if "mark" not in name} == {
        name: bare[name] for name in bare if "mark" not in name
    }


def test_what_is_known_of_a_patient_and_cannot_be_read_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(MalformedFile, match="child_pugh cannot be read") as caught:
        scored(tmp_path, PLAIN, PLAIN | {"child_pugh": "D"})
    assert caught.value.line == 3


def test_a_row_without_values_is_indeterminate_and_the_others_go_on(tmp_path: Path) -> None:
    empty = {name: "" for name in COLUMNS_IN if name != "subject"}
    rows = scored(tmp_path, {"subject": "b"}, empty | {"subject": "a"}, {"subject": "b", "crp": "0"})
    assert [(row["subject"], row["group"], row["score_max"]) for row in rows] == [
        ("b", "high", "4"),
        ("a", "indeterminate", "4"),
        ("b", "high", "3"),
    ]


def test_the_set_without_il2_leaves_its_point_empty(tmp_path: Path) -> None:
    (row,) = scored(tmp_path, {"il2": ""}, set_name="pbis-2025-no-il2")
    assert (row["score"], row["il2_point"], row["reasons"]) == ("3", "", "")


@pytest.mark.parametrize("subject", ["=1+1", "+A", "-A", "@A", "-1+1", "+1-2"])
def test_a_subject_that_a_spreadsheet_would_run_is_marked_as_text(tmp_path: Path, subject: str) -> None:
    assert scored(tmp_path, {"subject": subject})[0]["subject"] == "'" + subject


@pytest.mark.parametrize("subject", ["-12", "+7.5", "12"])
def test_a_number_stays_as_it_is(tmp_path: Path, subject: str) -> None:
    assert scored(tmp_path, {"subject": subject})[0]["subject"] == subject


# Values that decide each state under the set with IL-2 in pg/mL: CRP in mg/dL at 0.13, IL-12 at 11.6, IL-2 at 3.2, NLR at 3.5.
VALUE = {
    "pos": {"neutrophils": "3.5", "lymphocytes": "1.0", "crp": "0.13", "il12": "11.6", "il2": "3.2"},
    "neg": {"neutrophils": "3.4", "lymphocytes": "1.0", "crp": "0.12", "il12": "<11.6", "il2": "3.19"},
    "unk": {"neutrophils": "", "lymphocytes": "1.0", "crp": "<0.3", "il12": "QNS", "il2": "<6.4"},
}
INPUTS = {"nlr": ("neutrophils", "lymphocytes"), "crp": ("crp",), "il12": ("il12",), "il2": ("il2",)}


def test_all_81_states_of_the_truth_table(tmp_path: Path, shared: Path) -> None:
    states = json.loads((shared / "reference/r/pbis_truth_table.json").read_text())["truth_table"]
    changes = [
        {"crp_unit": "mg/dL"} | {key: VALUE[state[name]][key] for name, keys in INPUTS.items() for key in keys}
        for state in states
    ]
    rows = scored(tmp_path, *changes)
    assert len(rows) == len(states) == 81
    found = [(row["score_min"], row["score_max"], row["group"], row["score"]) for row in rows]
    wanted = [
        (*(str(s[n]) for n in ("score_min", "score_max", "group")), "" if s["score"] is None else str(s["score"]))
        for s in states
    ]
    assert found == wanted


EQUAL = {
    "crp": [("1.3", "mg/L"), ("1300", "ug/L"), ("1300", "µg/L"), ("130", "ug/dL"), ("0.0013", "g/L"), ("0.13", "mg/dL"), ("1300", "ng/mL")],
    "il2": [("3200", "pg/mL"), ("3.2", "ug/L"), ("3.2", "ng/mL"), ("3.2", "μg/L"), ("320", "ng/dL")],
}  # fmt: skip


@pytest.mark.parametrize(("name", "text", "unit"), [(n, *one) for n, some in EQUAL.items() for one in some])
def test_a_value_at_the_published_cut_earns_its_point_in_every_unit(
    tmp_path: Path, name: str, text: str, unit: str
) -> None:
    below = str(Decimal(text) - Decimal("1e-11"))  # 15 digits, as many as a concentration has
    rows = scored(tmp_path, {name: text, f"{name}_unit": unit}, {name: below, f"{name}_unit": unit}, set_name=PUBLISHED)
    assert [row[f"{name}_point"] for row in rows] == ["1", "0"]


@pytest.mark.parametrize("places", [1, 2, 3])
def test_counts_whose_ratio_is_exactly_the_cut_earn_the_point(tmp_path: Path, places: int) -> None:
    """All lymphocyte counts up to 4 with so many decimals, 500 of them at most: binary floating point loses over a quarter."""
    step = Decimal(1).scaleb(-places)
    counts = [step * k for k in range(2, 4 * 10**places, 2 * max(1, 4 * 10**places // 1000))]
    changes = [{"lymphocytes": str(count), "neutrophils": str(count * 7 / 2)} for count in counts]
    changes += [{"lymphocytes": str(count), "neutrophils": str(count * 7 / 2 - step / 10)} for count in counts]
    points = [row["nlr_point"] for row in scored(tmp_path, *changes)]
    assert points == ["1"] * len(counts) + ["0"] * len(counts)


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda text: b"\xef\xbb\xbf" + text.encode(),
        lambda text: text.replace("\n", "\r\n").encode(),
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.replace(",", "\t").encode(),
        lambda text: text.encode("utf-16"),
        lambda text: text.replace("subject", '"subject"').replace("\ns,", '\n"s",').encode(),
        lambda text: "\n".join(f"{line},more" for line in text.splitlines()).encode(),
        lambda text: "\n".join(",".join(line.split(",")[::-1]) for line in text.splitlines()).encode(),
        lambda text: text.replace("\n", "\n\n").encode(),
    ],
    ids=["BOM", "CRLF", "semicolons", "tabs", "UTF-16", "quotes", "another column", "another order", "blank lines"],
)
def test_however_a_spreadsheet_writes_it(tmp_path: Path, rewrite: Callable[[str], bytes]) -> None:
    path = table(tmp_path / "in.csv", {"il2": "<6.4"})
    plain = score_table(path, SET)
    text = path.read_text(encoding="utf-8")
    path.write_bytes(rewrite(text))
    said: list[str] = []
    assert score_table(path, SET, say=said.append) == plain
    assert said in ([], ["in.csv: not used: more"])


@pytest.mark.parametrize(
    "value", ["-1", "nan", "inf", "1e999999999", "~5", "1 300", "5+", "<", "see note", "5 furlongs", "5 ng/mL", "1,300"]
)
def test_what_is_no_amount_costs_its_component_only(tmp_path: Path, value: str) -> None:
    (row,) = scored(tmp_path, {"il12": value})
    assert (row["score_min"], row["score_max"], row["il12_point"]) == ("3", "4", "")
    assert row["reasons"].startswith("il12: ")


def test_a_percentage_beside_a_count_is_no_ratio(tmp_path: Path) -> None:
    shares, mixed = scored(
        tmp_path,
        {"neutrophils": "70", "neutrophils_unit": "%", "lymphocytes": "20", "lymphocytes_unit": "%"},
        {"neutrophils": "70", "neutrophils_unit": "%"},
    )
    assert (shares["nlr_point"], mixed["nlr_point"], mixed["reasons"]) == ("1", "", "nlr: assay_mismatch")


def test_percentages_of_more_cells_than_there_are_make_no_ratio(tmp_path: Path) -> None:
    percent = {"neutrophils_unit": "%", "lymphocytes_unit": "%"}
    too_many, rounded = scored(
        tmp_path,
        {"neutrophils": "70", "lymphocytes": "60"} | percent,
        {"neutrophils": "80", "lymphocytes": "21"} | percent,
    )
    assert (too_many["nlr_point"], too_many["reasons"]) == ("", "nlr: duplicate_conflict")
    assert too_many["details"].startswith("neutrophils: neutrophils and lymphocytes are together 130 %")
    assert (rounded["nlr_point"], rounded["reasons"]) == ("1", "")


def test_a_workbook_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "in.xlsx"
    path.write_bytes(b"PK\x03\x04 and more")
    with pytest.raises(MalformedFile, match=r"is a workbook; expected CSV.*save the sheet as CSV"):
        score_table(path, SET)


def test_the_output_file_is_what_is_returned(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    text = score_table(table(tmp_path / "in.csv", {}), SET, out)
    assert out.read_text(encoding="utf-8") == text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "empty"),
        ("subject,crp\ns,1\n", 1, "no column for"),
        (",".join(COLUMNS_IN) + "\ns,1\n", 2, "width"),
        (",".join(COLUMNS_IN) + ",crp\n", 1, "two columns mean crp"),
        (",".join(COLUMNS_IN) + "\n" + "s" + "," * 10 + '\n"two\nlines"' + "," * 10 + "\ns,1\n", 5, "width"),
        (",".join(COLUMNS_IN) + "\n" + "," * 9 + "1,\n", 2, "no subject"),
        (",".join(COLUMNS_IN) + '\n"s' + "," * 10 + "\n", 2, "quoted"),
    ],
)
def test_a_malformed_table_is_refused_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "in.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MalformedFile, match=words) as caught:
        score_table(path, SET, tmp_path / "out.csv")
    assert caught.value.line == line
    assert not (tmp_path / "out.csv").exists()


def test_an_unknown_set_and_an_output_over_the_input_are_usage_errors(tmp_path: Path) -> None:
    path = table(tmp_path / "in.csv", {})
    with pytest.raises(UsageError, match="pbis-2025-no-il2"):
        score_table(path, "pbis")
    with pytest.raises(UsageError, match="overwrite"):
        score_table(path, SET, path)
    with pytest.raises(UsageError, match="written"):
        score_table(path, SET, tmp_path / "no" / "out.csv")
