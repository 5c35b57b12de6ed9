"""One byte changed, a file cut, a file gone, of every kind in the archive, and whatever comes next: named, or as on a whole site."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from forked_nights import Answer, Asked
from small_site import put_labs, put_plate, write_small_site

import warehouse
from pbis.config import Site, load_site
from pbis.core.errors import IntegrityError
from pbis.pipeline.archive import archived_path
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.rebuilding import rebuild
from pbis.pipeline.verifying import verify

Forked = Callable[[Asked], Answer]
LOT_SHEET = "Kit,K\nLot,another\nUnit,pg/mL\nReagent,IL-2\nStandard1,100\nStandard2,25\n"
DAMAGES: dict[str, Callable[[bytes], bytes | None]] = {
    "a byte changed": lambda data: data[:-2] + bytes([data[-2] ^ 1]) + data[-1:],
    "cut": lambda data: data[: len(data) // 2],
    "gone": lambda data: None,
}


def at(day: int, hour: int = 3) -> Callable[[], datetime]:
    return lambda: datetime(2026, 1, day, hour)


def nothing(site: Site) -> None:
    """The next night has nothing new."""


def export_again(site: Site) -> None:
    """The plate comes in another export, and results in another file."""
    put_plate(site.path("inbox"), 1, exported_again=3)
    put_labs(site.path("inbox"), [1], "labs_again.csv", day=1)


def decision(site: Site) -> None:
    """A well of the plate is excluded."""
    decide(site.root, Request("exclude", "A. Name", "bubble", "seen", "LOAD_0001", well="A4"), at(5, 12))


NEXT = {"nothing": nothing, "export again": export_again, "decision": decision}


@dataclass(frozen=True)
class Shown:
    """What a site shows: hashes of its results, and of the Parquet files of the newest release."""

    results: dict[str, str]
    release: dict[str, str]


def shown(site: Site) -> Shown:
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        results = warehouse.result_hashes(con)
    return Shown(results, released(site))


def released(site: Site) -> dict[str, str]:
    current = (site.path("releases") / "current").resolve()
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in current.rglob("*.parquet")
        if path.parent.name == "parquet" or path.name.rpartition("-")[0] in warehouse.TABLES_OF_RESULTS
    }


def copied(root: Path, folder: Path) -> Site:
    return load_site(Path(shutil.copytree(root, folder, symlinks=True)))


@pytest.fixture(scope="session")
def stocked(forked: Forked, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site after a night, with a file of every kind in its archive."""
    site = write_small_site(tmp_path_factory.mktemp("stocked") / "site", 1)
    (site.path("inbox") / "lot_sheets" / "sheet.csv").write_text(LOT_SHEET)
    (site.path("inbox") / "worklists" / "planned.csv").write_text("plate,due_on\nPLANNED,2026-02-01\n")
    assert forked(Asked(str(site.root), "2026-01-05T03:00")).state == "done"
    assert sorted(path.name for path in site.path("archive").iterdir()) == sorted(KINDS)
    return site.root


@pytest.fixture(scope="session")
def undamaged(stocked: Path, forked: Forked, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Shown]:
    """What comes next, on the whole archive."""
    found = {}
    for name, act in NEXT.items():
        site = copied(stocked, tmp_path_factory.mktemp("undamaged") / "site")
        act(site)
        assert forked(Asked(str(site.root), "2026-01-06T03:00")).status == 0
        found[name] = shown(site)
    assert len({tuple(each.release.items()) for each in found.values()}) == len(NEXT)
    return found


def damaged(stocked: Path, folder: Path, kind: str, damage: str) -> tuple[Site, str]:
    """A copy of the site with one file of the kind damaged, and the file's name."""
    site = copied(stocked, folder)
    path = next(path for path in sorted((site.path("archive") / kind).rglob("*")) if path.is_file())
    data = DAMAGES[damage](path.read_bytes())
    path.unlink()
    if data is not None:
        path.write_bytes(data)
    return site, path.name


@pytest.mark.prove
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_integrity_of_a_damaged_archive_whatever_comes_next(
    damage: str, kind: str, stocked: Path, undamaged: dict[str, Shown], forked: Forked, tmp_path: Path
) -> None:
    """A night stops with 7, names the file and publishes nothing, or gives what it gives on the whole archive."""
    for name, act in NEXT.items():
        site, file = damaged(stocked, tmp_path / name, kind, damage)
        before = released(site)
        act(site)
        answer = forked(Asked(str(site.root), "2026-01-06T03:00"))
        assert answer.status in (0, 7), (name, answer)
        if answer.status == 7:
            assert file in answer.error, (name, answer.error)
            assert released(site) == before
        else:
            assert shown(site) == undamaged[name], name
        faults = [fault.sentence for fault in verify(site, None, at(7)).faults]
        kept = archived_path(site.path("archive"), kind, file)
        is_back = kept.exists() and hashlib.sha256(kept.read_bytes()).hexdigest() == file  # the layout came again
        assert any(line.startswith("archive: ") and file in line for line in faults) != is_back, (name, faults)
        shutil.rmtree(site.root)


@pytest.mark.prove
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage", DAMAGES)
def test_integrity_of_a_site_that_is_rebuilt_from_a_damaged_archive(
    damage: str, kind: str, stocked: Path, tmp_path: Path
) -> None:
    """It stops with 7 and names the file."""
    site, file = damaged(stocked, tmp_path / "old", kind, damage)
    with pytest.raises(IntegrityError, match=file):
        rebuild(site, tmp_path / "new")
