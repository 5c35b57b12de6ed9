"""A release out to every form: as many rows as it has, the same numbers, the same bytes; and what the command says."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
from click.testing import CliRunner
from exported_rows import read_csv, read_sheet, read_xpt

import warehouse
from pbis.cli import commands
from pbis.config import Site
from pbis.core.errors import UsageError
from pbis.export import FORMS, questions, write_export
from pbis.export.columns import COLUMNS
from pbis.export.model import ExportAbout
from pbis.export.omop import FIRST_DOSE
from pbis.pipeline.exporting import export_site
from pbis.pipeline.published import published_file, run_query
from pbis.version import __version__
from warehouse.released import DAY_ZERO

# What a release has of each kind, in its own views.
COUNTS = {
    "results": "select count(*) as n from result_all where well_role in ('unknown', 'unknown_role')",
    "scores": "select count(*) as n from score",
    "labs": "select count(*) as n from clinical_lab",
}


@pytest.fixture(scope="module")
def exported(good: Site) -> dict[str, pa.Table]:
    """Question -> rows as the release gives them."""
    names = {name for what in COLUMNS for form in FORMS for name in questions(what, form)}
    return warehouse.exported(published_file(good.root), sorted(names))


@pytest.fixture(scope="module")
def written(good: Site, exported: dict[str, pa.Table], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what_form of everything that can be written."""
    folder = tmp_path_factory.mktemp("written")
    (made,) = exported["about"].to_pylist()
    for what in COLUMNS:
        about = ExportAbout(made["release"], made["started_at"], what, __version__, good.file.site.name)
        for form, (ending, _) in FORMS.items():
            write_export(exported[questions(what, form)[1]], about, form, folder / f"{what}_{form}{ending}")
    return folder


def _read(path: Path) -> pd.DataFrame:
    if path.suffix == ".xlsx":
        names, *rows = read_sheet(path, "data")
        return pd.DataFrame(rows, columns=names)
    if path.suffix == ".csv":
        return pd.read_csv(path, dtype={"value_text": str, "value_op": str, "subject_id": str})
    if path.suffix == ".xpt":
        return read_xpt(path)
    return pd.read_stata(path) if path.suffix == ".dta" else pyreadstat.read_sav(path, apply_value_formats=True)[0]


@pytest.mark.parametrize("what", COLUMNS)
def test_every_form_has_the_rows_of_the_release(
    what: str, written: Path, good: Site, exported: dict[str, pa.Table]
) -> None:
    (count,) = run_query(good.root, COUNTS[what]).column("n").to_pylist()
    assert count == exported[what].num_rows > 0
    number = "il12_value" if what == "scores" else "value"
    text = {"results": "value_text", "scores": "cutoff_set", "labs": "value_text"}[what]
    word = {"results": "qc_state", "scores": "pbis_group", "labs": "status"}[what]
    for form in ("csv", "xlsx", "sav", "dta", "xpt"):
        frame = _read(written / f"{what}_{form}.{form}")
        named = {c.name: c.short if form == "xpt" else c.name for c in COLUMNS[what]}
        assert frame[named["seq"]].tolist() == list(range(1, count + 1)), form
        for name in ("subject_id", number, text, word):
            wanted = [None if each in ("", None) else each for each in exported[what].column(name).to_pylist()]
            found = [None if pd.isna(each) or each == "" else each for each in frame[named[name]].tolist()]
            assert found == wanted, (form, name)


@pytest.mark.parametrize("what", ["results", "labs"])
def test_a_number_is_the_number_of_its_text_and_of_its_display(what: str, exported: dict[str, pa.Table]) -> None:
    rows = [row for row in exported[what].to_pylist() if row["value_text"] is not None]
    assert {row["value_op"] for row in rows} >= {"=", "<"} if what == "results" else {"="}
    for row in rows:
        assert float(row["value_text"]) == row["value"]
        assert row["value_display"] == ("" if row["value_op"] == "=" else row["value_op"]) + _four(row["value"])
    assert all(row["value"] is None for row in exported[what].to_pylist() if row["value_text"] is None)


