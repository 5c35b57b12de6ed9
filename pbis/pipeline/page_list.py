"""Which page of a plate is the one that is true now, for programs: `reports/pages.json` beside the index that tells it to people.

A plate has several pages once something new is known of it, and one that was reversed leads back to an older one: no clock tells which counts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from pbis.config import Site
from pbis.core.errors import UsageError
from pbis.files.table_out import write_whole
from pbis.pipeline.pages import PlatePage

FILE_NAME = "pages.json"


def page_list(pages: Sequence[PlatePage]) -> str:
    """The file: a line a plate, in the order of loading."""
    rows = [
        {"run_id": page.run_id, "plate_number": page.plate_number, "assay_id": page.assay_id, "page": page.path.name}
        for page in pages
    ]
    lines = ",\n".join(json.dumps(row, sort_keys=True) for row in rows)
    return f"[\n{lines}\n]\n" if rows else "[]\n"


def write_page_list(site: Site, pages: Sequence[PlatePage]) -> None:
    """Write it where it is not what lies there."""
    path, text = site.path("reports") / FILE_NAME, page_list(pages)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_whole(path, text)


def page_path(site: Site, run_id: str, plate_number: int) -> Path:
    """The plate's page. UsageError where no night has written one."""
    folder = site.path("reports")
    path = folder / FILE_NAME
    rows = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    for row in rows:
        if (row["run_id"], row["plate_number"]) == (run_id, plate_number):
            return folder / "plates" / Path(row["page"]).name
    raise UsageError(f"no page of plate {plate_number} of run {run_id[:12]} lies there; the next night writes it")
