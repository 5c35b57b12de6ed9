"""The same files on several nights, in twenty orders: the scores of the last night are the same (`make prove versions`)."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

import pytest
from lab_versions import ANSWERS, FILES, NUMBER, orders

from pbis.config import Site
from pbis.pipeline.context import NightOptions, Silent
from pbis.pipeline.night import run_plain
from pbis.pipeline.published import run_query

Make = Callable[..., Site]
Clock = Callable[[], datetime]
ORDERS = list(orders(2, 20))


def walked(site: Site, clock: Clock, order: list[int], seed: int, nights: int) -> dict[str, str]:
    """Measure -> value or reason after the files came in the order, cut into nights by the seed."""
    inbox = site.root / "inbox"
    (inbox / "linkage" / "l.csv").write_text("site,mrn,subject,valid_from,valid_to\n,M1,P1,,\n")
    (inbox / "treatments" / "t.csv").write_text("mrn,cohort,regimen,started_at\nM1,d,r,2026-03-10 10:00\n")
    cuts = sorted(random.Random(seed).sample(range(1, len(order)), nights - 1))
    for begin, end in zip([0, *cuts], [*cuts, len(order)], strict=True):
        for place in order[begin:end]:
            (inbox / "labs" / f"{place}.txt").write_text(FILES[place].replace(NUMBER, "1"))
        assert not run_plain(site, NightOptions(), Silent(), clock).refused
    rows = run_query(site.root, "select measure, value_op, value_text, reason from score_input").to_pylist()
    said = {row["measure"]: row["reason"] or f"{row['value_op']}{row['value_text']}" for row in rows}
    return {measure: said[measure] for measure in ANSWERS}


def test_on_two_nights(make_site: Make, clock: Clock) -> None:
    assert walked(make_site(plates=(), has_clinic=False), clock, ORDERS[1], seed=1, nights=2) == ANSWERS


@pytest.mark.prove
@pytest.mark.parametrize("seed", range(len(ORDERS)))
def test_twenty_orders_on_three_nights(make_site: Make, clock: Clock, seed: int) -> None:
    assert walked(make_site(plates=(), has_clinic=False), clock, ORDERS[seed], seed, nights=3) == ANSWERS
