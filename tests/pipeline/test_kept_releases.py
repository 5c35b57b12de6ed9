"""Which releases a site keeps: a name or a signature keeps one, the rest may go, and verify knows what went."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

import warehouse
from pbis.cli.release import release
from pbis.cli.sql import Questions
from pbis.config import Site, load_site
from pbis.core.decision import REVERSE, SIGN, Decision, Target
from pbis.core.errors import IntegrityError, UsageError
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.kept_releases import kept_releases, name_release, prune, pruned, write_database
from pbis.pipeline.ledger import NIGHT, enter, read_ledger
from pbis.pipeline.new_site import write_site
from pbis.pipeline.published import published_file, run_query
from pbis.pipeline.sealing import enter_decision
from pbis.pipeline.verify_files import release_faults

NAMES = [f"2026-03-0{day}-1" for day in range(1, 6)]
NOW = datetime(2026, 3, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with releases, each sealed by its night; the store is empty."""
    root = tmp_path_factory.mktemp("kept") / "site"
    write_site(root, name="kept", cutoff_set="pbis-2025-il2-pgml")
    site = load_site(root)
    site.path("warehouse").parent.mkdir(exist_ok=True)
    con = warehouse.connect(site.path("warehouse"))
    warehouse.migrate(con)
    con.close()
    before = ""
    for name in NAMES[:2]:
        made = warehouse.publish(
            site.path("warehouse"), site.path("releases"), name, anchors=warehouse.Anchors("b" * 64, "s", before)
        )
        before = warehouse.sha256_of(made.parent / warehouse.MANIFEST)
        enter(site.path("state"), NIGHT, NOW, {"night_id": name, "release": {name: before}})
    for name in NAMES[2:]:  # the same under another name: what is asked here is the names
        shutil.copytree(site.path("releases") / NAMES[0], site.path("releases") / name)
        enter(site.path("state"), NIGHT, NOW, {"night_id": name, "release": {name: _digest(site, name)}})
    (site.path("releases") / "current").unlink()
    (site.path("releases") / "current").symlink_to(NAMES[1])
    return site


def _digest(site: Site, name: str) -> str:
    return warehouse.sha256_of(site.path("releases") / name / warehouse.MANIFEST)


@pytest.fixture
def site(published: Site, tmp_path: Path) -> Site:
    return load_site(Path(shutil.copytree(published.root, tmp_path / "site", symlinks=True)))


def clock() -> datetime:
    return NOW


def sealed_faults(site: Site) -> list[str]:
    """Faults of releases, but for where `current` leads, which is not what the last of these nights left."""
    found = release_faults(site, read_ledger(site.path("state")))
    return [fault.sentence for fault in found if "current" not in fault.sentence]


def test_what_is_named_signed_or_current_stays_and_verify_knows_what_went(site: Site) -> None:
    name_release(site.root, NAMES[2], "Kim 2026", "A. Name", clock)
    enter_decision(site, Decision(0, NOW, "A. Name", SIGN, Target(NAMES[3], NAMES[3]), "verified", "read and approved"))
    stays = {each.name: each.stays for each in kept_releases(site.root)}
    assert stays == dict(
        zip(NAMES, ["", "people are led to it", "it is named", "a signature names it", ""], strict=True)
    )
    would = prune(site.root, 1, "A. Name", clock, is_dry_run=True)
    assert [each.name for each in would] == [NAMES[0]]
    assert (site.path("releases") / NAMES[0]).is_dir()
    assert prune(site.root, 1, "A. Name", clock, is_dry_run=False) == would
    assert [each.name for each in kept_releases(site.root)] == NAMES[1:]
    assert pruned(log_of(site)) == {NAMES[0]}
    assert not list(site.path("releases").glob(".*"))
    assert sealed_faults(site) == []
    shutil.rmtree(site.path("releases") / NAMES[4])  # nobody entered that
    assert [NAMES[4] in sentence for sentence in sealed_faults(site)] == [True]


def test_the_tenth_release_of_a_day_is_newer_than_its_second(site: Site) -> None:
    for number in (10, 2, 9):
        name = f"2026-03-08-{number}"
        shutil.copytree(site.path("releases") / NAMES[0], site.path("releases") / name)
    for number in (2, 9, 10):
        enter(site.path("state"), NIGHT, NOW, {"night_id": f"2026-03-08-{number}", "release": {}})
    late = [f"2026-03-08-{number}" for number in (2, 9, 10)]
    assert [path.name for path in warehouse.release_folders(site.path("releases"))][-3:] == late
    assert [each.name for each in kept_releases(site.root)][-3:] == late
    gone = prune(site.root, 1, "A. B", lambda: NOW, is_dry_run=True)
    assert late[-1] not in {each.name for each in gone}
    assert {*late[:2]} < {each.name for each in gone}


