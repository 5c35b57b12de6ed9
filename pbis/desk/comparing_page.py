"""Comparing: two plates, or one plate in two releases; curves laid over each other, to be saved as SVG."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse

from pbis.core.errors import UsageError
from pbis.desk.pages import page
from pbis.desk.plate_asked import LISTED, NamedPlate, named_plate
from pbis.desk.plate_page import plate_name
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.draw.page import markup
from pbis.pipeline.comparing import ComparedSide, shared, side
from pbis.pipeline.released_plates import plates_of, releases_of, specimens_of
from pbis.report.overlaid import OverlaidCurve, overlaid

_Plate = Annotated[str, Query(pattern=r"^([0-9a-f]{64}-[0-9]{1,3})?$")]
_Typed = Annotated[str | None, Query(max_length=200)]
_Release = Annotated[str, Query(pattern=r"^[0-9a-zA-Z._-]{0,60}$")]


def show(
    request: Request,
    desk: DeskHere,
    person: PersonHere,
    one: _Plate = "",
    other: _Plate = "",
    before: _Release = "",
    first: _Typed = None,
    second: _Typed = None,
) -> HTMLResponse:
    """The form, and where two are named what differs. before: the first of them is the plate as that release shows it; first, second: what a
    person typed, which comes before a choice of before."""
    plates, specimens = plates_of(desk.root), specimens_of(desk.root)
    named = named_plate(plates, specimens, first, one), named_plate(plates, specimens, second, other)
    context: dict[str, Any] = {
        "title": "Compare plates",
        "named": named,
        "before": before,
        "latest": [plate_name(row) for row in plates[:LISTED]],
        "releases": releases_of(desk.root),
        "sides": (),
        "lines": (),
        "wrong": " ".join(f"{trouble}." for trouble in (each.trouble for each in named) if trouble),
    }
    if context["wrong"]:
        return page(
            request, "desk_compare.html.j2", context, 200 if all(_can_be_chosen(each) for each in named) else 404
        )
    if named[0].key and (named[1].key or before):
        try:
            sides = _sides(desk, named[0].key, named[1].key or named[0].key, before)
        except UsageError as error:
            return page(request, "desk_compare.html.j2", context | {"wrong": str(error)}, 404)
        asked = urlencode({"one": named[0].key, "other": named[1].key, "before": before})
        context |= {"sides": [(_called(each), each) for each in sides], "lines": _lines(*sides, asked)}
    return page(request, "desk_compare.html.j2", context)


def _can_be_chosen(each: NamedPlate) -> bool:
    return bool(each.choices or not each.trouble)


def figure(
    desk: DeskHere,
    person: PersonHere,
    analyte: Annotated[str, Query(max_length=200)],
    one: _Plate,
    other: _Plate = "",
    before: _Release = "",
) -> Response:
    """The curves of an analyte, as a file of its own."""
    try:
        sides = _sides(desk, one, other or one, before)
    except (UsageError, ValueError) as error:
        raise HTTPException(404, str(error)) from None
    if not any(analyte in each.levels for each in sides):
        raise HTTPException(404, "neither plate has a curve of that analyte")
    named = {"Content-Disposition": 'attachment; filename="curves.svg"'}
    return Response(_drawn(*sides, analyte), media_type="image/svg+xml", headers=named)


def _sides(desk: DeskSite, one: str, other: str, before: str) -> tuple[ComparedSide, ComparedSide]:
    first, second = (name.rpartition("-") for name in (one, other))
    return (
        side(desk.root, first[0], int(first[2]), before),
        side(desk.root, second[0], int(second[2])),
    )


def _called(one: ComparedSide) -> str:
    return plate_name(one.plate) + (f" in release {one.release}" if one.release else "")


def _lines(one: ComparedSide, other: ComparedSide, asked: str) -> list[dict[str, Any]]:
    names = sorted(one.analytes.keys() | other.analytes.keys())
    return [
        {
            "analyte": name,
            "one": one.analytes.get(name),
            "other": other.analytes.get(name),
            "shared": shared(one, other, name),
            "drawing": markup(_drawn(one, other, name)),
            "saved": f"/compare/figure?{asked}&{urlencode({'analyte': name})}",
        }
        for name in names
    ]


def _drawn(one: ComparedSide, other: ComparedSide, analyte: str) -> str:
    unit = next((each.analytes[analyte].get("unit") for each in (one, other) if analyte in each.analytes), None)
    curves = [
        OverlaidCurve(
            _called(each),
            tuple(
                (row["expected_concentration"], row["fitted_mfi"], row["mean_mfi"])
                for row in each.levels.get(analyte, ())
            ),
        )
        for each in (one, other)
    ]
    return overlaid(f"Standard curves of {analyte}", unit or "unit of the curve", curves)
