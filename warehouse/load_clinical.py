"""Load what one clinical file says: its rows under one linkage and one set of settings, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from pbis.core.frames import (
    EXPECTED_WORK,
    FHIR_FILE,
    LAB,
    LAB_FINDING,
    LAB_UNMAPPED,
    LAYOUT,
    LOT_SHEET,
    OUTCOME,
    SPECIMEN,
    SPECS,
    TREATMENT,
)
from pbis.core.site_time import stored
from warehouse.append import Connection, append, append_row, has, next_sequence
from warehouse.connect import transaction

FRAMES = {
    "layout_well": "layout",
    "lot_sheet": "lot_sheet",
    "specimen": "specimen",
    "clinical_lab": "lab",
    "treatment": "treatment",
    "outcome": "outcome",
    "expected_work": "expected_work",
    "lab_finding": "lab_finding",
    "lab_unmapped": "lab_unmapped",
    "fhir_file": "fhir_file",
}
BESIDE = ("lab_finding", "lab_unmapped", "fhir_file")  # about rows, and no rows of the file themselves


@dataclass(frozen=True)
class ClinicalLoad:
    """One file, derived once. import_id is a hash over the file, the linkage and the settings; a file of a kind fills one table.

    refused_count: rows, lines or messages of the file that were refused alone and are among none of its rows."""

    import_id: str
    file_id: str
    kind: str
    name: str
    settings_hash: str
    code_version: str
    night_id: str
    loaded_at: datetime
    linkage_hash: str | None = None
    wording_hash: str | None = None
    layout: pa.Table = field(default_factory=LAYOUT.empty)
    specimen: pa.Table = field(default_factory=SPECIMEN.empty)
    lab: pa.Table = field(default_factory=LAB.empty)
    treatment: pa.Table = field(default_factory=TREATMENT.empty)
    outcome: pa.Table = field(default_factory=OUTCOME.empty)
    lab_finding: pa.Table = field(default_factory=LAB_FINDING.empty)
    lab_unmapped: pa.Table = field(default_factory=LAB_UNMAPPED.empty)
    fhir_file: pa.Table = field(default_factory=FHIR_FILE.empty)
    lot_sheet: pa.Table = field(default_factory=LOT_SHEET.empty)
    expected_work: pa.Table = field(default_factory=EXPECTED_WORK.empty)
    refused_count: int = 0


@dataclass(frozen=True)
class ClinicalOutcome:
    """state: loaded (new file), import_added (known file derived anew), reselected or unchanged; rows: rows appended."""

    state: str
    file_id: str
    import_id: str
    rows: int = 0


def load_clinical(con: Connection, load: ClinicalLoad) -> ClinicalOutcome:
    """Append what the warehouse does not have yet and let this import stand for its file."""
    with transaction(con):
        is_new_file = not has(con, "clinical_file", "file_id", load.file_id)
        if is_new_file:
            append_row(con, "clinical_file", {"file_id": load.file_id, "kind": load.kind, "name": load.name})
        is_new_import = not has(con, "clinical_import", "import_id", load.import_id)
        rows = _append_import(con, load) if is_new_import else 0
        is_selected = select_import(con, load.file_id, load.import_id, load.night_id)
    states = (
        (is_new_file, "loaded"),
        (is_new_import, "import_added"),
        (is_selected, "reselected"),
        (True, "unchanged"),
    )
    return ClinicalOutcome(next(name for holds, name in states if holds), load.file_id, load.import_id, rows)


def select_import(con: Connection, file_id: str, import_id: str, night_id: str) -> bool:
    """Let a stored import stand for its file; False where it already does."""
    current = con.execute(
        "select arg_max(import_id, sequence) from store.import_selection where file_id = $1", [file_id]
    ).fetchone()
    if current and current[0] == import_id:
        return False
    row = {"sequence": next_sequence(con, "import_selection"), "file_id": file_id, "import_id": import_id}
    append_row(con, "import_selection", {**row, "night_id": night_id})
    return True


def has_import(con: Connection, import_id: str) -> bool:
    return has(con, "clinical_import", "import_id", import_id)


def _append_import(con: Connection, load: ClinicalLoad) -> int:
    rows = 0
    for table, attribute in FRAMES.items():
        count = append(con, table, SPECS[table].check(getattr(load, attribute)), import_id=load.import_id)
        rows += count if table not in BESIDE else 0
    row = {"import_id": load.import_id, "file_id": load.file_id, "sequence": next_sequence(con, "clinical_import")}
    row |= {"night_id": load.night_id, "imported_at": stored(load.loaded_at), "linkage_hash": load.linkage_hash}
    row |= {"settings_hash": load.settings_hash, "code_version": load.code_version, "row_count": rows}
    row |= {"wording_hash": load.wording_hash, "refused_count": load.refused_count}
    append_row(con, "clinical_import", row)
    return rows
