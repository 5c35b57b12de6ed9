"""From plates in an inbox to the study's folder: what the release holds is what the truth says, and commands keep their contract."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from datetime import datetime
from functools import partial
from pathlib import Path

import click
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from made_once import Once, copied
from small_site import plate_of, write_small_site

from pbis.cli import commands
from pbis.cli.validate import validate
from pbis.config import load_site
from pbis.core.errors import ConfigError, TableRefused, UsageError
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import run_plain
from pbis.pipeline.published import run_query
from pbis.pipeline.study import read_table, site_cuts, site_study, study_table
from pbis.pipeline.validation import validate_site
from pbis.study.data import check_table

QUICK = "[methods]\nresamples = 20\npermutations = 20\ndraws = 10\n"


def pbis(*words: object) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-c", "from pbis.cli import main; main()", *map(str, words)]
    return subprocess.run(call, capture_output=True, text=True, timeout=200, check=False)


@pytest.fixture(scope="module")
def site(simulated_inbox: Path, once: Once, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole simulated site after one night, and a quick study.toml in it."""
    made = once("study_site", partial(_after_one_night, simulated_inbox))
    return copied(made, tmp_path_factory.mktemp("study") / "site")


def _after_one_night(simulated: Path, root: Path) -> None:
    write_site(root, name="a", time_zone="Asia/Shanghai", cutoff_set="pbis-2025-il2-pgml")
    text = (root / "site.toml").read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0")
    (root / "site.toml").write_text(text)
    for folder in ("inbox", "truth"):
        shutil.copytree(simulated / folder, root / folder, dirs_exist_ok=True)
    run_plain(load_site(root), NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))
    (root / "quick.toml").write_text(QUICK)


@pytest.fixture(scope="module")
def truth(site: Path) -> dict[str, dict[str, str]]:
    return {r["subject"]: r for r in csv.DictReader((site / "truth" / "subjects.csv").read_text().splitlines())}


@pytest.fixture(scope="module")
def outcomes(site: Path) -> dict[str, dict[str, str]]:
    path = next(p for p in (site / "archive" / "outcomes").rglob("*") if p.is_file())
    return {r["subject"]: r for r in csv.DictReader(path.read_text().splitlines())}


def test_the_table_holds_what_the_files_said(
    site: Path, truth: dict[str, dict[str, str]], outcomes: dict[str, dict[str, str]]
) -> None:
    table = study_table(site)
    assert len(table) == table["subject_id"].nunique() >= 185
    assert set(table["cohort"].dropna()) == {"derivation", "validation", "lenvatinib"}
    for row in table.to_dict("records"):
        told = outcomes[row["subject_id"]]
        assert row["os_months"] == float(told["os_months"])
        assert row["os_event"] == (told["dead"].lower() in ("1", "true", "yes", "y"))
        assert row["best_response"] == told["best_response"]
    kept = table.dropna(subset=["nlr", "crp_mg_dl"])
    right = [abs(r["nlr"] - float(truth[r["subject_id"]]["nlr"])) < 0.02 * r["nlr"] for r in kept.to_dict("records")]
    assert sum(right) > 0.9 * len(kept)
    for name in ("ifn_gamma_pg_ml", "il10_pg_ml", "il17_pg_ml", "il6_pg_ml", "tnf_pg_ml"):
        assert table[name].notna().mean() > 0.6, name
        assert set(table[f"{name}_op"].dropna()) <= {"=", "<", "<=", ">", ">="}


def test_cut_offs_and_points_are_the_site_s_unless_the_study_brings_its_own(site: Path, tmp_path: Path) -> None:
    assert site_cuts(site) == {"nlr": 3.5, "crp_mg_dl": 0.13, "il12_pg_ml": 11.6, "il2_pg_ml": 3.2}
    settings, table = site_study(site, (), None, None)
    assert settings.score.il2_pg_ml == 3.2
    assert "il2_point" in table
    (tmp_path / "study.toml").write_text("[score]\nil2_pg_ml = 3200\n")
    settings, table = site_study(site, (), None, tmp_path / "study.toml")
    assert settings.score.il2_pg_ml == 3200
    assert "il2_point" not in table


