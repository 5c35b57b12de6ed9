"""A backlog taken in at once, killed in the middle, is what it would be had each plate come in its time; also where people chose guide sets."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from forked_nights import Asked
from small_site import write_small_site
from undisturbed import Forked, copied

import warehouse
from pbis.config import Site, load_site
from pbis.pipeline.choosing_guide import GuideAsked, choose_guide, withdraw_guide

PLATES = 4
FIRST = datetime(2026, 1, 6, 3)
OF_THE_NIGHT = ("night_id", "loaded_at", "assayed_at")
STANDING = (
    "from current_run",
    "from current_assay",
    "from reading_standing",
    "from analyte_verdict_standing",
    "from plate_verdict_standing",
    "from finding_standing",
    "from trend_night",
    "from trend_finding",
    "from trend_baseline",
    "from trend_judged",
    "from score",
    "from score_component",
)


def standing(site: Site, queries: Sequence[str] = STANDING) -> dict[str, list[tuple[str, ...]]]:
    """What stands, without the names and times of the nights that found it; the order of loading is part of it."""
    found = {}
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        for query in queries:
            table = con.execute(query).to_arrow_table()
            names = [name for name in table.schema.names if name not in OF_THE_NIGHT]
            found[query] = sorted(tuple(map(str, row.values())) for row in table.select(names).to_pylist())
            assert found[query] or "finding" in query, query
    return found


def test_plates_of_missed_nights_are_taken_by_one_night_in_the_order_in_which_they_were_read(
    forked: Forked, tmp_path: Path
) -> None:
    """Whatever their files are called; a slice of what `make prove reprocess` holds of a backlog."""
    backlog = write_small_site(tmp_path / "backlog", 2)
    plates = backlog.path("inbox") / "plates"
    for number, name in ((1, "b.csv"), (2, "a.csv")):
        (plates / f"{plate(number)}.csv").rename(plates / name)
    in_time = copied(backlog.root, tmp_path / "in time")
    late = (in_time.path("inbox") / "plates" / "a.csv").rename(tmp_path / "a.csv")
    assert forked(Asked(str(in_time.root), FIRST.isoformat())).status == 0
    late.rename(in_time.path("inbox") / "plates" / "a.csv")
    last = (FIRST + timedelta(days=7)).isoformat()
    for site in (in_time, backlog):
        assert forked(Asked(str(site.root), last)).status == 0
    asked = [query for query in STANDING if "baseline" not in query]  # limits need five plates
    assert standing(backlog, asked) == standing(in_time, asked)
    with closing(warehouse.connect(backlog.path("warehouse"), read_only=True)) as con:
        assert con.execute("select file_name from store.run order by sequence").fetchall() == [("b.csv",), ("a.csv",)]


@pytest.mark.prove
def test_reprocess_is_what_nights_in_time_would_have_made(forked: Forked, tmp_path: Path) -> None:
    backlog = write_small_site(tmp_path / "backlog", PLATES)
    file = backlog.root / "site.toml"
    file.write_text(file.read_text().replace("\nshard_size = 16", "\nshard_size = 2"))
    in_time, waiting = copied(backlog.root, tmp_path / "in time"), tmp_path / "waiting"
    inbox = in_time.path("inbox") / "plates"
    shutil.move(inbox, waiting)
    inbox.mkdir()
    for day, plate in enumerate(sorted(waiting.iterdir())):
        shutil.move(plate, inbox)
        answer = forked(Asked(str(in_time.root), (FIRST + timedelta(days=day)).isoformat()))
        assert (answer.status, answer.error) == (0, "")
    last = (FIRST + timedelta(days=PLATES)).isoformat()
    operations = len(forked(Asked(str(copied(backlog.root, tmp_path / "looked").root), last, "look")).operations)
    killed = copied(backlog.root, tmp_path / "killed")
    assert forked(Asked(str(killed.root), FIRST.isoformat(), "kill", operations // 2)).status == -9
    assert forked(Asked(str(killed.root), last)).status == 0
    assert standing(killed) == standing(in_time)


GUIDED = 9  # plates, of which limits need five
QC2 = GuideAsked("*", "qc2", "K0001", (), "A. Name", "after the service")


def plate(number: int) -> str:
    return f"LOAD_{number:04d}"


def with_guide_sets(site: Site) -> Site:
    """Its site.toml names two: of plates that are not the first ones, and of a mean and SD that the plates leave."""
    runs = [
        hashlib.sha256((site.path("inbox") / "plates" / f"{plate(number)}.csv").read_bytes()).hexdigest()
        for number in range(3, 8)
    ]
    own = {"metric": "qc1", "author": "A. Name", "reason": "own evidence", "source": "own"}
    guides = [
        {"analyte": "IL-6", "runs": runs},
        {"analyte": "IL-10", "mean": 1.0, "sd": 0.1},
        {"analyte": "TNF", "runs": runs},
    ]
    (site.root / "own.json").write_text(json.dumps({"guide_sets": [own | guide for guide in guides]}))
    file = site.root / "site.toml"
    file.write_text(file.read_text().replace('suite_override = ""', 'suite_override = "own.json"', 1))
    return load_site(site.root)


def people_choose(site: Site, day: int, now: datetime) -> None:
    """In the morning after the night of a plate: a guide set for all charts of a control, another in its place for one of them, one that is
    taken back, and the first plates of the lot in the place of what site.toml names."""
    if day == 6:
        choose_guide(site.root, replace(QC2, plates=tuple(map(plate, range(2, 7)))), lambda: now)
    elif day == 7:
        choose_guide(site.root, replace(QC2, analyte="IL-6", plates=tuple(map(plate, range(1, 8)))), lambda: now)
        chosen = choose_guide(
            site.root, replace(QC2, analyte="IL-10", plates=tuple(map(plate, range(3, 8)))), lambda: now
        )
        withdraw_guide(site.root, chosen.decision.sequence, "A. Name", "entered_in_error", "no", lambda: now)
    elif day == 8:
        choose_guide(site.root, replace(QC2, analyte="TNF", control="qc1", is_first=True), lambda: now)


@pytest.mark.prove
def test_reprocess_follows_the_guide_sets_of_site_toml_and_of_the_log_as_nights_in_time_did(
    forked: Forked, tmp_path: Path
) -> None:
    """A laboratory that brings its decision log along: the same baselines, verdicts and scores, by their hashes."""
    backlog = with_guide_sets(write_small_site(tmp_path / "backlog", GUIDED))
    in_time, waiting = copied(backlog.root, tmp_path / "in time"), tmp_path / "waiting"
    shutil.move(in_time.path("inbox") / "plates", waiting)
    (in_time.path("inbox") / "plates").mkdir()
    for day in range(1, GUIDED + 1):
        now = FIRST + timedelta(days=day)
        shutil.move(waiting / f"{plate(day)}.csv", in_time.path("inbox") / "plates")
        answer = forked(Asked(str(in_time.root), now.isoformat()))
        assert (answer.status, answer.error) == (0, "")
        people_choose(in_time, day, now + timedelta(hours=6))
    found = []
    for log in (None, in_time.path("decisions")):
        site = copied(backlog.root, tmp_path / f"with{'out' if log is None else ''} decisions")
        if log is not None:
            site.path("decisions").parent.mkdir(mode=0o700)
            shutil.copy(log, site.path("decisions"))
        answer = forked(Asked(str(site.root), (FIRST + timedelta(days=GUIDED)).isoformat()))
        assert (answer.status, answer.error) == (0, "")
        found.append((standing(site), results(site)))
    assert found[1] == (standing(in_time), results(in_time))
    without, own = (each for each, _ in found)
    assert without["from trend_baseline"] != own["from trend_baseline"]
    assert any("as given by the laboratory" in str(row) for row in own["from trend_finding"])


def results(site: Site) -> dict[str, str]:
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        return warehouse.result_hashes(con)
