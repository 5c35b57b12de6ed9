"""One inbox, twelve ways to run its night: by one process or two, under Prefect, by a Dask cluster of one worker, two and four, each with a lake
and without. Results, the release and the pages are the same, byte by byte, because the clock is."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from lake_site import lake_has_each_release_once, with_knobs, with_new_lake
from postgres import PostgresServer
from small_site import write_small_site
from undisturbed import copied

import warehouse
from pbis.config import Site

PROGRAM = Path(__file__).parents[1] / "clocked_night.py"
TONIGHT = "2026-01-06T03:00"
PLATES = 4
PATIENCE_S = 600
WAYS = (
    ("plain", "processes", 1),
    ("plain", "processes", 2),
    ("prefect", "processes", 1),
    ("plain", "dask", 1),
    ("plain", "dask", 2),
    ("plain", "dask", 4),
)


@dataclass(frozen=True)
class Made:
    """results: hash by table; parts, pages: sha256 by file, of all Parquet parts of the release and of all pages."""

    results: dict[str, str]
    parts: dict[str, str]
    pages: dict[str, str]


def made(site: Site) -> Made:
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        results = warehouse.result_hashes(con)
    release = (site.path("releases") / warehouse.CURRENT).resolve()
    return Made(
        results,
        _sha256(release, release.rglob("*.parquet")),
        _sha256(site.path("reports"), site.path("reports").rglob("*.html")),
    )


def _sha256(root: Path, paths: Iterable[Path]) -> dict[str, str]:
    return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def night(site: Site, engine: str) -> dict[str, object]:
    call = [sys.executable, str(PROGRAM), str(site.root), TONIGHT, engine]
    done = subprocess.run(call, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_service_gives_the_same_in_all_twelve_ways(
    prefect_store: Path, postgres: PostgresServer, tmp_path: Path
) -> None:
    arrived = write_small_site(tmp_path / "arrived", PLATES)
    found = {}
    for engine, kind, workers in WAYS:
        for has_lake in (False, True):
            name = f"{engine}-{kind}-{workers}{'-lake' if has_lake else ''}"
            site = with_knobs(
                copied(arrived.root, tmp_path / name), kind=f'"{kind}"', workers=str(workers), shard_size="1"
            )
            if has_lake:
                site = with_new_lake(site, postgres, tmp_path / f"data-{name}")
            if engine == "prefect":
                site.path("state").mkdir(mode=0o700)  # one that others may look into would be mended, with a note
                shutil.copytree(prefect_store, site.path("state") / "prefect")
            told = night(site, engine)
            assert (told["state"], told["lake"]) == ("done", ""), (name, told)
            assert not [note for note in told["notes"] if "worker" in note or "cluster" in note], (name, told)
            assert not has_lake or lake_has_each_release_once(site) == 1
            found[name] = made(site)
    first = found["plain-processes-1"]
    assert len(first.pages) > PLATES
    assert first.parts != {}
    print(f"{len(found)} ways: {len(first.results)} tables, {len(first.parts)} parts, {len(first.pages)} pages")
    for name, one in found.items():
        assert one == first, name
