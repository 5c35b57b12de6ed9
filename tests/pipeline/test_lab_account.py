"""Every row of a laboratory file is used, has a reason or was refused alone; a patient's reason names what was sent."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

import warehouse
from pbis.config import load_site
from pbis.core.frames import REASONS
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import run_plain

START = "mrn,cohort,regimen,started_at\n" + "".join(
    f"M{n},d,atezolizumab + bevacizumab,2026-03-10 10:00\n" for n in (1, 2, 3, 4)
)
LINKAGE = "site,mrn,subject\n" + "".join(f"a,M{n},P{n}\n" for n in (1, 2, 3, 4))
HEAD = "mrn,accession,test,value,unit,status,collected_at\n"
AT = "2026-03-09 08:00"
LABS = (
    HEAD
    + "".join(
        f"{row},{AT}\n"
        for row in (
            "M1,ACC-17,CRP,1.3,mg/L,final",
            "M1,ACC-17,CRP,1.30,mg/L,final",
            "M1,ACC-18,Mystery assay of Ms Canary,4,mg/L,final",
            "M1,ACC-17,AFP,9,furlong,final",
            "M2,ACC-21,Mystery assay of Ms Canary,5,mg/L,final",
            "M2,ACC-21,IL-2 receptor,5,pg/mL,final",
            "M3,ACC-31,CRP,2,mg/L,perhaps",
            "M3,ACC-32,CRP,2,mg/L,final",
            "M3,ACC-32,CRP,3,mg/L,corrected",
            "M3,ACC-31,Neutrophils,4,10*9/L,final",
            "M3,ACC-33,Lymphocytes,1,10*9/L,final",
            "M9,ACC-91,CRP,2,mg/L,final",
        )
    )
    + "M1,ACC-17,CRP\n"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with one file of every fate, after its night."""
    root = tmp_path_factory.mktemp("account") / "site"
    night_on(root, {"results.csv": LABS.encode()})
    return root


def night_on(root: Path, labs: dict[str, bytes]) -> None:
    write_site(root, name="a", time_zone="Europe/Berlin", cutoff_set="pbis-2025-il2-pgml")
    (root / "site.toml").write_text(
        (root / "site.toml").read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0")
    )
    (root / "inbox" / "linkage" / "linkage.csv").write_text(LINKAGE)
    (root / "inbox" / "treatments" / "starts.csv").write_text(START)
    for name, data in labs.items():
        (root / "inbox" / "labs" / name).write_bytes(data)
    run_plain(load_site(root), NightOptions(), Silent(), lambda: datetime(2026, 3, 20, 3, 0))


@pytest.fixture(scope="module")
def working(site: Path) -> Callable[[str], list[tuple]]:
    return asked(site / "warehouse" / "working.duckdb")


@pytest.fixture(scope="module")
def released(site: Path) -> Callable[[str], list[tuple]]:
    return asked(site / "releases" / "current" / "pbis.duckdb")


def asked(file: Path) -> Callable[[str], list[tuple]]:
    def ask(query: str) -> list[tuple]:
        con = warehouse.connect(file, read_only=True)
        try:
            return con.execute(query).fetchall()
        finally:
            con.close()

    return ask


def test_each_row_has_its_fate(working: Callable[[str], list[tuple]]) -> None:
    rows = working("select source_line, is_used, reason from clinical_lab order by source_line")
    assert [(used, reason) for _, used, reason in rows] == [
        (True, None),
        (True, None),  # says the same
        (False, "assay_mismatch"),
        (False, "unit_unknown"),
        (False, "assay_mismatch"),
        (False, "assay_mismatch"),
        (False, "preliminary_only"),
        (False, "entered_in_error"),
        (True, None),
        (True, None),
        (True, None),
        (False, "identity_conflict"),
    ]
    details = dict(working("select source_line, detail from clinical_lab"))
    assert details[9].startswith("line 10 of file")
    assert "'furlong'" in details[5]


def test_the_file_is_accounted_for(working: Callable[[str], list[tuple]]) -> None:
    columns = (
        "kind, row_count, used_count, unused_count, refused_count, unmapped_codes, unmapped_units, unmapped_statuses"
    )
    assert working(f"select {columns} from lab_file") == [
        ("labs", 13, 5, 7, 1, "Mystery assay of Ms Canary: 2", "furlong: 1", "perhaps: 1")
    ]


