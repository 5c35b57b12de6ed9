"""A night as a lab meets it: files twice, renamed, re-exported, late, broken; and nights that are killed."""

from __future__ import annotations

import re
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import warehouse
from pbis.config import Site, load_site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query

Make = Callable[..., Site]
After = Callable[[bool], Site]
Clock = Callable[[], datetime]
Killed = Callable[[Site, str], int]
P01, P02, LATE = "HCC7P_20250915_P01.csv", "HCC7P_20250916_P02.csv", "HCC7P_20250922_P06.csv"
P03 = "HCC7P_20250919_P05.csv"


@dataclass(frozen=True)
class Whole:
    """What a night gives that nobody disturbs."""

    hashes: dict[str, str]
    scores: list[tuple[object, ...]]
    notes: tuple[str, ...]  # but for one about modes of folders, which the first night mends


@pytest.fixture(scope="session")
def whole(copy_site: Make, tmp_path_factory: pytest.TempPathFactory) -> Whole:
    site = copy_site(tmp_path_factory.mktemp("whole"))
    outcome = go(site, lambda: datetime(2026, 1, 5, 3, 0))
    return Whole(hashes(site), _standing(site), tuple(note for note in outcome.notes if "open to others" not in note))


def go(site: Site, clock: Clock, **options: object) -> Outcome:
    return run_plain(site, NightOptions(**options), Silent(), clock)  # type: ignore[arg-type]


def hashes(site: Site) -> dict[str, str]:
    with warehouse.opened(site.path("warehouse")) as con:
        return warehouse.result_hashes(con)


def count(site: Site, query: str) -> int:
    return int(run_query(site.root, f"select count(*) as n from ({query})").column("n")[0].as_py())


def inbox_files(site: Site) -> list[Path]:
    return [path for path in site.path("inbox").rglob("*") if path.is_file()]


def drop(site: Site, source: Path, name: str | None = None) -> Path:
    return Path(shutil.copy(source, site.path("inbox") / "plates" / (name or source.name)))


def test_a_night_loads_scores_publishes_and_empties_the_inbox(make_site: Make, clock: Clock) -> None:
    site = make_site()
    outcome = go(site, clock)
    assert (outcome.state, outcome.plates_loaded, outcome.refused) == ("done", 2, ())
    assert sum(outcome.groups.values()) == count(site, "select * from score where is_site_set") >= 190
    assert inbox_files(site) == []
    assert Path(outcome.report_index or "").exists()
    assert len(list((site.path("reports") / "plates").glob("*.html"))) == 2


def test_the_second_night_does_nothing_twice_and_says_so(make_site: Make, clock: Clock, simulated: Path) -> None:
    site = make_site()
    first = go(site, clock)
    before = hashes(site)
    pages = {p: p.read_bytes() for p in site.path("reports").rglob("*.html")}
    drop(site, simulated / "inbox" / "plates" / P01)
    second = go(site, clock)
    assert (second.state, second.plates_loaded, second.plates_known, second.plates_recomputed) == (
        "nothing_new",
        0,
        1,
        0,
    )
    assert second.groups == first.groups
    assert hashes(site) == before
    assert {p: p.read_bytes() for p in site.path("reports").rglob("*.html")} == pages
    assert inbox_files(site) == []


def test_a_renamed_copy_is_no_second_run(make_site: Make, clock: Clock, simulated: Path) -> None:
    site = make_site(plates=(P01,))
    drop(site, simulated / "inbox" / "plates" / P01, "same plate, other name.csv")
    outcome = go(site, clock)
    assert (outcome.plates_loaded, outcome.plates_known) == (1, 1)
    assert count(site, "select distinct run_id from result_all") == 1


@pytest.mark.parametrize("order", [(P01, "HCC7P_20250915_P01_resaved.csv"), ("HCC7P_20250915_P01_resaved.csv", P01)])
def test_a_copy_saved_by_a_spreadsheet_never_replaces_the_untouched_export(
    make_site: Make, clock: Clock, simulated: Path, order: tuple[str, str]
) -> None:
    site = make_site(plates=())
    for name in order:
        drop(site, simulated / "inbox" / "plates" / name)
        go(site, clock)
    found = run_query(site.root, "select file_name from plate").column(0).to_pylist()
    assert found == [P01]
    with warehouse.opened(site.path("warehouse")) as con:
        assert con.execute("select count(*) from store.run").fetchone() == (2,)


