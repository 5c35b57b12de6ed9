"""One file, one refusal: what happens to a single arrival, or to the program that opens it, never ends the night of the others."""

from __future__ import annotations

import io
import os
import sys
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

import warehouse
from pbis.config import Site
from pbis.core.errors import IntegrityError
from pbis.files import workbook as floor
from pbis.pipeline import collecting
from pbis.pipeline.archive import keep, release
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.inbox import Arrival, InboxRules, discover
from pbis.pipeline.night import run_plain
from pbis.pipeline.quarantine import return_completed
from pbis.simulate.xlsx import workbook

Make = Callable[..., Site]
After = Callable[[bool], Site]
Clock = Callable[[], datetime]
P01 = "HCC7P_20250915_P01.csv"
TOLD_TO_DIE = Path(__file__).resolve().parents[1] / "files" / "told_to_die.py"
MARK = "docProps/told_to_die.xml"
HEADER = ["MRN", "Accession", "Test", "Result", "Units", "Status", "Collected"]
ROW = ["MRN-1", "A1", "CRP", 1.3, "mg/L", "final", "2026-03-05 07:30"]
RULES = InboxRules(max_bytes=10_000_000, settle_seconds=0.0)


class Meddler(Silent):
    """Does something to the inbox as a step begins, after it has been listed."""

    def __init__(self, **acts: Callable[[], object]) -> None:
        self.acts = acts

    def step(self, name: str, total: int) -> None:
        self.acts.get(name.replace(" ", "_"), lambda: None)()


def drop(site: Site, kind: str, name: str, data: bytes) -> Path:
    folder = site.path("inbox") / kind
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


def why(site: Site, kind: str, name: str) -> str:
    (text,) = site.path("quarantine").glob(f"*/{kind}/{name}.why.txt")
    return text.read_text()


def loaded(site: Site) -> tuple[object, ...]:
    with warehouse.opened(site.path("warehouse")) as con:
        rows = con.execute(
            "select count(*) from store.run union all select count(*) from store.clinical_lab order by 1"
        ).fetchall()
        return tuple(count for (count,) in rows)


def marked(data: bytes) -> bytes:
    buffer = io.BytesIO(data)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(MARK, "")
    return buffer.getvalue()


def test_files_that_go_change_or_kill_their_parser_leave_the_night_to_the_others(
    make_site: Make, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = make_site(plates=(P01,), has_clinic=False)
    good = workbook([("Results", [HEADER, ROW])])
    drop(site, "labs", "good.xlsx", good)
    drop(site, "labs", "dies.xlsx", marked(workbook([("Results", [HEADER, ROW, ROW])])))
    gone = [drop(site, kind, "gone.csv", b"gone " + kind.encode()) for kind in ("plates", "labs", "linkage", "layouts")]
    folder, pipe, locked = (drop(site, "plates", f"{n}.csv", n.encode()) for n in ("folder", "pipe", "locked"))
    real = os.open

    def denied(path: object, *arguments: int, **named: object) -> int:
        if path == locked:  # root, who runs the tests in a container, may read everything
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **named)

    def replaced() -> None:
        gone[0].unlink()
        folder.unlink()
        folder.mkdir()
        pipe.unlink()
        os.mkfifo(pipe)

    meddler = Meddler(importing_clinical_files=lambda: [p.unlink() for p in gone[1:]], reading_plates=replaced)
    monkeypatch.setattr(os, "open", denied)
    monkeypatch.setattr(floor, "CHILD", (sys.executable, str(TOLD_TO_DIE), "marked", *floor.CHILD))
    outcome = run_plain(site, NightOptions(), meddler, clock)
    assert (outcome.state, outcome.plates_loaded) == ("done_with_refusals", 1)  # exit 6
    assert loaded(site) == (1, 1)
    assert "a parser that ended by SIGSEGV" in why(site, "labs", "dies.xlsx")
    assert (next(site.path("quarantine").glob("*/labs")) / "dies.xlsx").exists()
    for path in gone:
        text = why(site, path.parent.name, path.name)
        assert "the file vanished" in text
        assert "Drop it again" in text
    assert "found     a folder" in why(site, "plates", "folder.csv")
    assert "found     a pipe" in why(site, "plates", "pipe.csv")
    assert "found     Permission denied" in why(site, "plates", "locked.csv")
    assert [p for p in site.path("inbox").rglob("*") if p.is_file()] == []


