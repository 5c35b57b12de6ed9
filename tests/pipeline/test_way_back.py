"""The way back of docs/upgrade.md: a site that a newer program's nights ran on, the backup of before, and what came since.

`make prove rollback` goes it with two installed wheels, the older one built from the last commit of the main line that had one migration
less, in the page's own words. The suite goes it with one program, and feigns the migration that an older one would not know.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import NO_HISTORY, ROOT
from forked_nights import Asked
from small_site import put_labs, put_patients, put_plate, subject, write_small_site, written
from undisturbed import Forked, copied, left_of
from wheel_environment import Environment, build_wheel, environment

import warehouse
from pbis.cli import commands
from pbis.config import Site, load_site
from pbis.core.errors import IntegrityError, UsageError
from pbis.pipeline.archive import archived_path
from pbis.pipeline.arrived_since import write_arrived
from pbis.pipeline.backing_up import back_up
from pbis.pipeline.inbox import printable
from pbis.pipeline.night import utc_clock
from pbis.pipeline.rebuilding import rebuild
from pbis.pipeline.restoring import restore

sys.path.insert(0, str(ROOT / "tools"))
from old_sites import states, unpacked

FIRST = "2026-01-05-1"
OF_THE_RUN = {"last_night.json", "lock"}  # how the last try ended, and who held the site last


def put_all(inbox: Path, number: int) -> None:
    """A plate, with what belongs to it."""
    put_plate(inbox, number)
    put_patients(inbox, [number])
    put_labs(inbox, [number], f"labs_{number}.csv")


def follow_ups() -> list[str]:
    """A patient's survival as two files say it one after the other, the later one the first of the two by the names of the archive."""
    said = [f"{subject(1, 1)},{month}.5,1,4.1,1,PR" for month in range(9, 30)]
    header = "subject,os_months,dead,pfs_months,progressed,best_response"
    named = {line: hashlib.sha256(f"{header}\n{line}\n".encode()).hexdigest() for line in said}
    return next([header, *both] for both in pairwise(said) if named[both[1]] < named[both[0]])


def seen(root: Path) -> dict[str, bytes]:
    """Every file of a site but the two that tell of whoever came last."""
    files = (path for path in root.rglob("*") if path.is_file() and path.name not in OF_THE_RUN)
    return {str(path.relative_to(root)): path.read_bytes() for path in files}


def survival(site: Site) -> object:
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        return con.execute("select os_months from outcome where subject_id = ?", [subject(1, 1)]).fetchall()


@pytest.fixture(scope="module")
def gone_on(forked: Forked, tmp_path_factory: pytest.TempPathFactory) -> tuple[Site, Path]:
    """A site after three nights, and its backup of after the first; to be read, or copied."""
    folder = tmp_path_factory.mktemp("gone_on")
    site, backup = write_small_site(folder / "site", 1), folder / "before.tar"
    assert forked(Asked(str(site.root), "2026-01-05T03:00")).status == 0
    back_up(site, backup, 0.0)
    inbox, (header, *said) = site.path("inbox"), follow_ups()
    put_all(inbox, 2)
    (inbox / "plates" / "junk.csv").write_bytes(b"dear lab, the plate follows\n" * 50)
    for day, line in enumerate(said, 6):
        written(inbox / "outcomes" / "follow_up.csv", header, [line])
        assert forked(Asked(str(site.root), f"2026-01-{day:02d}T03:00")).status == 0
    return site, backup


def test_a_site_that_goes_back_to_its_backup_takes_in_what_came_since_night_after_night(
    gone_on: tuple[Site, Path], forked: Forked, tmp_path: Path
) -> None:
    newer, backup = gone_on
    before = seen(newer.root)
    assert restore(backup, tmp_path / "site-old", utc_clock).faults == []
    older = load_site(tmp_path / "site-old")
    done = write_arrived(newer, FIRST, tmp_path / "since")
    assert (done.nights, done.notes) == (2, ())
    assert [night.name for night in sorted((tmp_path / "since").iterdir())] == [
        "0001-2026-01-06-1",
        "0002-2026-01-07-1",
    ]
    for day, night in enumerate(sorted((tmp_path / "since").iterdir()), 6):
        shutil.copytree(night, older.path("inbox"), dirs_exist_ok=True)
        assert forked(Asked(str(older.root), f"2026-01-{day:02d}T03:00")).status == 0
    assert seen(newer.root) == before
    assert survival(older) == survival(newer) == [(float(follow_ups()[2].split(",")[1]),)]
    again, was = left_of(older), left_of(newer)
    assert (again.results, again.release, again.pages) == (was.results, was.release, was.pages)


