"""Asked before a night: disk, right, lock, rename and room of every folder; and the wall behind which nothing of it is a defect."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import as_root
from second_account import STRANGER, largest_file, run_as

from pbis.cli import commands
from pbis.config import Site, load_site
from pbis.core.errors import SiteTrouble
from pbis.pipeline.archive import release
from pbis.pipeline.inbox import InboxRules, discover
from pbis.pipeline.new_site import write_site
from pbis.pipeline.room import needs, require_free, require_room


@pytest.fixture
def site(passable: Path) -> Site:
    root = passable / f"site-{len(list(passable.iterdir()))}"
    write_site(root, name="a", cutoff_set="pbis-2025-il2-pgml")
    return load_site(root)


def _changed(site: Site, old: str, new: str) -> Site:
    path = site.root / "site.toml"
    path.write_text(re.sub(rf"^{re.escape(old)}", new, path.read_text(), flags=re.MULTILINE))
    return load_site(site.root)


def test_a_site_that_can_work_has_nothing_to_say_and_no_file_left(site: Site) -> None:
    assert require_room(site) == []
    assert [path for path in site.root.rglob("*") if path.is_file()] == [site.root / "site.toml"]
    assert {stat.S_IMODE(folder.stat().st_mode) for knob, folder in site.folders.items() if knob != "inbox"} == {0o700}


def test_too_little_room_for_what_lies_in_the_inbox_is_told_before_anything_begins(site: Site) -> None:
    export = site.path("inbox") / "plates" / "huge.csv"
    export.touch()
    os.truncate(export, 1 << 43)  # holes, which take no room themselves
    with pytest.raises(
        SiteTrouble, match=r"no room: [\d.]+ MB are needed on this disk .* [\d.]+ MB are free"
    ) as caught:
        require_room(site)
    assert str(caught.value).startswith(str(site.root))
    assert needs(site)["archive"] == 1 << 43
    with pytest.raises(SiteTrouble, match="no room"):
        require_free(site.root / "not" / "there", 1 << 60)


def test_a_disk_that_is_not_there_is_not_made_elsewhere(site: Site, tmp_path: Path) -> None:
    gone = tmp_path / "mnt" / "share" / "releases"
    changed = _changed(site, 'releases = "releases"', f'releases = "{gone}"')
    with pytest.raises(SiteTrouble, match=r"no such disk: .*site\.toml, line \d+"):
        require_room(changed)
    assert not (tmp_path / "mnt").exists()


def test_a_file_in_the_place_of_a_folder_is_said(site: Site) -> None:
    site.path("releases").write_text("x")
    with pytest.raises(SiteTrouble, match="expected a folder"):
        require_room(site)


@as_root
@pytest.mark.parametrize("knob", ["archive", "quarantine", "warehouse", "releases", "reports", "state", "decisions"])
def test_a_folder_without_right_is_named_before_the_night(site: Site, knob: str) -> None:
    require_room(site)
    for path in [site.root, *site.root.rglob("*")]:
        os.chown(path, STRANGER, STRANGER)
    folder = site.folders[knob]
    os.chown(folder, 0, 0)
    said = run_as(lambda: require_room(site))
    assert isinstance(said, SiteTrouble)
    assert str(said).startswith(f"{folder}: no right")
    os.chown(folder, STRANGER, STRANGER)
    assert run_as(lambda: require_room(site)) == []


@as_root
def test_an_inbox_that_may_not_be_written_is_a_note_and_its_files_stay(site: Site) -> None:
    require_room(site)
    for path in [site.root, *site.root.rglob("*")]:
        os.chown(path, STRANGER, STRANGER)
    plates = site.path("inbox") / "plates"
    (plates / "a.csv").write_text("x")
    (plates / "a.csv").chmod(0o644)
    os.chown(plates, 0, STRANGER)
    plates.chmod(0o750)
    (note,) = run_as(lambda: require_room(site))
    assert note.startswith("inbox/plates: account")
    (arrival,) = discover(site.path("inbox"), InboxRules(1000, 0.0)).arrivals

    def archived() -> str | None:
        from pbis.pipeline.archive import keep

        keep(site.path("archive"), arrival)
        return release(site.path("archive"), arrival)

    assert "stays there" in run_as(archived)
    assert (plates / "a.csv").exists()


def test_what_the_system_denies_a_command_is_no_defect(tmp_path: Path) -> None:
    with largest_file(100):
        done = CliRunner().invoke(commands, ["init", str(tmp_path / "s"), "--cutoff-set", "pbis-2025-il2-pgml"])
    assert isinstance(done.exception, SiteTrouble)
    assert "no room" in str(done.exception)
