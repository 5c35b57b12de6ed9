"""What a person takes along: a plate's results as a table, and figures of the pages that a night wrote, each as SVG."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from fastapi import HTTPException, Path, Response

from pbis.desk.charts_page import written_charts
from pbis.desk.plate_list import MEDIA
from pbis.desk.plate_page import Number, RunId, plate_here, plate_name
from pbis.desk.routing import DeskHere, PersonHere
from pbis.draw.figures import WrittenFigure, figures_in, standing_alone
from pbis.pipeline.released_plates import as_csv, as_workbook, page_of, results_of
from pbis.report.page import PAGES

WRITTEN = (
    "plate", "plate_number", "specimen_id", "subject_id", "analyte", "dilution_factor", "value_op", "value", "unit", "ci_low", "ci_high", "wells",
    "used_count", "reading_count", "held_count", "is_contradictory", "excluded_because",
)  # fmt: skip
FigureNumber = Annotated[int, Path(ge=1, le=9999)]


def results(
    desk: DeskHere, person: PersonHere, run_id: RunId, plate_number: Number, form: Literal["csv", "xlsx"]
) -> Response:
    """The plate's results as a file; 404 where the plate does not stand."""
    plate = plate_here(desk, run_id, plate_number)
    rows = list(results_of(desk.root, run_id, plate_number))
    body = as_csv(rows, WRITTEN) if form == "csv" else as_workbook(rows, WRITTEN, "results")
    return Response(body, media_type=MEDIA[form], headers=_saved_as(f"{plate_name(plate)}_results", form))


def figure(
    desk: DeskHere, person: PersonHere, run_id: RunId, plate_number: Number, figure_number: FigureNumber
) -> Response:
    """A figure of the plate's page, counted from 1; 404 where the page has none of that number, or is being written."""
    plate = plate_here(desk, run_id, plate_number)
    written = page_of(desk.root, dict(plate))
    found = figures_in(written.read_text(encoding="utf-8")) if written else ()
    return _drawn(found, figure_number, f"{plate_name(plate)}_")


def chart(desk: DeskHere, person: PersonHere, figure_number: FigureNumber) -> Response:
    """A figure of the page of control charts, counted from 1."""
    return _drawn(figures_in(written_charts(desk)), figure_number)


def _drawn(found: tuple[WrittenFigure, ...], number: int, before: str = "") -> Response:
    if number > len(found):
        raise HTTPException(404, f"the page has {len(found)} figures")
    one = found[number - 1]
    return Response(
        standing_alone(one, PAGES.folder / PAGES.style),
        media_type="image/svg+xml",
        headers=_saved_as(before + one.name, "svg"),
    )


def _saved_as(name: str, ending: str) -> dict[str, str]:
    """The name of the file, of signs that every system keeps."""
    kept = re.sub(r"[^A-Za-z0-9.-]+", "_", name).strip("_.")[:100]
    return {"Content-Disposition": f'attachment; filename="{kept or "figure"}.{ending}"'}
