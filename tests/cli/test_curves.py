"""The table of curves: marks, plain text, JSON."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from pbis.cli import commands
from pbis.cli.curves import aligned
from pbis.cli.spark import shows_blocks, spark
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


def test_columns_are_aligned_and_marks_never_folded() -> None:
    lines = aligned(pa.table({"a": ["x", "longer"], "marks": ["▁" * 200, "█"]}))
    assert lines[1] == "x       " + "▁" * 200
    assert lines[2] == "longer  █"


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
