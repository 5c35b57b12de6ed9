"""What waits for a person, through nights: whatever set of the kinds the simulator plants, view open_item names it and nothing else."""

from __future__ import annotations

import json
import random
import shutil
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import warehouse
from pbis.cli import commands
from pbis.config import Site, load_site
from pbis.core.open_items import KINDS
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.new_site import write_site
from pbis.pipeline.night import open_night, run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query
from pbis.pipeline.todo import find
from pbis.simulate import open_work

FIRST, SECOND = datetime(2026, 1, 5, 22), datetime(2026, 1, 6, 22)
SLICE = 15  # the set that the suite plants: one plate and three files
SETS = [pytest.param(seed, marks=[] if seed == SLICE else [pytest.mark.prove]) for seed in range(40)]
Found = set[tuple[str, str]]
PLANTED = KINDS.keys() - {"awaiting_decision"}  # follows from a decision, which no inbox holds (test_reviewing.py)
WHY = ("--reason", "the study decides in April", "--author", "A. Name")


def go(site: Site, at: datetime) -> Outcome:
    return run_plain(site, NightOptions(), Silent(), lambda: at)


def found(site: Site) -> Found:
    """Kind and key of every row of the view, each once; a release has the same rows, with names of tubes and files by hash."""
    with warehouse.opened(site.path("warehouse")) as con:
        rows = con.execute("select kind, object_key from open_item").fetchall()
    published = run_query(site.root, "select kind from open_item").column("kind").to_pylist()
    assert Counter(published) == Counter(kind for kind, _ in rows)
    assert len(rows) == len(set(rows))
    return set(rows)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory, empty_warehouse: Path) -> Site:
    """A site after a night on which nothing is open, and a decision of the day after it; to be copied."""
    root = tmp_path_factory.mktemp("open_work") / "site"
    write_site(root, name="small", time_zone="Europe/Berlin", cutoff_set=open_work.SET)
    file = root / "site.toml"
    file.write_text(file.read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0"))
    (root / "warehouse").mkdir(mode=0o700)
    shutil.copy(empty_warehouse, root / "warehouse")
    open_work.write_sound(root / "inbox")
    site = load_site(root)
    assert not go(site, FIRST).open_items
    assert found(site) == set()
    seen = Request("exclude", "A", "bubble", "seen in the well", plate=open_work.DECIDED, well=open_work.WELL)
    decide(root, seen, lambda: FIRST)
    return site


def planted(sound: Site, root: Path, kinds: Iterable[str]) -> tuple[Site, Found, Outcome]:
    """A copy of the site, what was planted in it, and the night that found it."""
    site = load_site(Path(shutil.copytree(sound.root, root, symlinks=True)))
    expected = open_work.plant(site.path("inbox"), kinds)
    return site, expected, go(site, SECOND)


@pytest.fixture(scope="module")
def everything(sound: Site, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Found, Outcome]:
    """One of every kind in one night; to be read, except by the test that puts one off."""
    return planted(sound, tmp_path_factory.mktemp("everything") / "site", PLANTED)


def test_the_simulator_plants_each_kind() -> None:
    assert open_work.PLANTS.keys() == PLANTED


def test_of_every_kind_the_planted_one_is_found_and_nothing_else(everything: tuple[Site, Found, Outcome]) -> None:
    site, expected, outcome = everything
    assert {kind for kind, _ in expected} == PLANTED
    assert found(site) == expected
    assert {item.kind for item in outcome.open_items if item.is_blocking} == {
        kind for kind in PLANTED if KINDS[kind].is_blocking or kind in ("trend_alarm", "decision_not_applying")
    }


@pytest.mark.parametrize("seed", SETS)
def test_of_a_random_set_exactly_that_is_found(sound: Site, tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    kinds = draw.sample(sorted(PLANTED), draw.randrange(1, 9))
    site, expected, outcome = planted(sound, tmp_path / "site", kinds)
    assert found(site) == expected
    assert outcome.waits_for_a_person == any(item.is_blocking for item in outcome.open_items)


def open_on(site: Site, at: datetime) -> Found:
    """What a night at that moment would find; it is not run to its end."""
    with open_night(site, NightOptions(is_dry_run=True), Silent(), lambda: at) as night:
        return {item.name for item in find(night)}


def typed(site: Site, *words: str) -> Result:
    return CliRunner().invoke(commands, [*words, "--site", str(site.root)])


def test_what_is_put_off_at_the_terminal_is_off_the_list_until_its_day(
    everything: tuple[Site, Found, Outcome], tmp_path: Path
) -> None:
    first, expected, outcome = everything
    site = load_site(Path(shutil.copytree(first.root, tmp_path / "site", symlinks=True)))
    status = typed(site, "status", "--json")
    told = json.loads(status.stdout)["open_items"]
    assert status.exit_code == 6
    assert [item["kind"] for item in told] == [item.kind for item in outcome.open_items]
    assert {(item["kind"], item["object_key"]) for item in told} == expected
    assert all(f"--site {site.root} " in item["command"] for item in told if item["command"])
    (key,) = (key for kind, key in expected if kind == "file_in_quarantine")
    later = ("decide", "later", "file_in_quarantine", key, "--until", "2199-01-01", *WHY)
    would = typed(site, *later, "--dry-run")
    assert (would.exit_code, would.stdout[:31]) == (0, "would put off until 2199-01-01,")
    assert not run_query(site.root, "from decision where kind = 'later'").num_rows
    done = typed(site, *later)
    assert (done.exit_code, done.stdout[:42]) == (0, "decision 2: put off until 2199-01-01, by A")
    before, on_its_day = (open_on(site, at) for at in (datetime(2198, 12, 31, 22), datetime(2199, 1, 1, 22)))
    assert on_its_day - before == {("file_in_quarantine", key)}
    assert before < on_its_day <= expected