def test_covariates_come_from_a_file_and_cohorts_are_chosen(site: Path, tmp_path: Path) -> None:
    subject = study_table(site)["subject_id"][0]
    path = tmp_path / "covariates.csv"
    path.write_text(f"subject_id,age,sex\n{subject},71,f\n")
    table = study_table(site, ("derivation", "validation"), path)
    assert set(table["cohort"]) == {"derivation", "validation"}
    assert table.set_index("subject_id")["age"].dropna().to_dict() in ({subject: 71.0}, {})
    with pytest.raises(UsageError, match="there is no such cohort; expected one of derivation"):
        study_table(site, ("nobody",))
    path.write_text(f"subject_id,nlr\n{subject},3\n")
    with pytest.raises(TableRefused, match="column nlr comes from the release already"):
        study_table(site, (), path)


def test_covariates_of_subjects_that_are_called_by_figures_find_them(tmp_path: Path) -> None:
    """0012 is no 12: read as numbers, every covariate of the file was that of nobody, without a word."""
    rows, extra = tmp_path / "table.csv", tmp_path / "covariates.csv"
    rows.write_text("subject_id,cohort,os_months,os_event,nlr\n0012,derivation,0.1,1,4.35\n0013,derivation,5,0,2\n")
    extra.write_text("subject_id,age\n0012,71\n,50\n")
    table = read_table(rows, (), extra)
    assert table["age"].tolist()[:1] == [71.0]
    assert table["age"].isna().tolist() == [False, True]
    extra.write_text("subject_id,age\n12,71\n")
    with pytest.raises(
        TableRefused, match="none of its subjects is in the study; its first is '12', that of the study '0012'"
    ):
        read_table(rows, (), extra)


def test_cytokines_of_two_plates_are_combined_by_the_rules_of_the_score(tmp_path: Path) -> None:
    """The plate whose name comes last in the alphabet decided, however far the plates were apart."""
    root = write_small_site(tmp_path / "site", 2).root
    layout = root / "inbox" / "layouts" / f"{plate_of(2).header.batch}.csv"
    layout.write_text(layout.read_text().replace("SR002", "SR001"))  # the samples of the first plate once more
    run_plain(load_site(root), NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3, 0))
    query = "select subject_id, analyte, value_op, value from specimen_result join specimen_owner using (specimen_id)"
    rows = run_query(root, query).to_pandas()
    table, seen = study_table(root).set_index("subject_id"), set()
    for analyte, column in (("IL-6", "il6_pg_ml"), ("IL-10", "il10_pg_ml"), ("IL-17A", "il17_pg_ml")):
        for who in ("P1001", "P1002", "P1003", "P1004"):
            own = rows[(rows["subject_id"] == who) & (rows["analyte"] == analyte)]
            assert len(own) == 2
            assert set(own["value_op"]) == {"="}
            is_apart = own["value"].std() / own["value"].mean() > 0.25
            expected = np.nan if is_apart else np.exp(np.log(own["value"]).mean())
            assert table.loc[who, column] == pytest.approx(expected, nan_ok=True)
            seen.add(is_apart)
    assert seen == {True, False}


def test_the_command_writes_the_study_and_says_what_it_found(site: Path, tmp_path: Path) -> None:
    out = tmp_path / "study"
    done = pbis("study", "--site", site, "--config", site / "quick.toml", "-o", out)
    assert done.returncode == 0, done.stderr
    assert "OS, derivation: PBIS high vs low HR" in done.stdout
    made = json.loads((out / "result.json").read_text(encoding="utf-8"))
    wanted = ("survival", "pooled", "os", "PBIS ≥ 2 vs below")
    hr = next(n for n in made["numbers"] if (n["section"], n["population"], n["endpoint"], n["term"]) == wanted)
    assert hr["low"] < 3.6 < hr["high"]
    assert (out / "report.html").stat().st_size > 100_000


def test_a_table_from_a_file_is_the_one_from_the_release(site: Path, tmp_path: Path) -> None:
    direct = study_table(site)
    for path in (tmp_path / "table.csv", tmp_path / "table.parquet"):
        direct.to_csv(path, index=False) if path.suffix == ".csv" else direct.to_parquet(path)
        pd.testing.assert_frame_equal(check_table(read_table(path)), check_table(direct), check_dtype=False)


