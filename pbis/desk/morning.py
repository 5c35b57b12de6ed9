"""The morning: what waits for a person, each with the button that leads to the form which mends it, and the latest plates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from pbis.config import load_site
from pbis.core.errors import UsageError
from pbis.desk.items import plates_by_run
from pbis.desk.mends import MENDS
from pbis.desk.pages import page
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.desk.waiting import Listed
from pbis.pipeline.at_once import current_release
from pbis.pipeline.released_plates import plates_of
from pbis.pipeline.reviews_now import reviews_of
from pbis.report.pages.todo import TodoRow, todo_groups

_MOST = 20  # items of a kind that the page lists; own choice
_LATEST = 20  # plates that it shows; the list of plates has all; own choice


def show(request: Request, desk: DeskHere, person: PersonHere) -> HTMLResponse:
    """Open items, what keeps a result back first."""
    site = load_site(desk.root)
    common = {"title": "This morning", "buttons": {kind: mend.button for kind, mend in MENDS.items()}, "most": _MOST}
    where = {"site": site.file.site.name, "zone": site.file.site.time_zone, "release": current_release(site)}
    return page(request, "desk_morning.html.j2", common | where | _asked(desk) | {"running": desk.work.is_running})


def _asked(desk: DeskSite) -> dict[str, Any]:
    """What the latest night found; in a sentence that there was none, where there was none."""
    try:
        listed = desk.waiting.items()
        return {
            "groups": todo_groups(map(_row, listed)),
            "places": _places(desk, listed),
            "plates": _latest(desk),
            "trouble": "",
        }
    except UsageError as error:
        return {"groups": (), "places": {}, "plates": [], "trouble": str(error)}


def _places(desk: DeskSite, listed: Sequence[Listed]) -> dict[str, str]:
    """Link of an item that is mended on its plate's own page -> that page, so that its button leads there at once."""
    plates = plates_by_run(desk)
    found = {_link(each): plates.get(each.item.run_id or "", []) for each in listed if not MENDS[each.item.kind].forms}
    return {link: own[0][1] for link, own in found.items() if len(own) == 1}


def _latest(desk: DeskSite) -> list[dict[str, Any]]:
    """The plates that were read last, each with the state of its review."""
    rows = plates_of(desk.root)[:_LATEST]
    reviews = reviews_of(desk.root, rows)
    return [row | {"review": reviews[row["run_id"], row["plate_number"]].title} for row in rows]


def _row(listed: Listed) -> TodoRow:
    item = listed.item
    return TodoRow(item.kind, item.what, item.remedy, item.since_night, item.is_blocking, link=_link(listed))


def _link(listed: Listed) -> str:
    return f"/item/{listed.key}"
