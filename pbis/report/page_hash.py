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
_DECISIONS = re.compile(r"<!--decisions-->.*?<!--/decisions-->", re.DOTALL)
_BASIS = re.compile(r'<meta name="pbis-basis" content="[0-9a-f]*">\n')
_TOLD = re.compile(r"<!--hashes-->.*?<!--/hashes-->", re.DOTALL)


def page_hashes(page: str) -> PageHashes:
    """Both hashes of a page as it lies there, whatever hashes it tells. ValueError for a page without such a block."""
    if not (_DECISIONS.search(page) and _TOLD.search(page)):
        raise ValueError(
            "this page has no block of decisions and hashes: it is no page of a plate, or an earlier program's"
        )
    plate = _BASIS.sub("", _DECISIONS.sub("", page, count=1), count=1)
    return PageHashes(_sha256(plate), _sha256(_TOLD.sub("", page, count=1)))


def told(page: str) -> str:
    """The page with its hashes in it."""
    found = page_hashes(page)
    line = (
        f'<p class="quiet small">sha256 of this page without decisions and signatures: <code>{found.plate}</code>; with them: '
        f"<code>{found.whole}</code>.</p>"
    )
    return _TOLD.sub(f"<!--hashes-->{line}<!--/hashes-->", page, count=1)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
