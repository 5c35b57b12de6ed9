"""The table of curves: marks, plain text, JSON."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pyarrow as pa
import pytest
from click.testing import CliRunner

from pbis.cli import commands
from pbis.cli.curves import _levels_of, on_terminal, table_of
from pbis.cli.spark import shows_blocks, spark
from pbis.cli.terminal_table import fitted
from pbis.pipeline.single import assay_file
from pbis.simulate import example_plate, render_plate


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("curves") / "plate.csv"
    path.write_bytes(render_plate(example_plate(3)))
    return path


@pytest.mark.parametrize(
    ("values", "blocks", "marks"),
    [
        ([0.0, 5.0, 10.0], True, "▁▅█"),
        ([0.0, 5.0, 10.0], False, "158"),
        ([-9.0, None, 99.0], True, "▁·█"),
        ([None, 3.0], False, ".3"),
        ([], True, ""),
    ],
)
def test_spark(values: list[float | None], blocks: bool, marks: str) -> None:
    assert spark(values, 0.0, 10.0, blocks=blocks) == marks


def test_values_that_are_all_alike_stand_in_the_middle() -> None:
    assert spark([2.0, 2.0], 2.0, 2.0, blocks=False) == "55"


class Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("encoding", "shows"), [("utf-8", True), ("ascii", False), ("latin-1", False)])
def test_blocks_only_where_the_terminal_has_them(encoding: str, shows: bool) -> None:
    assert shows_blocks(Terminal(io.BytesIO(), encoding=encoding)) is shows
    assert not shows_blocks(io.TextIOWrapper(io.BytesIO(), encoding=encoding))


ROWS = [
    {"analyte": "IL-6", "marks": "▁" * 16, "r2": "0.99", "status": "pass", "why": ""},
    {"analyte": "Eotaxin", "marks": "█", "r2": "0.9", "status": "fail", "why": "too_few_passing_levels, no_background"},
]


def test_a_wide_terminal_has_every_column_on_one_line() -> None:
    lines, left_out = fitted(ROWS, 100, remark="why", dispensable=("r2", "marks"))
    assert left_out == []
    assert [click.unstyle(line) for line in lines] == [
        "analyte  marks             r2    status  why",
        "IL-6     ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  0.99  pass",
        "Eotaxin  █                 0.9   fail    too_few_passing_levels, no_background",
    ]


def test_a_narrow_terminal_leaves_columns_out_and_puts_remarks_below() -> None:
    lines, left_out = fitted(ROWS, 35, remark="why", dispensable=("r2", "marks"))
    assert left_out == ["r2"]
    assert [click.unstyle(line) for line in lines] == [
        "analyte  marks             status",
        "IL-6     ▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁  pass",
        "Eotaxin  █                 fail",
        "    too_few_passing_levels,",
        "    no_background",
    ]


@pytest.mark.parametrize("width", [160, 100, 80, 60, 40])
def test_no_line_is_wider_than_the_terminal(plate: Path, width: int) -> None:
    outcome = assay_file(plate, method="robust")
    table = table_of(outcome.curves, _levels_of(outcome.levels), blocks=True)
    lines = [click.unstyle(line) for line in on_terminal(table, outcome.curves, width)]
    assert max(map(len, lines)) <= width
    assert " ".join(lines).split(":")[1].startswith(f" {outcome.curves.num_rows} curves by robust")
    for analyte in outcome.curves.column("analyte").to_pylist():
        assert any(line.startswith(f"{analyte} ") for line in lines)


def test_a_proposal_names_its_well_and_several_plates_their_rows(plate: Path) -> None:
    outcome = assay_file(plate)
    curves = outcome.curves.to_pylist()
    curves[0] |= {"reasons": "hook;wild_replicate", "proposed_exclusions": "D2;F3"}
    curves[1] |= {"plate": "second"}
    table = table_of(pa.Table.from_pylist(curves), _levels_of(outcome.levels), blocks=False)
    assert table.column("why")[0].as_py() == "hook, wild_replicate: exclude D2 F3?"
    assert table.column("plate").to_pylist()[1] == "second"


def test_a_name_that_the_terminal_cannot_spell_is_no_defect(plate: Path, tmp_path: Path) -> None:
    named = tmp_path / "gamma.csv"
    named.write_text(plate.read_text(encoding="utf-8").replace("IL-6", "IL-γ6"), encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", "from pbis.cli import main; main()", "curves", str(named)],
        capture_output=True, timeout=60, check=False, env=os.environ | {"PYTHONIOENCODING": "latin-1"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert rb"IL-\u03b36" in run.stdout


def test_elsewhere_the_table_is_tab_separated_ascii(plate: Path) -> None:
    done = CliRunner().invoke(commands, ["curves", str(plate)])
    assert done.exit_code == 0, done.output
    rows = [line.split("\t") for line in done.output.splitlines()]
    assert rows[0][:4] == ["analyte", "model", "mfi", "recovery"]
    assert [row[0] for row in rows[1:]] == sorted(row[0] for row in rows[1:])
    assert len(rows) == 8
    assert done.output.isascii()
    assert all(len(row[2]) == 8 and row[2].isdigit() for row in rows[1:])


def test_json_holds_the_curves_and_their_levels(plate: Path) -> None:
    done = CliRunner().invoke(commands, ["curves", str(plate), "--json", "--method", "xponent"])
    curves = json.loads(done.output)
    assert len(curves) == 7
    assert {curve["method"] for curve in curves} == {"xponent"}
    for curve in curves:
        assert [level["standard_level"] for level in curve["levels"]] == list(range(8))
        assert "assay_id" not in curve
