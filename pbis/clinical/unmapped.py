"""What of a file of results is said in words that its map does not know: codes, units and status words, each with its rows.

A row has one analyte, one unit and one status; each is counted by itself, whatever else is wrong with the row, so that a person who
maps them knows what is still missing. A code that the tables refuse as a near miss is understood, and is not to be mapped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.frames import LAB_UNMAPPED

CODE, UNIT, STATUS = "code", "unit", "status"
SHOWN = 60  # characters of a name, as `pbis labs map` shows them
NEVER_SCORES = "read as preliminary, which never scores"


def unmapped_rows(
    file_id: str,
    code: Mapping[str, pa.Array],
    status: Mapping[str, pa.Array],
    unit: Mapping[str, pa.Array],
) -> pa.Table:
    """frames.LAB_UNMAPPED of one file.

    code: code, analyte, reason and detail of its rows, status: sent and is_known, unit: sent, analyte, reason and detail.
    """
    is_code = pc.and_(pc.is_null(code["analyte"]), pc.is_null(code["reason"]))
    is_unit = pc.and_(pc.is_valid(unit["analyte"]), pc.equal(pc.fill_null(unit["reason"], ""), "unit_unknown"))
    nothing = pa.nulls(len(status["sent"]), pa.string())
    rows = [
        *_counted(CODE, is_code, code["code"], nothing, code["detail"]),
        *_counted(UNIT, is_unit, unit["sent"], unit["analyte"], unit["detail"]),
        *_counted(STATUS, pc.invert(status["is_known"]), status["sent"], nothing, nothing),
    ]
    rows.sort(key=lambda row: (row["kind"], -row["row_count"], row["sent"]))
    columns = {name: [row[name] for row in rows] for name in LAB_UNMAPPED.names if name != "file_id"}
    return LAB_UNMAPPED.table({"file_id": [file_id] * len(rows), **columns})


def _counted(kind: str, mask: pa.Array, sent: pa.Array, analyte: pa.Array, why: pa.Array) -> list[dict[str, Any]]:
    """Each distinct text under the mask with its rows; texts that begin alike and are longer than is shown are one."""
    if not pc.any(mask).as_py():
        return []
    table = pa.table({"sent": sent, "analyte": analyte, "why": why}).filter(mask)
    shown = pc.utf8_slice_codeunits(pc.fill_null(table["sent"], ""), 0, SHOWN)
    found = (
        table.set_column(0, "sent", shown)
        .group_by("sent")
        .aggregate([("analyte", "distinct"), ("why", "min"), ([], "count_all")])
    )
    return [
        {
            "kind": kind,
            "sent": row["sent"],
            "analytes": ", ".join(sorted(filter(None, row["analyte_distinct"]))) or None,
            "row_count": row["count_all"],
            "why": row["why_min"] or NEVER_SCORES,
        }
        for row in found.to_pylist()
    ]
