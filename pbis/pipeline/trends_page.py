"""reports/trends.html: all that is followed from plate to plate, written anew where what it rests on is not what the written one says."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

import warehouse
from pbis.core.site_time import from_store, shown
from pbis.core.trends.baseline import GuideSet
from pbis.core.trends.guide import in_guide_set
from pbis.core.trends.state import TrendState
from pbis.files.table_out import write_whole
from pbis.pipeline.context import Night
from pbis.pipeline.guides import with_guides
from pbis.pipeline.open_pages import opened_column
from pbis.pipeline.pages import PlatePage
from pbis.pipeline.stages import Published
from pbis.report import basis_of

if TYPE_CHECKING:
    from pbis.report.trends_data import Note, TrendsReport

FILE_NAME = "trends.html"
Row = dict[str, Any]


def write_trends(
    night: Night, published: Published, pages: Sequence[PlatePage], followed: Callable[[], TrendState]
) -> Path:
    """Write the page unless the one that lies there rests on the same plates, rules, decisions, notes and pages of plates."""
    night, _ = with_guides(night)
    alarms = published.alarms
    path = night.site.path("reports") / FILE_NAME
    notes = warehouse.chart_notes(night.con)
    basis = _basis(night, alarms, pages, notes)
    if not path.exists() or basis_of(path.read_text(encoding="utf-8")) != basis:
        from pbis.report.trends import trends_page

        places = {(page.run_id, page.plate_number): f"plates/{page.path.name}" for page in pages}
        data = trends_data(night, followed().of_controls(), alarms, places, notes, basis, published.words())
        write_whole(path, trends_page(data))
    return path


def trends_data(
    night: Night,
    point: pa.Table,
    alarms: Sequence[Row],
    places: Mapping[tuple[str, int], str],
    notes: Sequence[Row],
    basis: str,
    words: warehouse.ClosedWords,
) -> TrendsReport:
    """What the page shows, lots and sentences as a release has them. point: TREND of all series."""
    import expectations
    from pbis.report.trends_data import CONTROLS, TrendsReport

    suite = night.settings.suite
    settings = expectations.trend_settings(suite)
    is_control = pc.is_in(point.column("metric"), pa.array(list(CONTROLS)))
    guide = in_guide_set(point, settings, suite.guide_sets)[is_control.to_numpy()]

    def open_series(table: pa.Table) -> pa.Table:
        named = opened_column(table, "lot", words.sentence)
        return opened_column(named, "instrument", lambda text: words.cell("serial", text))

    return TrendsReport(
        site=night.site.file.site.name,
        point=open_series(point.filter(is_control)),
        is_guide=guide,
        settings=settings,
        levels=lambda: map(open_series, warehouse.lot_curve_levels(night.con)),
        finding=opened_column(warehouse.trend_findings(night.con), "message", words.sentence),
        alarms=[row | {"message": words.sentence(row["message"])} for row in alarms],
        notes=[_note(row, night.site.time_zone) for row in notes],
        pages=places,
        guides=[_open_guide(guide, words) for guide in suite.guide_sets],
        basis=basis,
    )


def _open_guide(guide: GuideSet, words: warehouse.ClosedWords) -> GuideSet:
    instrument = words.cell("serial", guide.instrument) if guide.instrument else ""
    return replace(guide, lot=words.sentence(guide.lot), instrument=instrument)


def _note(row: Row, zone: tzinfo) -> Note:
    from pbis.report.trends_data import Note

    same = ("sequence", "run_id", "plate", "plate_number", "analyte", "author", "reason")
    at = shown(from_store(row["decided_at"]), zone)
    return Note(**{name: row[name] for name in same}, metric=row["control"], decided_at=at)


def _basis(night: Night, alarms: Sequence[Row], pages: Sequence[PlatePage], notes: Sequence[Row]) -> str:
    """sha256 over all that the page is made from; whether an alarm is new is not on it."""
    told = [{name: str(value) for name, value in row.items() if name != "is_new"} for row in alarms]
    said = [{name: str(value) for name, value in row.items()} for row in notes]
    parts = (
        warehouse.trend_basis(night.con),
        night.site.config_hash,
        sorted(page.path.name for page in pages),
        told,
        said,
    )
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()
