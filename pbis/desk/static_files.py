"""Style sheets and scripts: a closed list of files of the package, so that no name of a path reaches the disk."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from fastapi import HTTPException, Response

from pbis.draw.palette import variables
from pbis.report.page import PAGES as REPORTS

_HERE = Path(__file__).parent / "static"
# Name -> media type and the files that it is put together from, in their order.
FILES: dict[str, tuple[str, tuple[Path, ...]]] = {
    "desk.css": ("text/css", (REPORTS.folder / REPORTS.style, _HERE / "desk.css", _HERE / "desk_plate.css")),
    "desk.js": ("text/javascript", (_HERE / "desk.js",)),
    "desk_plate.js": ("text/javascript", (_HERE / "desk_plate.js",)),
    "plate.js": ("text/javascript", (REPORTS.folder / "plate.js",)),
    "htmx.min.js": ("text/javascript", (_HERE / "htmx.min.js",)),
}
# Files that others wrote -> sha256; a test compares.
VENDORED = {
    "htmx.min.js": "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",  # htmx 2.0.11, Zero-Clause BSD
}


def static(name: str) -> Response:
    """The file of that name; 404 for any other."""
    if name not in FILES:
        raise HTTPException(404, "there is no such file")
    return Response(_content(name), media_type=FILES[name][0], headers={"Cache-Control": "max-age=3600"})


@cache
def _content(name: str) -> str:
    media, files = FILES[name]
    head = f"{variables()}\n" if media == "text/css" else ""
    return head + "\n".join(file.read_text(encoding="utf-8") for file in files)
