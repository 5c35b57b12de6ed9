"""What the plates and patients of a site lack, by kind and count, with what to do: kits, lot values, layouts, specimens, results.

A backlog of years lacks the same thing thousands of times; a list of each would be read by nobody. `pbis status --all` has that list. The page
lies among the reports, so it names no tube, file or patient.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import warehouse
from pbis.config import Site
from pbis.core.site_time import shown
from pbis.core.words import plural
from pbis.files.table_out import write_whole
from pbis.pipeline.ledger import PAGE, enter
from pbis.pipeline.modes import private, shared
from pbis.report.missing import MissingReport, MissingRow, missing_page

FILE_NAME = "missing.html"
_LIST = "pbis status --all"
_CAUSE = "different cause"
_QUARANTINE = "Each lies in quarantine beside a text that says what is wrong with it; mend it and drop it again."


@dataclass(frozen=True)
class _Area:
    """title: what is missing; one: what lacks it; part: what of it, empty where that is the same; ones: plural
    of one where it has no s alone."""

    title: str
    one: str
    part: str
    remedy: str
    ones: str = ""


# In the order in which a laboratory mends them: what opens most plates comes first.
AREAS = {
    "kit": _Area(
        "Kits that no panel of the site describes",
        "export",
        _CAUSE,
        "pbis panel propose EXPORT writes the panel of such a kit; have it checked, and name it in [assay] panels.",
    ),
    "format": _Area(
        "Formats that no reader knows",
        "export",
        _CAUSE,
        "Export the batch again as a CSV of the instrument's software; the text beside the file says which formats are read.",
    ),
    "lot_values": _Area(
        "Values of lots: standards without expected concentrations, or without wells",
        "export",
        _CAUSE,
        "Drop the kit lot's value sheet into inbox/lot_sheets, or a layout that names the wells of the standards, and the export again.",
    ),
    "plate_blocked_by_sheet": _Area(
        "Lot sheets that fit their plates",
        "plate",
        "",
        "Mend the lot sheet, or add a line Plate to the one that is meant, and drop it into inbox/lot_sheets again.",
    ),
    "plate_file": _Area("Exports that can be read", "export", _CAUSE, _QUARANTINE),
    "plate_without_layout": _Area(
        "Layouts",
        "plate",
        "well",
        "Drop the layouts of these plates into inbox/layouts; each names its plate as the export does.",
    ),
    "barcode_without_specimen": _Area(
        "Specimens: barcodes that nobody registered",
        "plate or tube",
        "well",
        "Add the tubes to the specimen table and drop it into inbox/specimens; correct a mistyped barcode in its layout.",
        "plates or tubes",
    ),
    "lab_without_linkage": _Area(
        "Record numbers that no linkage knows",
        "file",
        "row",
        "Add the record numbers to the linkage table and drop it into inbox/linkage.",
    ),
    "lab_value": _Area(
        "Laboratory results: CRP or blood counts around the draw",
        "patient",
        "component",
        "Drop an extract that holds them into inbox/labs; a patient without any stays without a score.",
    ),
    "cytokine_value": _Area(
        "Cytokines: no plate that counts has the patient's draw",
        "patient",
        "component",
        "Drop the export of the plate, or the layout or specimen row that leads from it to the patient.",
    ),
    "patient_without_plate": _Area(
        "Tubes of treated patients", "patient", "", "Add the patients' tubes to the specimen table, or put them off."
    ),
    "specimen_never_run": _Area(
        "Plates of registered tubes", "tube", "", "Drop the exports of their plates, or put them off."
    ),
    "layout_without_plate": _Area(
        "Plates of layouts",
        "layout",
        "well",
        "Drop the plates' exports into inbox/plates, or correct the plate's name in the layout and drop it again.",
    ),
    "sheet_without_plate": _Area(
        "Plates of lot sheets",
        "lot sheet",
        "",
        "Correct the lot or the plate that the sheet names, if a plate should have it.",
    ),
    "clinical_file": _Area("Clinical files that can be read", "file", _CAUSE, _QUARANTINE),
}


def missing_now(site: Site) -> MissingReport:
    """What the latest night found. SiteBusy while one is at work."""
    with closing(warehouse.connect(site.path("warehouse"), read_only=True)) as con:
        rows = {row["area"]: row for row in warehouse.missing_rows(con)}
        plates = len(warehouse.current_runs(con))
        night = max(warehouse.past_nights(con, site.time_zone), key=lambda each: each.started_at)
    made = shown(night.started_at, site.time_zone)
    found = tuple(_row(area, rows[name]) for name, area in AREAS.items() if name in rows)
    return MissingReport(site.file.site.name, night.night_id, made, plates, found)


@private()
def write_missing(site: Site, now: datetime) -> tuple[Path, MissingReport]:
    """reports/missing.html, by who holds the site's lock; the ledger says what it holds, as of every page. now: with its zone."""
    data, path = missing_now(site), site.path("reports") / FILE_NAME
    with shared(site):
        write_whole(path, missing_page(data))
    facts = {"night_id": data.night, "pages": {FILE_NAME: warehouse.sha256_of(path)}}
    enter(site.path("state"), PAGE, now, facts)
    return path, data


def missing_lines(data: MissingReport) -> list[str]:
    """The same for a terminal."""
    if not data.rows:
        return ["Nothing is missing."]
    lines = ["Missing:"]
    for row in data.rows:
        lines.append(f"  {row.title}: {row.counted}{f', read {row.when}' if row.when else ''}")
        lines.append(f"    {row.remedy}")
    return [*lines, f"Each by its name: {_LIST}"]


def _row(area: _Area, row: dict[str, Any]) -> MissingRow:
    counted = plural(row["item_count"], area.one, area.ones or None)
    if area.part:
        counted += f" ({plural(row['part_count'], area.part)})"
    return MissingRow(area.title, counted, _when(row["first_at"], row["last_at"]), area.remedy, _LIST)


def _when(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return ""
    months = [f"{at:%Y-%m}" for at in (first, last)]
    return months[0] if months[0] == months[1] else f"{months[0]} to {months[1]}"
