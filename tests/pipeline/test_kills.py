"""A night that is killed at any operation on files, and then one night: the site is what it would have been, and nothing is left over."""

from __future__ import annotations

import shutil
import signal
from datetime import datetime
from pathlib import Path

import pytest
from forked_nights import Asked
from small_site import put_labs, put_patients, put_plate, write_small_site
from undisturbed import TONIGHT, Begun, Forked, copied, disturbed, left_of

from pbis.pipeline.quarantine import clear_half
from pbis.pipeline.verifying import verify

SHARES = 40


@pytest.fixture(scope="session")
def begun(forked: Forked, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """Before its second night, which has a new plate and a later export of the first one, a refused file, a refused line, and files of
    patients."""
    site = write_small_site(tmp_path_factory.mktemp("begun") / "site", 1)
    assert forked(Asked(str(site.root), "2026-01-05T03:00")).state == "done"
    put_plate(site.path("inbox"), 2)
    put_plate(site.path("inbox"), 1, exported_again=3)
    put_patients(site.path("inbox"), [2])
    put_labs(site.path("inbox"), [1, 2])
    return disturbed(forked, site)


def killed_and_completed(begun: Begun, forked: Forked, folder: Path, at: int) -> None:
    """Kill at the operation, run one night, and hold the site against the one that nobody disturbed."""
    site = copied(begun.root, folder / "site")
    assert forked(Asked(str(site.root), TONIGHT, "kill", at)).status == -signal.SIGKILL
    answer = forked(Asked(str(site.root), TONIGHT))
    assert answer.status == 0, answer.error
    left, what = left_of(site), begun.operations[at - 1][:2]
    assert left.results == begun.left.results, what
    assert left.release == begun.left.release, what
    assert left.files == begun.left.files, what
    assert left.pages == begun.left.pages, what
    put_aside = [path.name for path in site.path("quarantine").glob("*/*/*") if path.is_file()]
    assert sorted(put_aside) == sorted(set(put_aside)), what
    assert [str(folder) for folder in site.path("quarantine").glob("*/**/") if not any(folder.iterdir())] == [], what
    assert [fault.sentence for fault in verify(site, 0, lambda: datetime(2026, 1, 7)).faults] == [], what


def test_half_files_of_a_killed_night_are_cleared_and_what_is_explained_stays(tmp_path: Path) -> None:
    for night in ("2026-01-05-1", "2026-01-05-2"):
        folder = tmp_path / night / "plates"
        folder.mkdir(parents=True)
        for name in ("whole.csv", "whole.csv.why.txt", "not_moved.csv.why.txt", "half.csv.why.txt.part"):
            (folder / name).write_text("it was refused\nwhy: no plate\n")
        (folder / "gone.csv.why.txt").write_text("it was refused\nnote: the file was gone before it could be moved\n")
    (tmp_path / "2026-01-05-1" / "labs").mkdir()
    clear_half(tmp_path, "2026-01-05-1")
    left = sorted(str(path.relative_to(tmp_path / "2026-01-05-1")) for path in (tmp_path / "2026-01-05-1").rglob("*"))
    assert left == ["plates", "plates/gone.csv.why.txt", "plates/whole.csv", "plates/whole.csv.why.txt"]
    assert len(list((tmp_path / "2026-01-05-2").rglob("*"))) == 6
    (tmp_path / "2026-01-05-3").mkdir()
    (tmp_path / "2026-01-05-3" / "night.html.part").write_text("<!DOCTYPE")
    clear_half(tmp_path, "2026-01-05-3")
    assert not (tmp_path / "2026-01-05-3").exists(), "half a page, and no folder of a kind"


def test_what_a_killed_night_refused_and_wrote_is_told_once_by_the_one_that_completes_it(
    first_night: Begun, forked: Forked, tmp_path: Path
) -> None:
    operations = enumerate(first_night.operations, 1)
    before_index = next(number for number, (_, on, _) in operations if on.endswith("/index.html.part"))
    killed_and_completed(first_night, forked, tmp_path, before_index)


def test_a_night_killed_while_it_empties_the_inbox_leaves_nothing_untold(
    begun: Begun, forked: Forked, tmp_path: Path
) -> None:
    """It has published and put the refused files aside, and its notes and refusals have reached nobody."""
    operations = enumerate(begun.operations, 1)
    emptying = next(at for at, (did, on, _) in operations if did == "os.remove" and on.startswith("/inbox/"))
    killed_and_completed(begun, forked, tmp_path, emptying)


def test_what_fell_from_a_release_that_is_gone_is_not_told_and_stops_nothing(
    begun: Begun, forked: Forked, tmp_path: Path
) -> None:
    """The night that completes a killed one compares with what people saw last, beside the guard on what was published last."""
    site = copied(begun.root, tmp_path / "site")
    at = next(at for at, (did, on, _) in enumerate(begun.operations, 1) if did == "os.remove" and "/inbox/" in on)
    assert forked(Asked(str(site.root), TONIGHT, "kill", at)).status == -signal.SIGKILL
    (seen,) = (path for path in site.path("releases").glob("2026-01-05-*") if path.is_dir())
    shutil.rmtree(seen)
    answer = forked(Asked(str(site.root), TONIGHT))
    assert answer.status == 0, answer.error
    index = (site.path("reports") / "index.html").read_text()
    assert f"release {seen.name}, which people saw last, is not there as it was published" in index


@pytest.mark.prove
@pytest.mark.timeout(3600)  # seven kills, on a machine that others work on too
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
