"""The door for scripts: text or paths in, the same numbers as the command line out, errors of one tree, nothing heavy at import."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

import pbis
from pbis.config import load_site
from pbis.core import errors as core_errors
from pbis.core.curves.method import METHOD_VERSION
from pbis.panels import panel_names
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.scores import set_names

ROOT = Path(__file__).resolve().parents[2]


def command(*words: object) -> str:
    """What the command prints; it must work."""
    call = [sys.executable, "-m", "pbis", *map(str, words)]
    return subprocess.run(call, capture_output=True, text=True, timeout=120, check=True).stdout


def test_importing_the_door_imports_nothing_heavy_and_using_it_brings_no_orchestrator(files: Path) -> None:
    code = (
        "import sys; before = set(sys.modules); import pbis\n"
        "print(*sorted({m.partition('.')[0] for m in set(sys.modules) - before} - sys.stdlib_module_names))\n"
        "assert not [m for m in sys.modules if m.startswith('pbis.') and m != 'pbis.version'], sys.modules\n"
        "pbis.read('plate.csv'); pbis.assay('plate.csv'); pbis.score('cohort.csv', cutoffs='pbis-2025-no-il2')\n"
        "assert not set(sys.modules) & {'prefect', 'great_expectations', 'fastapi', 'scipy', 'flows'}\n"
    )
    call = [sys.executable, "-c", code]
    done = subprocess.run(call, cwd=files, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["pbis"]


def test_what_is_offered_is_there_is_listed_and_is_documented() -> None:
    page = (ROOT / "docs" / "api.md").read_text()
    for name in pbis.__all__:
        assert getattr(pbis, name) is not None
        assert name in dir(pbis)
        assert name.startswith("__") or name in page, f"{name} is not in docs/api.md"
    with pytest.raises(AttributeError, match="no attribute 'magic'"):
        pbis.magic  # noqa: B018


def test_the_door_s_errors_are_the_whole_tree() -> None:
    tree = {
        name
        for name, kind in vars(core_errors).items()
        if isinstance(kind, type) and kind.__module__ == core_errors.__name__
    }
    assert set(pbis.errors.__all__) == tree
    assert all(issubclass(getattr(pbis.errors, name), pbis.PbisError) for name in tree)


@pytest.mark.parametrize("kind", [str, Path])
def test_read_takes_text_and_paths_and_gives_what_the_command_says(kind: Callable[[Path], Any], files: Path) -> None:
    plate = pbis.read(kind(files / "plate.csv"))
    assert plate.about() == json.loads(command("read", files / "plate.csv", "--json"))
    assert len(plate) == plate.to_arrow().num_rows == len(plate.to_pandas()) == 96 * 7
    assert plate.name == plate.run.batch
    assert plate.analyte.to_pandas()["analyte_reported"].nunique() == 7
    assert plate.block.columns[0] == "run_id"


def test_read_layout_gives_a_row_a_well(files: Path) -> None:
    layout = pbis.read_layout(str(files / "layout.csv"))
    assert layout.to_arrow().column("well").to_pylist() == ["H11", "H12"]


@pytest.mark.parametrize("method", ["robust", "xponent", "instrument"])
def test_assay_gives_what_the_command_writes(method: Any, files: Path, tmp_path: Path) -> None:
    words = ("--layout", files / "layout.csv", "--panel", "human-cytokine-7plex", "--method", method)
    command("assay", files / "plate.csv", *words, "-o", tmp_path / "o.parquet", "--curves", tmp_path / "c.parquet")
    found = pbis.assay(str(files / "plate.csv"), str(files / "layout.csv"), panel="human-cytokine-7plex", method=method)
    assert found.to_arrow().equals(pq.read_table(tmp_path / "o.parquet"))
    pd.testing.assert_frame_equal(found.to_pandas(), pd.read_parquet(tmp_path / "o.parquet"))
    assert found.curve.to_arrow().equals(pq.read_table(tmp_path / "c.parquet"))
    assert set(found.level.to_pandas()["analyte"]) == set(found.curve.to_pandas()["analyte"])
    dilution = dict(
        zip(*(found.well.to_arrow().column(n).to_pylist() for n in ("well", "dilution_factor")), strict=True)
    )
    assert (dilution["H11"], dilution["H12"]) == (2.0, 4.0)
    assert found.plate.run.run_id == found.to_arrow().column("run_id")[0].as_py()


def test_assay_says_what_the_command_warns_of(files: Path, tmp_path: Path) -> None:
    plate = tmp_path / "without footer.csv"
    plate.write_bytes((files / "plate.csv").read_bytes().partition(b'"-- CRC --"')[0].partition(b"-- CRC --")[0])
    call = [sys.executable, "-m", "pbis", "assay", str(plate)]
    said = subprocess.run(call, capture_output=True, text=True, timeout=120, check=True).stderr
    warning = pbis.assay(plate).warning.to_arrow()
    assert warning.num_rows > 0
    assert warning.column_names == ["code", "message", "source_line"]
    assert said == "".join(f"warning: {text}\n" for text in warning.column("message").to_pylist())


def test_score_gives_what_the_command_writes(files: Path, tmp_path: Path) -> None:
    command("score", files / "cohort.csv", "--cutoffs", "pbis-2025-il2-pgml", "-o", tmp_path / "o.csv")
    found = pbis.score(str(files / "cohort.csv"), cutoffs="pbis-2025-il2-pgml")
    texts = {name: pa.string() for name in ("subject", "group", "reasons", "details", "marks", "mark_reasons")}
    options = pacsv.ConvertOptions(column_types=texts, strings_can_be_null=True, quoted_strings_can_be_null=False)
    written = pacsv.read_csv(tmp_path / "o.csv", convert_options=options).to_pylist()
    rows = found.to_arrow().to_pylist()
    assert [row | {"subject": None} for row in rows] == [row | {"subject": None} for row in written]
    assert [row["subject"] for row in rows] == [
        "S1",
        "-S2",
    ]  # as it was given; the CSV marks it as text for spreadsheets
    assert [row["subject"] for row in written] == ["S1", "'-S2"]
    assert found.cutoffs == "pbis-2025-il2-pgml"
    assert found.notes == ("cohort.csv: not used: remark",)
    assert rows[1]["score"] is None
    assert rows[1]["reasons"]


def _first_subject(files: Path) -> str:
    with pbis.open_release(files / "demo-site") as release:
        return str(release.sql("select min(subject_id) from score").to_arrow().column(0)[0].as_py())


def test_explain_gives_what_the_command_says(files: Path) -> None:
    site, subject = files / "demo-site", _first_subject(files)
    why = pbis.explain(str(site), subject)
    assert str(why) + "\n" == command("explain", subject, "--site", site)
    story = json.loads(command("explain", subject, "--site", site, "--json"))
    for step, rows in story.items():
        assert len(getattr(why, step)) == len(rows), step
        assert not rows or list(rows[0]) == list(getattr(why, step).columns)
    assert why.to_arrow().equals(why.component.to_arrow())
    other = pbis.explain(site, subject, cutoffs="pbis-2025-no-il2")
    assert set(other.to_pandas()["cutoff_set"]) == {"pbis-2025-no-il2"}
    assert other.score.to_arrow().column("cutoff_set")[0].as_py() == "pbis-2025-no-il2"


def test_a_release_is_opened_by_site_folder_and_file_and_asked_without_being_changed(files: Path) -> None:
    site = files / "demo-site"
    folder = (site / "releases" / "current").resolve()
    asked = "select subject_id, score, pbis_group from score order by all limit 5"
    answers = []
    for place in (str(site), folder, folder / "pbis.duckdb", site / "releases" / "current"):
        with pbis.open_release(place) as release:
            assert release.path == folder / "pbis.duckdb"
            answers.append(release.sql(asked).to_arrow())
            for forbidden in (
                "create table t as select 1",
                f"select * from read_csv('{files}/cohort.csv')",
                "selec 1",
                "",
            ):
                with pytest.raises(pbis.errors.UsageError) as error:
                    release.sql(forbidden)
                assert len(str(error.value).splitlines()) == 1
    assert all(answer.equals(answers[0]) for answer in answers)
    assert answers[0].num_rows == 5


def test_a_closed_release_says_so_and_may_be_closed_again(files: Path) -> None:
    release = pbis.open_release(files / "demo-site")
    release.close()
    release.close()
    with pytest.raises(pbis.errors.UsageError, match="was closed"):
        release.sql("select 1")


def test_a_release_stays_the_same_while_a_night_publishes_and_the_next_opened_is_the_new_one(
    files: Path, simulated_inbox: Path, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    shutil.copytree(files / "demo-site", site, symlinks=True)
    asked = "select count(*) as n from result"
    with pbis.open_release(site) as before:
        (count,) = before.sql(asked).to_arrow().column("n").to_pylist()
        shutil.copy(simulated_inbox / "inbox" / "plates" / "HCC7P_20250916_P02.csv", site / "inbox" / "plates")
        run_plain(load_site(site), NightOptions(), Silent(), lambda: datetime(2026, 1, 6, 3, 0))
        with pbis.open_release(site) as after:
            assert after.path != before.path
            assert after.sql(asked).to_arrow().column("n")[0].as_py() > count
        assert before.sql(asked).to_arrow().column("n")[0].as_py() == count


def test_results_cannot_be_changed(files: Path) -> None:
    for found in (pbis.read(files / "plate.csv"), pbis.score(files / "cohort.csv", cutoffs="pbis-2025-no-il2")):
        with pytest.raises(FrozenInstanceError):
            found._table = None  # type: ignore[misc]
        frame = found.to_pandas()
        frame.iloc[:, 0] = "changed"
        assert "changed" not in set(found.to_pandas().iloc[:, 0])
        assert re.fullmatch(r"<pbis\.\w+: \d+ rows x \d+ columns>", repr(found))


Call = Callable[[Path], object]
WRONG: dict[str, tuple[Call, type[Exception], tuple[str, ...]]] = {
    "a plate that is missing": (lambda at: pbis.read(str(at / "no.csv")), pbis.errors.InputRefused, ("no.csv",)),
    "a folder": (lambda at: pbis.read(at), pbis.errors.InputRefused, ("a directory",)),
    "a plate to assay that is missing": (lambda at: pbis.assay(at / "no.csv"), pbis.errors.InputRefused, ("no.csv",)),
    "a layout that is missing": (
        lambda at: pbis.assay(at / "plate.csv", layout=str(at / "no.csv")), pbis.errors.InputRefused, ("no.csv",)),
    "a layout to read that is missing": (
        lambda at: pbis.read_layout(at / "no.csv"), pbis.errors.InputRefused, ("no.csv",)),
    "a lot sheet that is missing": (
        lambda at: pbis.read(at / "plate.csv", lot_sheet=at / "no.csv"), pbis.errors.InputRefused, ("no.csv",)),
    "a table that is missing": (
        lambda at: pbis.score(at / "no.csv", cutoffs="pbis-2025-no-il2"), pbis.errors.InputRefused, ("no.csv",)),
    "a release that is missing": (
        lambda at: pbis.open_release(at / "no"), pbis.errors.InputRefused, ("no", "a site")),
    "a folder without a release": (lambda at: pbis.open_release(at), pbis.errors.UsageError, ("no release", "a site")),
    "a file that is no database": (
        lambda at: pbis.open_release(at / "plate.csv"), pbis.errors.IntegrityError, ("plate.csv",)),
    "no site": (lambda at: pbis.explain(at, "P1"), pbis.errors.ConfigError, ("pbis init",)),
    "an unknown subject": (lambda at: pbis.explain(at / "demo-site", "P0"), pbis.errors.UsageError, ("'P0'",)),
    "an unknown set to explain": (
        lambda at: pbis.explain(at / "demo-site", _first_subject(at), cutoffs="magic"), pbis.errors.UsageError,
        ("'magic'", *set_names())),
    "an unknown method": (
        lambda at: pbis.assay(at / "plate.csv", method="magic"), pbis.errors.UsageError,  # type: ignore[arg-type]
        ("'magic'", *METHOD_VERSION)),
    "an unknown profile": (
        lambda at: pbis.assay(at / "plate.csv", profile="magic"), pbis.errors.UsageError,  # type: ignore[arg-type]
        ("'magic'", "research", "regulated")),
    "an unknown panel": (
        lambda at: pbis.assay(at / "plate.csv", panel="magic"), pbis.errors.UsageError, ("'magic'", *panel_names())),
    "a panel's file that is missing": (
        lambda at: pbis.assay(at / "plate.csv", panel=at / "no.toml"), pbis.errors.ConfigError, ("no.toml",)),
    "no set": (lambda at: pbis.score(at / "cohort.csv"), pbis.errors.UsageError, set_names()),
    "an unknown set": (
        lambda at: pbis.score(at / "cohort.csv", cutoffs="magic"), pbis.errors.UsageError, ("'magic'", *set_names())),
    "no path": (lambda at: pbis.read(7), pbis.errors.UsageError, ("int",)),  # type: ignore[arg-type]
    "bytes": (lambda at: pbis.read(b"plate.csv"), pbis.errors.UsageError, ("bytes",)),  # type: ignore[arg-type]
    "a name with NUL": (
        lambda at: pbis.score("a\0b", cutoffs="pbis-2025-no-il2"), pbis.errors.UsageError, ("NUL",)),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_an_error_of_one_tree_in_one_line(case: str, files: Path) -> None:
    call, kind, said = WRONG[case]
    with pytest.raises(kind) as caught:
        call(files)
    assert isinstance(caught.value, pbis.PbisError)
    assert len(str(caught.value).splitlines()) == 1
    for word in said:
        assert word in str(caught.value)


def test_the_examples_of_the_page_run_in_their_order(files: Path) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", (ROOT / "docs" / "api.md").read_text(), flags=re.M | re.S)
    assert len(blocks) >= 6
    for name in ("read", "read_layout", "assay", "score", "explain", "open_release"):
        assert any(f"pbis.{name}(" in block for block in blocks), name
    call = [sys.executable, "-W", "error", "-c", "\n".join(blocks)]
    done = subprocess.run(call, cwd=files, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "robust, xponent, instrument" in done.stdout


def test_a_folder_that_hides_the_warehouse_is_named_to_a_script(files: Path, tmp_path: Path) -> None:
    (tmp_path / "warehouse").mkdir()
    (tmp_path / "warehouse" / "__init__.py").write_text("mine = 1\n")
    (tmp_path / "script.py").write_text(
        "import pbis, warehouse\n"
        "try: pbis.open_release('anywhere')\n"
        "except pbis.errors.ConfigError as error: print(error)\n"
        "assert warehouse.mine == 1\n"
    )
    call = [sys.executable, "script.py"]
    done = subprocess.run(call, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert str(tmp_path / "warehouse") in done.stdout
