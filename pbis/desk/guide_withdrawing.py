"""Withdrawing a guide set of control charts at the desk: why, what the limits would be then, and entering it. Every step is a page, without scripts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Depends, Form, HTTPException, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from pbis.config import load_site
from pbis.core.decision import GUIDE, LONGEST, Decision, chart_of, standing
from pbis.core.errors import Conflict, UsageError
from pbis.core.review import head
from pbis.core.site_time import shown
from pbis.desk.asked import WITHDRAWING
from pbis.desk.effect_tables import shown_of
from pbis.desk.pages import page
from pbis.desk.people import Person
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.desk.work import enqueue
from pbis.pipeline.choosing_guide import ALL, events_of_chart, withdraw_guide
from pbis.pipeline.decision_log import log_of
from pbis.pipeline.guide_preview import preview_guide, said

Sequence = Annotated[int, Path(ge=1, le=2**31)]


@dataclass(frozen=True)
class WhyForm:
    """Why, and the newest choice for the chart as the person saw it."""

    cause: str = ""
    reason: str = ""
    seen: str = ""

    def require(self) -> None:
        """UsageError where a reason is missing."""
        if self.cause not in WITHDRAWING:
            raise UsageError(f"choose why: one of {', '.join(WITHDRAWING.values())}")
        if not self.reason:
            raise UsageError("say why in your words: one line that others can follow")


def _why(
    cause: Annotated[str, Form(max_length=40)] = "",
    reason: Annotated[str, Form(max_length=LONGEST)] = "",
    seen: Annotated[str, Form(max_length=64)] = "",
) -> WhyForm:
    return WhyForm(cause, reason.strip(), seen)


WhyHere = Annotated[WhyForm, Depends(_why)]


def show(request: Request, desk: DeskHere, person: PersonHere, sequence: Sequence) -> HTMLResponse:
    """The form: withdrawing is a decision, too. 404 where no choice of that number stands."""
    return _page(request, desk, _chosen(desk, sequence), WhyForm())


def show_limits(request: Request, desk: DeskHere, person: PersonHere, sequence: Sequence, ask: WhyHere) -> Response:
    """What the limits would be and which verdicts would change; the form again where it cannot be."""
    event = _chosen(desk, sequence)
    try:
        meant = _entered(desk, person, event, ask, is_dry_run=True)
        found = preview_guide(desk.root, meant, desk.clock, of=event)
    except (Conflict, UsageError) as error:
        return _page(request, desk, event, ask, error)
    limits = [(one, said(one.before), said(one.after)) for one in found.limits]
    return _page(request, desk, event, ask, limits=limits, effect=shown_of(found.effect))


def enter(request: Request, desk: DeskHere, person: PersonHere, sequence: Sequence, ask: WhyHere) -> Response:
    """Enter it, and have all plates followed without the choice."""
    event = _chosen(desk, sequence)
    try:
        _entered(desk, person, event, ask, is_dry_run=False)
    except (Conflict, UsageError) as error:
        return _page(request, desk, event, ask, error)
    job = enqueue(desk, f"Guide set of decision {sequence} withdrawn", person, link="/charts")
    return RedirectResponse(f"/work/{job.key}", 303)


def _entered(desk: DeskSite, person: Person, event: Decision, ask: WhyForm, *, is_dry_run: bool) -> Decision:
    ask.require()
    own = (event.sequence, person.account, ask.cause, ask.reason)
    return withdraw_guide(desk.root, *own, desk.clock, expected_head=ask.seen, is_dry_run=is_dry_run)


def _chosen(desk: DeskSite, sequence: int) -> Decision:
    events = standing(log_of(load_site(desk.root)))
    found = next((one for one in events if one.sequence == sequence and one.kind == GUIDE), None)
    if found is None:
        raise HTTPException(404, f"no guide set of decision {sequence} stands; it may have been withdrawn meanwhile")
    return found


def _page(
    request: Request, desk: DeskSite, event: Decision, ask: WhyForm, wrong: Exception | None = None, **found: Any
) -> HTMLResponse:
    site, facts = load_site(desk.root), event.facts
    seen = head(events_of_chart(log_of(site), chart_of(event)))
    analyte = event.target.analyte or ALL
    context = {
        "title": f"Withdraw the guide set of decision {event.sequence}",
        "event": event,
        "chart": "/charts/guide?" + urlencode({"analyte": analyte, "control": facts["control"], "lot": facts["lot"]}),
        "ask": replace(ask, seen=seen if not ask.seen or isinstance(wrong, Conflict) else ask.seen),
        "wrong": str(wrong or ""),
        "causes": WITHDRAWING,
        "at": lambda moment: shown(moment, site.time_zone),
    }
    status = 200 if wrong is None else 409 if isinstance(wrong, Conflict) else 422
    return page(request, "desk_guide_withdraw.html.j2", {"limits": (), "effect": None, **context, **found}, status)
