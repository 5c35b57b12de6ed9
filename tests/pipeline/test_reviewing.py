"""Reviewing a plate through nights: what a release, a page and a score show of it, what makes it stale, and who may sign."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from pbis.config import Site, load_site
from pbis.core.errors import Conflict, UsageError
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.deciding import Request, decide
from pbis.pipeline.night import run_plain
from pbis.pipeline.outcome import Outcome
from pbis.pipeline.plate_page import page_of_plate
from pbis.pipeline.published import run_query
from pbis.pipeline.reviewing import Reviewed, look, review
from pbis.report.page_hash import page_hashes
from pbis.version import __version__

PLATE = "HCC7P_20250915_P01"
NOW = datetime(2026, 1, 5, 3, 0)
Row = dict[str, Any]


def clock() -> datetime:
    return NOW


@dataclass(frozen=True)
class Person:
    """Somebody who has just shown a password."""

    name: str
    role: str


def go(site: Site) -> Outcome:
    return run_plain(site, NightOptions(), Silent(), clock)


def rows(site: Site, query: str) -> list[Row]:
    found: list[Row] = run_query(site.root, query).to_pylist()
    return found


@pytest.fixture
def site(good: Site, tmp_path: Path) -> Site:
    """A site of one plate and its patients after a night; for this test alone."""
    return load_site(Path(shutil.copytree(good.root, tmp_path / "site", symlinks=True)))


def ask(site: Site, kind: str, author: str = "A. Name", **more: Any) -> Reviewed:
    return review(site.root, Request(kind, author, "review", "looked at", PLATE, **more), clock)


def sign(site: Site, account: str, role: str, meaning: str) -> Reviewed:
    return ask(site, "sign", account, signer=Person(account.title(), role), meaning=meaning)


def state(site: Site) -> tuple[str, str]:
    (row,) = rows(site, "select review_state, signed from main.plate")
    return row["review_state"], row["signed"]


def page(site: Site) -> str:
    """The page to which the index leads."""
    seen = look(site.root, Request("accept", "A", "review", "x", PLATE))
    path = page_of_plate(site, PLATE, 1, seen.run_id, seen.facts["assay_id"])
    assert path is not None
    return path.read_text("utf-8")


def released(site: Site) -> str:
    """Every text of the views that tell of decisions and reviews."""
    return str([rows(site, f"from main.{view}") for view in ("plate", "signature", "decision", "qc_flag")])


def test_a_plate_is_accepted_signed_and_stale_by_its_own_results_alone(site: Site) -> None:
    seen = look(site.root, Request("accept", "A", "review", "x", PLATE))
    before = page_hashes(page(site))
    accepted = ask(site, "accept", expected_head=seen.head)
    assert (seen.review.state, accepted.before.state, accepted.after.state) == ("pending", "pending", "accepted")
    facts = accepted.decision.facts
    assert (facts["results"], facts["page"], facts["code"]) == (seen.results, before.plate, __version__)
    with pytest.raises(Conflict, match="decision 1, accept"):
        ask(site, "reject", expected_head=seen.head)
    with pytest.raises(Conflict, match="decision 1, accept"):
        decide(site.root, Request("exclude", "B", "bubble", "x", PLATE, expected_head=""), clock)
    signed = sign(site, "c.lead", "approver", "approval")
    assert signed.after.signed == "yes"
    assert go(site).plates_recomputed == 0
    assert state(site) == ("accepted", "yes")
    (told,) = rows(site, "from main.signature")
    assert (told["meaning"], told["role"], told["is_current"]) == ("approval", "approver", True)
    assert told["signature_id"] == signed.decision.facts["id"]
    assert "C.Lead" not in released(site)
    assert "c.lead" not in released(site)
    text = page(site)
    assert page_hashes(text).plate == before.plate
    assert page_hashes(text).whole != before.whole
    for said in (
        "<strong>accepted</strong>",
        "C.Lead",
        "approval",
        f"under version {__version__}",
        told["result_hash"][:12],
    ):
        assert said in text
    well = rows(site, "select well from result_all where well_role = 'unknown' and reportable order by well")[0]["well"]
    decide(site.root, Request("exclude", "B. Name", "bubble", "seen", PLATE, well=well), clock)
    with pytest.raises(UsageError, match=r"decision 3 \(exclude .*\) is not in the results of .* yet"):
        sign(site, "d.lead", "approver", "approval")
    outcome = go(site)
    assert state(site) == ("stale", "no")
    assert [item.is_blocking for item in outcome.open_items if item.kind == "awaiting_decision"] == [False]
    assert [row["is_current"] for row in rows(site, "from main.signature")] == [False]
    assert "stale: the plate" in page(site)
    assert ask(site, "accept", "B. Name").after.state == "accepted_with_exclusions"
    with pytest.raises(UsageError, match=re.escape("b. name excluded")):
        sign(site, "b. name", "approver", "approval")
    assert sign(site, "b. name", "reviewer", "review").after.signed == "partly"
    assert sign(site, "c.lead", "approver", "approval").after.signed == "yes"
    change = rows(site, "select before, after, cause_kind, cause_key from release_change where what = 'plate_review'")
    assert change == []
