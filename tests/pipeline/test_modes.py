"""Who may look into a site: nobody but its account, and the group that it names into releases and reports; asked of the system itself."""

from __future__ import annotations

import fcntl
import grp
import os
import shutil
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import as_root
from second_account import STRANGER, run_as

from pbis.cli import commands
from pbis.config import Site, load_site
from pbis.core.errors import ConfigError, SiteTrouble
from pbis.files.trouble import trouble_of
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.modes import mend_modes, private, shared, wider
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import open_night

GROUP = next(each for each in grp.getgrall() if each.gr_gid not in (0, STRANGER))


@pytest.fixture
def site(finished: Path, passable: Path) -> Site:
    root = passable / f"site-{len(list(passable.iterdir()))}"
    shutil.copytree(finished, root, symlinks=True)
    return load_site(root)


def _named(site: Site, group: str) -> Site:
    path = site.root / "site.toml"
    path.write_text(path.read_text().replace('group = ""', f'group = "{group}"'))
    return load_site(site.root)


def _reached(paths: list[Path]) -> list[str]:
    """What this process can list, read or hold of the paths."""
    found = []
    for path in paths:
        try:
            if path.is_dir():
                found.append(f"lists {path}" if list(path.iterdir()) is not None else "")
            else:
                with path.open("rb") as file:
                    fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
                found.append(f"reads {path}")
        except OSError:
            continue
    return found


@as_root
def test_another_account_reads_lists_and_holds_nothing_of_a_site(site: Site) -> None:
    paths = [site.root, *site.root.rglob("*")]
    assert len(paths) > 30
    assert run_as(lambda: _reached(paths)) == []
    for path in site.root.rglob("*"):  # the same where an older program had made it, after one night's mending
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)
    assert run_as(lambda: len(_reached(paths))) > 30
    (note,) = mend_modes(site)
    assert "state 0755 -> 0700" in note
    assert "inbox 0755 -> 0750" in note
    assert run_as(lambda: [each for each in _reached(paths) if "site.toml" not in each]) == []
    assert (mend_modes(site), wider(site)) == ([], [])


@as_root
@pytest.mark.parametrize("words", [("night",), ("sql", "select 1"), ("verify",), ("doctor",)])
def test_another_account_can_run_nothing_and_is_told_so(site: Site, words: tuple[str, ...]) -> None:
    def run() -> tuple[str, str]:
        done = CliRunner().invoke(commands, [words[0], "--site", str(site.root), *words[1:]])
        return type(done.exception).__name__, str(done.exception)

    CliRunner().invoke(commands, [words[0], "--help"])  # imported before the account loses the right to
    kind, said = run_as(run)
    assert (kind, "no right" in said) == ("SiteTrouble", True), said


@as_root
def test_the_named_group_reads_releases_and_reports_and_nothing_else(site: Site) -> None:
    named = _named(site, GROUP.gr_name)
    mend_modes(named)
    open_paths = [path for knob in ("releases", "reports") for path in named.path(knob).rglob("*")]
    closed = [path for path in named.root.rglob("*") if path not in open_paths]
    member = (GROUP.gr_gid,)
    assert len(run_as(lambda: _reached(open_paths), groups=member)) == len(open_paths) > 10
    reached = run_as(lambda: [each.removeprefix(f"reads {named.root}/") for each in _reached(closed)], groups=member)
    assert sorted(reached) == [f"lists {named.root}/releases", f"lists {named.root}/reports", "site.toml"]
    assert run_as(lambda: _reached(open_paths)) == []
    ask = ["sql", "--site", str(named.root), "select count(*) > 0 as found from result_all"]
    for words in (ask, ["explain", "P9999", "--site", str(named.root)]):
        own = _said(words)
        assert own
        assert run_as(lambda words=words: _said(words), groups=member) == own


def _said(words: list[str]) -> str:
    """What a command prints, else why it does not."""
    done = CliRunner().invoke(commands, words)
    return done.output or str(done.exception)


@as_root
@pytest.mark.parametrize("words", [("status",), ("release", "list")])
def test_the_named_group_is_told_what_it_may_not_ask(site: Site, words: tuple[str, ...]) -> None:
    named = _named(site, GROUP.gr_name)
    mend_modes(named)

    def run() -> tuple[str, str]:
        told = trouble_of(CliRunner().invoke(commands, [*words, "--site", str(named.root)]).exception)
        return type(told).__name__, str(told)

    CliRunner().invoke(commands, [*words, "--site", str(named.root)])  # imported before the account loses the right to
    kind, said = run_as(run, groups=(GROUP.gr_gid,))
    assert (kind, "no right" in said) == ("SiteTrouble", True), said


@as_root
def test_what_is_written_for_the_group_is_open_to_it_from_its_first_moment(site: Site) -> None:
    named = _named(site, GROUP.gr_name)
    mend_modes(named)
    with shared(named):
        (named.path("reports") / "new").mkdir()
        (named.path("reports") / "new" / "page.html").write_text("x")
    with private():
        (named.path("state") / "x").write_text("x")
    seen = {path.name: path.stat() for path in (named.path("reports") / "new").rglob("*")} | {
        "new": (named.path("reports") / "new").stat()
    }
    assert {name: (each.st_gid, stat.S_IMODE(each.st_mode)) for name, each in seen.items()} == {
        "new": (GROUP.gr_gid, 0o2750),
        "page.html": (GROUP.gr_gid, 0o640),
    }
    assert stat.S_IMODE((named.path("state") / "x").stat().st_mode) == 0o600


def test_a_group_that_the_machine_has_not_stops_the_night_with_file_and_line(
    site: Site, clock: Callable[[], datetime]
) -> None:
    named = _named(site, "no-such-group")
    with (
        pytest.raises(ConfigError, match=r"site\.toml, line \d+: \[paths\] group: .*'no-such-group'"),
        open_night(named, NightOptions(), Silent(), clock),
    ):
        pass


@as_root
def test_an_account_outside_of_the_group_is_told_to_join_it(passable: Path) -> None:
    write_site(passable / "outside", name="a", cutoff_set="pbis-2025-il2-pgml")
    site = _named(load_site(passable / "outside"), GROUP.gr_name)
    for path in [site.root, *site.root.rglob("*")]:
        os.chown(path, STRANGER, STRANGER)
    said = run_as(lambda: mend_modes(site))
    assert isinstance(said, SiteTrouble)
    assert "make the account a member of the group" in str(said)


def test_a_new_site_has_its_modes_whatever_the_account_s_own_mask_is(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_site(tmp_path / "s", name="a")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "s", *(tmp_path / "s").rglob("*"))}
    assert (modes.pop("s"), modes.pop("site.toml")) == (0o711, 0o600)
    assert set(modes.values()) == {0o770}


def test_who_leaves_first_does_not_open_what_another_thread_makes(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        first, second = private(), private()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        (tmp_path / "made").write_text("")
        second.__exit__(None, None, None)
        (tmp_path / "after").write_text("")
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("made", "after")] == [0o600, 0o644]
