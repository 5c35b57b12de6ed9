"""A site before a night and what the night leaves, where nobody disturbs it: what a disturbed one is held against."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from forked_nights import Answer, Asked
from small_site import LAB_HEADER, written

import warehouse
from pbis.config import Site, load_site

Forked = Callable[[Asked], Answer]
TONIGHT = "2026-01-06T03:00"
NAME = re.compile(r"2026-01-06-\d+")  # of the night and its release: a killed night has taken the first name
HASHES = re.compile(r'(?<=name="pbis-basis" content=")[0-9a-f]{64}|(?<=style-src &#39;sha256-)[\w+/]+=*')


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
    stranger = "999,N1,751-8,3.2,10*9/L,final,2025-09-10 08:00,2025-09-10 09:00,0-9"
    written(site.path("inbox") / "labs" / "labs_south.csv", LAB_HEADER, [stranger, "one cell,of many"])
    (site.path("inbox") / "plates" / "junk.csv").write_bytes(b"dear lab, the plate follows\n" * 50)
    whole = copied(site.root, site.root.with_name("whole"))
    answer = forked(Asked(str(whole.root), TONIGHT, "look"))
    assert (answer.state, answer.refused) == ("done_with_refusals", ["junk.csv"])
    return Begun(site.root, left_of(whole), [(what, on, shape) for what, on, shape in answer.operations])


def copied(root: Path, folder: Path) -> Site:
    return load_site(Path(shutil.copytree(root, folder, symlinks=True)))


def left_of(site: Site) -> Left:
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        results = warehouse.result_hashes(con)
    current = (site.path("releases") / "current").resolve()
    release = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in current.rglob("*.parquet")
        if path.parent.name == "parquet" or path.name.rpartition("-")[0] in warehouse.TABLES_OF_RESULTS
    }
    pages = {
        _named(str(path.relative_to(site.root))): _named(path.read_text())
        for path in site.path("reports").rglob("*.html")
    }
    return Left(results, release, pages, set(_names(site)))


def _names(site: Site) -> Iterator[str]:
    """All files but the account of how nights ended: the one that completes a killed night tells there of the killed one too."""
    account = site.path("state") / "last_night.json"
    for path in site.root.rglob("*"):
        if path != account and (path.is_file() or path.is_symlink()):
            yield _named(str(path.relative_to(site.root)))


def _named(text: str) -> str:
    """What a page says, whatever its night is called; its basis and the hash of its style are over that name. A release that a killed night
    had written whole stays, and is listed."""
    return HASHES.sub("HASH", NAME.sub("TONIGHT", text)).replace("TONIGHT (current), TONIGHT,", "TONIGHT (current),")
