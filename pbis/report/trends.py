"""The page of control charts: every analyte, control, lot and instrument over all plates, those with an alarm first."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from pbis.core.words import plural
from pbis.draw.page import markup
from pbis.report.page import render
from pbis.report.tabular import Rows, rows
from pbis.report.text import SEVERITY_ORDER, significant
from pbis.report.trends_chart import control_chart, lot_name
from pbis.report.trends_curves import CurveLine, curve_lines
from pbis.report.trends_data import CONTROLS, LEAST, ControlSeries, Note, TrendsReport, all_series
from pbis.report.trends_lots import LotPlates, lot_plates, plate_heads, undated

MOST_FINDINGS = 8  # of an analyte, latest plates first; the rest is counted and stands in the view qc_trend
_STATES = ("pass", "warn", "fail")


@dataclass(frozen=True)
class ChartLine:
    """A chart of a control: what it shows in a sentence, and what is not drawn."""

    title: str
    drawing: Any
    latest: str
    left_out: str


@dataclass(frozen=True)
class Card:
    """An analyte on an instrument: charts of its controls, the curve of the latest plate against the pooled one of its lot, findings of
    trend rules (latest first, at most MOST_FINDINGS) and what people wrote. state: worst finding on the plate read last; about: run,
    number and analyte of its plates."""

    place: str
    analyte: str
    instrument: str
    method: str
    state: str
    about: frozenset[tuple[Any, ...]]
    alarm_count: int
    charts: list[ChartLine]
    curve: CurveLine | None
    findings: Rows
    more: int
    notes: list[Note]


def trends_page(data: TrendsReport) -> str:
    """One self-contained HTML page without any script; the same data gives the same bytes."""
    series = all_series(data)
    cards, lots = _cards(data, series), lot_plates(data.point, data.settings)
    with_alarm = sorted((card for card in cards if card.alarm_count), key=lambda card: -card.alarm_count)
    others = sorted((card for card in cards if not card.alarm_count), key=lambda card: -_STATES.index(card.state))
    context = {
        "title": "Control charts",
        "basis": data.basis,
        "site": data.site,
        "numbers": _numbers(data, cards, lots),
        "alarms": with_alarm,
        "others": others,
        "lots": lots,
        "settings": data.settings,
        "guides": data.guides,
        "elsewhere": _elsewhere(data, cards),
        "undated": undated(data.point),
        "pages": data.pages,
        "least": LEAST,
    }
    return render("trends.html.j2", context)


def _cards(data: TrendsReport, series: Mapping[tuple[str, str, str], list[ControlSeries]]) -> list[Card]:
    curves, found, notes, alarms = curve_lines(data), _by_analyte(data), _notes(data), Counter(map(_about, data.alarms))
    cards = []
    for number, (place, own) in enumerate(sorted(series.items()), 1):
        instrument, method, analyte = place
        about = {(*key, analyte) for one in own for key in one.keys}
        mine = [row for row in found[analyte] if _about(row) in about]
        cards.append(
            Card(
                place=f"c{number}",
                analyte=analyte,
                instrument=instrument,
                method=method,
                state=_STATES[max(int(one.hit[-1]) for one in own)],
                about=frozenset(about),
                alarm_count=sum(alarms[each] for each in about),
                charts=[_chart(data, analyte, one) for one in own],
                curve=curves.get(place),
                findings=mine[:MOST_FINDINGS],
                more=max(len(mine) - MOST_FINDINGS, 0),
                notes=[note for note in notes[analyte] if (note.run_id, note.plate_number, analyte) in about],
            )
        )
    return cards


def _about(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return row["run_id"], row["plate_number"], row["analyte"]


def _notes(data: TrendsReport) -> defaultdict[str, list[Note]]:
    found: defaultdict[str, list[Note]] = defaultdict(list)
    for note in data.notes:
        found[note.analyte].append(note)
    return found


def _by_analyte(data: TrendsReport) -> defaultdict[str | None, Rows]:
    """Findings that are more than a note, the latest plate first, then the worst."""
    heads = rows(plate_heads(data.point), ("run_id", "plate_number", "plate", "started_at"))
    when = {(row["run_id"], row["plate_number"]): row for row in heads}
    found: defaultdict[str | None, Rows] = defaultdict(list)
    for row in rows(data.finding):
        plate = when.get((row["run_id"], row["plate_number"]))
        if row["severity"] != "info" and plate is not None:
            page = data.pages.get((row["run_id"], row["plate_number"]), "")
            found[row["analyte"]].append(
                row | {"plate": plate["plate"], "started_at": plate["started_at"], "page": page}
            )
    for mine in found.values():
        mine.sort(key=lambda row: (SEVERITY_ORDER.get(row["severity"], 9), row["rule"], row["metric"] or ""))
        mine.sort(key=lambda row: (row["started_at"] or datetime.min, row["plate"]), reverse=True)
    return found


def _chart(data: TrendsReport, analyte: str, one: ControlSeries) -> ChartLine:
    limits = f"mean {significant(one.mean[-1])}, limits {significant(one.low[-1])} to {significant(one.high[-1])}"
    needed, accepted = data.settings.least_plates, one.accepted_of_last_lot
    if np.isfinite(one.z[-1]):
        said = f"{one.z[-1]:+.1f} SD; {limits}, {one.basis}"
    elif np.isfinite(one.mean[-1]):
        said = limits
    else:
        said = f"no limits: lot {lot_name(one.lot[-1])} has {plural(accepted, 'accepted plate')}, limits need {needed} before a plate"
    left_out = f"{plural(one.left_out, 'earlier plate')} not drawn" if one.left_out else ""
    return ChartLine(
        CONTROLS[one.metric],
        markup(control_chart(analyte, one)),
        f"{one.plates[-1]}: {significant(one.value[-1])}, {said}",
        left_out,
    )


def _numbers(data: TrendsReport, cards: list[Card], lots: list[LotPlates]) -> list[tuple[str, str, str]]:
    short, alarms = sum(line.is_short for line in lots), len(data.alarms)
    plates = plate_heads(data.point).num_rows
    return [
        ("fail" if alarms else "quiet", str(alarms), "trend alarm" if alarms == 1 else "trend alarms"),
        ("quiet", str(plates), "plate with controls" if plates == 1 else "plates with controls"),
        ("quiet", str(len(cards)), "analyte on an instrument" if len(cards) == 1 else "analytes on an instrument"),
        ("quiet", str(short), "lot without limits yet" if short == 1 else "lots without limits yet"),
    ]


def _elsewhere(data: TrendsReport, cards: list[Card]) -> list[Mapping[str, Any]]:
    """Alarms that belong to no chart: of a whole plate, of an analyte without controls, of a plate that is not drawn any more."""
    shown = frozenset().union(*(card.about for card in cards))
    left = [row for row in data.alarms if _about(row) not in shown]
    return [dict(row) | {"page": data.pages.get((row["run_id"], row["plate_number"]), "")} for row in left]
