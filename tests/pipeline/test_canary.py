"""A record number and a name are planted where extracts hold them; no byte of any output may contain them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

import warehouse
from pbis.config import Site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.pipeline.published import run_query

NAME = "Zebediah Quagga-Canary"
NUMBER = "MRN77123409X"
GUARDED = ("inbox", "archive", "quarantine")


@pytest.fixture
def planted(make_site: Callable[..., Site]) -> Site:
    """A site whose extracts name a patient: known to the linkage, unknown to it, and in a file that is refused."""
    site = make_site(plates=("HCC7P_20250915_P01.csv",))
    inbox = site.path("inbox")
    for file in (inbox / "labs").glob("*.csv"):
        head, *rows = file.read_text().splitlines()
        first = rows[0].split(",")[0]
        known = [row.replace(first, NUMBER, 1) if row.startswith(first) else row for row in rows]
        unknown = rows[1].replace(rows[1].split(",")[0], NUMBER + "9", 1)
        lines = [f"{head},patient_name", *(f"{row},{NAME}" for row in [*known, unknown])]
        file.write_text("\n".join(lines) + "\n")
    (inbox / "labs" / "faulty.csv").write_text(f"mrn,accession,test,value,unit,status,collected_at\n{NUMBER},{NAME}\n")
    linkage = next((inbox / "linkage").iterdir())
    linkage.write_text(linkage.read_text() + f"north,{NUMBER},P0001,,\n")
    return site


@pytest.mark.parametrize("engine", ["plain"])
def test_no_output_holds_a_record_number_or_a_name(planted: Site, engine: str) -> None:
    call = [
        sys.executable,
        "-c",
        "from pbis.cli import main; main()",
        "night",
        "--site",
        str(planted.root),
        "--engine",
        engine,
    ]
    done = subprocess.run(call, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 6, done.stderr
    printed = [("standard output", done.stdout), ("standard error", done.stderr)]
    outputs = [*printed, *_outputs(planted)]
    assert len(outputs) > 90
    assert [where for where, text in outputs if NUMBER in text or NAME in text] == []


def test_a_release_holds_no_name_that_people_gave_to_a_file_about_patients(
    make_site: Callable[..., Site], simulated: Path, clock: Callable[[], datetime]
) -> None:
    """Accepted, refused, and refused with its own name in the message; plates and layouts keep the names that the lab knows."""
    site = make_site(plates=("HCC7P_20250915_P01.csv",))
    inbox = site.path("inbox")
    kinds = ("labs", "treatments", "specimens", "outcomes", "linkage")
    for kind in kinds:
        file = sorted((inbox / kind).iterdir())[0]
        file.rename(file.with_name(f"{NAME} {NUMBER} {kind}.csv"))
        (inbox / kind / f"{NAME} {NUMBER} broken.csv").write_text("no,such\ncolumns,x\n")
    for plate in (None, "HCC7P_20250916_P02.csv"):  # what a night refused is in the release of the next
        if plate is not None:
            shutil.copy(simulated / "inbox" / "plates" / plate, inbox / "plates")
        run_plain(site, NightOptions(), Silent(), clock)
    release = site.path("releases") / "current"
    outputs = [(str(path), path.read_bytes().decode("latin-1")) for path in release.rglob("*") if path.is_file()]
    outputs += _values(release / "pbis.duckdb")
    assert [where for where, text in outputs if NUMBER in text or NAME in text] == []
    refused = run_query(
        site.root, "select kind, name, message from refused_file where kind <> 'layouts' order by kind"
    ).to_pylist()
    assert [row["kind"] for row in refused] == sorted(kinds)
    assert all(re.fullmatch(f"{row['kind']}-[0-9a-f]{{12}}", row["name"]) for row in refused)
    assert all(row["message"].startswith(row["name"]) for row in refused)
    files = run_query(site.root, "select distinct file_id, file_name from clinical_lab").to_pylist()
    assert f"labs-{files[0]['file_id'][:12]}" in {row["file_name"] for row in files}
    assert "HCC7P_20250915_P01.csv" in run_query(site.root, "select file_name from plate").column(0).to_pylist()


def _outputs(site: Site) -> Iterator[tuple[str, str]]:
    """Every output as text: files outside the guarded folders, and every value of every table, which files hold compressed."""
    for path in site.root.rglob("*"):
        inside = path.relative_to(site.root).parts[0]
        if path.is_file() and inside not in GUARDED:
            yield str(path), path.read_bytes().decode("latin-1")
    for database in (site.path("warehouse"), site.path("releases") / "current" / "pbis.duckdb"):
        yield from _values(database)


def _values(database: Path) -> Iterator[tuple[str, str]]:
    with warehouse.opened(database) as con:
        tables = con.execute("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
        assert len(tables) > 20
        for schema, table in tables:
            rows = con.execute(f'select t::varchar from {schema}."{table}" t').fetchall()
            yield f"{database.name}: {table}", "\n".join(str(row[0]) for row in rows)
