"""A plate that was rejected does not come back with a later export: one with other readings is held until a person decides."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from small_site import plate_of, write_small_site

from pbis.config import Site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.published import run_query
from pbis.pipeline.reviewing import review
from pbis.simulate import render_plate
from pbis.simulate.faults import outlier
from pbis.simulate.load import late_export

BATCH = plate_of(1).header.batch


def night(site: Site, day: int) -> Outcome:
    return run_plain(site, NightOptions(), Silent(), lambda: datetime(2026, 1, day, 3))


def stands(site: Site) -> dict[str, Any]:
    (row,) = run_query(site.root, "select run_id, state, review_state, sentence from plate").to_pylist()
    (count,) = run_query(site.root, "select count(*) as n from result_all where reportable").column(0).to_pylist()
    return row | {"reportable": count}


def test_an_export_with_other_readings_of_a_rejected_plate_is_held(tmp_path: Path) -> None:
    site = write_small_site(tmp_path / "site", plates=1)
    night(site, 5)
    before = stands(site)
    assert before["reportable"] > 0
    review(site.root, Request("reject", "ann", "review", "the wrong box", BATCH), lambda: datetime(2026, 1, 5, 9))
    plate = late_export(plate_of(1), 2)
    other = outlier(plate, str(plate.wells.name[-1]), "IL-2", 1.3)
    (site.root / "inbox" / "plates" / f"{BATCH}_again.csv").write_bytes(render_plate(other))
    outcome = night(site, 6)
    held = stands(site)
    assert held["run_id"] != before["run_id"]
    assert (held["state"], held["reportable"]) == ("held", 0)
    assert "an earlier export of it was rejected (decision 1), and this one has other readings" in held["sentence"]
    ((reverse, reject),) = [each.commands for each in outcome.held]
    assert reverse.startswith("pbis decide reverse 1 ")
    assert reject.startswith(f"pbis decide reject --site {site.root} --plate {held['run_id'][:12]}")
    decide(
        site.root,
        Request("reverse", "ann", "verified", "the box was right", reverses=1),
        lambda: datetime(2026, 1, 6, 9),
    )
    night(site, 7)
    assert stands(site)["reportable"] > 0
    review(site.root, Request("reject", "ann", "review", "it is wrong", BATCH), lambda: datetime(2026, 1, 7, 9))
    night(site, 8)
    last = stands(site)
    assert (last["state"], last["review_state"], last["reportable"]) == ("fail", "rejected", 0)