def test_a_later_re_export_supersedes_and_the_older_stays(make_site: Make, clock: Clock, simulated: Path) -> None:
    site = make_site(plates=(LATE,))
    first = go(site, clock)
    drop(site, next((simulated / "truth" / "late" / "plates").iterdir()))
    second = go(site, clock)
    assert (second.plates_loaded, second.plates_superseded) == (1, 1)
    assert second.analytes_failed < first.analytes_failed
    assert count(site, "select distinct run_id from result_all") == 1
    with warehouse.opened(site.path("warehouse")) as con:
        assert con.execute("select count(distinct run_id) from store.result").fetchone() == (2,)


def test_a_layout_that_comes_a_night_late_gives_the_plate_its_specimens(
    make_site: Make, clock: Clock, simulated: Path
) -> None:
    site = make_site(plates=(P01,))
    layout = site.path("inbox") / "layouts" / P01.replace(".csv", "_layout.csv")
    kept = layout.read_bytes()
    for file in layout.parent.iterdir():
        file.unlink()
    first = go(site, clock)
    assert count(site, "select * from result where specimen_id is not null") == 0
    layout.write_bytes(kept)
    second = go(site, clock)
    assert (first.plates_loaded, second.plates_loaded, second.plates_recomputed) == (1, 0, 1)
    assert count(site, "select distinct specimen_id from result where specimen_id is not null") > 30
    go(other := make_site("together", plates=(P01,)), clock)
    assert _standing(site) == _standing(other)


def _standing(site: Site) -> list[tuple[object, ...]]:
    query = 'select subject_id, cutoff_set, score, score_min, score_max, "group", reasons from score order by all'
    return [tuple(row.values()) for row in run_query(site.root, query).to_pylist()]


def test_a_changed_threshold_computes_anew_and_putting_it_back_restores_the_earlier_results(
    after_a_night: After, clock: Clock
) -> None:
    site = after_a_night(False)
    before = hashes(site)["current_assay"]
    file = site.root / "site.toml"
    text = file.read_text()
    file.write_text(text.replace('profile = "research"', 'profile = "regulated"'))
    from pbis.config import load_site

    assert go(load_site(site.root), clock).plates_recomputed == 1
    assert hashes(site)["current_assay"] != before
    file.write_text(text)
    assert go(load_site(site.root), clock).plates_recomputed == 1
    assert hashes(site)["current_assay"] == before


def test_the_readings_of_one_plate_under_the_name_of_another_are_held_with_it(
    make_site: Make, clock: Clock, simulated: Path
) -> None:
    site = make_site(plates=(P01,))
    data = (simulated / "inbox" / "plates" / P01).read_bytes()
    cut = data[: data.index(b"-- CRC --")]
    other = (
        cut.replace(b"HCC7P_20250915_P01", b"HCC7P_20250915_P09")
        .replace(b"2025 10:", b"2025 16:")
        .replace(b"2025 11:", b"2025 17:")
    )
    (site.path("inbox") / "plates" / "other.csv").write_bytes(other)
    outcome = go(site, clock)
    assert (outcome.plates_loaded, outcome.refused) == (2, ())
    assert [plate.file_name for plate in outcome.held] == [P01, "other.csv"]
    assert "the same readings are in another file under another name" in outcome.held[0].sentence


UGLY = {
    "empty.csv": lambda p: p.write_bytes(b""),
    "folder.csv": lambda p: p.mkdir(),
    "link.csv": lambda p: p.symlink_to("nowhere"),
    "noise.bin": lambda p: p.write_bytes(bytes(range(256)) * 400),
    "text.csv": lambda p: p.write_text("dear lab, the plate follows\n" * 50),
    "huge.csv": lambda p: _sparse(p, 200_000_000),
    "cut.csv": lambda p: p.write_bytes(b'"Program","xPONENT","","MAGPIX"\r\n"Build","4.2"\r\n"Results"\r\n'),
    "picture.csv": lambda p: p.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 1000),
}


