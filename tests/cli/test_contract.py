"""What other programs rely on: columns, exit codes, one-line errors, plain text where there is no terminal."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pyarrow.parquet as pq
import pytest

from pbis.cli import commands
from pbis.core import errors
from pbis.core.errors import PbisError
from pbis.simulate import example_plate, render_plate

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = [
    "run_id",
    "plate",
    "well",
    "sample_label",
    "well_role",
    "specimen_id",
    "analyte",
    "analyte_reported",
    "bead_region",
    "mfi",
    "bead_count",
    "net_mfi",
    "dilution_factor",
    "concentration",
    "concentration_op",
    "concentration_bound",
    "unit",
    "ci_low",
    "ci_high",
    "status",
    "recovery_pct",
    "replicate_cv_pct",
    "net_mfi_reported",
    "result_reported",
    "result_reported_op",
    "result_reported_text",
]


def pbis(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the real command line in a process of its own."""
    call = [sys.executable, "-c", "from pbis.cli import main; main()", *map(str, words)]
    return subprocess.run(call, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plate") / "plate 1.csv"
    path.write_bytes(render_plate(example_plate(3)))
    return path


def test_assay_gives_the_contract_s_columns_first_and_a_row_a_well_and_analyte(plate: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    done = pbis("assay", plate, "-o", out)
    assert (done.returncode, done.stdout) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert list(rows[0])[: len(COLUMNS)] == COLUMNS
    assert len({(row["well"], row["analyte"]) for row in rows}) == len(rows) == 96 * 7
    for row in rows:
        assert (row["concentration"] != "") == (row["status"] == "QUANT"), row
        assert row["concentration_op"] == _OPERATOR[row["status"].split("_")[0]], row
        assert (row["concentration_bound"] != "") == (row["concentration_op"] in ("<", ">")), row


_OPERATOR = {"QUANT": "=", "BELOW": "<", "ABOVE": ">", "BACKGROUND": "", "NO": "", "CURVE": "", "MISSING": ""}


def test_assay_writes_parquet_and_curves(plate: Path, tmp_path: Path) -> None:
    done = pbis("assay", plate, "-o", tmp_path / "o.parquet", "--curves", tmp_path / "c.csv", "--method", "xponent")
    assert done.returncode == 0, done.stderr
    assert pq.read_table(tmp_path / "o.parquet").column_names[: len(COLUMNS)] == COLUMNS
    curves = list(csv.DictReader(io.StringIO((tmp_path / "c.csv").read_text())))
    assert len(curves) == 7
    assert {"model", "coef_a", "ec50", "lloq", "uloq", "r2", "status", "reasons"} <= set(curves[0])


def test_assay_is_the_same_bytes_twice(plate: Path, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        assert pbis("assay", plate, "-o", tmp_path / name).returncode == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_plate_without_standards_is_refused_with_what_is_missing(plate: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare.csv"
    bare.write_bytes(plate.read_bytes().replace(b'"Standard', b'"Probe'))
    done = pbis("assay", bare)
    assert done.returncode == 3
    assert "without standards" in done.stderr


def test_a_layout_of_another_plate_is_refused(plate: Path, tmp_path: Path) -> None:
    layout = tmp_path / "layout.csv"
    layout.write_text("plate,well,role,specimen,label,dilution\nother,A1,unknown,S1,,1\n")
    done = pbis("assay", plate, "--layout", layout)
    assert done.returncode == 3
    assert "does not name this plate" in done.stderr


def test_a_layout_gives_specimens_roles_and_dilutions(plate: Path, tmp_path: Path) -> None:
    layout = tmp_path / "layout.csv"
    layout.write_text("well,specimen_barcode,role,dilution\nH12,TUBE-7,unknown,4\n")
    out = tmp_path / "out.csv"
    done = pbis("assay", plate, "--layout", layout, "-o", out)
    assert done.returncode == 0, done.stderr
    rows = [row for row in csv.DictReader(io.StringIO(out.read_text())) if row["well"] == "H12"]
    assert {(row["specimen_id"], row["well_role"], row["dilution_factor"]) for row in rows} == {
        ("TUBE-7", "unknown", "4.0")
    }


def test_read_prints_json_for_programs_and_words_for_people(plate: Path) -> None:
    summary = json.loads(pbis("read", plate, "--json").stdout)
    assert summary["instrument"]["type"] == "LX100/LX200"
    assert summary["crc"]["state"] == "match"
    assert len(summary["analytes"]) == 7
    text = pbis("read", plate).stdout
    assert summary["batch"] in text
    assert "\x1b" not in text


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("read", "nowhere.csv"), 3, "nowhere.csv"),
        (("assay", "nowhere.csv"), 3, "nowhere.csv"),
        (("assay", "{plate}", "--method", "magic"), 2, "magic"),
        (("assay", "{plate}", "--panel", "no-such-panel"), 4, "no-such-panel"),
        (("assay", "{plate}", "-o", "out.txt"), 2, ".csv or .parquet"),
        (("night", "--site", "{empty}"), 4, "pbis init"),
        (("sql", "--site", "{empty}", "select 1"), 4, "pbis init"),
        (("explain", "P1", "--site", "{empty}"), 4, "pbis init"),
        (("score", "nowhere.csv", "--cutoffs", "pbis-2025-il2-pgml"), 3, "nowhere.csv"),
        (("nonsense",), 2, "nonsense"),
    ],
)
def test_an_error_is_one_line_with_its_exit_code(
    words: tuple[str, ...], code: int, said: str, plate: Path, tmp_path: Path
) -> None:
    done = pbis(*[word.format(plate=plate, empty=tmp_path) for word in words])
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= (1 if code != 2 else 4)


def test_a_site_that_has_not_chosen_its_cut_offs_is_refused_by_name(tmp_path: Path) -> None:
    assert pbis("init", tmp_path / "s").returncode == 0
    done = pbis("night", "--site", tmp_path / "s", "--engine", "plain")
    assert done.returncode == 4
    assert "no cut-off set is chosen" in done.stderr
    assert "pbis-2025-as-published" in done.stderr


def _words() -> list[tuple[str, ...]]:
    """Every command as it is typed; of a group its subcommands."""
    context = click.Context(commands)
    found: list[tuple[str, ...]] = []
    for name in commands.list_commands(context):
        command = commands.get_command(context, name)
        below = list(command.commands) if isinstance(command, click.Group) else []
        found += [(name, each) for each in below] or [(name,)]
    return found


@pytest.mark.parametrize("words", _words(), ids=" ".join)
def test_every_command_has_help_with_an_example(words: tuple[str, ...]) -> None:
    done = pbis(*words, "--help")
    assert done.returncode == 0
    assert re.search(rf"Example:\s+pbis {' '.join(words)}\b", done.stdout), done.stdout


def _kinds(kind: type[PbisError]) -> list[type[PbisError]]:
    return [kind, *[below for child in kind.__subclasses__() for below in _kinds(child)]]


def test_every_error_and_its_code_stand_in_docs_errors() -> None:
    page = (ROOT / "docs" / "errors.md").read_text()
    tree = {
        kind.__name__: kind.exit_code
        for kind in _kinds(PbisError)
        if kind.__module__ == errors.__name__ and kind is not PbisError
    }
    documented = {name: int(code) for code, name in re.findall(r"^\| (\d+) \| `(\w+)` \|", page, flags=re.M)}
    assert documented == tree


def test_light_commands_do_not_load_the_heavy_libraries(plate: Path) -> None:
    code = (
        "import sys; from pbis.cli import commands; "
        f"commands.main(['read', {str(plate)!r}], standalone_mode=False); "
        "print(sorted({'pandas', 'prefect', 'great_expectations', 'duckdb'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
