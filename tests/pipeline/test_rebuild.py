"""A site that is rebuilt from its inputs is the old one by hash, or says in what it is not."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest

import warehouse
from pbis.config import Site, load_site
from pbis.core.errors import IntegrityError, UsageError
from pbis.core.site_time import in_utc, stored
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.night import run_plain
from pbis.pipeline.rebuilding import killed_plan, rebuild

FIRST = "2026-01-05-1"


def at(day: int) -> Callable[[], datetime]:
    return lambda: datetime(2026, 1, day, 3)


def copied(site: Site, folder: Path) -> Site:
    return load_site(Path(shutil.copytree(site.root, folder, symlinks=True)))


def test_a_rebuilt_site_is_the_old_one_but_for_what_was_changed_behind_its_back(good: Site, tmp_path: Path) -> None:
    old = copied(good, tmp_path / "old")
    with closing(warehouse.connect(old.path("warehouse"))) as con:
        con.execute("update store.treatment set regimen = 'another' where source_line = 2")
        names = dict(con.execute("select file_id, name from store.clinical_file").fetchall())
    done = rebuild(old, tmp_path / "new")
    assert [line.partition(":")[0] for line in done.differs] == ["table treatment"]
    assert (done.nights, done.equal > 50, done.notes) == (1, True, ())
    new = load_site(tmp_path / "new")
    with closing(warehouse.connect(new.path("warehouse"), read_only=True)) as con:
        assert dict(con.execute("select file_id, name from store.clinical_file").fetchall()) == names
        assert con.execute("select night_id, started_at from store.night").fetchall() == [
            (FIRST, stored(in_utc(at(5)(), new.time_zone)))
        ]
        assert con.execute("select count(*) from store.treatment where regimen = 'another'").fetchone() == (0,)
    assert (new.path("releases") / "current").readlink().name == FIRST
    assert not [path for path in new.path("inbox").rglob("*") if path.is_file()]


def test_nothing_is_rebuilt_over_what_is_there_or_into_what_two_sites_would_share(good: Site, tmp_path: Path) -> None:
    old = copied(good, tmp_path / "old")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "note.txt").write_text("mine")
    with pytest.raises(UsageError, match="expected an empty folder"):
        rebuild(old, tmp_path / "full")
    with pytest.raises(UsageError, match="lies in the old site"):
        rebuild(old, old.root / "new")
    text = (old.root / "site.toml").read_text()
    (old.root / "site.toml").write_text(text.replace('archive = "archive"', f'archive = "{old.root}/archive"'))
    with pytest.raises(UsageError, match=r"site\.toml, line \d+: \[paths\] archive lies outside"):
        rebuild(load_site(old.root), tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_a_site_that_knows_no_night_any_more_says_what_to_restore(good: Site, tmp_path: Path) -> None:
    old = copied(good, tmp_path / "old")
    old.path("warehouse").unlink()
    shutil.rmtree(old.path("releases"))
    with pytest.raises(IntegrityError, match="neither warehouse nor release is left"):
        rebuild(old, tmp_path / "new")


def test_a_killed_night_is_run_as_far_as_loading() -> None:
    assert [step.name for step in killed_plan().steps] == ["collect", "withdraw", "clinical", "read", "plates"]


@pytest.mark.prove
def test_integrity_of_nights_with_refusals_decisions_and_a_kill_is_rebuilt(
    good: Site, simulated: Path, tmp_path: Path, killed: Callable[[Site, str], int]
) -> None:
    old = copied(good, tmp_path / "old")
    (old.path("inbox") / "plates" / "junk.csv").write_bytes(b"dear lab, the plate follows\n" * 50)
    run_plain(old, NightOptions(), Silent(), at(6))
    decide(old.root, Request("exclude", "A. Name", "bubble", "seen", "HCC7P_20250915_P01", well="D5"), at(7))
    shutil.copy(simulated / "inbox" / "plates" / "HCC7P_20250916_P02.csv", old.path("inbox") / "plates")
    assert killed(old, "publish") == -signal.SIGKILL
    run_plain(old, NightOptions(), Silent(), at(28))
    done = rebuild(old, tmp_path / "new")
    assert (done.nights, done.differs, done.notes) == (4, (), ())
    new = load_site(tmp_path / "new")
    assert [path.name for path in new.path("quarantine").glob("*/plates/*.csv")] == ["junk.csv"]
    shutil.move(old.path("warehouse"), tmp_path / "gone.duckdb")
    again = rebuild(old, tmp_path / "third")
    assert (again.nights, again.differs) == (4, ())
