"""A table of values in, a table of scores out: columns, reasons, refusals."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from pbis.core.errors import MalformedFile, UsageError
from pbis.pipeline.score_table import COLUMNS_IN, score_table

SET = "pbis-2025-il2-pgml"
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
        writer = csv.DictWriter(file, COLUMNS_IN)
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
        ({"il2": "3,2"}, ("", "3", "4", "high", "", "il2: unit_ambiguous")),
        ({"il2": "0.0032", "il2_unit": "ng/mL"}, ("4", "4", "4", "high", "1", "")),
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


@pytest.mark.parametrize("subject", ["=1+1", "+A", "-A", "@A"])
def test_a_subject_that_a_spreadsheet_would_run_is_marked_as_text(tmp_path: Path, subject: str) -> None:
    assert scored(tmp_path, {"subject": subject})[0]["subject"] == "'" + subject


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
