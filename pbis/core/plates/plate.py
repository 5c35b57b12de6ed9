"""What a reader returns: the run's header and its frames; nothing in it is computed, only read."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from pbis.core.frames.plate import DOUBT, WELL_TYPE


@dataclass(frozen=True)
class Run:
    """Header of one export file. Texts are None where the export has none; times are the instrument's wall time."""

    run_id: str
    file_name: str
    byte_count: int
    format: str
    program: str | None = None
    software_version: str | None = None
    instrument_type: str | None = None
    instrument_serial: str | None = None
    batch: str | None = None
    operator: str | None = None
    computer_name: str | None = None
    country_code: str | None = None
    protocol_name: str | None = None
    protocol_version: str | None = None
    plate_type: int | None = None  # 96 or 384
    plate_count: int = 1
    analysis_mode: str | None = None  # e.g. "Quan FitOfAllStandards", "Off"
    min_events: int | None = None
    samples_declared: int | None = None
    exported_at: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    date_order: str | None = None  # mdy, dmy or ymd, and in `date_evidence` why
    date_evidence: str | None = None
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal_mark: str = "."
    is_resaved: bool = False
    crc_state: str = "absent"  # match, mismatch or absent
    crc_expected: str | None = None
    crc_found: str | None = None
    decimal_evidence: str | None = None
    reporter_gain: str | None = None  # for example "Standard PMT"


@dataclass(frozen=True)
class PlateRead:
    """One export, read completely. Each table follows the spec of the same name in pbis.core.frames."""

    run: Run
    header: pa.Table
    reading: pa.Table
    analyte: pa.Table
    reagent: pa.Table
    lot: pa.Table
    calibration: pa.Table
    summary: pa.Table
    event: pa.Table
    block: pa.Table
    warning: pa.Table
    well_type: pa.Table = field(default_factory=WELL_TYPE.empty)  # only formats that type their wells fill it
    doubt: pa.Table = field(default_factory=DOUBT.empty)  # not stored: what stands of it is in the wells
    lot_sheet_labels: frozenset[str] = frozenset()  # reagents that only the kit's lot sheet names, not the export

    @property
    def plate(self) -> str:
        """Name of the plate: the batch, or the run's first twelve characters where the export names none."""
        return self.run.batch or self.run.run_id[:12]
