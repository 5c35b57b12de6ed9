"""What the pages of plates and their rows in the index are made from, fetched for several plates at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

import warehouse
from pbis import report  # what draws a page is imported where one is made
from pbis.core.frames import LOT, REAGENT, WARNING
from pbis.core.plates.same_warnings import Warned, together
from pbis.core.review import PENDING
from pbis.core.trends.state import TrendState
from pbis.pipeline.context import Night
from pbis.pipeline.holding import as_held
from pbis.pipeline.pages import PlatePage, decisions
from pbis.pipeline.stages import LoadedPlate
from pbis.report import PlateReport, PlateRow
from pbis.report.data import PLATE_TABLES, READING_COLUMNS

_AT_ONCE = (
    8  # plates fetched together: a query for eight costs little more than for one, and 8 of 41 analytes are 20 MB
)
_DERIVED = ("well", "result", "curve", "standard_level", "finding", "analyte_verdict", "plate_verdict", "reading_state")


class PageData:
    """Everything that pages show. Pages are asked for in their order; those that come next are fetched along with one.

    followed: what is followed from plate to plate, asked for where a page is made.
    """

    def __init__(
        self, night: Night, pages: Sequence[PlatePage], followed: Callable[[], TrendState], charts: str
    ) -> None:
        self._night, self._pages, self._followed, self._charts = night, list(pages), followed, charts
        self._stored: dict[str, warehouse.StoredPlate] = {}

    def of(self, page: PlatePage) -> PlateReport:
        """Everything that the page shows, rows of its plate only."""
        import expectations
        from pbis.report.trend import SHOWN

        trend = self._followed().of_plate(page.assay_id, page.plate_number, SHOWN)
        settings = expectations.trend_settings(self._night.settings.suite)
        data = _report(self._night, page, self._fetched(page))
        return replace(data, trend=trend, trend_settings=settings, charts=self._charts)

    def _fetched(self, page: PlatePage) -> warehouse.StoredPlate:
        if page.assay_id not in self._stored:
            first = self._pages.index(page)
            ahead = {one.assay_id: one.run_id for one in self._pages[first : first + _AT_ONCE]}
            asked = [(run_id, assay_id) for assay_id, run_id in ahead.items()]
            self._stored = warehouse.stored_plates(self._night.con, asked, READING_COLUMNS)
        return self._stored[page.assay_id]


def plate_rows(night: Night, plates: Sequence[LoadedPlate], pages: Sequence[PlatePage]) -> tuple[PlateRow, ...]:
    """The rows of the night's list, with what was said tonight about each of its plates."""
    heads = warehouse.plate_heads(night.con, [(page.run_id, page.assay_id) for page in pages])
    return tuple(_row(night, plates, page, heads[page.assay_id]) for page in pages)


def _row(night: Night, plates: Sequence[LoadedPlate], page: PlatePage, head: warehouse.PlateHead) -> PlateRow:
    said = [Warned(*warning) for plate in plates if plate.run_id == page.run_id for warning in plate.warnings]
    names = warehouse.reported_analytes(night.con, page.assay_id, page.plate_number) if said else set()
    tables = {name: spec.empty() for name, spec in PLATE_TABLES.items()}
    tables["plate_verdict"] = _of_plate(head.verdict, page.plate_number)
    data = as_held(PlateReport(run=head.run, plate=page.plate, **tables), page.hold)
    return report.plate_row(
        data,
        f"plates/{page.path.name}",
        "; ".join(same.sentence for same in together(said, names)),
        _reviewed(page),
    )


def _reviewed(page: PlatePage) -> str:
    if page.review is None:
        return PENDING
    return page.review.state + (", second signature missing" if page.review.signed == "partly" else "")


def _report(night: Night, page: PlatePage, stored: warehouse.StoredPlate) -> PlateReport:
    mine = {name: _of_plate(stored.frames[name], page.plate_number) for name in _DERIVED}
    told = _with_lot_sheet(stored)
    data = PlateReport(
        run=stored.run, plate=page.plate, well=mine["well"], result=mine["result"], curve=mine["curve"], level=mine["standard_level"],
        finding=mine["finding"], analyte_verdict=mine["analyte_verdict"], plate_verdict=mine["plate_verdict"],
        reading_state=mine["reading_state"], reagent=told["reagent"], lot=told["lot"], calibration=stored.frames["calibration"],
        warning=told["run_warning"], provenance=_provenance(page, stored.made_with), trend_finding=page.trend_finding,
        decisions=decisions(page, mine["finding"], night.site.time_zone), tolerances=stored.tolerances, review=page.review,
        basis=page.basis,
    )  # fmt: skip
    return as_held(data, page.hold)


def _with_lot_sheet(stored: warehouse.StoredPlate) -> dict[str, pa.Table]:
    """Warnings of the run and of its assay; reagents and lots as the assay had them, where a lot sheet told of them."""
    frames = stored.frames
    said, used = frames["assay_warning"], frames["assay_reagent"]
    at = frames["run_warning"].num_rows
    rows = [row | {"position": at + row["position"]} for row in said.to_pylist()]
    told = WARNING.table({name: [row.get(name) for row in rows] for name in WARNING.names})
    found = {name: frames[name] for name in ("reagent", "lot")}
    found["run_warning"] = pa.concat_tables([frames["run_warning"], told])
    if used.num_rows == 0:
        return found
    lot = LOT.table(dict(stored.lot), absent=("lot_name", "manufacturer", "machine_serial", "result"))
    return found | {"reagent": used.select(REAGENT.names), "lot": pa.concat_tables([frames["lot"], lot])}


def _of_plate(table: pa.Table, number: int) -> pa.Table:
    """Rows of one plate of the batch; findings about the whole run belong to each of its plates."""
    column = table.column("plate_number")
    is_mine = pc.or_kleene(pc.equal(column, number), pc.is_null(column))
    return table if pc.all(is_mine).as_py() else table.filter(is_mine)  # most batches are one plate, and a copy costs


def _provenance(page: PlatePage, row: Mapping[str, Any]) -> dict[str, str]:
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