def test_a_program_that_is_older_than_the_site_ends_with_7_and_changes_nothing(
    gone_on: tuple[Site, Path], tmp_path: Path
) -> None:
    site = copied(gone_on[0].root, tmp_path / "site")
    with closing(warehouse.connect(site.path("warehouse"))) as con:
        con.execute(
            "insert into store.warehouse_migration by name select * replace ('9000_later.sql' as name, sequence + 1 as sequence)"
            " from store.warehouse_migration order by sequence desc limit 1"
        )
    before = seen(site.root)
    done = CliRunner().invoke(commands, ["night", "--site", str(site.root), "--engine", "plain"])
    assert isinstance(done.exception, IntegrityError)
    assert done.exception.exit_code == 7
    assert "9000_later.sql, which this one does not know" in str(done.exception)
    assert seen(site.root) == before


def test_what_arrived_is_told_of_nights_that_are_there_and_written_over_nothing(
    gone_on: tuple[Site, Path], tmp_path: Path
) -> None:
    site, _ = gone_on
    with pytest.raises(UsageError, match=r"--after 2026-01-04-1: .* the last is 2026-01-07-1$"):
        write_arrived(site, "2026-01-04-1", tmp_path / "since")
    assert not (tmp_path / "since").exists()
    assert write_arrived(site, "", tmp_path / "since").nights == 3
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "since").rglob("*") if path.is_file()} == {0o600}
    with pytest.raises(UsageError, match="expected an empty folder"):
        write_arrived(site, FIRST, tmp_path / "since")
    assert write_arrived(site, "2026-01-07-1", tmp_path / "none").files == 0
    lacking = copied(site.root, tmp_path / "lacking")
    for path in lacking.path("quarantine").rglob("junk.csv"):
        archived_path(lacking.path("archive"), "plates", hashlib.sha256(path.read_bytes()).hexdigest()).unlink()
        path.unlink()
    assert write_arrived(lacking, FIRST, tmp_path / "without").notes == (
        "night 2026-01-06-1: plates/junk.csv: what was refused is not to be found; it is left out",
    )
    next((lacking.path("archive") / "layouts").glob("*/*")).unlink()
    with pytest.raises(IntegrityError, match="gone"):
        write_arrived(lacking, "", tmp_path / "broken")
    assert not (tmp_path / "broken").exists()


def test_two_files_whose_names_are_one_when_they_are_printed_are_both_given_again(
    gone_on: tuple[Site, Path], forked: Forked, tmp_path: Path
) -> None:
    site = copied(gone_on[0].root, tmp_path / "site")
    header, said = "barcode,subject,collected_at,material", [f"ODD{n},P9{n:03d},2026-01-02 07:00,serum" for n in (1, 2)]
    for name, line in zip(("tubes\x01.csv", "tubes\x02.csv"), said, strict=True):
        written(site.path("inbox") / "specimens" / name, header, [line])
    assert forked(Asked(str(site.root), "2026-01-08T03:00")).status == 0
    write_arrived(site, "2026-01-07-1", tmp_path / "since")
    (night,) = (tmp_path / "since").iterdir()
    texts = {path.name: path.read_text(encoding="utf-8") for path in (night / "specimens").iterdir()}
    assert sorted(text.splitlines()[1] for text in texts.values()) == said
    assert {printable(name) for name in texts} == {"tubes\N{REPLACEMENT CHARACTER}.csv"}
    assert [line for _, text in sorted(texts.items()) for line in text.splitlines()[1:]] == said  # in their order
    again = rebuild(load_site(site.root), tmp_path / "again")
    assert again.differs == ()