def _sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.write(b"a,b,c\n" * 1000)
        file.truncate(size)


def test_ugly_entries_go_to_quarantine_with_a_reason_and_the_good_plate_goes_on(make_site: Make, clock: Clock) -> None:
    site = make_site(plates=(P01,), has_clinic=False)
    for name, make in UGLY.items():
        make(site.path("inbox") / "plates" / name)
    outcome = go(site, clock)
    assert outcome.state == "done_with_refusals"
    assert outcome.plates_loaded == 1
    assert {refused.name for refused in outcome.refused} == set(UGLY)
    folder = site.path("quarantine") / outcome.night_id / "plates"
    for name in UGLY:
        assert (folder / name).is_symlink() or (folder / name).exists()
        assert "why: " in (folder / f"{name}.why.txt").read_text()
    assert inbox_files(site) == []
    assert count(site, "select * from refused_file") == len(UGLY)  # in the release of the night that refused them
    assert go(site, clock).state == "nothing_new"


@pytest.mark.skipif(sys.platform != "linux", reason="that a file is open for writing is known on Linux only")
def test_a_plate_that_is_still_being_written_waits_in_quarantine_and_comes_back_by_itself(
    make_site: Make, clock: Clock
) -> None:
    site = make_site(has_clinic=False)
    path = site.path("inbox") / "plates" / P02
    whole = path.read_bytes()
    with path.open("r+b") as writer:
        writer.truncate(5000)
        writer.flush()
        first = go(site, clock)
        writer.seek(5000)
        writer.write(whole[5000:])
    assert (first.plates_loaded, [r.name for r in first.refused]) == (1, [P02])
    assert (site.path("quarantine") / first.night_id / "plates" / f"{P02}.why.txt").exists()
    second = go(site, clock)
    assert (second.plates_loaded, second.refused) == (1, ())
    assert {p.name for p in site.path("quarantine").rglob("*") if p.is_file()} <= {
        "night.html"
    }  # the index with barcodes


def test_a_dry_run_says_what_would_happen_and_touches_nothing(make_site: Make, clock: Clock) -> None:
    site = make_site()
    site.path("warehouse").unlink()  # of the tests, see conftest: a first night has none
    (site.path("inbox") / "plates" / "empty.csv").write_bytes(b"")
    before = {p: p.read_bytes() for p in inbox_files(site)}
    outcome = go(site, clock, is_dry_run=True)
    assert (outcome.state, outcome.plates_loaded, len(outcome.refused)) == ("dry_run", 2, 1)
    assert sum(outcome.groups.values()) > 0
    assert {p: p.read_bytes() for p in inbox_files(site)} == before
    assert not site.path("archive").exists()
    assert not site.path("quarantine").exists()
    assert not site.path("warehouse").exists()
    assert not site.path("releases").exists()
    assert not site.path("reports").exists()


def test_only_takes_the_file_that_was_named(make_site: Make, clock: Clock) -> None:
    site = make_site(has_clinic=False)
    outcome = go(site, clock, only=frozenset({P02}))
    assert outcome.plates_loaded == 1
    assert [path.name for path in inbox_files(site)] == [P01]


def test_file_names_and_record_numbers_stay_out_of_the_release(
    after_a_night: After, clock: Clock, simulated: Path
) -> None:
    site = after_a_night(True)
    lines = (simulated / "inbox" / "linkage" / "linkage.csv").read_text().splitlines()[1:]
    numbers = {line.split(",")[1].encode() for line in lines}
    assert len(numbers) > 190
    published = b"".join(p.read_bytes() for p in site.path("releases").rglob("*") if p.is_file())
    pages = b"".join(p.read_bytes() for p in site.path("reports").rglob("*.html"))
    working = site.path("warehouse").read_bytes()
    assert [n for n in numbers if n in published or n in pages or n in working] == []


POINTS = (
    "collect",
    "read",
    "in_transaction",
    "between_plates",
    "trend",
    "score",
    "in_publish",
    "report",
    "close",
    "in_inbox",
)