def test_a_release_of_a_clock_that_was_set_back_is_still_the_newest(site: Site) -> None:
    shutil.copytree(site.path("releases") / NAMES[0], site.path("releases") / "2026-02-01-1")
    enter(site.path("state"), NIGHT, NOW, {"night_id": "2026-02-01-1", "release": {}})
    assert kept_releases(site.root)[-1].name == "2026-02-01-1"
    assert "2026-02-01-1" not in {each.name for each in prune(site.root, 1, "A. B", lambda: NOW, is_dry_run=True)}


def test_none_goes_where_more_are_kept_than_there_are(site: Site) -> None:
    for keep in (len(NAMES), len(NAMES) + 1, 2 * len(NAMES) - 1):
        assert prune(site.root, keep, "A. Name", clock, is_dry_run=True) == ()


def test_a_removal_cannot_be_reversed(site: Site) -> None:
    prune(site.root, 4, "A. Name", clock, is_dry_run=False)
    taken = log_of(site)[-1]
    back = Decision(0, NOW, "A. Name", REVERSE, taken.target, "verified", "wanted back", reverses=taken.sequence)
    with pytest.raises(UsageError, match="is a prune: what it took out is gone"):
        enter_decision(site, back)
    assert sealed_faults(site) == []


def test_a_word_names_one_release(site: Site) -> None:
    name_release(site.root, NAMES[0], "Kim 2026", "A. Name", clock)
    with pytest.raises(UsageError, match=f"is the name of release {NAMES[0]} already"):
        name_release(site.root, NAMES[1], "Kim 2026", "A. Name", clock)
    with pytest.raises(UsageError, match="there is no such release"):
        name_release(site.root, "2026-03-31-1", "Lee 2026", "A. Name", clock)
    with pytest.raises(UsageError, match="one line of 1 to 60 characters; found ''"):
        name_release(site.root, NAMES[1], "", "A. Name", clock)


def test_an_older_release_is_asked_by_name_and_written_into_a_file(site: Site, tmp_path: Path) -> None:
    assert not (site.path("releases") / NAMES[0] / warehouse.FILE_NAME).exists()
    assert run_query(site.root, "select release from release", NAMES[0]).to_pylist() == [{"release": NAMES[0]}]
    path = write_database(site.root, NAMES[0], tmp_path / "then.duckdb")
    assert warehouse.query_published(path, "select release from release").to_pylist() == [{"release": NAMES[0]}]


def test_names_and_columns_are_those_of_the_release_that_is_asked(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    path = published_file(site.root)
    path.chmod(0o600)
    shutil.copy(path, site.path("releases") / NAMES[0])  # else it is made of its parts for each question
    with closing(warehouse.connect(path, for_people=True)) as con:
        con.execute("create view main.only_now as select 1 as one")
    for name, is_there in ((NAMES[0], False), ("", True)):
        desk = Questions(site.root, 60, "1GB", {}, name)
        assert ("only_now" in desk.names()) is is_there
        desk.describe(None)
        assert ("only_now" in capsys.readouterr().out) is is_there
        desk.describe("only_now")
        assert ("one" in capsys.readouterr().out.split()) is is_there


def test_a_release_that_people_are_led_to_and_that_is_gone_is_no_site_without_one(site: Site) -> None:
    shutil.rmtree((site.path("releases") / "current").resolve() / "parts")
    published_file(site.root).unlink()
    with pytest.raises(IntegrityError, match=rf"current: leads to release {NAMES[1]}, but its database is not there"):
        published_file(site.root)
    shutil.rmtree((site.path("releases") / "current").resolve())
    with pytest.raises(IntegrityError, match=rf"current: leads to release {NAMES[1]}, but that folder is not there"):
        published_file(site.root)
    (site.path("releases") / "current").unlink()
    with pytest.raises(UsageError, match="nothing is published yet"):
        published_file(site.root)


def test_a_database_is_not_written_where_no_folder_is(site: Site, tmp_path: Path) -> None:
    (tmp_path / "note").touch()
    for folder in ("note", "gone"):
        with pytest.raises(UsageError, match=f"the folder .*{folder} does not exist"):
            write_database(site.root, NAMES[0], tmp_path / folder / "then.duckdb")


def test_the_list_says_what_each_rests_on_and_what_goes_with_it(site: Site) -> None:
    done = CliRunner().invoke(release, ["list", "--site", str(site.root), "--json"], catch_exceptions=False)
    found = {each["name"]: each for each in json.loads(done.output)["releases"]}
    assert list(found) == NAMES
    assert found[NAMES[1]]["is_current"]
    assert found[NAMES[1]]["nights"] == 2
    assert found[NAMES[1]]["rests_on"] == "b" * 64
    assert found[NAMES[1]]["made_at"].startswith("2026-03-09")
    assert 0 < found[NAMES[1]]["own_bytes"] <= found[NAMES[1]]["byte_count"]
