"""Pages of a night: one a plate that has none for its present assay, and the index that people open in the morning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import warehouse
from pbis.core.frames import LOT, REAGENT, WARNING
from pbis.pipeline import cohort
from pbis.pipeline.context import Night
from pbis.pipeline.history import plate_trend
from pbis.pipeline.holding import as_held, holds
from pbis.pipeline.tabular import write_whole
from pbis.report import (
    Hold,
    NightReport,
    PlateReport,
    PlateRow,
    RefusedRow,
    mark_of,
    night_index,
    plate_report,
    plate_row,
)

_HEAD = 4096  # characters of a page in which its mark stands, before style and text
_RAW = ("reagent", "lot", "calibration", "run_warning")
_ASSAYED = ("well", "result", "curve", "standard_level", "finding", "analyte_verdict", "plate_verdict", "reading_state")


@dataclass(frozen=True)
class PlatePage:
    """A page to be: the plate of an assay, and where its page lies."""

    run_id: str
    assay_id: str
    plate: str
    plate_number: int
    path: Path
    hold: Hold | None = None


def standing_pages(night: Night) -> list[PlatePage]:
    """A page for every plate that counts today, in the order of loading."""
    folder, held = night.site.path("reports") / "plates", holds(night)
    return [
        replace(_page(folder, run, number), hold=held.get((run.run_id, number)))
        for run in warehouse.current_runs(night.con)
        for number in warehouse.plate_numbers(night.con, run.run_id)
    ]


def missing_pages(night: Night) -> list[PlatePage]:
    """Pages that are not written yet, or that do not say what their plate waits for; after a killed night these are the ones
    it still owes."""
    return [page for page in standing_pages(night) if not page.path.exists() or _is_outdated(page)]


def _is_outdated(page: PlatePage) -> bool:
    """A plate can be held, or settled, after its page was written."""
    with page.path.open(encoding="utf-8") as file:
        shown = mark_of(file.read(_HEAD))
    return shown != (page.hold.mark if page.hold else None)


def write_page(night: Night, page: PlatePage) -> None:
    """Write the page of one plate from what the warehouse holds, so that it can be made again at any time."""
    trend = plate_trend(night, page.assay_id, page.plate_number)
    data = replace(plate_data(night, page), trend=trend, trend_finding=_trend_findings(night, page))
    write_whole(page.path, plate_report(data))


def plate_data(night: Night, page: PlatePage) -> PlateReport:
    """Everything that the page shows of the plate itself, rows of its plate only."""
    con = night.con
    run = warehouse.read_run(con, page.run_id)
    raw = warehouse.frames_of(con, "run_id", page.run_id, _RAW)
    derived = warehouse.frames_of(con, "assay_id", page.assay_id, _ASSAYED)
    mine = {name: _of_plate(table, page.plate_number) for name, table in derived.items()}
    raw |= with_lot_sheet(con, page.assay_id, raw)
    data = PlateReport(
        run=run, plate=page.plate, well=mine["well"], result=mine["result"], curve=mine["curve"], level=mine["standard_level"],
        finding=mine["finding"], analyte_verdict=mine["analyte_verdict"], plate_verdict=mine["plate_verdict"],
        reading_state=mine["reading_state"], reagent=raw["reagent"], lot=raw["lot"], calibration=raw["calibration"],
        warning=raw["run_warning"], provenance=_provenance(night, page),
    )  # fmt: skip
    return as_held(data, page.hold)


def with_lot_sheet(con: Any, assay_id: str, raw: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Warnings of the run and of its assay; reagents and lots as the assay had them, where a lot sheet told of them."""
    said, used = (
        warehouse.frames_of(con, "assay_id", assay_id, (name,))[name] for name in ("assay_warning", "assay_reagent")
    )
    at = raw["run_warning"].num_rows
    rows = [row | {"position": at + row["position"]} for row in said.to_pylist()]
    told = WARNING.table({name: [row.get(name) for row in rows] for name in WARNING.names})
    found = {"run_warning": pa.concat_tables([raw["run_warning"], told])}
    if used.num_rows == 0:
        return found
    lot = LOT.table(warehouse.sheet_lot(con, assay_id))
    return found | {"reagent": used.select(REAGENT.names), "lot": pa.concat_tables([raw["lot"], lot])}


