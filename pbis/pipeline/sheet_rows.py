"""A lot sheet that is right but for its lot or its plates, written anew with those: for a person who says which were meant."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pyarrow as pa

from pbis.config import load_site
from pbis.core.errors import UsageError
from pbis.pipeline.archive import archived_path, fetch
from pbis.pipeline.bringing import bring_text, settled_name
from pbis.pipeline.plate_layout import name_of
from pbis.pipeline.published import run_query
from pbis.readers import lot_sheet_from_bytes

_SHEETS = "select name, file_id from current_import where kind = 'lot_sheets' order by sequence desc"
_PLATES = "select distinct plate from plate order by 1"
_HEADER = ("Reagent", "Type", "Analyte", "Expected", "Low", "High", "Unit")
_TYPES = {"standard": "Standard", "qc_control": "Control", "background": "Background"}


def sheet_plates(root: Path) -> list[str]:
    """Plates that a sheet may be meant for."""
    found: list[str] = run_query(root, _PLATES).column(0).to_pylist()
    return found


def correct_lot(root: Path, object_key: str, *, lot: str = "", plate: str = "") -> Path:
    """Bring the sheet of an open item `lot_sheets/name` with another lot, or for a plate; its place in the inbox. UsageError where neither is
    said, or the sheet is not there any more."""
    lot, plate = lot.strip(), plate.strip()
    if not (lot or plate) or not (lot + plate).isprintable():
        raise UsageError("say which lot the sheet is of, or choose the plate that it is for")
    if plate and plate not in sheet_plates(root):
        raise UsageError(f"{plate!r} is no plate; choose one of the list")
    site, name = load_site(root), object_key.partition("/")[2]
    found = [row["file_id"] for row in run_query(root, _SHEETS).to_pylist() if row["name"] == name]
    if not found:
        raise UsageError(f"lot sheet {name} is not in use any more")
    sheet = lot_sheet_from_bytes(fetch(archived_path(site.path("archive"), "lot_sheets", found[0])), name)
    text = _written(sheet, lot, plate)
    lot_sheet_from_bytes(text.encode(), name)
    return bring_text(site, "lot_sheets", settled_name(Path(name).stem, name_of(text)), text)


def _written(sheet: pa.Table, lot: str, plate: str) -> str:
    out = StringIO()
    table = csv.writer(out, lineterminator="\n")
    rows = sheet.to_pylist()
    first = rows[0]
    facts = (
        ("Kit", first["kit_name"]),
        ("Lot", lot or first["lot_number"]),
        ("Expiry", first["expires_text"]),
        ("Plate", plate or None),
    )
    table.writerows([name, told] for name, told in facts if told)
    table.writerow(_HEADER)
    for row in rows:
        values = (row["expected_concentration"], row["range_low"], row["range_high"])
        numbers = ["" if value is None else repr(value) for value in values]
        kind = _TYPES.get(row["reagent_kind"], row["reagent_kind"])
        table.writerow([row["reagent_label"], kind, row["analyte_reported"], *numbers, row["unit_reported"] or ""])
    return out.getvalue()
