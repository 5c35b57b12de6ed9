"""Pages of the desk's work: what is computed now, what waits and for whom, and what came out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Path, Request
from fastapi.responses import HTMLResponse

from pbis.config import Site, load_site
from pbis.core.site_time import shown
from pbis.core.words import plural
from pbis.desk.pages import page
from pbis.desk.routing import DeskHere, DeskSite, PersonHere
from pbis.desk.work import Job, State
from pbis.pipeline.at_once import AtWork, who_is_at_work

_MINUTE = 60

Key = Annotated[str, Path(max_length=64)]


def show_all(request: Request, desk: DeskHere, person: PersonHere) -> HTMLResponse:
    """Everything since the desk was started, the latest first."""
    return page(request, "work.html.j2", {"title": "Work", **_said(desk, desk.work.jobs())})


def show(request: Request, desk: DeskHere, person: PersonHere, key: Key) -> HTMLResponse:
    """One job; the part of the page that changes alone where a script asks for it."""
    job = desk.work.find(key)
    if job is None:
        words = "The desk knows no such work any more: it was started anew since. What was decided stands; look at the plate itself."
        return page(request, "refused.html.j2", {"title": "Not known", "words": words}, 404)
    template = "job_part.html.j2" if request.headers.get("HX-Request") else "job.html.j2"
    answer = page(request, template, {"title": job.what, **_said(desk, (job,))})
    if request.headers.get("HX-Request") and not job.is_open:
        answer.headers["HX-Refresh"] = "true"  # the page around it shows results of before: it is loaded anew
    return answer


def _said(desk: DeskSite, jobs: tuple[Job, ...]) -> dict[str, object]:
    site = load_site(desk.root)
    waits = any(job.state is State.WAITING for job in jobs) and not desk.work.is_running
    return {
        "jobs": jobs,
        "in_the_way": _in_the_way(who_is_at_work(site, desk.clock()), site, desk.clock()) if waits else "",
        "at": lambda moment: shown(moment, site.time_zone),
    }


def _in_the_way(holder: AtWork | None, site: Site, now: datetime) -> str:
    """Who is waited for, since when, and how long that may take."""
    if holder is None:
        return "It begins in a moment."
    since = f"{holder.words[0].upper()}{holder.words[1:]}, since {shown(holder.since, site.time_zone)}"
    if holder.usual_seconds is None:
        return f"{since}; this is computed when it has ended."
    left = holder.usual_seconds - (now - holder.since).total_seconds()
    usual = f"nights here take about {_span(holder.usual_seconds)}"
    rest = f"about {_span(left)} more" if left > 0 else "it takes longer than usual"
    return f"{since}; {usual}: {rest}. This is computed when it has ended."


def _span(seconds: float) -> str:
    return (
        plural(max(1, round(seconds)), "second")
        if seconds < 2 * _MINUTE
        else plural(round(seconds / _MINUTE), "minute")
    )
