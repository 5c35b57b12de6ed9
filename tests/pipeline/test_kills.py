"""A night that is killed at any operation on files, and then one night: the site is what it would have been, and nothing is left over."""

from __future__ import annotations

import hashlib
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from forked_nights import Answer, Asked
from small_site import put_labs, put_patients, put_plate, write_small_site

import warehouse
from pbis.config import Site, load_site
from pbis.pipeline.verifying import verify

Forked = Callable[[Asked], Answer]
FIRST, SECOND = "2026-01-05T03:00", "2026-01-06T03:00"
NAME = re.compile(r"2026-01-06-\d+")  # of the night and its release: a killed night has taken the first name
SHARES = 20


@dataclass(frozen=True)
class Left:
    """What a site shows: hashes of its results and of the newest release, its pages, the names of all its files.

    A night that was killed late has a page, or a release, of its own beside those of the night that came to its end.
    """

    results: dict[str, str]
    release: dict[str, str]
    pages: dict[str, str]
    files: set[str]


@dataclass(frozen=True)
class Begun:
    """A site before a night, what the night leaves, and what it does to files."""

    root: Path
    left: Left
    operations: list[tuple[str, str, str]]

    @property
    def distinct(self) -> list[int]:
        """Operations before which files lie as they lay before no earlier one: a kill at another leaves the same as at one of these."""
        shapes = [shape for _, _, shape in self.operations]
        return [number for number, shape in enumerate(shapes, 1) if shape not in shapes[: number - 1]]


def disturbed(forked: Forked, site: Site) -> Begun:
    """The site, and what becomes of a copy of it in a night that nobody disturbs."""
    labs = put_labs(site.path("inbox"), [1, 2])
    labs.write_text(labs.read_text() + "one cell,of many\n")
    (site.path("inbox") / "plates" / "junk.csv").write_bytes(b"dear lab, the plate follows\n" * 50)
    whole = _copied(site.root, site.root.with_name("whole"))
    answer = forked(Asked(str(whole.root), SECOND, "look"))
    assert (answer.state, answer.refused) == ("done_with_refusals", ["junk.csv"])
    return Begun(site.root, _left(whole), [(what, on, shape) for what, on, shape in answer.operations])


@pytest.fixture(scope="session")
def begun(forked: Forked, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """Before its second night, which has a new plate and a later export of the first one, a refused file, a refused line, and files of
    patients."""
    site = write_small_site(tmp_path_factory.mktemp("begun") / "site", 1)
    assert forked(Asked(str(site.root), FIRST)).state == "done"
    put_plate(site.path("inbox"), 2)
    put_plate(site.path("inbox"), 1, exported_again=3)
    put_patients(site.path("inbox"), [2])
    return disturbed(forked, site)


def _copied(root: Path, folder: Path) -> Site:
    return load_site(Path(shutil.copytree(root, folder, symlinks=True)))


def _left(site: Site) -> Left:
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        results = warehouse.result_hashes(con)
    current = (site.path("releases") / "current").resolve()
    release = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in current.rglob("*.parquet")}
    pages = {
        _named(str(path.relative_to(site.root))): _named(path.read_text())
        for path in site.path("reports").rglob("*.html")
    }
    return Left(results, release, pages, set(_names(site)))


def _names(site: Site) -> Iterator[str]:
    for path in site.root.rglob("*"):
        if path.is_file() or path.is_symlink():
            yield _named(str(path.relative_to(site.root)))


def _named(text: str) -> str:
    return NAME.sub("TONIGHT", text)


def killed_and_completed(begun: Begun, forked: Forked, folder: Path, at: int) -> None:
    """Kill at the operation, run one night, and hold the site against the one that nobody disturbed."""
    site = _copied(begun.root, folder / "site")
    assert forked(Asked(str(site.root), SECOND, "kill", at)).status == -signal.SIGKILL
    answer = forked(Asked(str(site.root), SECOND))
    assert answer.status == 0, answer.error
    left, what = _left(site), begun.operations[at - 1][:2]
    assert left.results == begun.left.results, what
    assert left.release == begun.left.release, what
    assert left.files == begun.left.files, what
    assert left.pages == begun.left.pages, what
    assert [fault.sentence for fault in verify(site, 0, lambda: datetime(2026, 1, 7)).faults] == [], what


def test_what_a_killed_night_refused_and_wrote_is_told_once_by_the_one_that_completes_it(
    forked: Forked, empty_warehouse: Path, tmp_path: Path
) -> None:
    site = write_small_site(tmp_path / "site", 1)
    site.path("warehouse").parent.mkdir()
    shutil.copy(empty_warehouse, site.path("warehouse"))
    begun = disturbed(forked, site)
    before_index = next(n for n, (_, on, _) in enumerate(begun.operations, 1) if on.endswith("/index.html.part"))
    killed_and_completed(begun, forked, tmp_path / "killed", before_index)


@pytest.mark.prove
@pytest.mark.parametrize("share", range(SHARES))
def test_integrity_of_a_night_that_is_killed_at_any_operation(
    share: int, begun: Begun, forked: Forked, tmp_path: Path
) -> None:
    print(f"{len(begun.operations)} operations, {len(begun.distinct)} states of the disk")
    failed = []
    for at in begun.distinct[share::SHARES]:
        try:
            killed_and_completed(begun, forked, tmp_path / str(at), at)
        except AssertionError as error:  # the others are tried all the same
            failed.append((at, begun.operations[at - 1][:2], str(error)[:300]))
        shutil.rmtree(tmp_path / str(at))
    assert failed == []