def _four(value: float) -> str:
    return f"{float(f'{value:.4g}'):.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def test_what_may_not_be_reported_has_reasons_and_no_value(exported: dict[str, pa.Table]) -> None:
    rows = exported["results"].to_pylist()
    kept = [row for row in rows if not row["is_reportable"]]
    assert kept
    assert all(row["value"] is None and row["ci_low"] is None and row["reason_1"] for row in kept)
    assert all(row["reasons"].split("; ")[0] == row["reason_1"] for row in kept)


@pytest.mark.parametrize("what", COLUMNS)
def test_findings_in_the_two_models_are_those_of_the_release(what: str, written: Path, good: Site) -> None:
    frame = read_xpt(written / f"{what}_sdtm.xpt")
    assert frame.groupby("USUBJID")["LBSEQ"].apply(lambda each: list(each) == list(range(1, len(each) + 1))).all()
    flagged = frame[frame["LBBLFL"] == "Y"]
    assert 0 < len(flagged) == len(flagged.drop_duplicates(["USUBJID", "LBTESTCD"]))
    assert (frame["LBSTAT"].eq("NOT DONE") == frame["LBSTRESC"].eq("")).all()
    assert set(frame["STUDYID"]) == {good.file.site.name}
    with zipfile.ZipFile(written / f"{what}_omop.zip") as files:
        read = {
            name: list(csv.DictReader(io.StringIO(files.read(name).decode(), newline=""))) for name in files.namelist()
        }
    placed = read["observation.csv" if what == "scores" else "measurement.csv"]
    people = {row["person_id"] for row in read["person_map.csv"]}
    assert {row["person_id"] for row in placed} == people
    known = [row for row in read["unplaced.csv"] if row["subject_id"]]
    records = len(frame) // 2 if what == "scores" else len(frame)
    assert len(placed) + len(known) == records
    assert DAY_ZERO == FIRST_DOSE


def test_baselines_of_laboratory_rows_are_what_the_score_took(written: Path, good: Site) -> None:
    frame = read_xpt(written / "labs_sdtm.xpt")
    taken = run_query(
        good.root,
        "select subject_id, value_text, unit from score_input where measure = 'crp' and reason is null and source_kind = 'lab'",
    ).to_pylist()
    crp = frame[(frame["LBTESTCD"] == "CRP") & (frame["LBBLFL"] == "Y")]
    prefix = f"{good.file.site.name}-"
    flagged = {row["USUBJID"].removeprefix(prefix): row["LBSTRESC"] for row in crp.to_dict("records")}
    assert len(flagged) > 100
    assert {row["subject_id"]: row["value_text"] for row in taken if row["subject_id"] in flagged} == {
        subject: text.lstrip("<>=") for subject, text in flagged.items()
    }


def test_the_same_release_is_the_same_bytes(written: Path, good: Site, tmp_path: Path) -> None:
    for form in ("sav", "sdtm"):
        found = export_site(good.root, "scores", form, tmp_path / f"scores_{form}{FORMS[form][0]}")
        for path in found.paths:
            assert path.read_bytes() == (written / path.name).read_bytes(), path.name
    assert ["about", "release", "", "", "", "", "2026-01-05-1"] in read_csv(tmp_path / "scores_sav.sav.codebook.csv")


def test_the_command_says_what_it_wrote(good: Site, tmp_path: Path) -> None:
    out = tmp_path / "scores.csv"
    words = ["export", "--site", str(good.root), "--what", "scores", "--as", "csv", "-o", str(out)]
    done = CliRunner().invoke(commands, words)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines() == [f"wrote {out}: {len(read_csv(out)) - 1} rows", f"wrote {out}.codebook.csv"]
    with pytest.raises(UsageError, match="there is no such release"):
        export_site(good.root, "scores", "csv", out, release="1999-01-01-1")
    with pytest.raises(UsageError, match=r"expected a name that ends in \.sav"):
        export_site(good.root, "scores", "sav", out)