def _most_by_proof(points: Sequence[str], here: Sequence[str]) -> list[Any]:
    """Those of the suite, and the others for `make prove killed_night`."""
    return [pytest.param(point, marks=[] if point in here else [pytest.mark.prove]) for point in points]


@pytest.mark.parametrize("point", _most_by_proof(POINTS, ("between_plates", "in_publish", "report")))
def test_a_killed_night_is_completed_by_the_next(
    point: str, make_site: Make, clock: Clock, whole: Whole, killed: Killed
) -> None:
    site = make_site()
    assert killed(site, point) == -signal.SIGKILL
    _nothing_half_done(site)
    outcome = go(site, clock)
    assert outcome.refused == ()
    assert outcome.notes[0] == "night 2026-01-05-1 did not come to its end; what it left undone is done now"
    assert outcome.notes[1:] == whole.notes, "also of laboratory files that the killed night had imported"
    assert hashes(site) == whole.hashes
    assert _standing(site) == whole.scores
    assert inbox_files(site) == []
    assert len(list((site.path("reports") / "plates").glob("*.html"))) == 2


@pytest.mark.parametrize(
    "point",
    _most_by_proof(
        ("report", "between_pages", "in_page", "before_index", "in_index", "close"), ("report", "in_page", "in_index")
    ),
)
def test_pages_and_index_that_a_killed_night_owes_are_there_after_a_night_with_nothing_new(
    point: str, finished: Path, tmp_path: Path, simulated: Path, clock: Clock, killed: Killed
) -> None:
    site = load_site(Path(shutil.copytree(finished, tmp_path / "site", symlinks=True)))
    drop(site, simulated / "inbox" / "plates" / P02)
    drop(site, simulated / "inbox" / "plates" / P03)
    assert killed(site, point) == -signal.SIGKILL
    _pages_are_whole(site, owes_index=point != "close")
    outcome = go(site, clock)
    assert (outcome.plates_loaded, outcome.refused) == (0, ())
    index = _pages_are_whole(site)
    assert len(index) == 2  # the plates that the killed night computed, not those of the night before it
    assert {P02[:-4], P03[:-4]} == {name.rsplit("/")[-1][: len(P02) - 4] for name in index}
    assert len(list((site.path("reports") / "plates").iterdir())) == 3
    assert not list(site.path("reports").rglob("*.part"))
    text, (gone, *_) = (
        (site.path("reports") / "index.html").read_text(),
        sorted((site.path("reports") / "plates").iterdir()),
    )
    page = gone.read_bytes()
    gone.unlink()
    go(site, clock)
    assert (site.path("reports") / "index.html").read_text() == text
    assert gone.read_bytes() == page  # a page that is not there is owed, whoever took it away


def _pages_are_whole(site: Site, *, owes_index: bool = False) -> list[str]:
    """Every page ends as a page does, and every link of the index leads to one; the links to plates of the night itself."""
    reports = site.path("reports")
    for page in reports.rglob("*.html"):
        assert page.read_text().endswith("</html>"), page
    index = (reports / "index.html").read_text()
    assert ("Night 2026-01-05-1" in index) == owes_index
    assert all((reports / link).exists() for link in re.findall(r'href="\./([^"#]+)', index))
    return re.findall(r'href="\./(plates/[^"]+)"', index.split('id="plates"')[1].split("</section>")[0])


def _nothing_half_done(site: Site) -> None:
    """Whatever is visible is whole: every run has its assay, every current release answers, the archive holds its hashes."""
    if (site.path("releases") / "current" / "pbis.duckdb").exists():
        assert count(site, "select * from score") > 0
    if site.path("warehouse").exists():
        with warehouse.opened(site.path("warehouse")) as con:
            warehouse.migrate(con)
            orphans = "select run_id from store.run anti join store.assay using (run_id)"
            assert con.execute(orphans).fetchall() == []
            loaded = con.execute("select count(*) from store.run").fetchone()
            judged = con.execute("select count(distinct run_id) from store.plate_verdict").fetchone()
            assert loaded == judged
