"""The hash of a plate's page, with and without what people decided about the plate.

Decisions and signatures stand in a block of their own. Without it the page is the plate's alone: as long as the plate, its rules
and its computation are the same, that hash is. Both are told inside the block, at its end, in a line that neither of them covers.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from pbis.draw.page import markup


@dataclass(frozen=True)
class PageHashes:
    """sha256 of a page. plate: without its block of decisions and signatures, and without the basis that it names, which covers
    them; whole: with both, but without the line of hashes."""

    plate: str
    whole: str


# Comments, because other people's words are escaped on a page and can therefore not write one.
BLOCK: dict[str, Any] = {
    "start": markup("<!--decisions-->"),
    "end": markup("<!--/decisions-->"),
    "told": markup("<!--hashes--><!--/hashes-->"),
}
_DECISIONS = ("<!--decisions-->", "<!--/decisions-->")
_BASIS = re.compile(r'<meta name="pbis-basis" content="[0-9a-f]*">\n')
_TOLD = ("<!--hashes-->", "<!--/hashes-->")


def page_hashes(page: str) -> PageHashes:
    """Both hashes of a page as it lies there, whatever hashes it tells. ValueError for a page without such a block."""
    decisions, hashes = _around(page, _DECISIONS), _around(page, _TOLD)
    if decisions is None or hashes is None:
        raise ValueError(
            "this page has no block of decisions and hashes: it is no page of a plate, or an earlier program's"
        )
    plate = _BASIS.sub("", "".join(decisions), count=1)
    return PageHashes(_sha256(plate), _sha256("".join(hashes)))


def told(page: str) -> str:
    """The page with its hashes in it."""
    found = page_hashes(page)
    line = (
        f'<p class="quiet small">sha256 of this page without decisions and signatures: <code>{found.plate}</code>; with them: '
        f"<code>{found.whole}</code>.</p>"
    )
    before, after = _around(page, _TOLD) or ("", "")  # page_hashes would have raised
    return f"{before}<!--hashes-->{line}<!--/hashes-->{after}"


def _around(page: str, marks: tuple[str, str]) -> tuple[str, str] | None:
    """What stands before the first such block and what after it; None without one."""
    start = page.find(marks[0])
    end = page.find(marks[1], start)
    return None if start < 0 or end < 0 else (page[:start], page[end + len(marks[1]) :])


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
