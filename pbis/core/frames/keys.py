"""Key columns that several frames share."""

from __future__ import annotations

from pbis.core.frames.model import HASH, KEY, TEXT, WHOLE, Column

RUN_ID = Column("run_id", TEXT, "sha256 of the export file's bytes, in hex", False, holds=HASH)
ASSAY_ID = Column(
    "assay_id", TEXT, "sha256 over run, layout, panel, method, profile and code version", False, holds=HASH
)
PLATE_NUMBER = Column("plate_number", WHOLE, "plate within the batch, from 1", False)
WELL_NAME = Column("well", TEXT, "well name, letter and number without padding: A1, H12, P24", False, holds=KEY)
REPORTED = Column("analyte_reported", TEXT, "analyte name exactly as the export spells it", False, holds=KEY)
LINE = Column("source_line", WHOLE, "1-based line of the file that the row was read from")
