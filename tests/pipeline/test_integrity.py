"""What used to happen in silence: a file replaced in the night, an archive that changed, a warehouse that is gone, a name given twice."""

from __future__ import annotations

import hashlib
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from made_once import Once

import warehouse
from pbis.cli import main
from pbis.config import Site, load_site
from pbis.core.errors import IntegrityError
from pbis.pipeline.archive import archived_path
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.inbox import KINDS
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome

P01, P02 = "HCC7P_20250915_P01.csv", "HCC7P_20250916_P02.csv"
LOT_SHEET = "Kit,K\nLot,another\nUnit,pg/mL\nReagent,IL-2\nStandard1,100\nStandard2,25\n"
FIRST = "2026-01-05-1"


def at(day: int, hour: int = 3) -> Callable[[], datetime]:
    return lambda: datetime(2026, 1, day, hour)


@dataclass
class During(Silent):
    """Does something once, when a step begins: what people do to the inbox does not wait for the night."""

    title: str
    act: Callable[[], object]
    done: list[str] = field(default_factory=list)

    def step(self, name: str, total: int) -> None:
        if name == self.title:
            self.done.append(name)
            self.act()


def go(site: Site, day: int = 6, teller: Silent | None = None) -> Outcome:
    return run_plain(site, NightOptions(), teller or Silent(), at(day))


def put(path: Path, data: bytes) -> None:
    """As programs replace a file: a new one beside it, then one rename."""
    new = path.with_name("new.tmp")
    new.write_bytes(data)
    new.replace(path)


@pytest.fixture(scope="session")
def published(copy_site: Callable[..., Site], once: Once) -> Path:
    """A site after its first night, with a file of every kind; to be copied."""

    def make(folder: Path) -> None:
        site = copy_site(folder / "site", plates=(P01,))
        (site.path("inbox") / "lot_sheets" / "sheet.csv").write_text(LOT_SHEET)
        (site.path("inbox") / "worklists").mkdir(exist_ok=True)
        (site.path("inbox") / "worklists" / "planned.csv").write_text("barcode,due on\nSR999001,2027-02-01\n")
        outcome = go(site, 5)
        assert (outcome.night_id, outcome.refused) == (FIRST, ())

    return once("published", make) / "site"


@dataclass(frozen=True)
class Kept:
    """The site, and what its newest release was before something happened."""

    site: Site
    current: str
    releases: dict[str, str]

    def require_unchanged(self) -> None:
        assert _current(self.site) == self.current
        assert _releases(self.site) == self.releases


@pytest.fixture
def kept(published: Path, tmp_path: Path) -> Kept:
    site = load_site(Path(shutil.copytree(published, tmp_path / "site", symlinks=True)))
    return Kept(site, _current(site), _releases(site))


def _current(site: Site) -> str:
    return (site.path("releases") / "current").readlink().name


