"""The page of one open item: what is open, and the forms that mend it. What each form does is said before its button."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Annotated, Any

from fastapi import Form, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from pbis.config import load_site
from pbis.core.errors import UsageError
from pbis.core.open_items import OpenItem
from pbis.core.site_time import wall
from pbis.desk.mends import MENDS
from pbis.desk.pages import page
from pbis.desk.people import Permission, Person
from pbis.desk.plate_page import place_of, plate_name
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.desk.work import enqueue
from pbis.pipeline.deciding import list_decisions, twins_of
from pbis.pipeline.plate_layout import laid_plate, layout_names, spare_tubes
from pbis.pipeline.refused_file import refused_bytes
from pbis.pipeline.released_plates import plates_of
from pbis.pipeline.releasing import held_wells
from pbis.pipeline.sheet_rows import sheet_plates

_WEEK = timedelta(days=7)  # until when putting off is proposed; own choice

ItemKey = Annotated[str, Path(pattern=r"^[0-9a-f]{16}$")]
Reason = Annotated[str, Form(min_length=1, max_length=500)]
Text = Annotated[str, Form(max_length=200)]


def show(request: Request, desk: DeskHere, person: PersonHere, key: ItemKey) -> HTMLResponse:
    """The item with its forms; that it is not open any more, where it is not."""
    item = desk.waiting.find(key)
    if item is None:
        words = "This does not wait any more: somebody mended it, or put it off."
        return page(request, "refused.html.j2", {"title": "Not open", "words": words}, 404)
    forms = MENDS[item.kind].forms if person.may(Permission.MEND) else ()
    at_hand: dict[str, Any] = {}
    trouble = ""
    try:
        at_hand["pages"] = plates_about(desk, item)
        for form in forms:
            at_hand |= _AT_HAND.get(form, _nothing)(desk, item)
    except UsageError as error:  # what it is about went since the list was made
        forms, trouble = (), str(error)
    until = wall(desk.clock(), load_site(desk.root).time_zone).date() + _WEEK
    context = {"title": MENDS[item.kind].button, "item": item, "key": key, "forms": forms, "trouble": trouble}
    return page(request, "item.html.j2", context | {"until": until.isoformat()} | at_hand)


def plates_about(desk: DeskSite, item: OpenItem) -> list[tuple[str, str]]:
    """Plates of the item's run that stand, each with its name and its page: a file can hold several, of which the item names none by its number."""
    return plates_by_run(desk).get(item.run_id or "", [])


def plates_by_run(desk: DeskSite) -> dict[str, list[tuple[str, str]]]:
    """Run -> its plates that stand, likewise; for who asks about many items."""
    found: dict[str, list[tuple[str, str]]] = {}
    for row in plates_of(desk.root):
        found.setdefault(row["run_id"], []).append((plate_name(row), place_of(row)))
    return {run_id: sorted(own) for run_id, own in found.items()}


def item_here(desk: DeskSite, key: str) -> OpenItem:
    """The item that a form is about. UsageError where it is not open any more."""
    item = desk.waiting.find(key)
    if item is None:
        raise UsageError("this does not wait any more: somebody mended it, or put it off; look at this morning's list")
    return item


def computing(
    desk: DeskSite, person: Person, what: str, *names: str, notes: tuple[str, ...] = (), layout_of: str = ""
) -> RedirectResponse:
    """Where a form leads: what was decided or brought is computed. names: of files in the inbox; layout_of: plate whose layout they bring."""
    job = enqueue(desk, what, person, names=frozenset(names), notes=notes, layout_of=layout_of)
    return RedirectResponse(f"/work/{job.key}", 303)


def _nothing(desk: DeskSite, item: OpenItem) -> Mapping[str, Any]:
    return {}


def _laid(desk: DeskSite, item: OpenItem) -> Mapping[str, Any]:
    laid = laid_plate(desk.root, item.run_id or "")
    return {"laid": laid, "numbers": sorted({each.plate_number for each in laid.wells})}


def _barcode(desk: DeskSite, item: OpenItem) -> Mapping[str, Any]:
    return {**_laid(desk, item), "spare": spare_tubes(desk.root)}


def _tube(desk: DeskSite, item: OpenItem) -> Mapping[str, Any]:
    known = item.subject_id or ""
    tubes = list(laid_plate(desk.root, item.run_id).unregistered) if item.run_id else []
    return {"tubes": tubes, "subject": known}


def _wells(desk: DeskSite, item: OpenItem) -> Mapping[str, Any]:
    return {"held": held_wells(desk.root, item.run_id or ""), "spare": spare_tubes(desk.root)}


def _twins(desk: DeskSite, item: OpenItem) -> Mapping[str, Any]:
    return {"twins": twins_of(desk.root, item.run_id or "")}


def _refused(desk: DeskSite, item: OpenItem) -> Mapping[str, Any]:
    return {"refused": refused_bytes(desk.root, item.object_key)}


def _plate_name(desk: DeskSite, item: OpenItem) -> Mapping[str, Any]:
    return {"plates": layout_names(desk.root)}


def _lot(desk: DeskSite, item: OpenItem) -> Mapping[str, Any]:
    return {"sheet_plates": sheet_plates(desk.root)}


def _reverse(desk: DeskSite, item: OpenItem) -> Mapping[str, Any]:
    rows = list_decisions(desk.root).to_pylist()
    return {"decision": next((row for row in rows if str(row["sequence"]) == item.object_key), None)}


_AT_HAND: Mapping[str, Callable[[DeskSite, OpenItem], Mapping[str, Any]]] = {
    "layout_file": _laid,
    "layout_grid": _laid,
    "barcode": _barcode,
    "tube": _tube,
    "wells": _wells,
    "twins": _twins,
    "tell": _refused,
    "copy": _refused,
    "again": _refused,
    "plate_name": _plate_name,
    "lot": _lot,
    "reverse": _reverse,
}
