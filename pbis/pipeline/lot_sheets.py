"""Which kit lot sheet belongs to a plate: the one that names the plate, else the one of a lot that the export names.

Two sheets that both fit are never chosen from. A later sheet about the same kit, lot and plates is a correction and has
already taken the place of the earlier one (warehouse.current_lot_sheets).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import MalformedFile
from pbis.core.frames import ASSAY_REAGENT
from pbis.core.plates.plate import PlateRead
from pbis.readers.lot_sheets.sheet import PLATE_MARK

_CONTENT = ("reagent_label", "analyte_reported", "reagent_kind", "expected_concentration", "expected_text", "range_low",
            "range_high", "unit_reported", "kit_name", "lot_number", "expires_text")  # fmt: skip


def sheet_of(
    plate: str, lots: Iterable[str], sheets: pa.Table, *, file: str, names: Mapping[str, str] | None = None
) -> pa.Table | None:
    """Rows of the one sheet for a plate, or None.

    plate: the export's batch; lots: kit and standard lots that it names; sheets: LOT_SHEET rows of all that stand; names: file
    id -> file name, for the words. Raises MalformedFile about `file` where two sheets fit.
    """
    fits = _naming(plate, sheets) or _of_lots(lots, sheets)
    if len(fits) > 1:
        raise MalformedFile(
            "two lot sheets fit the plate",
            file=file,
            expected="one sheet that names the plate or its lot",
            found=" and ".join(sorted((names or {}).get(file_id, file_id[:12]) for file_id in fits)),
            hint="add a line Plate with the export's batch to the sheet that is meant",
        )
    return sheets.filter(pc.equal(sheets.column("file_id"), fits[0])) if fits else None


def sheet_hash(sheet: pa.Table | None) -> str:
    """sha256 of what the sheet says; its file, its plates and the order of its lines do not matter."""
    if sheet is None:
        return ""
    rows = sheet.select(_CONTENT).sort_by([("reagent_label", "ascending"), ("analyte_reported", "ascending")])
    return hashlib.sha256(msgspec.json.encode(rows.to_pylist())).hexdigest()


def lots_of(read: PlateRead) -> list[str]:
    """Lot numbers of kit and standards, as the export names them."""
    wanted = pc.is_in(read.lot.column("lot_kind"), pa.array(["kit", "standard"]))
    return list(read.lot.filter(wanted).column("lot_number").drop_null().unique().to_pylist())


def reagents_used(own: PlateRead, told: PlateRead) -> pa.Table:
    """ASSAY_REAGENT: the reagents of a read with its lot sheet attached, and which side each came from."""
    units = dict(zip(*(told.analyte.column(n).to_pylist() for n in ("analyte_reported", "unit_reported")), strict=True))
    before = {(row["reagent_label"], row["analyte_reported"]): row for row in own.reagent.to_pylist()}
    rows = told.reagent.to_pylist()
    for row in rows:
        row["unit_reported"] = units.get(row["analyte_reported"])
        row["reagent_source"] = _source(before.get((row["reagent_label"], row["analyte_reported"])), row)
    return ASSAY_REAGENT.table({name: [row[name] for row in rows] for name in ASSAY_REAGENT.names})


def _source(own: Mapping[str, object] | None, used: Mapping[str, object]) -> str:
    if own is None:
        return "lot_sheet"
    return "export" if all(used[name] == value for name, value in own.items()) else "both"


def _naming(plate: str, sheets: pa.Table) -> list[str]:
    named = _first(sheets, "plates")
    return [file_id for file_id, plates in named.items() if plates and plate in plates.split(PLATE_MARK)]


def _of_lots(lots: Iterable[str], sheets: pa.Table) -> list[str]:
    """Sheets without plates of their own whose lot is one of these; lots are compared without case and blanks."""
    wanted = {_folded(lot) for lot in lots if lot}
    named, numbers = _first(sheets, "plates"), _first(sheets, "lot_number")
    return [file_id for file_id, lot in numbers.items() if lot and not named[file_id] and _folded(lot) in wanted]


def _first(sheets: pa.Table, column: str) -> dict[str, str | None]:
    """File id -> the column of its first row: facts of a lot are the same in all of them."""
    pairs = zip(sheets.column("file_id").to_pylist(), sheets.column(column).to_pylist(), strict=True)
    return dict(reversed(list(pairs)))


def _folded(lot: str) -> str:
    return "".join(lot.split()).casefold()
