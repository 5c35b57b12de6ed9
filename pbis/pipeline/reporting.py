"""Pages of a night: one a plate that has none of what is known of it now, and the index that people open in the morning."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import msgspec

import warehouse
from pbis import report  # what draws a page is imported where one is made
from pbis.core.site_time import shown
from pbis.files.table_out import write_whole
from pbis.pipeline import cohort
from pbis.pipeline.context import Night
from pbis.pipeline.history import follow_again
from pbis.pipeline.lab_account import lab_account
from pbis.pipeline.modes import shared
from pbis.pipeline.morning import morning, morning_basis
from pbis.pipeline.open_pages import opened, private_index, with_cells
from pbis.pipeline.outcome import trend_alarm
from pbis.pipeline.page_data import PageData, plate_rows
from pbis.pipeline.pages import PlatePage, missing, standing_pages
from pbis.pipeline.plates import Desk, Tools
from pbis.pipeline.score_changes import score_changes
from pbis.pipeline.stages import Published, Reported, Told
from pbis.pipeline.todo import NOTE, items_of, linked
from pbis.pipeline.trends_page import FILE_NAME as CHARTS
from pbis.pipeline.trends_page import write_trends
from pbis.pipeline.walking import Part, Work
from pbis.report import (
    AlarmRow,
    NightReport,
    NoteRow,
    PlateReport,
    RefusedRow,
    TodoRow,
)
from pbis.report.morning import STRIP, Morning, plate_list

_PAGES_AHEAD = 8  # pages that workers are at or have done before their turn; what one shows takes 3 MB
_HEAD = 4096  # characters of a page in which its mark stands, before style and text


def write_reports(night: Night, before: Published) -> Work[Path | None, Reported]:
    """A part a page, which is called by its run as in PlateJob.short_name; the index last."""

    def join(made: Sequence[Path | None]) -> Reported:
        return Reported(
            told=before.told,
            inbox=before.inbox,
            imports=before.imports,
            due=before.due,
            plates=before.plates,
            alarms=before.alarms,
            followed=before.followed,
            scores=before.scores,
            release=before.release,
            words=before.words,
            index=made[-1] if made else None,
        )

    if night.options.is_dry_run:
        return Work([], join)
    followed = cache(lambda: before.followed or follow_again(night))  # once a night, and only where a page asks for it
    standing = standing_pages(night)
    owed = missing(standing)
    data = PageData(night, owed, followed, f"../{CHARTS}")
    if len(owed) > 1:
        night.crew.begin(Tools.of(night, Desk.of(night)), is_worth_it=False)
    draw = draw_page if night.crew.is_near else draw_text
    drawn = night.crew.ahead(draw, ((page.path, data.of(page)) for page in owed), _PAGES_AHEAD)
    write = shared(night.site)(lambda page: write_page(page, drawn.take(partial(page_text, page, data))))
    pages: list[Part[Path | None]] = [Part(f"report {page.run_id[:12]}", partial(write, page)) for page in owed]
    trends = shared(night.site)(partial(write_trends, night, before, standing, followed))
    index = shared(night.site)(partial(write_index, night, before, standing))
    return Work([*pages, Part("report trends", trends), Part("report index", index)], join)


def page_text(page: PlatePage, data: PageData) -> str:
    """The page of one plate, from what the warehouse holds, so that it can be made again at any time."""
    return report.plate_report(data.of(page))


def write_page(page: PlatePage, text: str | None) -> None:
    """Write it at its place; None: a worker that sees the site wrote it."""
    if text is not None:
        write_whole(page.path, text)


def draw_text(_: Tools, given: tuple[Path, PlateReport]) -> str:
    """A worker's task where it sees no disk of the night: the page of one plate."""
    return report.plate_report(given[1])


def draw_page(tools: Tools, given: tuple[Path, PlateReport]) -> None:
    """A worker's task: the page of one plate at its place."""
    path, data = given
    with shared(tools.site):
        write_whole(path, report.plate_report(data))


def write_index(night: Night, published: Published, pages: Sequence[PlatePage]) -> Path:
    """The night's index, as reports/index.html and under the night's own name, and the cohort sheet; kept where nothing is new. pages: of
    every plate that counts.

    It is written last and names what it was made from, so that an index which names that proves the rest to be there: one that a
    killed night left behind names something else and is written anew.
    """
    folder = night.site.path("reports")
    index = folder / "index.html"
    beside = morning(night, published, pages)
    basis = _index_basis(published, pages, warehouse.open_basis(night.con), morning_basis(beside))
    told = published.told
    is_told_anew = any(
        not part.is_owed for part in told.parts
    )  # an index that a killed night finished tells what is owed
    has_said = len(told.notes) > len(night.opening.notes)  # what was said at the opening is about the machine
    is_quiet = published.scores.is_current and not (published.plates or told.refusals or is_told_anew or has_said)
    listed = (folder / beside.list_page,) if len(beside.plates) > STRIP else ()
    is_whole = all(path.exists() for path in (folder / cohort.FILE_NAME, *listed))
    if is_quiet and is_whole and _written_basis(index) == basis:
        return index
    words = published.words()
    cohort.write_sheet(night, published.scores.basis, words)
    data = _night_data(night, published, pages, basis, beside)
    text = report.night_index(_opened(night, data, words))
    for path in listed:
        write_whole(path, plate_list(beside, basis))
    write_whole(folder / f"night-{night.night_id}.html", text)
    write_whole(index, text)
    return index


