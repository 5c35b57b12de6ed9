"""What `pbis doctor` looks at, each check well and not, on one finished site; and that looking changes nothing."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from pbis.cli import commands
from pbis.config import Site, load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.doctor import ATTENTION, OK, TROUBLE, Looked, exit_code, look_at_site
from pbis.pipeline.last_night import keep_night
from pbis.pipeline.ledger import DECISION, NIGHT, enter
from pbis.pipeline.lock import OF_A_NIGHT, site_lock
from pbis.pipeline.modes import mend_modes
from pbis.pipeline.night import open_night
from pbis.pipeline.summary import Summary
from pbis.pipeline.todo import record_notes
from pbis.pipeline.versions import look_at_versions

MORNING = datetime(2026, 1, 5, 8, 0)  # five hours after the night of the fixture


@pytest.fixture
def site(finished: Path, tmp_path: Path) -> Site:
    shutil.copytree(finished, tmp_path / "s", symlinks=True)
    return load_site(tmp_path / "s")


def _looked(site: Site, now: datetime = MORNING) -> dict[str, Looked]:
    return {each.name: each for each in look_at_site(site, now)}


def test_a_site_after_its_night_is_well_and_looking_changes_nothing(site: Site) -> None:
    before = {path: path.lstat().st_mtime_ns for path in site.root.rglob("*") if not path.is_dir()}
    looked = _looked(site)
    assert {each.line for each in looked.values() if each.state != OK} == set()
    assert set(looked) == {
        "modes", "owner", "group", "rights", "inbox", "room", "file system", "lock", "leftovers", "clock", "schedule", "zone", "warehouse", "messages",
    }  # fmt: skip
    assert "5.0 hours ago" in looked["schedule"].said
    assert {path: path.lstat().st_mtime_ns for path in site.root.rglob("*") if not path.is_dir()} == before


def _open_state(site: Site) -> None:
    site.path("state").chmod(0o755)


def _leave(site: Site) -> None:
    (site.path("reports") / "index.html.part").write_text("x")


def _decide_tomorrow(site: Site) -> None:
    enter(site.path("state"), DECISION, datetime(2026, 1, 6, tzinfo=UTC), {"sequence": 1, "decision_id": "x"})


def _tear(site: Site) -> None:
    path = site.path("state") / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b"night", b"might", 1))


def _newer(site: Site) -> None:
    enter(
        site.path("state"),
        "upgrade",
        datetime(2026, 1, 5, 4, tzinfo=UTC),
        {"version": "duckdb v9, 9999_later.sql", "seals": {}},
    )


def _drop_huge(site: Site) -> None:
    (site.path("inbox") / "plates" / "huge.csv").touch()
    os.truncate(site.path("inbox") / "plates" / "huge.csv", 1 << 43)


def _lose_disk(site: Site) -> None:
    path = site.root / "site.toml"
    path.write_text(path.read_text().replace('releases = "releases"', 'releases = "/nowhere/at/all"'))


def _name_group(site: Site) -> None:
    path = site.root / "site.toml"
    path.write_text(path.read_text().replace('group = ""', 'group = "no-such-group"'))


@pytest.mark.parametrize(
    ("harm", "name", "state", "said"),
    [
        (_open_state, "modes", ATTENTION, "state 0755, expected 0700"),
        (_leave, "leftovers", ATTENTION, "1 page"),
        (_decide_tomorrow, "clock", ATTENTION, "a decision was entered at 2026-01-06"),
        (_tear, "ledger", ATTENTION, "line 1"),
        (_newer, "warehouse", ATTENTION, "a newer program: 9999_later.sql"),
        (_drop_huge, "room", TROUBLE, "MB are needed"),
        (_lose_disk, "rights", TROUBLE, "no such disk"),
        (_name_group, "group", ATTENTION, "no-such-group"),
    ],
)
def test_what_is_not_well_is_named_with_its_remedy(
    harm: Callable[[Site], None], name: str, state: str, said: str, site: Site
) -> None:
    harm(site)
    looked = _looked(load_site(site.root))
    assert (looked[name].state, said in looked[name].line) == (state, True), looked[name].line
    assert exit_code(list(looked.values())) == (8 if state == TROUBLE else 6)


def test_a_disk_without_hard_links_is_told_by_the_doctor_and_by_one_night(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr("warehouse.release_disk.os.link", refuse)
    looked = _looked(site)["file system"]
    assert (looked.state, "no hard links" in looked.said, "prune" in looked.remedy) == (ATTENTION, True, True)
    counts = []
    for _ in range(2):
        with open_night(site, NightOptions(), Silent(), lambda: MORNING) as night:
            counts.append(sum("no hard links" in note for note in night.opening.notes))
            record_notes(night, night.opening)
    assert counts == [1, 0]
    assert not list(site.path("releases").glob(".pbis-probe-*"))


def test_a_night_that_is_at_work_and_one_that_is_overdue(site: Site) -> None:
    with site_lock(site.path("state"), OF_A_NIGHT):
        looked = _looked(site)
    assert (looked["lock"].state, looked["lock"].said) == (OK, f"a night is at work (process {os.getpid()})")
    assert looked["leftovers"].said == "not looked for while a night is at work"
    late = datetime(2026, 1, 7)
    assert _looked(site, late)["schedule"].state == ATTENTION
    keep_night(
        site.path("state"), Summary("a", "done", MORNING.replace(tzinfo=UTC), MORNING.replace(hour=6, tzinfo=UTC))
    )
    enter(
        site.path("state"), NIGHT, late.replace(tzinfo=UTC), {"night_id": "2026-01-07-1"}
    )  # as a small night of the desk does
    assert _looked(site, late)["schedule"].state == ATTENTION


def test_the_command_prints_a_line_a_check_or_json_and_exits_by_them(site: Site) -> None:
    mend_modes(site)
    ask = ["doctor", "--site", str(site.root)]
    lines = CliRunner().invoke(commands, ask)
    told = json.loads(CliRunner().invoke(commands, [*ask, "--json"]).stdout)
    assert lines.exit_code == told["exit_code"] == 6  # the night was long ago
    assert [line.split()[0] for line in lines.stdout.splitlines()] == [each["state"] for each in told["checks"]]
    assert {"versions", "auth", "telemetry"} <= {each["name"] for each in told["checks"]}


def test_the_libraries_of_the_tests_are_the_pinned_ones() -> None:
    assert look_at_versions().state == OK, look_at_versions().line
