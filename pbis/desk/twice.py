"""A form that was sent twice: a button pressed twice, a page sent again. What the second one asks for stands already, and is shown; it is
no other person's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastapi.responses import RedirectResponse

from pbis.config import load_site
from pbis.core.decision import REVERSE, Decision, Target
from pbis.core.errors import Conflict
from pbis.desk.routing import DeskSite
from pbis.pipeline.deciding import Request
from pbis.pipeline.decision_log import log_of


def stands_already(root: Path, newer: Conflict, asked: Sequence[Request]) -> bool:
    """Whether what is newer is, one by one, what this form asks for, by the same account."""
    events = [one for one in log_of(load_site(root)) if one.sequence in newer.newer]
    return bool(asked) and len(events) == len(asked) and all(map(_is_of, events, asked))


def back_to(desk: DeskSite, place: str, account: str) -> RedirectResponse:
    """The plate's page, with the job that computes what the first one asked for."""
    jobs = (job for job in desk.work.jobs() if job.link == place and job.account == account)
    job = next(jobs, None)
    return RedirectResponse(f"{place}?job={job.key}" if job else place, 303)


def _is_of(event: Decision, asked: Request) -> bool:
    facts = event.facts
    told = (facts.get("meaning"), facts.get("answered_plate", ""))
    return (
        (event.author, event.kind, event.rule, event.cause, event.reason, event.reverses)
        == (asked.author, asked.kind, asked.rule, asked.cause, asked.reason, asked.reverses)
        and told == (asked.meaning, asked.answered_by)
        and (event.kind == REVERSE or _inside(event.target) == _inside(asked))
    )


def _inside(one: Target | Request) -> tuple[object, ...]:
    return tuple(getattr(one, name) for name in ("well", "replicate_group", "analyte"))
