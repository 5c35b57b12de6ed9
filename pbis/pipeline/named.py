"""Layouts and lot sheets of an inbox must say what they are for: there is no command line that could say it for them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import MalformedFile
from pbis.core.kept import NamedBytes
from pbis.readers import layout_from_bytes, lot_sheet_from_bytes


def named_layout(held: NamedBytes) -> pa.Table:
    """A layout in an inbox must say whose it is; only `pbis assay --layout` may leave it out. Raises MalformedFile."""
    layout = layout_from_bytes(held.data, held.name)
    if "" in pc.unique(layout.column("plate")).to_pylist():
        raise MalformedFile(
            "the layout does not say which plate it belongs to",
            expected="a column plate that holds the export's batch",
            found="no such column",
            hint="add the column",
        )
    return layout


def named_sheet(held: NamedBytes) -> pa.Table:
    """A lot sheet in an inbox must say which plates it is for, or of which lot; only `pbis assay --lot-sheet` may not."""
    sheet = lot_sheet_from_bytes(held.data, held.name)
    if sheet.column("plates")[0].as_py() is None and sheet.column("lot_number")[0].as_py() is None:
        raise MalformedFile(
            "the lot sheet says neither which plates it is for nor its lot",
            line=1,
            expected="a line Plate with the export's batch, or a line Lot with the kit's lot as the export names it",
            found="neither",
            hint="add the line above the header",
        )
    return sheet
