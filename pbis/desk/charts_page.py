"""Control charts at the desk: the page that the night wrote, and a note beside a point of it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Form, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pbis.config import load_site
from pbis.core.decision import ANNOTATE, LONGEST
from pbis.core.errors import Conflict, UsageError
from pbis.core.review import require_head
from pbis.desk.deciding_page import conflict
from pbis.desk.framed import framed
from pbis.desk.pages import page
from pbis.desk.plate_page import Number, RunId, about, place_of, plate_here, plate_name
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.desk.spoken import spoken_charts
from pbis.desk.work import enqueue
from pbis.draw.figures import names_in
from pbis.pipeline.annotating import CAUSE, annotate
from pbis.pipeline.deciding import Request as Asked
from pbis.pipeline.plate_decisions import Row, events_about
from pbis.pipeline.plate_page import page_stem
from pbis.pipeline.released_plates import plates_of, points_of
from pbis.pipeline.trends_page import FILE_NAME

CONTROLS = {"qc1": "low control", "qc2": "high control"}


def show(request: Request, desk: DeskHere, person: PersonHere) -> HTMLResponse:
    """The charts of all plates; 404 before the first night."""
    written = written_charts(desk)
    places = {page_stem(plate_name(one), one["run_id"], one["assay_id"]): place_of(one) for one in plates_of(desk.root)}
    context = {"title": "Control charts", "content": framed(spoken_charts(written), places)}
    return page(request, "desk_charts.html.j2", context | {"figures": names_in(written)})


def written_charts(desk: DeskSite) -> str:
    """The page of all charts as the night wrote it; 404 before the first night."""
    path = load_site(desk.root).path("reports") / FILE_NAME
    if not path.exists():
        raise HTTPException(404, "no night has written control charts yet")
    return path.read_text(encoding="utf-8")


def ask(request: Request, desk: DeskHere, person: PersonHere, run_id: RunId, plate_number: Number) -> HTMLResponse:
    """The form of a note."""
    return _form(request, desk, plate_here(desk, run_id, plate_number))


def note(
    request: Request,
    desk: DeskHere,
    person: PersonHere,
    run_id: RunId,
    plate_number: Number,
    analyte: Annotated[str, Form(max_length=200)],
    control: Annotated[Literal["qc1", "qc2"], Form()],
    reason: Annotated[str, Form(max_length=LONGEST)] = "",
    seen: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Write the note; it changes no result."""
    plate = plate_here(desk, run_id, plate_number)
    lots = {
        row["lot"]
        for row in points_of(desk.root, run_id, plate_number)
        if (row["analyte"], row["metric"]) == (analyte, control)
    }
    asked = Asked(ANNOTATE, person.account, CAUSE, reason.strip(), run_id, plate_number, analyte=analyte)
    try:
        require_head(events_about(desk.root, plate), seen, person.account)
        annotate(desk.root, asked, desk.clock, control=control, lot=min(lots, default=""))
    except Conflict as newer:
        return conflict(request, desk, plate, newer, typed=("Write a note on a control chart", asked.reason))
    except UsageError as error:
        return _form(request, desk, plate, str(error))
    place = place_of(plate)
    job = enqueue(desk, f"Note on the chart of {analyte}: plate {plate_name(plate)}", person, link="/charts")
    return RedirectResponse(f"{place}?job={job.key}", 303)


def _form(request: Request, desk: DeskSite, plate: Row, wrong: str = "") -> HTMLResponse:
    points = points_of(desk.root, plate["run_id"], plate["plate_number"])
    context = {
        **about(desk, plate),
        "title": f"A note on a control chart: plate {plate_name(plate)}",
        "wrong": wrong,
        "analytes": list(dict.fromkeys(row["analyte"] for row in points)),
        "controls": {name: words for name, words in CONTROLS.items() if any(row["metric"] == name for row in points)},
    }
    return page(request, "desk_note.html.j2", context, 422 if wrong else 200)
