"""A later export with other readings: where a person took something of the plate out it is held until somebody decides, and an acceptance is stale."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from small_site import plate_of, write_small_site

from pbis.config import Site
from pbis.pipeline.accounts import Signer
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request, decide, list_decisions
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.plate_page import page_of_plate
from pbis.pipeline.published import run_query
from pbis.pipeline.reviewing import look, review
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


def export_again(site: Site, days: int, factor: float) -> None:
    """Another export of the plate, made so many days later, in which a median of its last well is another."""
    plate = late_export(plate_of(1), days)
    other = outlier(plate, str(plate.wells.name[-1]), "IL-2", factor)
    (site.root / "inbox" / "plates" / f"{BATCH}_again_{days}.csv").write_bytes(render_plate(other))


def another_export_makes_an_acceptance_stale(site: Site) -> None:
    """Release, page, To do, list of decisions and signature say so; nothing of it is accepted."""
    at = datetime(2026, 1, 7, 9)
    accepted = review(site.root, Request("accept", "ann", "review", "it is right", BATCH), lambda: at).decision
    signer = Signer("Ann Name", "approver")
    asked = Request("sign", "ann", "review", "seen", BATCH, meaning="approval", signer=signer)
    review(site.root, asked, lambda: at)
    export_again(site, 3, 1.6)
    outcome = night(site, 8)
    stale = stands(site)
    assert (stale["state"] != "held", stale["review_state"]) == (True, "stale")
    (item,) = (one for one in outcome.open_items if one.kind in ("awaiting_decision", "decision_not_applying"))
    assert "was accepted, but another export of this plate with other readings came since" in item.what
    stand = {row["sequence"]: row["stands"] for row in list_decisions(site.root).to_pylist()}
    assert stand[accepted.sequence] == "stale"
    (one,) = run_query(site.root, "select is_standing, is_current from main.signature").to_pylist()
    assert one == {"is_standing": True, "is_current": False}
    assert run_query(site.root, "select count(*) as n from accepted_plate where run_id = (select run_id from plate)").column(0).to_pylist() == [0]  # fmt: skip
    seen = look(site.root, Request("accept", "ann", "review", "x", BATCH))
    assert (seen.review.state, seen.review.is_other_export) == ("stale", True)
    page = page_of_plate(site, BATCH, 1, seen.run_id, seen.facts["assay_id"])
    assert page is not None
    assert "Accepted, but another export of this plate with other readings came since" in page.read_text("utf-8")


def test_an_export_with_other_readings_of_a_rejected_plate_is_held(tmp_path: Path) -> None:
    site = write_small_site(tmp_path / "site", plates=1)
    night(site, 5)
    before = stands(site)
    assert before["reportable"] > 0
    review(site.root, Request("reject", "ann", "review", "the wrong box", BATCH), lambda: datetime(2026, 1, 5, 9))
    export_again(site, 2, 1.3)
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
    another_export_makes_an_acceptance_stale(site)
    review(site.root, Request("reject", "ann", "review", "it is wrong", BATCH), lambda: datetime(2026, 1, 8, 9))
    night(site, 9)
    last = stands(site)
    assert (last["state"], last["review_state"], last["reportable"]) == ("fail", "rejected", 0)


@pytest.mark.parametrize(
    "objects", [{"well": "E3", "analyte": "IL-6"}, {"replicate_group": "SR001002 x1"}, {"analyte": "IL-2"}, {}]
)
def test_what_was_excluded_of_an_export_does_not_come_back_with_another(
    tmp_path: Path, objects: dict[str, str]
) -> None:
    site = write_small_site(tmp_path / "site", plates=1)
    night(site, 5)
    excluded = Request("exclude", "ann", "bubble", "seen", BATCH, **objects)
    first = decide(site.root, excluded, lambda: datetime(2026, 1, 5, 9)).decision
    night(site, 6)
    without = stands(site)["reportable"]
    export_again(site, 2, 1.3)
    outcome = night(site, 7)
    held = stands(site)
    assert (held["state"], held["reportable"]) == ("held", 0)
    assert (
        f"something of an earlier export of it was excluded (decision {first.sequence}), and this one has other"
        in held["sentence"]
    )
    ((reverse, again),) = [each.commands for each in outcome.held]
    assert reverse.startswith(f"pbis decide reverse {first.sequence} ")
    assert again.startswith(f"pbis decide exclude --site {site.root} --plate {held['run_id'][:12]}")
    (item,) = (one for one in outcome.open_items if one.kind == "decision_not_applying")
    assert item.is_blocking
    assert "that one is held until a person decides" in item.what
    decide(site.root, excluded, lambda: datetime(2026, 1, 7, 9))
    outcome = night(site, 8)
    assert (stands(site)["reportable"], outcome.held) == (without, ())
    (item,) = (one for one in outcome.open_items if one.kind == "decision_not_applying")
    assert not item.is_blocking


def test_an_exclusion_that_is_reversed_holds_no_later_export(tmp_path: Path) -> None:
    site = write_small_site(tmp_path / "site", plates=1)
    night(site, 5)
    whole = stands(site)["reportable"]
    decide(site.root, Request("exclude", "ann", "bubble", "seen", BATCH, well="E3"), lambda: datetime(2026, 1, 5, 9))
    export_again(site, 2, 1.3)
    assert night(site, 6).held
    reverse = Request("reverse", "ann", "verified", "read anew", reverses=1)
    decide(site.root, reverse, lambda: datetime(2026, 1, 6, 9))
    assert (night(site, 7).held, stands(site)["reportable"]) == ((), whole)
