"""A well whose label is in doubt, and a file that leaves something open, through nights: held or refused, told by a person, reversed."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pbis.cli.decide import decide as command
from pbis.config import Site
from pbis.core.errors import PbisError, UsageError
from pbis.core.plates.dilution import _is_factor
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request
from pbis.pipeline.night import run_plain, utc_clock
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query
from pbis.pipeline.releasing import release_well

Make = Callable[..., Site]
P01 = "HCC7P_20250915_P01.csv"
PLATE = P01.removesuffix(".csv")
WHO = ("--author", "A. Name", "--reason", "protocol sheet")
RESULTS = "select well, specimen_id, analyte, value_reported, status, qc_state, reasons from result order by all"


def go(site: Site, year: int = 2126) -> Outcome:
    """A night; what is decided in these tests is decided today."""
    return run_plain(site, NightOptions(), Silent(), lambda: datetime(year, 1, 5, 3, 0))


def asked(site: Site, query: str) -> list[dict[str, Any]]:
    return run_query(site.root, query).to_pylist()


def decide(site: Site, *words: str) -> tuple[int, str]:
    done = CliRunner().invoke(command, [*words, "--site", str(site.root)])
    said = str(done.exception) if isinstance(done.exception, PbisError) else done.output
    return getattr(done.exception, "exit_code", done.exit_code), said


def call(path: Path, well: str, name: str, block: bytes = b'"Count"') -> None:
    """The export with the well called otherwise in one block."""
    head, mark, tail = path.read_bytes().partition(b'"DataType:",' + block)
    tail, count = re.subn(rf'(,{well}\)",)"[^"]*"'.encode(), rf'\1"{name}"'.encode(), tail, count=1)
    assert count == 1
    path.write_bytes(head + mark + tail)


@pytest.fixture(scope="module")
def scored(good: Site) -> dict[str, Any]:
    """A specimen that the score uses, both of whose wells have a number."""
    query = (
        "select r.specimen_id, r.subject_id, list(distinct r.well order by r.well) as wells from result as r"
        " join score_input as i on i.specimen_id = r.specimen_id and i.measure = 'il2' and i.reason is null"
        " where r.analyte = 'IL-2' group by all having count(*) = 2 order by 1 limit 1"
    )
    return asked(good, query)[0]


def test_a_label_in_doubt_holds_its_well_until_a_person_says_what_it_holds(
    copy_site: Make, good: Site, scored: dict[str, Any], tmp_path: Path
) -> None:
    site = copy_site(tmp_path / "site", (P01,))
    first, second = scored["wells"]
    for well in (first, second):
        call(site.path("inbox") / "plates" / P01, well, "sample interference")
    assert go(site).waits_for_a_person
    both = f"well in ('{first}', '{second}')"
    held = asked(site, f"select distinct well, status, qc_state, specimen_id, reasons from result_all where {both}")
    assert {(r["status"], r["qc_state"], r["specimen_id"], r["reasons"]) for r in held} == {
        ("HELD", "held", None, "label_differs; held")
    }
    assert asked(site, f"select * from result where {both}") == []
    mfi = "select well, analyte, mfi, bead_count from result_all order by all"
    assert asked(site, mfi) == asked(good, mfi)
    others = f"select * exclude (run_id, file_name, assay_id) from result where not {both} order by all"
    assert asked(site, others) == asked(good, others)
    reason = f"select reason from score_component where component = 'il2' and subject_id = '{scored['subject_id']}'"
    assert {row["reason"] for row in asked(site, reason)} == {"awaiting_decision"}

    plate = asked(site, "select plate from plate")[0]["plate"]
    code, said = decide(site, "release", "--plate", plate, "--well", "A1", "--specimen", "X", *WHO)
    assert code == 2
    assert f"held are {first} (waits for --specimen BARCODE), {second}" in said
    code, said = decide(site, "release", "--plate", plate, "--well", first, "--dilution", "2", *WHO)
    assert (code, "does not wait for its dilution: give --specimen BARCODE" in said) == (2, True)
    for well in (first, second):
        told = ("--specimen", scored["specimen_id"])
        code, said = decide(site, "release", "--plate", plate, "--well", well, *told, *WHO)
        assert code == 0, said
    code, said = decide(site, "release", "--plate", plate, "--well", second, "--specimen", "another", *WHO)
    assert (code, "tells specimen already" in said) == (2, True)
    assert not go(site).waits_for_a_person
    assert asked(site, RESULTS) == asked(good, RESULTS)
    source = f"select distinct role_source from store.well join current_assay using (assay_id) where {both}"
    assert asked(site, source) == [{"role_source": "decision"}]

    code, said = decide(site, "reverse", "2", *WHO)
    assert code == 0, said
    go(site)
    assert asked(site, "select distinct well from result_all where status = 'HELD'") == [{"well": second}]


def test_a_dilution_in_doubt_is_told_without_a_layout(copy_site: Make, good: Site, tmp_path: Path) -> None:
    site = copy_site(tmp_path / "site", (P01,))
    export = site.path("inbox") / "plates" / P01
    well = asked(good, "select well, dilution_factor from result order by all limit 1")[0]
    for path in (site.path("inbox") / "layouts").iterdir():
        rows = path.read_text().splitlines()
        rows = [row.rsplit(",", 1)[0] + "," if row.split(",")[1] == well["well"] else row for row in rows]
        path.write_text("\n".join(rows) + "\n")
    head, mark, tail = export.read_bytes().partition(b'"Dilution Factor"')
    tail = re.sub(rf'(,{well["well"]}\)","[^"]*",)"[^"]*"'.encode(), rb'\1"#REF!"', tail, count=1)
    export.write_bytes(head + mark + tail)
    go(site)
    assert asked(site, "select distinct well, reasons from result_all where status = 'HELD'") == [
        {"well": well["well"], "reasons": "dilution_unknown; held"}
    ]
    plate = asked(site, "select plate from plate")[0]["plate"]
    told = ("--well", well["well"], "--dilution", str(well["dilution_factor"]))
    code, said = decide(site, "release", "--plate", plate, *told, *WHO)
    assert code == 0, said
    go(site)
    assert asked(site, RESULTS) == asked(good, RESULTS)


def test_a_refused_file_is_told_by_its_hash_and_read_again(copy_site: Make, good: Site, tmp_path: Path) -> None:
    site = copy_site(tmp_path / "site", (P01,))
    export = site.path("inbox") / "plates" / P01
    query = "select well, sample_label from result_all where well_role = 'standard' order by all limit 1"
    standard = asked(good, query)[0]
    call(export, standard["well"], "Unknown77")
    data = export.read_bytes()
    go(site, 2026)
    why = next(site.path("quarantine").glob("*/plates/*.why.txt")).read_text()
    sha = re.search(r"sha256: ([0-9a-f]{64})", why)[1]
    assert "one may be a standard" in why
    assert f"--file {sha}" in why

    code, said = decide(site, "tell", "--file", "0" * 64, "--date-order", "dmy", *WHO)
    assert (code, f"in quarantine are {sha[:12]} ({P01})" in said) == (2, True)
    label = f"{standard['well']}={standard['sample_label']}"
    code, said = decide(site, "tell", "--file", sha, "--label", label, *WHO)
    assert code == 0, said
    assert json.dumps({"label": {standard["well"]: standard["sample_label"]}}) in said
    assert go(site).plates_loaded == 1
    assert asked(site, RESULTS) == asked(good, RESULTS)
    kept = site.path("archive") / "plates"
    assert data in [path.read_bytes() for path in kept.rglob("*") if path.is_file()]
    assert not list(site.path("quarantine").glob("*/plates/*"))
    assert go(site).state == "nothing_new"


def test_what_does_not_help_is_refused_once_and_not_each_night(copy_site: Make, tmp_path: Path) -> None:
    site = copy_site(tmp_path / "site", (P01,))
    export = site.path("inbox") / "plates" / P01
    call(export, "A1", "Unknown77")
    go(site, 2026)
    why = next(site.path("quarantine").glob("*/plates/*.why.txt")).read_text()
    sha = re.search(r"sha256: ([0-9a-f]{64})", why)[1]
    assert decide(site, "tell", "--file", sha[:10], "--date-order", "mdy", *WHO)[0] == 0
    assert [len(go(site).refused) for _ in range(2)] == [1, 0]


@pytest.mark.parametrize("factor", [0.0, -4.0, math.nan, math.inf, 1e10, 1e308])
def test_what_is_no_factor_is_no_dilution(factor: float, tmp_path: Path) -> None:
    """Nothing that makes results grow beyond numbers is entered: every night after it would publish nothing."""
    with pytest.raises(UsageError, match="expected a factor above 0 and at most 1e"):
        release_well(tmp_path, Request("release", "a", "verified", "b"), utc_clock, specimen=None, dilution=factor)
    assert not _is_factor(factor)  # one that was entered before, or that an export prints, leaves its well held
