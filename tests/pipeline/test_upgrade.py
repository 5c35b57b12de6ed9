"""Sites that earlier builds left behind, one for each migration that was once the newest, and a night of today on each of them.

tools/old_sites.py made them, by the code of then. Numbers that never were the newest on the main line have none: their code never ran
alone.
"""

from __future__ import annotations

import hashlib
import lzma
import tarfile
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from forked_nights import Asked
from undisturbed import TONIGHT, Begun, Forked, copied

import warehouse
from pbis.cli import commands
from pbis.config import Site, load_site
from pbis.core.errors import UsageError
from pbis.pipeline.cohort import published_sheet
from pbis.pipeline.explain import explain_subject
from pbis.pipeline.past_files import known_of
from pbis.pipeline.published import run_query
from pbis.pipeline.verifying import verify

FOLDER = Path(__file__).parents[1] / "golden" / "sites"
ARCHIVE = {name: path for path in sorted(FOLDER.glob("*.tar.xz")) for name in path.name[: -len(".tar.xz")].split("-")}
OLDEST = min(ARCHIVE)


def shown(root: Path) -> dict[str, Any]:
    """What the newest release shows: sha256 of its Parquet views, and the rows of its results; of plates the rows but for the name of the
    configuration, which is the site file's: earlier builds wrote another one."""
    current = (root / "releases" / "current").resolve()
    views = (current / "parquet").iterdir()
    found: dict[str, Any] = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in views}
    found["result"] = run_query(root, "from result order by run_id, plate_number, well, analyte").to_pylist()
    plate: pa.Table = pq.read_table(current / "parquet" / "plate.parquet")
    return found | {"plate.parquet": plate.drop_columns(["config_hash"]).to_pylist()}


def left_behind(name: str, folder: Path) -> Site:
    with lzma.open(ARCHIVE[name]) as packed, tarfile.open(fileobj=packed, mode="r|") as archive:
        for member in archive:
            if member.name.startswith(name):
                archive.extract(member, folder, filter="data")
            elif (folder / name).exists():
                break
    return load_site(folder / name)


def migrations(site: Site) -> list[str]:
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        rows = con.execute(
            "select name from store.warehouse_migration where name <> 'views' order by sequence"
        ).fetchall()
    return [row[0] for row in rows]


def begun_today(old: Site, folder: Path, first_night: Begun, forked: Forked) -> Path:
    """A site of today after its first night on the export that the old one holds, whose last digits another processor simulated."""
    (export,) = (path.read_bytes() for path in (old.root / "archive" / "plates").glob("*/*"))
    fresh = copied(first_night.root, folder / "fresh")
    (plate,) = (path for path in (fresh.path("inbox") / "plates").iterdir() if path.name != "junk.csv")
    plate.write_bytes(export)
    assert forked(Asked(str(fresh.root), TONIGHT)).status == 0
    return fresh.root


def upgraded(name: str, folder: Path, first_night: Begun, forked: Forked, sample: int | None = None) -> None:
    """It has the migrations of its time and no later one; a night brings it to today, whole, with the results of a fresh site."""
    site = left_behind(name, folder)
    then = migrations(site)
    assert (len(then), then[-1][:4]) == (int(name), name)
    answer = forked(Asked(str(site.root), "2026-01-06T03:00"))
    assert (answer.status, answer.refused) == (0, []), answer
    assert migrations(site)[: len(then)] == then
    with closing(
        warehouse.connect(site.path("warehouse"), read_only=True)
    ) as con:  # three in the morning in Berlin, UTC
        nights = con.execute("select started_at from store.night order by sequence").fetchall()
        loaded = con.execute("select distinct loaded_at from store.run").fetchall()
    assert nights == [(datetime(2026, 1, 5, 2),), (datetime(2026, 1, 6, 2),)]
    assert loaded == [(datetime(2026, 1, 5, 2),)]
    assert (site.path("releases") / "current").readlink().name == "2026-01-06-1"  # though nothing but the form is new
    assert [fault.sentence for fault in verify(site, sample, lambda: datetime(2026, 1, 7)).faults] == []
    assert shown(site.root) == shown(begun_today(site, folder, first_night, forked))


def test_what_a_release_of_an_earlier_build_lacks_is_said_in_one_sentence(tmp_path: Path) -> None:
    site = left_behind(OLDEST, tmp_path)
    with closing(warehouse.open_published(site.path("releases") / "current" / "pbis.duckdb")) as con:
        (subject,) = con.execute("select min(subject_id) from score").fetchone() or ("",)
    said = r"an earlier build published this release \(it ends at 0001_.*, this program at \d{4}_.*\): the next night publishes it anew$"
    for ask in (
        lambda: published_sheet(site.root),
        lambda: explain_subject(site.root, subject),
        lambda: run_query(site.root, "from open_item"),
    ):
        with pytest.raises(UsageError, match=said):
            ask()


def test_a_site_of_an_earlier_build_can_be_asked_who_withdraws_and_be_compared(tmp_path: Path) -> None:
    site = left_behind(OLDEST, tmp_path)
    path = site.path("warehouse")
    with closing(warehouse.connect(path, read_only=True)) as con:
        assert warehouse.is_of_an_earlier_build(con)
        assert warehouse.subjects_of(con)
    before = path.read_bytes()
    with known_of(site) as con:
        assert not warehouse.is_of_an_earlier_build(con)
        assert warehouse.result_hashes(con)
    assert path.read_bytes() == before  # it was a copy that was brought to today


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name == "0034" else [pytest.mark.prove]) for name in ARCHIVE]
)
def test_previews_tell_what_this_program_would_change_on_a_site_of_an_earlier_build(name: str, tmp_path: Path) -> None:
    site = left_behind(name, tmp_path)
    before = {path: path.read_bytes() for path in site.root.rglob("*") if path.is_file() and path.name != "lock"}
    page = tmp_path / "page.html"
    done = CliRunner().invoke(commands, ["preview", "--site", str(site.root), "-o", str(page)])
    assert done.exit_code in (0, 6), done.output
    said = done.output.splitlines()
    assert (said[0] == "nothing would change") == (done.exit_code == 0)
    assert "on the site as it is" in done.output
    assert "What an upgrade would change" in page.read_text()
    assert {path: path.read_bytes() for path in before} == before
    if name == "0034":
        assert done.exit_code == 0, done.output


def test_the_oldest_site_is_brought_to_today_by_one_night(first_night: Begun, forked: Forked, tmp_path: Path) -> None:
    upgraded(OLDEST, tmp_path, first_night, forked, sample=0)


@pytest.mark.prove
@pytest.mark.parametrize("name", ARCHIVE)
def test_integrity_of_a_site_that_an_earlier_build_left_behind(
    name: str, first_night: Begun, forked: Forked, tmp_path: Path
) -> None:
    upgraded(name, tmp_path, first_night, forked)
