"""Choosing a guide set at the desk: a chart, its plates, what the limits would be, and saving it. Every step is a page, without scripts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from fastapi import Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pbis.config import load_site
from pbis.core.decision import LONGEST, Decision, standing
from pbis.core.errors import Conflict, UsageError
from pbis.core.review import head
from pbis.core.site_time import shown
from pbis.desk.asked import KEEPING
from pbis.desk.charts_page import CONTROLS
from pbis.desk.effect_tables import shown_of
from pbis.desk.pages import page
from pbis.desk.people import Person
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.desk.work import enqueue
from pbis.draw.page import markup
from pbis.pipeline.choosing_guide import ALL, GuideAsked, choose_guide, events_of_chart, points_of_control
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.guide_preview import LimitsMoved, preview_guide, said
from pbis.pipeline.released_plates import charts_of
from pbis.report.guide_chart import GuidePoint, guide_chart

MOST = 400  # plates of a form: ten times what a guide set has; own choice
_Control = Literal["qc1", "qc2"]
_Run = Annotated[str, Form(pattern=r"^[0-9a-f]{64}$")]


@dataclass(frozen=True)
class GuideForm:
    """A form. plates: runs that are ticked; is_first: the first plates of the lot in their place; seen: the newest choice for the chart as the
    person saw it."""

    analyte: str
    control: str
    lot: str
    plates: tuple[str, ...] = ()
    is_first: bool = False
    cause: str = ""
    reason: str = ""
    seen: str = ""

    def fields(self) -> list[tuple[str, str]]:
        """Name and value of each field, as a hidden form repeats them."""
        single = [(name, getattr(self, name)) for name in ("analyte", "control", "lot", "cause", "reason", "seen")]
        return [*single, ("first", "yes" if self.is_first else ""), *(("plate", run) for run in self.plates)]

    def asked(self, person: Person) -> GuideAsked:
        """What the pipeline is asked for. UsageError where a reason is missing, or too much is ticked."""
        if self.cause not in KEEPING:
            raise UsageError(f"choose why: one of {', '.join(KEEPING.values())}")
        if not self.reason:
            raise UsageError("say why in your words: one line that others can follow")
        if len(self.plates) > MOST:
            raise UsageError(f"a guide set of more than {MOST} plates cannot be chosen here; found {len(self.plates)}")
        plates = () if self.is_first else self.plates
        own = (self.analyte, self.control, self.lot, plates, person.account, self.reason, self.cause)
        return GuideAsked(*own, is_first=self.is_first, expected_head=self.seen)


def _form(
    analyte: Annotated[str, Form(max_length=200)],
    control: Annotated[_Control, Form()],
    lot: Annotated[str, Form(max_length=300)],
    plate: Annotated[list[_Run] | None, Form()] = None,
    first: Annotated[Literal["yes", ""], Form()] = "",
    cause: Annotated[str, Form(max_length=40)] = "",
    reason: Annotated[str, Form(max_length=LONGEST)] = "",
    seen: Annotated[str, Form(max_length=64)] = "",
) -> GuideForm:
    return GuideForm(analyte, control, lot, tuple(plate or ()), bool(first), cause, reason.strip(), seen)


FormHere = Annotated[GuideForm, Depends(_form)]


def show(
    request: Request,
    desk: DeskHere,
    person: PersonHere,
    analyte: Annotated[str, Query(max_length=200)] = "",
    control: _Control = "qc1",
    lot: Annotated[str, Query(max_length=300)] = "",
) -> HTMLResponse:
    """Choose a chart; where one is named, its plates, those of the newest choice ticked."""
    return _page(request, desk, GuideForm(analyte, control, lot))


def show_limits(request: Request, desk: DeskHere, person: PersonHere, ask: FormHere) -> Response:
    """What the limits would be and which verdicts would change; the form again where it can be no guide set."""
    try:
        meant = choose_guide(desk.root, ask.asked(person), desk.clock, is_dry_run=True)
        found = preview_guide(desk.root, meant.decision, desk.clock)
    except (Conflict, UsageError) as error:
        return _page(request, desk, ask, error)
    context = {
        "title": f"What the limits would be: {_named(ask)}",
        "ask": ask,
        "causes": KEEPING,
        "warnings": meant.warnings,
        "names": meant.decision.facts.get("names", []),
        "limits": [(one, said(one.before), said(one.after)) for one in found.limits],
        "figures": [] if ask.analyte == ALL else [_drawn(desk, ask, one) for one in found.limits],
        "effect": shown_of(found.effect),
    }
    return page(request, "desk_guide_limits.html.j2", context)


def save(request: Request, desk: DeskHere, person: PersonHere, ask: FormHere) -> Response:
    """Enter the choice, and have all plates followed with it."""
    try:
        choose_guide(desk.root, ask.asked(person), desk.clock)
    except (Conflict, UsageError) as error:
        return _page(request, desk, ask, error)
    job = enqueue(desk, f"Guide set: {_named(ask)}", person, link="/charts")
    return RedirectResponse(f"/work/{job.key}", 303)


def _page(request: Request, desk: DeskSite, ask: GuideForm, wrong: Exception | None = None) -> HTMLResponse:
    charts = charts_of(desk.root)
    known = {(row["metric"], row["lot"]) for row in charts if ask.analyte in (ALL, row["analyte"])}
    is_chosen = (ask.control, ask.lot) in known
    site = load_site(desk.root)
    events = _events(desk, ask) if is_chosen else ()
    status = 200 if wrong is None else 409 if isinstance(wrong, Conflict) else 422
    context = {
        "title": "Choose a guide set",
        "ask": replace(ask, seen=head(events) if not ask.seen or isinstance(wrong, Conflict) else ask.seen),
        "wrong": str(wrong or ("no plate has such a chart; choose another" if ask.lot and not is_chosen else "")),
        "analytes": list(dict.fromkeys(row["analyte"] for row in charts)),
        "controls": CONTROLS,
        "lots": sorted({row["lot"] for row in charts}),
        "plates": _plates(desk, ask, events) if is_chosen else (),
        "events": [(one, one in standing(events)) for one in events if one.kind == "guide"],
        "causes": KEEPING,
        "at": lambda moment: shown(moment, site.time_zone),
    }
    return page(request, "desk_guide.html.j2", context, status)


def _events(desk: DeskSite, ask: GuideForm) -> tuple[Decision, ...]:
    chart = (None if ask.analyte == ALL else ask.analyte, ask.control, ask.lot)
    return events_of_chart(log_of(load_site(desk.root)), chart)


def _plates(desk: DeskSite, ask: GuideForm, events: tuple[Decision, ...]) -> list[dict[str, Any]]:
    """A line a run: its first point, and whether it is ticked."""
    rows: dict[str, dict[str, Any]] = {}
    for row in _points(desk, ask):
        rows.setdefault(row["run_id"], row)
    latest = [one for one in standing(events) if one.kind == "guide"][-1:]
    chosen = {content for one in latest for content in one.facts.get("plates", ())}
    return [
        row | {"is_ticked": run in ask.plates or (not ask.plates and row["plate_content"] in chosen)}
        for run, row in rows.items()
    ]


def _points(desk: DeskSite, ask: GuideForm) -> list[dict[str, Any]]:
    rows = points_of_control(desk.root, ask.control)
    return [row for row in rows if row["lot"] == ask.lot and ask.analyte in (ALL, row["analyte"])]


def _drawn(desk: DeskSite, ask: GuideForm, one: LimitsMoved) -> Any:
    rows = [row for row in _points(desk, ask) if (row["instrument"], row["method"]) == (one.instrument, one.method)]
    points = [GuidePoint(row["value"], row["is_accepted"], row["run_id"] in ask.plates) for row in rows]
    return markup(
        guide_chart(f"{CONTROLS[ask.control]} of {one.analyte}, {one.instrument}", points, one.before, one.after)
    )


def _named(ask: GuideForm) -> str:
    return f"{CONTROLS[ask.control]} of {'all analytes' if ask.analyte == ALL else ask.analyte}, lot {ask.lot}"
