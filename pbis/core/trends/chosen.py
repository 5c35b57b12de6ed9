"""Guide sets that people chose by a decision: which of the events speak, and of which series.

An event names the plates by the content of their readings. Which series that is follows from where those plates stand now, so that a
plate that is exported again keeps its place, and one that is excluded or fails leaves the guide set. Fewer plates than limits need
choose nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from pbis.core.decision import GUIDE, Decision
from pbis.core.trends.baseline import GuideSet
from pbis.core.words import plural

Series = tuple[str, str, str]  # analyte, lot, instrument: of one control


@dataclass(frozen=True)
class ChosenGuides:
    """guide_sets: the newest first, so that the first that speaks of a series counts; notes: of events that choose nothing any more."""

    guide_sets: tuple[GuideSet, ...] = ()
    notes: tuple[str, ...] = ()


def guide_events(events: Iterable[Decision]) -> tuple[Decision, ...]:
    """Those of the standing events that choose a guide set, the newest first."""
    return tuple(sorted((one for one in events if one.kind == GUIDE), key=lambda one: -one.sequence))


def contents_of(events: Iterable[Decision]) -> frozenset[str]:
    """Contents of all plates that they name."""
    return frozenset(content for one in events for content in one.facts.get("plates", ()))


def chosen(
    events: Iterable[Decision],
    history: pa.Table,
    runs: Mapping[str, Collection[str]],
    lots: Mapping[str, str],
    least: int,
) -> ChosenGuides:
    """events: of guide_events; history: frames.HISTORY that has the plates they name; runs: content -> runs that hold it; lots: lot of a
    standing control -> what people are shown of it; least: plates that limits need."""
    sets: list[GuideSet] = []
    notes: list[str] = []
    rows = history.to_pylist()
    for event in events:
        found = _first_plates(event, lots) if event.facts.get("first") else _named(event, rows, runs, least)
        sets += found
        if not found:
            notes.append(_idle(event, least))
    return ChosenGuides(tuple(sets), tuple(notes))


def _named(
    event: Decision, rows: list[dict[str, object]], runs: Mapping[str, Collection[str]], least: int
) -> list[GuideSet]:
    """A guide set for each series in which enough of the plates stand accepted."""
    facts, analyte = event.facts, event.target.analyte
    mine = {run for content in facts["plates"] for run in runs.get(content, ())}
    found: dict[Series, set[str]] = {}
    for row in rows:
        is_meant = row["run_id"] in mine and row["metric"] == facts["control"] and analyte in (None, row["analyte"])
        if is_meant and row["is_accepted"] and row["started_at"] is not None:
            key = (str(row["analyte"]), str(row["lot"]), str(row["instrument"]))
            found.setdefault(key, set()).add(str(row["run_id"]))
    enough = {key: own for key, own in sorted(found.items()) if len(own) >= least}
    return [_set(event, *key, tuple(sorted(own))) for key, own in enough.items()]


def _first_plates(event: Decision, lots: Mapping[str, str]) -> list[GuideSet]:
    """That the first accepted plates of the lot are its guide set again, whatever was chosen or configured before."""
    wanted, analyte = event.facts["lot"], event.target.analyte or ""
    return [_set(event, analyte, lot, "", ()) for lot, said in sorted(lots.items()) if wanted in (lot, said)]


def _set(event: Decision, analyte: str, lot: str, instrument: str, runs: tuple[str, ...]) -> GuideSet:
    control, source = event.facts["control"], f"decision {event.sequence}"
    return GuideSet(analyte, control, lot, instrument, runs, None, None, event.author, event.reason, source)


def _idle(event: Decision, least: int) -> str:
    facts = event.facts
    of = f"{facts['control']} of {event.target.analyte or 'all analytes'}"
    if facts.get("first"):
        return f"decision {event.sequence} chooses the first plates of a lot for {of}, and no plate of that lot stands"
    return (
        f"decision {event.sequence} chooses a guide set for {of}, and fewer than {plural(least, 'plate')} of it stand accepted in one "
        f"series: its limits are those that would stand without it; choose other plates or reverse it"
    )
