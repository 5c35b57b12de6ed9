"""Pages that a night wrote, inside the desk's frame: the same bytes that are hashed and signed, without their own head, style and script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pbis.core.errors import IntegrityError
from pbis.draw.page import markup

_SKIP = '<a class="skip" href="#main">Skip to the content</a>\n'
_SCRIPT = "<script>"  # of the page itself; its data is `<script type=...>`, and other people's words are escaped
_ELSEWHERE = {"trends": "/charts", "index": "/"}  # other pages of the night -> where the desk has them
_PAGE = re.compile(r'href="(?:\./)?(?:\.\./)?(trends|index)\.html(#[^"]*)?"')
_PLATE = re.compile(r'href="\./plates/([^"#]+)\.html')


def framed(written: str, places: Mapping[str, str] | None = None) -> Any:
    """What stands between the page's own skip link and its script. places: where the desk has the plate of a page, by page_stem; links to
    pages of plates lead there. IntegrityError for a page that no night wrote."""
    start = written.find(_SKIP)
    end = written.rfind(_SCRIPT)
    end = written.rfind("</body>") if end < 0 else end
    if start < 0 or end < start:
        raise IntegrityError(
            "this page is none that a night wrote; `pbis verify` says which pages are not what they were"
        )
    inside = _PAGE.sub(lambda link: f'href="{_ELSEWHERE[link[1]]}{link[2] or ""}"', written[start + len(_SKIP) : end])
    return markup(_PLATE.sub(lambda link: f'href="{_place(link[1], places)}', inside) if places else inside)


def _place(name: str, places: Mapping[str, str]) -> str:
    """A page's name is its stem, and hashes of what it shows beside its assay; the list of plates where the plate is none of today's."""
    while name and name not in places:
        name = name.rpartition("-")[0]
    return places.get(name, "/plates")
