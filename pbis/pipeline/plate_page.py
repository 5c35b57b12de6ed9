"""Which page of a plate people are led to now: the one of its run and assay to which the index, or the list of all plates, links."""

from __future__ import annotations

import re
from pathlib import Path

from pbis.config import Site
from pbis.report.morning import LIST_PAGE

_LINKED = re.compile(r'href="(?:\./)?plates/([^"#]+\.html)"')
PLATES = "plates"


def page_stem(plate: str, run_id: str, assay_id: str) -> str:
    """With what the names of all pages of a plate's assay begin. plate: as pages call it, with /n of a batch of several."""
    slug = re.sub(r"[^A-Za-z0-9._-]+", "_", plate)[:60].strip("._") or "plate"
    return f"{slug}-{run_id[:8]}-{assay_id[:8]}"


def page_of_plate(site: Site, plate: str, plate_number: int, run_id: str, assay_id: str) -> Path | None:
    """The page to which the index or the list leads; None where there is none."""
    called = plate or run_id[:12]
    stem = page_stem(called if plate_number == 1 else f"{called}/{plate_number}", run_id, assay_id)
    folder = site.path("reports")
    for name in ("index.html", LIST_PAGE):
        index = folder / name
        text = index.read_text("utf-8") if index.is_file() else ""
        own = [each for each in dict.fromkeys(_LINKED.findall(text)) if each.startswith(stem)]
        found: list[Path] = [path for path in (folder / PLATES / each for each in own) if path.is_file()]
        if len(found) == 1:
            return found[0]
    return None