def test_an_entry_that_goes_while_the_folder_is_listed_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plates").mkdir()
    for name in ("a.csv", "b.csv"):
        (tmp_path / "plates" / name).write_bytes(b"x")
    real = Path.lstat

    def lstat(self: Path) -> os.stat_result:
        if self.name == "a.csv":
            self.unlink(missing_ok=True)
        return real(self)

    monkeypatch.setattr(Path, "lstat", lstat)
    found = discover(tmp_path, RULES)
    assert [each.name for each in found.arrivals] == ["b.csv"]
    assert [(each.name, "vanished" in str(each.error)) for each in found.refusals] == [("a.csv", True)]


@pytest.fixture
def arrival(tmp_path: Path) -> Arrival:
    (tmp_path / "inbox" / "plates").mkdir(parents=True)
    (tmp_path / "inbox" / "plates" / "a.csv").write_bytes(b"data")
    return discover(tmp_path / "inbox", RULES).arrivals[0]


def test_a_file_that_has_taken_the_name_of_a_stored_one_stays(tmp_path: Path, arrival: Arrival) -> None:
    keep(tmp_path / "archive", arrival)
    arrival.path.write_bytes(b"a newer export")
    assert "was replaced or changed while the night ran" in str(release(tmp_path / "archive", arrival))
    assert arrival.path.read_bytes() == b"a newer export"


def test_a_stored_file_that_cannot_be_removed_is_a_note(
    tmp_path: Path, arrival: Arrival, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(self: Path, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")  # as on a share that gives no right to delete

    keep(tmp_path / "archive", arrival)
    monkeypatch.setattr(Path, "unlink", denied)
    assert "could not be taken out of the inbox and stays there: Permission denied" in str(
        release(tmp_path / "archive", arrival)
    )


def test_a_stored_file_that_is_gone_or_a_folder_now_is_no_trouble(tmp_path: Path, arrival: Arrival) -> None:
    keep(tmp_path / "archive", arrival)
    arrival.path.unlink()
    assert release(tmp_path / "archive", arrival) is None
    arrival.path.mkdir()
    assert "Is a directory" in str(release(tmp_path / "archive", arrival))
    assert arrival.path.is_dir()


def test_a_known_file_whose_archived_copy_is_lost_is_stored_again(after_a_night: After, clock: Clock) -> None:
    site = after_a_night(False)
    (archived,) = site.path("archive").glob("plates/??/*")
    data = archived.read_bytes()
    archived.unlink()
    again = drop(site, "plates", P01, data)
    outcome = run_plain(site, NightOptions(), Silent(), clock)
    assert any("has come again; it is archived anew" in note for note in outcome.notes)
    assert (archived.read_bytes(), again.exists()) == (data, False)


def test_a_known_file_that_vanishes_again_before_it_is_archived_anew_stops_the_night(
    after_a_night: After, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = after_a_night(False)
    (archived,) = site.path("archive").glob("plates/??/*")
    data = archived.read_bytes()
    archived.unlink()
    again = drop(site, "plates", P01, data)
    monkeypatch.setattr(collecting, "archived_path", lambda *_: (again.unlink(missing_ok=True), archived)[1])
    with pytest.raises(IntegrityError, match="gone"):  # what the release rests on is lost, and nothing brought it back
        run_plain(site, NightOptions(), Silent(), clock)


def test_a_text_of_the_quarantine_that_a_person_has_edited_ends_no_night(tmp_path: Path) -> None:
    folder = tmp_path / "quarantine" / "n1" / "plates"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_bytes(b"x")
    (folder / "a.csv.why.txt").write_bytes("für später".encode("latin-1"))
    (folder / "b.csv.why.txt").mkdir()
    assert return_completed(tmp_path / "quarantine", tmp_path / "inbox") == ()
