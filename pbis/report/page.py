"""The templates of the reports, and how they write numbers, moments and names."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pbis.core.words import plural
from pbis.draw.page import Pages, harmless, markup
from pbis.report import text
from pbis.report.rule_words import rule_title


def render(template: str, context: Mapping[str, Any], script: str | None = None) -> str:
    """The finished page (pbis.draw.page.Pages.render)."""
    return PAGES.render(template, context, script)


def ready(template: str) -> None:
    """Read and compile a template before the first page is made of it."""
    PAGES.ready(template)


def _breakable(name: str) -> Any:
    """A rule's name that may wrap after an underscore."""
    return markup(str(harmless(name)).replace("_", "_<wbr>"))


PAGES = Pages(
    folder=Path(__file__).parent / "templates",
    style="report.css",
    filters={
        "whole": text.whole,
        "percent": text.percent,
        "significant": text.significant,
        "moment": text.moment,
        "phrase": text.phrase,
        "link": text.relative_link,
        "month_mark": text.month_mark,
        "breakable": _breakable,
        "rule_title": rule_title,
    },
    names={"state_words": text.STATE_WORDS, "signs": text.SIGNS, "plural": plural},
)