@pytest.fixture(scope="module")
def older_and_newer(tmp_path_factory: pytest.TempPathFactory) -> tuple[Environment, Environment]:
    """Both programs as they are installed: of the last commit with a migration less than this tree has, and of this tree."""
    try:
        past = [
            commit
            for number, commit in states()
            if number < len(list((ROOT / "warehouse" / "migrations").glob("*.sql")))
        ]
    except (subprocess.CalledProcessError, FileNotFoundError):
        past = []
    if not past:
        pytest.skip(NO_HISTORY)
    opt = tmp_path_factory.mktemp("opt")
    wheels = build_wheel(opt / "wheel-OLD", unpacked(past[-1], opt / "code-OLD")), build_wheel(opt / "wheel-NEW")
    older, newer = (
        environment(opt / f"pbis-{name}", wheel, "night") for name, wheel in zip(("OLD", "NEW"), wheels, strict=True)
    )
    return older, newer


def released(root: Path) -> dict[str, str]:
    """sha256 of the newest release's views, and of the parts of its tables that tell of results."""
    current = (root / "releases" / "current").resolve()
    views = sorted((current / "parquet").iterdir())
    parts = [path for table in warehouse.TABLES_OF_RESULTS for path in sorted((current / "parts").glob(f"{table}-*"))]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (*views, *parts)}


@pytest.mark.prove
@pytest.mark.timeout(1800)
def test_rollback_to_the_version_of_before_in_the_words_of_the_page(
    older_and_newer: tuple[Environment, Environment], tmp_path: Path
) -> None:
    old, new = older_and_newer

    def says(program: Environment, words: str, code: int = 0) -> str:
        done = program.run(*words.split(), folder=tmp_path)
        assert done.returncode == code, (words, done.stdout, done.stderr)
        return done.stdout + done.stderr

    says(old, "init SITE --name Small --time-zone Europe/Berlin --cutoff-set pbis-2025-il2-pgml")
    file = tmp_path / "SITE" / "site.toml"
    file.write_text(file.read_text().replace("settle_seconds = 1.0", "settle_seconds = 0.0"))
    site, night = tmp_path / "SITE", "night --site {} --engine plain"
    put_all(site / "inbox", 1)
    says(old, night.format("SITE"))
    says(old, "backup --site SITE -o before.tar")
    stayed = Path(shutil.copytree(site, tmp_path / "STAYED", symlinks=True))

    before = seen(site)
    says(new, "preview --site SITE -o preview.html")
    says(new, "doctor --site SITE")
    assert seen(site) == before
    says(new, "init SITE --service --at 03:00 --account root")
    put_all(site / "inbox", 2)
    says(new, night.format("SITE"))
    assert "no faults" in says(new, "verify --site SITE")

    before = seen(site)
    assert "which this one does not know" in says(old, night.format("SITE"), 7)
    assert seen(site) == before
    says(old, "restore before.tar -o SITE-old")
    first = (tmp_path / "SITE-old" / "releases" / "current").readlink().name
    says(new, f"arrived --site SITE --after {first} -o since")
    assert seen(site) == before
    for each in sorted((tmp_path / "since").iterdir()):
        shutil.copytree(each, tmp_path / "SITE-old" / "inbox", dirs_exist_ok=True)
        says(old, night.format("SITE-old"))
    site.rename(tmp_path / "SITE-newer")
    (tmp_path / "SITE-old").rename(site)
    says(old, "init SITE --service --at 03:00 --account root")
    units = {path.name: path.read_text() for path in (site / "service").glob("*.service")}
    assert all(f"ExecStart={old.root}/bin/pbis " in text and "pbis-NEW" not in text for text in units.values()), units
    assert "no faults" in says(old, "verify --site SITE")

    put_all(stayed / "inbox", 2)
    says(old, night.format("STAYED"))
    assert len(released(site)) > 10
    assert released(site) == released(stayed)
    question = "from result order by all"
    rows = [old.run("sql", "--site", name, "--json", question, folder=tmp_path).stdout for name in ("SITE", "STAYED")]
    assert rows[0] == rows[1]
    assert rows[0].count("LOAD_0001") == rows[0].count("LOAD_0002") > 10
