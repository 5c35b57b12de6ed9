"""The wheel, installed outside the tree: it brings its data files, reads and assays bare, and runs a night with the extra."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from pbis.simulate import example_plate, render_plate
from pbis.simulate.resaved import render_workbook

sys.path.insert(0, str(Path(__file__).parent))  # for wheel_environment
from wheel_environment import ROOT, Environment, build_wheel, environment


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return environment(tmp_path_factory.mktemp("bare") / "venv", wheel)


@pytest.fixture(scope="module")
def plate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("plate") / "plate 1.csv"
    path.write_bytes(render_plate(example_plate(3)))
    return path


def test_every_file_that_the_program_reads_is_in_the_wheel(wheel: Path) -> None:
    """All files that git knows below the four packages, data and code alike."""
    listed = subprocess.run(
        ["git", "ls-files", "pbis", "flows", "expectations", "warehouse"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert {name for name in listed if (ROOT / name).exists()} - names == set()
    assert "pbis/py.typed" in names
    assert {Path(name).suffix for name in names} >= {".json", ".sql", ".toml", ".j2", ".css", ".js", ".yaml"}
    assert not any(name.startswith(("tests", "docs", "bench")) for name in names)


def test_the_wheel_says_who_made_it_and_for_whom(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = [each for each in archive.namelist() if each.endswith("METADATA")]
        about = Parser().parsestr(archive.read(name).decode())
    assert about["Author"]
    assert about.get_all("Project-URL")
    assert {"night", "study"} <= set(about.get_all("Provides-Extra") or ())
    for version in ("3.11", "3.12", "3.13"):
        assert f"Programming Language :: Python :: {version}" in (about.get_all("Classifier") or ())


def test_a_bare_install_is_small_and_has_no_orchestrator(bare: Environment) -> None:
    assert len(bare.packages) <= 30
    assert not bare.packages & {"prefect", "great-expectations", "fastapi", "scipy", "openpyxl"}


def test_a_bare_install_reads_assays_scores_and_starts_a_site(bare: Environment, plate: Path, tmp_path: Path) -> None:
    shutil.copy(plate, tmp_path / "p.csv")
    (tmp_path / "p.xlsx").write_bytes(render_workbook(example_plate(3)))
    (tmp_path / "t.csv").write_text(
        "subject,neutrophils,neutrophils_unit,lymphocytes,lymphocytes_unit,crp,crp_unit,il12,il12_unit,il2,il2_unit\n"
        "S1,6,10*9/L,1,10*9/L,30,mg/L,,,,\n"
    )
    for words, said in (
        (("read", "p.csv"), "xponent_csv"),
        (("read", "p.xlsx"), "workbook"),
        (("assay", "p.csv", "-o", "o.csv"), ""),
        (("score", "t.csv", "--cutoffs", "pbis-2025-no-il2"), "S1"),
        (("init", "site"), "wrote"),
        (("study", "claims", "--help"), "Recompute"),
        (("night", "--help"), "inbox"),
    ):
        done = bare.run(*words, folder=tmp_path)
        assert done.returncode == 0, (words, done.stderr)
        assert said in done.stdout, words
    assert (tmp_path / "o.csv").stat().st_size > 10_000


_CONSUMER = '''"""A script of other people."""

from pathlib import Path

import pbis


def main(path: Path) -> int:
    plate = pbis.read(path, lot_sheet=None)
    result: pbis.Assay = pbis.assay("plate.csv", method="robust")
    with pbis.open_release("site") as release:
        rows: pbis.Table = release.sql("select 1")
    try:
        notes: tuple[str, ...] = pbis.score("cohort.csv", cutoffs="set").notes
    except pbis.errors.InputRefused as refused:
        line: int | None = refused.line
        return line or 0
    return len(result.curve) + len(plate) + len(rows) + len(notes)


pbis.assay("plate.csv", method="magic")
pbis.read(7)
pbis.magic
'''


def test_a_script_is_checked_against_the_types_of_the_installed_package(bare: Environment, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(_CONSUMER)
    call = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(bare.root / "bin" / "python")]
    done = subprocess.run(
        [*call, "--cache-dir", str(tmp_path / "cache"), "script.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    wrong = [line for line in done.stdout.splitlines() if "error:" in line]
    assert [line.split(":")[1] for line in wrong] == ["21", "22", "23"], done.stdout
    assert "'robust', 'xponent', 'instrument'" in wrong[0]


@pytest.mark.parametrize(
    ("words", "extra"),
    [
        (("night", "--site", "site"), "night"),
        (("demo", "demo-site"), "night"),
        (("study", "--site", "site", "-o", "s"), "study"),
        (("study", "claims"), "study"),
        (("study", "null"), "study"),
        (("export", "--site", "site", "--what", "scores", "--as", "sav", "-o", "scores.sav"), "export"),
        (("status", "--site", "site", "--prometheus"), "notify"),
    ],
)
def test_a_command_without_its_extra_names_the_line_to_type(
    bare: Environment, words: tuple[str, ...], extra: str, tmp_path: Path
) -> None:
    done = bare.run(*words, folder=tmp_path)
    assert done.returncode == 4, done.stderr
    assert f'pip install "pbis[{extra}]"' in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == [], "nothing is begun that cannot be ended"


def test_a_site_that_asks_for_dask_without_its_extra_names_the_line_to_type(bare: Environment, tmp_path: Path) -> None:
    assert bare.run("init", "site", "--cutoff-set", "pbis-2025-il2-pgml", folder=tmp_path).returncode == 0
    file = tmp_path / "site" / "site.toml"
    file.write_text(file.read_text().replace('kind = "processes"', 'kind = "dask"'))
    code = (
        "from pathlib import Path; from pbis.config import load_site; from pbis.pipeline.cluster import require_cluster\n"
        "try: require_cluster(load_site(Path('site')))\n"
        "except Exception as error: print(error.exit_code, error)"
    )
    done = bare.run("-c", code, folder=tmp_path, command="python")
    assert done.stdout.startswith(f"4 {file}, line "), done
    assert 'pip install "pbis[dask]"' in done.stdout


def test_a_night_runs_from_the_wheel_with_its_extra(wheel: Path, plate: Path, tmp_path: Path) -> None:
    night = environment(tmp_path / "venv", wheel, extra="night")
    assert {"prefect", "great-expectations", "scipy"} <= night.packages
    where = night.run("-c", "import pbis, warehouse, flows; print(pbis.__file__)", folder=tmp_path, command="python")
    assert where.stdout.startswith(str(tmp_path)), where
    assert night.run("init", "site", "--cutoff-set", "pbis-2025-il2-pgml", folder=tmp_path).returncode == 0
    shutil.copy(plate, tmp_path / "site" / "inbox" / "plates")
    done = night.run("night", "--site", "site", "--engine", "plain", folder=tmp_path)
    assert done.returncode == 6, done.stderr
    assert "1 processed, 0 refused" in done.stdout
    assert "has no layout" in done.stdout
    assert (tmp_path / "site" / "reports" / "index.html").exists()
    asked = night.run("sql", "--site", "site", "select count(*) from result", folder=tmp_path)
    assert int(asked.stdout.split()[-1]) > 500, asked.stderr
