"""A backlog taken in at once, killed in the middle, is what it would be had each plate come in its time."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from forked_nights import Asked
from small_site import write_small_site
from undisturbed import Forked, copied

import warehouse
from pbis.config import Site

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
    "from score",
    "from score_component",
)


def standing(site: Site) -> dict[str, list[tuple[str, ...]]]:
    """What stands, without the names and times of the nights that found it; the order of loading is part of it."""
    found = {}
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        for query in STANDING:
            table = con.execute(query).to_arrow_table()
            names = [name for name in table.schema.names if name not in OF_THE_NIGHT]
            found[query] = sorted(tuple(map(str, row.values())) for row in table.select(names).to_pylist())
            assert found[query] or "finding" in query, query
    return found


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