def test_a_patients_reason_names_what_was_sent(working: Callable[[str], list[tuple]]) -> None:
    said = {
        (who, measure): (reason, detail)
        for who, measure, reason, detail in working("select subject_id, measure, reason, detail from score_input")
    }
    called = "code-" + hashlib.sha256(b"Mystery assay of Ms Canary").hexdigest()[:12]
    reason, detail = said["P2", "crp"]
    assert reason == "not_ordered"
    assert detail == (
        f"none of the 2 results of the subject is known to be crp; sent: 1 under a code that the labs map does not know ({called}); "
        "1 of tests that are not those of the score"
    )
    assert said["P4", "crp"] == ("not_ordered", "no result of the subject was sent")
    assert said["P1", "afp"] == ("unit_unknown", "unit 'furlong' is not in the table")
    assert said["P1", "neutrophils"][1].startswith(
        "none of the 4 results of the subject is known to be neutrophils; sent: of afp, crp;"
    )
    assert not any("ACC-" in str(detail) for _, detail in said.values())


def test_a_status_that_was_not_understood_is_no_preliminary_result(tmp_path: Path) -> None:
    night_on(tmp_path / "s", {"results.csv": (HEAD + f"M3,A,CRP,2,mg/L,perhaps,{AT}\n").encode()})
    ask = asked(tmp_path / "s" / "warehouse" / "working.duckdb")
    (row,) = ask("select reason, detail from score_input where subject_id = 'P3' and measure = 'crp'")
    assert row == ("preliminary_only", "status 'perhaps' is not in the labs map and never scores")


def test_the_index_calls_the_words_by_kind_and_hash(site: Path) -> None:
    page = (site / "reports" / "index.html").read_text(encoding="utf-8")
    assert "code-" + hashlib.sha256(b"Mystery assay of Ms Canary").hexdigest()[:12] in page
    assert "quarantine/2026-03-20-1/night.html" in page
    for word in ("Canary", "furlong", "perhaps", "ACC-"):
        assert word not in page


def test_the_page_in_quarantine_says_the_words_and_how_to_map_them(site: Path) -> None:
    page = (site / "quarantine" / "2026-03-20-1" / "night.html").read_text(encoding="utf-8")
    assert "Mystery assay of Ms Canary" in page
    assert "[code]" in page
    assert "[[kit_factor]]" in page
    assert "final = [" in page
    assert "ACC-" not in page


def test_a_release_calls_unknown_codes_by_kind_and_hash(site: Path, released: Callable[[str], list[tuple]]) -> None:
    called = "code-" + hashlib.sha256(b"Mystery assay of Ms Canary").hexdigest()[:12]
    assert released("select unmapped_codes from lab_file") == [(f"{called}: 2",)]
    assert {row[0] for row in released("select code from clinical_lab where reason = 'assay_mismatch'")} >= {called}
    (detail,) = released("select detail from pbis_input where subject_id = 'P2' and measure = 'crp'")
    assert called in detail[0]
    for file in (site / "releases").rglob("*"):
        assert not file.is_file() or b"Canary" not in file.read_bytes()
    said = released("select distinct detail from clinical_lab where detail like '%receptor%'")
    assert len(said) == 1
    assert "'IL-2 receptor'" not in said[0][0]


def unaccounted(ask: Callable[[str], list[tuple]]) -> list[tuple]:
    listed = ", ".join(f"'{reason}'" for reason in REASONS)
    return ask(f"""
        select file_name, source_line, reason from clinical_lab where is_used <> (reason is null) or reason not in ({listed})
        union all
        select file_name, row_count, 'sum' from lab_file where row_count <> used_count + unused_count + refused_count""")


def test_nothing_is_unaccounted_for(working: Callable[[str], list[tuple]]) -> None:
    assert unaccounted(working) == []


def test_every_row_of_real_files_is_accounted_for(shared: Path, tmp_path: Path) -> None:
    folder = shared / "examples" / "clinical"
    files = sorted(
        path for path in folder.rglob("*") if path.suffix in (".hl7", ".ndjson", ".csv") and path.stat().st_size > 800
    )
    night_on(tmp_path / "s", {path.name[-60:]: path.read_bytes() for path in files})
    ask = asked(tmp_path / "s" / "warehouse" / "working.duckdb")
    assert unaccounted(ask) == []
    ((count, rows),) = ask("select count(*), sum(row_count) from lab_file where row_count > 0")
    assert count >= 10
    assert rows == ask("select (select count(*) from clinical_lab) + (select sum(refused_count) from lab_file)")[0][0]


def test_every_row_of_simulated_files_is_accounted_for(simulated: Path, tmp_path: Path) -> None:
    files = sorted((simulated / "inbox" / "labs").iterdir())
    night_on(tmp_path / "s", {path.name: path.read_bytes() for path in files if path.is_file()})
    ask = asked(tmp_path / "s" / "warehouse" / "working.duckdb")
    assert unaccounted(ask) == []
    ((count, rows),) = ask("select count(*), sum(row_count) from lab_file")
    assert count == len(files)
    assert rows > 1000
