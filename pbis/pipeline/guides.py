"""Guide sets that people chose, put before those of the configuration for what follows plates and for the page of charts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import expectations
import warehouse
from expectations import Suite
from pbis.config import Site
from pbis.core.decision import FIRST, Decision
from pbis.core.trends.chosen import ChosenGuides, chosen, contents_of, guide_events
from pbis.pipeline.context import Night
from pbis.pipeline.publishing import declared


def with_guides(night: Night) -> tuple[Night, tuple[str, ...]]:
    """The night with the guide sets that standing decisions choose, and a note for each decision that chooses nothing any more. Without such
    decisions it is the night as it was given."""
    suite = night.settings.suite
    found = chosen_guides(night.con, night.site, night.decisions, suite)
    if not found.guide_sets:
        return night, found.notes
    own = replace(suite, guide_sets=(*found.guide_sets, *suite.guide_sets))
    return replace(night, settings=replace(night.settings, suite=own)), found.notes


def chosen_guides(
    con: warehouse.Connection, site: Site, decisions: Mapping[str, tuple[Decision, ...]], suite: Suite
) -> ChosenGuides:
    """decisions: standing, as decisions.by_plate sorts them."""
    events = guide_events(decisions.get(FIRST, ()))
    if not events:
        return ChosenGuides()
    named = contents_of(events)
    runs: defaultdict[str, list[str]] = defaultdict(list)
    assays = set()
    for run in warehouse.current_runs(con):
        if run.content in named:
            runs[run.content].append(run.run_id)
            assays.add(run.assay_id)
    least = expectations.trend_settings(suite).least_plates
    return chosen(events, warehouse.history_of(con, assays), runs, _lots(con, site, events), least)


def _lots(con: warehouse.Connection, site: Site, events: tuple[Decision, ...]) -> dict[str, str]:
    """Lot of a standing control -> what a release calls it, by which a decision names it; asked only where one does."""
    if not any(one.facts.get("first") for one in events):
        return {}
    words = warehouse.closed_words_of(con, declared(site))
    return {lot: words.sentence(lot) for lot in warehouse.control_lots(con)}