def _trend_findings(night: Night, page: PlatePage) -> pa.Table:
    """What tonight's trends say about the plate."""
    found = warehouse.trend_findings(night.con, page.assay_id)
    return found.filter(pc.equal(found.column("plate_number"), page.plate_number))


def write_index(night: Night) -> None:
    """The night's index, as reports/index.html and under the night's own name, and the cohort sheet; kept where nothing is new."""
    folder = night.site.path("reports")
    night.index = folder / "index.html"
    pages = (night.index, folder / cohort.FILE_NAME)
    if night.is_current and not night.plates and not night.refusals and all(page.exists() for page in pages):
        return
    cohort.write_sheet(night)
    text = night_index(_night_data(night))
    write_whole(folder / f"night-{night.night_id}.html", text)
    write_whole(night.index, text)


def _page(folder: Path, run: warehouse.StoredRun, number: int) -> PlatePage:
    plate = run.plate if number == 1 else f"{run.plate}/{number}"
    slug = re.sub(r"[^A-Za-z0-9._-]+", "_", plate)[:60].strip("._") or "plate"
    return PlatePage(
        run.run_id, run.assay_id, plate, number, folder / f"{slug}-{run.run_id[:8]}-{run.assay_id[:8]}.html"
    )


def _of_plate(table: pa.Table, number: int) -> pa.Table:
    """Rows of one plate of the batch; findings about the whole run belong to each of its plates."""
    column = table.column("plate_number")
    return table.filter(pc.or_kleene(pc.equal(column, number), pc.is_null(column)))


def _provenance(night: Night, page: PlatePage) -> dict[str, str]:
    row = warehouse.assay_provenance(night.con, page.assay_id)
    named = {
        "run (sha256 of the export)": page.run_id,
        "assay": page.assay_id,
        "layout (sha256)": row["layout_file_id"] or "none: roles come from the export",
        "lot sheet (sha256)": row["lot_sheet_file_id"] or "none: reagents come from the export",
        "panel": row["panel"] or "none",
        "curve method": row["method"],
        "QC profile": row["profile"],
        "QC suite (sha256)": row["suite_hash"],
        "configuration (sha256)": row["config_hash"],
        "program version": row["code_version"],
    }
    return {name: str(value) for name, value in named.items()}


def _night_data(night: Night) -> NightReport:
    tonight = {plate.job.run_id for plate in night.plates}
    pages = [page for page in standing_pages(night) if not tonight or page.run_id in tonight or page.hold]
    assert night.score is not None
    assert night.component is not None
    return NightReport(
        night_id=night.night_id,
        started=f"{night.started_at:%Y-%m-%d %H:%M}",
        finished=f"{night.clock():%Y-%m-%d %H:%M}",
        plates=tuple(_row(night, page) for page in pages),
        refused=_refused(night),
        score=night.score,
        component=night.component,
        site_set=night.site.file.score.cutoff_set,
        cutoff_sets=night.settings.cutoff_sets,
        paths=_paths(night),
        provenance={"configuration (sha256)": night.site.config_hash, "score basis (sha256)": night.basis},
    )


def _row(night: Night, page: PlatePage) -> PlateRow:
    notes = [text for plate in night.plates if plate.job.run_id == page.run_id for _, text in plate.warnings]
    return plate_row(plate_data(night, page), f"plates/{page.path.name}", "; ".join(notes))


def _refused(night: Night) -> Sequence[RefusedRow]:
    return tuple(RefusedRow(f"{r.kind}/{r.name}", str(r.error), r.error.hint or "") for r in night.refusals)


def _paths(night: Night) -> dict[str, str]:
    root = night.site.root
    named = {"database": night.release, "quarantine": night.site.path("quarantine")}
    named["cohort sheet"] = night.site.path("reports") / cohort.FILE_NAME
    return {name: str(path.relative_to(root)) for name, path in named.items() if path is not None}
