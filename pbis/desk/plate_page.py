"""The page of a plate at the desk: the page that the night wrote, and above it what people decided and may decide."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import HTTPException, Path, Query, Request
from fastapi.responses import HTMLResponse

from pbis.config import load_site
from pbis.core.decision import REVERSE, Decision, standing
from pbis.core.errors import UsageError
from pbis.core.review import head, unseen
from pbis.core.site_time import shown
from pbis.core.words import called_plate
from pbis.desk.framed import framed
from pbis.desk.pages import page
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.draw.figures import names_in
from pbis.pipeline.plate_decisions import Row, events_about
from pbis.pipeline.released_plates import analytes_of, basis_of, newest_decision, page_of, plate_of, wells_of
from pbis.pipeline.reviews_now import review_here

RunId = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int, Path(ge=1, le=999)]


def show(
    request: Request,
    desk: DeskHere,
    person: PersonHere,
    run_id: RunId,
    plate_number: Number,
    job: Annotated[str, Query(max_length=64)] = "",
) -> HTMLResponse:
    """The page. job: of the desk's work that computes what was just decided."""
    plate = plate_here(desk, run_id, plate_number)
    found = desk.work.find(job) if job else None
    path = page_of(desk.root, dict(plate))
    written = "" if path is None else path.read_text(encoding="utf-8")
    context = {
        **about(desk, plate),
        "title": f"Plate {plate_name(plate)}",
        "content": framed(written) if written else "",
        "figures": names_in(written),
        "jobs": (found,) if found else (),
        "in_the_way": "",
        "wells": wells_of(desk.root, run_id, plate_number),
        "analytes": analytes_of(desk.root, run_id, plate_number),
    }
    return page(request, "desk_plate.html.j2", context)


def plate_here(desk: DeskSite, run_id: str, plate_number: int) -> Row:
    """The plate's row; 404 where it does not stand."""
    try:
        return plate_of(desk.root, run_id, plate_number)
    except UsageError as error:
        raise HTTPException(404, str(error)) from None


def about(desk: DeskSite, plate: Row) -> dict[str, Any]:
    """What every page about a plate says: which one, its review, its decisions, and which of them its results do not know yet."""
    site, events = load_site(desk.root), events_about(desk.root, plate)
    left = {one.sequence for one in standing(events)}
    known = newest_decision(desk.root)
    review = review_here(desk.root, dict(plate), events)
    return {
        "plate": plate,
        "name": plate_name(plate),
        "place": place_of(plate),
        "review": review,
        "review_words": review.title,
        "decisions": [_line(one, left, known) for one in events if one.kind != REVERSE],
        "waiting": len(unseen(events, known)),
        "seen": head(events),
        "basis": basis_of(desk.root, plate["run_id"], plate["plate_number"]),
        "at": lambda moment: shown(moment, site.time_zone),
    }


def _line(event: Decision, left: set[int], known: int) -> dict[str, Any]:
    return {"event": event, "stands": event.sequence in left, "is_computed": event.sequence <= known}


def plate_name(plate: Row) -> str:
    """As people call it."""
    return called_plate(plate["plate"], plate["plate_number"])


def place_of(plate: Row) -> str:
    """The address of its page."""
    return f"/plates/{plate['run_id']}/{plate['plate_number']}"