def _opened(night: Night, data: NightReport, words: warehouse.ClosedWords) -> NightReport:
    """The data of the open page; where it hides a cell, the page that shows it is written into the quarantine folder first."""
    shown = opened(data, words)
    if shown == data:
        return data
    page = private_index(night)
    night.site.path("quarantine").mkdir(parents=True, exist_ok=True, mode=0o700)
    page.parent.mkdir(parents=True, exist_ok=True)
    write_whole(page, report.night_index(with_cells(data, page, night.site.path("reports"))))
    return replace(shown, paths={**shown.paths, "cells as they came": str(page.relative_to(night.site.root))})


def _index_basis(published: Published, pages: Sequence[PlatePage], *beside: str) -> str:
    """sha256 over what the index shows: scores, pages by their names, alarms, open items, what stands beside tonight. Whether an alarm
    is new is not in it: it is new once."""
    alarms = [{name: str(value) for name, value in row.items() if name != "is_new"} for row in published.alarms]
    parts = (published.scores.basis, sorted(page.path.name for page in pages), alarms, *beside)
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _written_basis(index: Path) -> str | None:
    return report.basis_of(index.read_text(encoding="utf-8")) if index.exists() else None


def _night_data(
    night: Night, published: Published, standing: Sequence[PlatePage], basis: str, beside: Morning
) -> NightReport:
    tonight = {plate.run_id for plate in published.plates} | warehouse.runs_left_behind(night.con)
    pages = [page for page in standing if page.run_id in tonight or page.hold]
    scores = published.scores
    with warehouse.of_the_laboratory(night.con) as session:
        changes, lab_files = score_changes(session), lab_account(session, night.night_id)
    return NightReport(
        night_id=night.night_id,
        started=shown(night.started_at, night.site.time_zone),
        finished=shown(night.clock(), night.site.time_zone),
        zone=night.site.file.site.time_zone,
        plates=plate_rows(night, published.plates, pages),
        refused=_refused(published.told),
        score=scores.score,
        component=scores.component,
        site_set=night.site.file.score.cutoff_set,
        cutoff_sets=night.settings.cutoff_sets,
        read_count=len(tonight),
        todo=_todo(night, standing),
        notes=_notes(night, standing),
        alarms=_alarms(published.alarms, standing),
        changes=changes,
        lab_files=lab_files,
        basis=basis,
        charts=CHARTS,
        paths=_paths(night, published.release),
        provenance={
            "configuration (sha256)": night.site.config_hash,
            "score basis (sha256)": scores.basis,
            **_head(night),
        },
        morning=beside,
    )


def _head(night: Night) -> dict[str, str]:
    """The latest decision: a log that does not lead to it is not the one that this page was made with."""
    head = warehouse.decision_head(night.con)
    return {"latest decision": f"{head['sequence']} {head['decision_id']}"} if head["sequence"] else {}


def _notes(night: Night, pages: Sequence[PlatePage]) -> tuple[NoteRow, ...]:
    """What the night said so far, each with the page of its plate; what blocks a plate is on the list of what to do."""
    places = {page.run_id: f"plates/{page.path.name}" for page in reversed(pages)}
    rows = warehouse.notes_of_night(night.con, night.night_id)
    opening = set(night.opening.notes)  # about the machine and nights that were killed: the terminal and SQL have them
    said = [row for row in rows if row["code"] == NOTE and row["message"] not in opening]
    return tuple(NoteRow(row["message"], places.get(row["sha256"] or "", "")) for row in said)


def _todo(night: Night, pages: Sequence[PlatePage]) -> tuple[TodoRow, ...]:
    """What waits for a person, each with the page of its plate."""
    places = {page.run_id: f"plates/{page.path.name}" for page in reversed(pages)}
    return tuple(
        TodoRow(
            item.kind,
            item.what,
            item.remedy,
            item.since_night,
            item.is_blocking,
            item.command or "",
            places.get(item.run_id or "", ""),
        )
        for item in linked(items_of(night), Path("SITE"))  # a page says the same wherever its site lies
    )


def _alarms(alarms: Sequence[dict[str, Any]], pages: Sequence[PlatePage]) -> tuple[AlarmRow, ...]:
    places = {(page.run_id, page.plate_number): page.path.name for page in pages}
    found = ((trend_alarm(row), places.get((row["run_id"], row["plate_number"]))) for row in alarms)
    return tuple(
        AlarmRow(
            **asdict(one) | {"analyte": one.analyte or "all", "lot": one.lot or "not named"},
            report_path=f"plates/{place}" if place else "",
        )
        for one, place in found
    )


def _refused(told: Told) -> tuple[RefusedRow, ...]:
    whole = (RefusedRow(f"{r.kind}/{r.name}", str(r.error), r.error.hint or "") for r in told.refusals)
    parts = (RefusedRow(f"{p.kind}/{p.name}", p.sentence, p.error.hint or "", is_part=True) for p in told.parts)
    return (*whole, *parts)


def _paths(night: Night, release: Path | None) -> dict[str, str]:
    root = night.site.root
    named = {"database": release, "quarantine": night.site.path("quarantine")}
    named["cohort sheet"] = night.site.path("reports") / cohort.FILE_NAME
    return {name: str(path.relative_to(root)) for name, path in named.items() if path is not None}
