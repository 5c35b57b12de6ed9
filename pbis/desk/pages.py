"""Pages of the desk: the templates of the reports under the desk's own frame, so that both look and say the same.

`base.html.j2` of the desk hides the one of the reports: a page that extends it has the desk's head, navigation and policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from pbis.core.decision import REVIEWS
from pbis.desk.people import Permission
from pbis.desk.spoken import spoken
from pbis.desk.why_shown import why_parts
from pbis.report.page import PAGES as REPORTS

_SAID = ("words", "wrong", "trouble")  # what pages call a sentence that comes from below
_HERE = Path(__file__).parent
_PAGES = replace(
    REPORTS,
    folder=_HERE / "templates",
    behind=(REPORTS.folder,),
    style=str(REPORTS.folder / REPORTS.style),
    names={**REPORTS.names, "Permission": Permission, "REVIEWS": REVIEWS},
    filters={**REPORTS.filters, "spoken": spoken, "why_parts": why_parts},
)


def page(request: Request, template: str, context: Mapping[str, Any], status: int = 200) -> HTMLResponse:
    """The finished page. `person` (None where nobody is signed in) and `here` (the path) are at hand in every template."""
    common = {"person": getattr(request.state, "person", None), "here": request.url.path}
    said = {name: spoken(context[name]) for name in _SAID if isinstance(context.get(name), str)}
    return HTMLResponse(_PAGES.render(template, common | dict(context) | said), status)
