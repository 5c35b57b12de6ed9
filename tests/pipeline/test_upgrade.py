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
from small_site import write_small_site

import warehouse
from pbis.config import Site, load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.pipeline.verifying import verify

FOLDER = Path(__file__).parents[1] / "golden" / "sites"
ARCHIVE = {name: path for path in sorted(FOLDER.glob("*.tar.xz")) for name in path.name[: -len(".tar.xz")].split("-")}
OLDEST = min(ARCHIVE)


def shown(site: Site) -> dict[str, Any]:
    """What the newest release shows: sha256 of its Parquet files; of plates the rows but for the name of the configuration, which is
    the site file's: earlier builds wrote another one."""
    current = (site.path("releases") / "current").resolve()
    found: dict[str, Any] = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in current.rglob("*.parquet")}
    plate: pa.Table = pq.read_table(current / "parquet" / "plate.parquet")
    return found | {"plate.parquet": plate.drop_columns(["config_hash"]).to_pylist()}


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The same files in a site of today."""
    site = write_small_site(tmp_path_factory.mktemp("fresh") / "site", 1)
    run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 5, 3))
    return shown(site)


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


def upgraded(name: str, folder: Path, fresh: dict[str, Any]) -> None:
    """It has the migrations of its time and no later one; a night brings it to today, whole, with the results of a fresh site."""
    site = left_behind(name, folder)
    then = migrations(site)
    assert (len(then), then[-1][:4]) == (int(name), name)
    outcome = run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, 6, 3))
    assert (outcome.refused, outcome.groups["high"]) == ((), 4)
    assert migrations(site)[: len(then)] == then
    assert [fault.sentence for fault in verify(site, None, lambda: datetime(2026, 1, 7)).faults] == []
    assert shown(site) == fresh


def test_the_oldest_site_is_brought_to_today_by_one_night(fresh: dict[str, Any], tmp_path: Path) -> None:
    upgraded(OLDEST, tmp_path, fresh)


@pytest.mark.prove
@pytest.mark.parametrize("name", ARCHIVE)
def test_integrity_of_a_site_that_an_earlier_build_left_behind(
    name: str, fresh: dict[str, Any], tmp_path: Path
) -> None:
    upgraded(name, tmp_path, fresh)
