"""Pages that a night wrote, inside the desk's frame: the same bytes that are hashed and signed, without their own head, style and script."""

from __future__ import annotations

from typing import Any

from pbis.core.errors import IntegrityError
from pbis.draw.page import markup

_SKIP = '<a class="skip" href="#main">Skip to the content</a>\n'
_SCRIPT = "<script>"  # of the page itself; its data is `<script type=...>`, and other people's words are escaped


def framed(written: str) -> Any:
    """What stands between the page's own skip link and its script. IntegrityError for a page that no night wrote."""
    start = written.find(_SKIP)
    end = written.rfind(_SCRIPT)
    end = written.rfind("</body>") if end < 0 else end
    if start < 0 or end < start:
        raise IntegrityError(
            "this page is none that a night wrote; `pbis verify` says which pages are not what they were"
        )
    return markup(written[start + len(_SKIP) : end].replace('href="../trends.html"', 'href="/charts"'))
