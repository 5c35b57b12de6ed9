"""Comparing lots: pooled curves laid over each other, and the specimens that bridge them."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse

from pbis.core.errors import UsageError
from pbis.core.words import plural
from pbis.desk.pages import page
from pbis.desk.routing import DeskHere, PersonHere
from pbis.draw.page import markup
from pbis.pipeline.comparing_lots import ComparedLots, PooledOfLot, compare_lots, lots_of
from pbis.report.overlaid import OverlaidCurve, overlaid

_Lot = Annotated[str, Query(max_length=300)]


def show(request: Request, desk: DeskHere, person: PersonHere, lot: _Lot = "", before: _Lot = "") -> HTMLResponse:
    """The form, and where a lot is named what differs."""
    context: dict[str, Any] = {"title": "Compare lots", "lots": lots_of(desk.root), "lot": lot, "before": before}
    if not lot:
        return page(request, "desk_lots.html.j2", context | {"found": None, "figures": (), "wrong": ""})
    try:
        found = compare_lots(desk.root, lot, before)
    except UsageError as error:
        return page(request, "desk_lots.html.j2", context | {"found": None, "figures": (), "wrong": str(error)}, 404)
    figures = [
        (
            name,
            markup(_drawn(found, name)),
            f"/compare/lots/figure?{urlencode({'lot': found.lot, 'before': found.before, 'analyte': name})}",
        )
        for name in found.curves
    ]
    return page(request, "desk_lots.html.j2", context | {"found": found, "figures": figures, "wrong": ""})


def figure(
    desk: DeskHere,
    person: PersonHere,
    lot: _Lot,
    analyte: Annotated[str, Query(max_length=200)],
    before: _Lot = "",
) -> Response:
    """The pooled curves of an analyte, as a file of its own."""
    try:
        found = compare_lots(desk.root, lot, before)
    except UsageError as error:
        raise HTTPException(404, str(error)) from None
    if analyte not in found.curves:
        raise HTTPException(404, "neither lot has a curve of that analyte")
    named = {"Content-Disposition": 'attachment; filename="lots.svg"'}
    return Response(_drawn(found, analyte), media_type="image/svg+xml", headers=named)


def _drawn(found: ComparedLots, analyte: str) -> str:
    curves = [
        OverlaidCurve(
            _called(each), tuple((row["expected_concentration"], row["pooled_mfi"], None) for row in each.levels)
        )
        for each in found.curves[analyte]
    ]
    return overlaid(f"Pooled curves of {analyte}", "unit of the curve", curves)


def _called(one: PooledOfLot) -> str:
    return f"{one.lot} on {one.instrument} ({plural(one.plates, 'plate')})"