def test_a_named_release_gives_the_same_table_whatever_is_published_since(site: Path, tmp_path: Path) -> None:
    (name,) = [p.name for p in (site / "releases").iterdir() if p.is_dir() and not p.is_symlink()]
    shutil.copy(site / "site.toml", tmp_path / "site.toml")
    shutil.copytree(site / "releases" / name, tmp_path / "releases" / name)
    with pytest.raises(UsageError, match="nothing is published yet"):
        study_table(tmp_path)  # the newest is another one by now
    pd.testing.assert_frame_equal(study_table(tmp_path, release=name), study_table(site))
    assert site_cuts(tmp_path, name) == site_cuts(site)
    for wrong in ("current", "2020-01-01-1", f"../releases/{name}"):
        with pytest.raises(UsageError, match=rf"there is no such release; kept are {name}"):
            study_table(tmp_path, release=wrong)


@pytest.mark.parametrize(
    ("words", "error", "message"),
    [
        (["study", "--data", "x.csv", "--release", "y", "-o", "x"], click.UsageError, "release of a site"),
        (["study", "-o", "x"], click.UsageError, "either --site FOLDER or --data FILE"),
        (["study"], click.UsageError, "expected -o FOLDER"),
        (["study", "--data", "missing.csv", "-o", "x"], UsageError, r"missing\.csv"),
        (["study", "claims", "--claims", "missing.toml"], ConfigError, "no such file"),
    ],
)
def test_misuse_is_said_in_one_line(words: list[str], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        commands.main(words, standalone_mode=False)


def test_claims_and_null_speak_json(capsys: pytest.CaptureFixture[str]) -> None:
    commands.main(["study", "claims", "--json"], standalone_mode=False)
    made = json.loads(capsys.readouterr().out)
    assert {c["verdict"] for c in made["claims"]} == {"reproduced", "inconsistent", "not checkable"}
    commands.main(["study", "null", "--repeats", "10", "--patients", "60", "--json"], standalone_mode=False)
    assert json.loads(capsys.readouterr().out)["repeats"] == 10


def test_every_draw_of_a_subject_is_scored_in_the_release_and_the_baseline_is_the_score(site: Path) -> None:
    """The simulated cohort has draws before and under treatment beside its baselines."""
    own = 'from score where not exists (from score_by_visit as v where v.is_baseline and v.subject_id = score.subject_id and v.cutoff_set = score.cutoff_set and v."group" = score."group" and v.score_min = score.score_min)'
    assert run_query(site, f"select count(*) as n {own}").column("n").to_pylist() == [0]
    drawn = "from score_by_visit where is_site_set and not is_baseline"
    (row,) = run_query(
        site, f"select count(*) as n, count(*) filter (days_after_start > 0) as later {drawn}"
    ).to_pylist()
    assert row["n"] > row["later"] > 0
    lines = run_query(
        site,
        "select source_kind, count(*) as n from visit_input where reason is null and source_key is not null group by all",
    )
    assert {row["source_kind"] for row in lines.to_pylist()} == {"lab", "assay"}


def test_a_validation_of_a_site_says_in_its_place_what_its_plates_cannot_answer(site: Path, tmp_path: Path) -> None:
    made = CliRunner().invoke(
        validate, ["--site", str(site), "--panel", "human-cytokine-7plex", "-o", str(tmp_path / "v")]
    )
    assert made.exit_code == 0, made.output
    said = made.output.splitlines()
    assert "Instrument to instrument: not answered: all plates are of one instrument (LX10022187304)." in said
    assert (
        "Linearity and recovery: not answered: no specimen was read at three dilutions or more on one plate; a dilution series of at least five is asked for."
        in said
    )
    assert "Lower limit of quantification: 7 meets." in said
    page = (tmp_path / "v" / "report.html").read_text(encoding="utf-8")
    assert "not answered: 4 plates, at least 5 asked for" in page
    with pytest.raises(UsageError, match="no plate of the release is of it; its panels: human-cytokine-7plex"):
        validate_site(site, "nobody-s", None, "", tmp_path / "w")
