"""Guide sets that people chose: which plates they are now, which of several decisions speaks, and what limits follow."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from expectations import load_suite, trend_settings
from pbis.core.decision import FIRST, GUIDE, REVERSE, Decision, Target, chained, standing
from pbis.core.errors import UsageError
from pbis.core.frames import HISTORY
from pbis.core.trends.baseline import GuideSet
from pbis.core.trends.chosen import ChosenGuides, chosen, contents_of, guide_events
from pbis.core.trends.guide import in_guide_set
from pbis.core.trends.trend import follow

AT = datetime(2026, 1, 5, 9, 30)
SETTINGS = replace(trend_settings(load_suite("research")), guide_plates=4, least_plates=3, log_controls=False)
VALUES = (100.0, 104.0, 96.0, 100.0, 210.0, 214.0, 206.0, 210.0, 213.0)  # a level twice as high from the fifth plate on
RUNS = {f"content{i}": (f"r{i}",) for i in range(len(VALUES))}
LOTS = {"K1": "K1"}


def history(failed: tuple[int, ...] = (), **own: Any) -> pa.Table:
    same = {"plate_number": 1, "analyte": "IL-6", "metric": "qc1", "lot": "K1", "instrument": "LX1", "method": "robust", "kit": "k", **own}  # fmt: skip
    size = len(VALUES)
    columns = {name: [value] * size for name, value in same.items()}
    columns |= {"assay_id": [f"a{i}" for i in range(size)], "run_id": [f"r{i}" for i in range(size)]}
    columns |= {"plate": [f"P{i}" for i in range(size)], "started_at": [AT + timedelta(days=i) for i in range(size)]}
    columns |= {"value": list(VALUES), "is_accepted": [i not in failed for i in range(size)]}
    return HISTORY.table(columns)


def choice(*plates: int, analyte: str | None = "IL-6", reason: str = "after the service") -> Decision:
    facts: dict[str, Any] = {"control": "qc1", "lot": "K1"}
    facts |= {"plates": [f"content{i}" for i in plates]} if plates else {"first": True}
    target = Target(FIRST, "guide set", analyte=analyte)
    return Decision(0, AT, "A. Name", GUIDE, target, "verified", reason, told=json.dumps(facts))


def log(*drafts: Decision) -> tuple[Decision, ...]:
    events: tuple[Decision, ...] = ()
    for one in drafts:
        events = (*events, chained(events, one))
    return events


def choose(rows: pa.Table, *drafts: Decision) -> ChosenGuides:
    return chosen(guide_events(standing(log(*drafts))), rows, RUNS, LOTS, SETTINGS.least_plates)


def limits(rows: pa.Table, *guides: GuideSet) -> tuple[float, float, float]:
    (row,) = follow(rows, SETTINGS, guides).baseline.to_pylist()
    return row["mean"], row["limit_low"], row["limit_high"]


def test_plates_after_the_chosen_ones_are_held_against_them() -> None:
    rows = history()
    guides = choose(rows, choice(4, 5, 6, 7)).guide_sets
    assert [(one.runs, one.source, one.author) for one in guides] == [
        (("r4", "r5", "r6", "r7"), "decision 1", "A. Name")
    ]
    assert limits(rows) == pytest.approx((100.0, 100 - 3 * 3.265986, 100 + 3 * 3.265986))
    assert limits(rows, *guides) == pytest.approx((210.0, 210 - 3 * 3.265986, 210 + 3 * 3.265986))
    was, now = (follow(rows, SETTINGS, own).point.column("z").to_pylist() for own in ((), guides))
    assert now[:8] == was[:8]  # up to the last of them as if nothing had been chosen
    assert was[8] > 30 > 3 > now[8]
    point = follow(rows, SETTINGS, guides).point
    assert in_guide_set(point, SETTINGS, guides).tolist() == [False] * 4 + [True] * 4 + [False]


def test_the_newest_choice_speaks_and_a_reversal_takes_it_back() -> None:
    rows, first, other = history(), choice(4, 5, 6, 7), choice(5, 6, 7, 8)
    own = (choose(rows, first).guide_sets, choose(rows, other).guide_sets)
    assert limits(rows, *choose(rows, first, other).guide_sets) == limits(rows, *own[1]) != limits(rows, *own[0])
    back = Decision(0, AT, "B. Name", REVERSE, first.target, "entered_in_error", "no", reverses=2)
    assert limits(rows, *choose(rows, first, other, back).guide_sets) == limits(rows, *own[0])
    assert choose(rows, first, replace(back, reverses=1)) == ChosenGuides()
    again = choose(rows, first, other, replace(first, reason="the older ones after all")).guide_sets
    assert limits(rows, *again) == limits(rows, *own[0])
    with pytest.raises(UsageError, match=r"decision 2 .* says so already"):
        log(first, other, replace(other, reason="again"))


def test_the_first_plates_may_be_chosen_against_an_earlier_choice_and_the_configuration() -> None:
    rows = history()
    configured = GuideSet("IL-6", "qc1", "", "", (), 500.0, 10.0, "K. Lab", "peers", "x")
    guides = choose(rows, choice(4, 5, 6, 7), choice(analyte=None)).guide_sets
    assert limits(rows, *guides, configured) == limits(rows) != limits(rows, configured)
    point = follow(rows, SETTINGS, guides).point
    assert in_guide_set(point, SETTINGS, guides).tolist() == in_guide_set(point, SETTINGS).tolist()
    plain, chosen_first = follow(rows, SETTINGS).baseline, follow(rows, SETTINGS, guides).baseline
    assert plain.equals(chosen_first)


def test_a_plate_that_fails_later_leaves_the_guide_set_and_too_few_choose_nothing() -> None:
    event = choice(4, 5, 6, 7)
    (left,) = choose(history(failed=(5,)), event).guide_sets
    assert left.runs == ("r4", "r6", "r7")
    gone = choose(history(failed=(5, 6)), event)
    assert gone.guide_sets == ()
    (note,) = gone.notes
    assert "decision 1 chooses a guide set for qc1 of IL-6, and fewer than 3 plates of it stand accepted" in note
    assert choose(history(lot="K2"), choice()).guide_sets[0].lot == "K1"
    assert "no plate of that lot" in chosen(guide_events(log(choice())), history(), RUNS, {}, 3).notes[0]


def test_a_choice_is_of_the_series_in_which_its_plates_stand_now() -> None:
    both = pa.concat_tables([history(), history(analyte="IL-2"), history(metric="qc2")])
    assert [(one.analyte, one.metric) for one in choose(both, choice(4, 5, 6, analyte=None)).guide_sets] == [
        ("IL-2", "qc1"), ("IL-6", "qc1"),
    ]  # fmt: skip
    (moved,) = choose(history(lot="K9", instrument="LX2"), choice(4, 5, 6)).guide_sets  # a lot sheet came later
    assert (moved.lot, moved.instrument) == ("K9", "LX2")
    assert contents_of(log(choice(4, 5, 6), choice())) == {"content4", "content5", "content6"}