def _releases(site: Site) -> dict[str, str]:
    """Every published file with its hash, but for databases: that of an older release is made again of its parts."""
    files = [p for p in site.path("releases").rglob("*") if p.is_file() and p.suffix != ".duckdb"]
    return {str(p.relative_to(site.root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def archived(site: Site, kind: str) -> Path:
    return next(p for p in sorted((site.path("archive") / kind).rglob("*")) if p.is_file())


def change(path: Path) -> None:
    """Five digits of an archived file, as a stray program or a bad disk might."""
    data = path.read_bytes()
    place = max(data.rfind(digit) for digit in (b"1", b"2", b"3"))
    path.chmod(0o600)
    path.write_bytes(data[:place] + b"5" + data[place + 1 :])


def cut(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-40])


def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, site: Site) -> tuple[int, str]:
    """Exit code and what `pbis night` says last on standard error, as a user meets it."""
    monkeypatch.setattr(sys, "argv", ["pbis", "night", "--site", str(site.root), "--engine", "plain"])
    capsys.readouterr()
    with pytest.raises(SystemExit) as stop:
        main()
    return int(stop.value.code or 0), capsys.readouterr().err


@pytest.fixture
def stops(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """stops(kept) runs the command: exit 7, one line, no traceback, nothing published; returns the line."""

    def stop(kept: Kept) -> str:
        code, said = command(capsys, monkeypatch, kept.site)
        lines = [line for line in said.splitlines() if line.startswith("pbis: ")]
        assert (code, len(lines)) == (7, 1), said
        assert "Traceback" not in said
        kept.require_unchanged()
        return lines[0]

    return stop


# --- the inbox ---------------------------------------------------------------------------------------------------------


JUNK = b"dear lab, the plate follows\n" * 50


def more_labs(site: Site, simulated: Path, rows: int = 1) -> Path:
    """A laboratory file that the site does not have yet, in its inbox: cheaper than a plate."""
    text = (simulated / "inbox" / "labs" / "labs_north.csv").read_bytes()
    path = site.path("inbox") / "labs" / "more.csv"
    path.write_bytes(text + text.splitlines(keepends=True)[-1] * rows)
    return path


@pytest.mark.parametrize(("kind", "step"), [("plates", "loading plates"), ("labs", "publishing")])
def test_a_file_replaced_in_the_night_waits_for_the_next(kind: str, step: str, kept: Kept, simulated: Path) -> None:
    site = kept.site
    if kind == "labs":
        path = more_labs(site, simulated)
    else:
        path = Path(shutil.copy(simulated / "inbox" / kind / P02, site.path("inbox") / kind))
    first = path.read_bytes()
    replaced = During(step, lambda: put(path, JUNK))
    outcome = go(site, 6, replaced)
    assert (replaced.done, outcome.refused) == ([step], ())
    assert (outcome.plates_loaded, outcome.imported.get("labs", 0)) == ((1, 0) if kind == "plates" else (0, 1))
    assert path.read_bytes() == JUNK
    assert archived_path(site.path("archive"), kind, hashlib.sha256(first).hexdigest()).read_bytes() == first
    (note,) = [note for note in outcome.notes if "was replaced or changed while the night ran" in note]
    assert note.startswith(path.name)
    assert "for the next night" in note
    assert [p.name for p in path.parent.iterdir()] == [path.name]
    assert [r.name for r in go(site, 7).refused] == [path.name]
    assert list(path.parent.iterdir()) == []


def test_a_refused_file_replaced_in_the_night_is_put_aside_and_the_new_one_waits(kept: Kept, simulated: Path) -> None:
    site = kept.site
    path = site.path("inbox") / "plates" / P02
    good = (simulated / "inbox" / "plates" / P01).read_bytes()
    path.write_bytes(JUNK)
    outcome = go(site, 6, During("publishing", lambda: put(path, good)))
    folder = site.path("quarantine") / outcome.night_id / "plates"
    assert [r.name for r in outcome.refused] == [P02]
    assert (folder / P02).read_bytes() == JUNK
    assert "another file lay under its name" in (folder / f"{P02}.why.txt").read_text()
    assert path.read_bytes() == good
    assert any("stays in the inbox for the next night" in note for note in outcome.notes)
    assert go(site, 7).plates_known == 1


def test_an_empty_file_that_is_filled_in_the_night_waits_for_the_next(kept: Kept, simulated: Path) -> None:
    site = kept.site
    path = site.path("inbox") / "plates" / P02
    path.write_bytes(b"")
    good = (simulated / "inbox" / "plates" / P02).read_bytes()
    outcome = go(site, 6, During("publishing", lambda: path.write_bytes(good)))
    assert [r.message for r in outcome.refused if "is empty" in r.message]
    assert path.read_bytes() == good
    assert not (site.path("quarantine") / outcome.night_id / "plates" / P02).exists()


def test_what_a_killed_night_had_taken_out_of_the_inbox_is_back_the_next(kept: Kept, simulated: Path) -> None:
    folder = kept.site.path("inbox") / "plates"
    (folder / ".taken-abc").mkdir()
    shutil.copy(simulated / "inbox" / "plates" / P01, folder / ".taken-abc" / P02)
    (folder / P02).write_bytes(JUNK)
    outcome = go(kept.site)
    assert (outcome.plates_known, [r.name for r in outcome.refused]) == (1, [P02])
    assert list(folder.iterdir()) == []


# --- the archive -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_an_archived_file_that_changed_stops_the_night_that_reads_it(
    kind: str, kept: Kept, stops: Callable[..., str]
) -> None:
    path = archived(kept.site, kind)
    (change if kind != "outcomes" else cut)(path)
    if kind != "linkage":  # which every night reads; the others when something under them changes
        file = kept.site.root / "site.toml"
        file.write_text(file.read_text().replace('profile = "research"', 'profile = "regulated"'))
    said = stops(kept)
    assert f"archive/{kind}/{path.name[:2]}/{path.name}: the archived file was changed" in said
    assert f"expected bytes with sha256 {path.name}" in said
    assert f"sha256 {hashlib.sha256(path.read_bytes()).hexdigest()}" in said
    assert "restore this file of the archive from a backup" in said


@pytest.mark.parametrize("kind", KINDS)
def test_an_archived_file_that_is_gone_stops_the_night(kind: str, kept: Kept, stops: Callable[..., str]) -> None:
    path = archived(kept.site, kind)
    path.unlink()
    said = stops(kept)
    assert f"archive/{kind}/{path.name[:2]}/{path.name}: the archived file is gone" in said
    assert "found no file" in said
    assert "restore this file" in said


def test_the_linkage_and_its_folder_gone_publish_nobody_as_not_scored(kept: Kept, stops: Callable[..., str]) -> None:
    shutil.rmtree(kept.site.path("archive") / "linkage")
    assert "archive/linkage/" in stops(kept)


def test_a_damaged_copy_of_a_file_that_comes_again_stops_the_night(
    kept: Kept, stops: Callable[..., str], simulated: Path
) -> None:
    cut(archived(kept.site, "plates"))
    dropped = Path(shutil.copy(simulated / "inbox" / "plates" / P01, kept.site.path("inbox") / "plates"))
    assert "the archived file was changed" in stops(kept)
    assert dropped.exists()


def test_a_file_gone_from_the_archive_that_is_dropped_again_is_archived_again(kept: Kept, simulated: Path) -> None:
    path = archived(kept.site, "plates")
    path.unlink()
    shutil.copy(simulated / "inbox" / "plates" / P01, kept.site.path("inbox") / "plates")
    outcome = go(kept.site)
    assert outcome.state == "nothing_new"
    assert [note for note in outcome.notes if "archived anew" in note]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == path.name


def test_commands_that_are_given_an_archived_file_prove_it_too(
    kept: Kept, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = archived(kept.site, "plates")
    for damage, wanted in ((None, 0), (cut, 7)):
        if damage:
            damage(path)
        monkeypatch.setattr(sys, "argv", ["pbis", "read", str(path), "--json"])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = int(stop.code or 0)
        assert code == wanted, capsys.readouterr().err


# --- the warehouse -----------------------------------------------------------------------------------------------------


def _delete(path: Path) -> None:
    path.unlink()


def _truncate(path: Path) -> None:
    path.write_bytes(b"")


def _empty(path: Path) -> None:
    path.unlink()
    with warehouse.opened(path) as con:
        warehouse.migrate(con)


@pytest.mark.parametrize("damage", [_delete, _truncate, _empty])
def test_a_warehouse_that_is_gone_stops_the_night_on_any_day(
    damage: Callable[[Path], None], kept: Kept, stops: Callable[..., str]
) -> None:
    damage(kept.site.path("warehouse"))
    for day in (5, 6):
        with pytest.raises(IntegrityError, match="the warehouse does not know") as stop:
            go(kept.site, day)
        assert stop.value.exit_code == 7
        kept.require_unchanged()
    said = stops(kept)
    assert "warehouse/working.duckdb" in said
    assert "restore the warehouse from its newest backup" in said
    if damage is not _empty:
        assert not kept.site.path("warehouse").exists() or not kept.site.path("warehouse").stat().st_size


def test_an_older_copy_of_the_warehouse_stops_the_night(kept: Kept, stops: Callable[..., str], simulated: Path) -> None:
    site = kept.site
    older = site.path("warehouse").read_bytes()
    more_labs(site, simulated)
    assert go(site).imported == {"labs": 1}
    newest = site.path("warehouse").read_bytes()
    site.path("warehouse").write_bytes(older)
    later = Kept(site, _current(site), _releases(site))
    said = stops(later)
    assert "does not know 1 file of the archive" in said
    site.path("warehouse").write_bytes(newest)
    assert go(site, 7).state == "nothing_new"
    later.require_unchanged()


def test_archive_and_warehouse_both_gone_stop_the_night(kept: Kept, stops: Callable[..., str]) -> None:
    shutil.rmtree(kept.site.path("archive"))
    kept.site.path("warehouse").unlink()
    assert "the newest release rests on" in stops(kept)


def test_a_site_is_started_anew_from_its_archive_and_no_release_is_named_twice(kept: Kept) -> None:
    """The way by hand: archived files back into the inbox, the lost warehouse away, on the day of the release."""
    site = kept.site
    site.path("warehouse").unlink()
    for kind in KINDS:
        for path in (site.path("archive") / kind).glob("??/*"):
            path.rename(site.path("inbox") / kind / f"{path.name}.csv")
    outcome = go(site, 5)
    assert outcome.night_id == "2026-01-05-2"
    assert {name: value for name, value in _releases(site).items() if FIRST in name} == kept.releases
    assert sum(outcome.groups[group] for group in ("high", "low")) > 0


def test_a_clock_that_was_set_back_gives_no_name_twice_and_is_said(kept: Kept, simulated: Path) -> None:
    site = kept.site
    for name in (".2026-01-04-7.partial", "2026-01-04-3"):
        (site.path("releases") / name).mkdir()
    more_labs(site, simulated)
    outcome = go(site, 4)
    assert (outcome.night_id, _current(site)) == ("2026-01-04-8", "2026-01-04-8")
    assert [note for note in outcome.notes if "it was set back" in note]
    assert {name: value for name, value in _releases(site).items() if FIRST in name} == kept.releases


def test_a_new_site_with_plates_and_no_linkage_has_lost_nothing(finished: Path, tmp_path: Path) -> None:
    site = load_site(Path(shutil.copytree(finished, tmp_path / "site", symlinks=True)))
    outcome = go(site)
    assert (outcome.state, outcome.notes, sum(outcome.groups.values())) == ("nothing_new", (), 0)
    assert [path.name for path in site.path("archive").iterdir()] == ["plates"]


def test_a_file_taken_out_of_the_inbox_after_a_killed_night_is_said_once_and_stops_nothing(
    kept: Kept, simulated: Path, killed: Callable[[Site, str], int]
) -> None:
    site = kept.site
    path = Path(shutil.copy(simulated / "inbox" / "plates" / P02, site.path("inbox") / "plates"))
    assert killed(site, "assay") == -signal.SIGKILL
    file_id = hashlib.sha256(path.read_bytes()).hexdigest()
    assert archived_path(site.path("archive"), "plates", file_id).exists()
    path.unlink()
    first, second = go(site), go(site, 7)
    assert [file_id[:12] in note for note in first.notes if "in the inbox no more" in note] == [True]
    assert (first.plates_loaded, second.notes) == (0, ())
    kept.require_unchanged()
    path.write_bytes(archived_path(site.path("archive"), "plates", file_id).read_bytes())
    assert go(site, 8).plates_loaded == 1


def test_a_private_folder_of_the_inbox_is_no_arrival(kept: Kept) -> None:
    folder = kept.site.path("inbox") / "plates"
    (folder / ".taken-empty").mkdir()
    assert go(kept.site).refused == ()
    assert list(folder.iterdir()) == []
