"""What a reader returns: the run's header and its frames; nothing in it is computed, only read."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Annotated

import pyarrow as pa

from pbis.core.frames.model import HASH, KEY, PRIVATE, SENTENCE, WORD, surrogate
from pbis.core.frames.plate import DOUBT, WELL_TYPE


@dataclass(frozen=True)
class Run:
    """Header of one export file. Texts are None where the export has none; times are the instrument's wall time.

    Each field says what it holds: the warehouse's table of runs takes its columns from here (columns_of).
    """

    run_id: Annotated[str, "sha256 of the export file's bytes, in hex", HASH]
    file_name: Annotated[str, "name of the file as dropped", KEY]
    byte_count: Annotated[int, "size of the file, bytes"]
    format: Annotated[str, "format that a reader claimed", WORD]
    program: Annotated[str | None, "program that wrote the export", surrogate("instrument")] = None
    software_version: Annotated[str | None, "version and build of the program", surrogate("version")] = None
    instrument_type: Annotated[str | None, "instrument type", surrogate("instrument")] = None
    instrument_serial: Annotated[str | None, "instrument serial number", surrogate("serial")] = None
    batch: Annotated[str | None, "batch name", KEY] = None
    operator: Annotated[str | None, "operator; never published", PRIVATE] = None
    computer_name: Annotated[str | None, "computer name; never published", PRIVATE] = None
    country_code: Annotated[str | None, "country code of the export", surrogate("version")] = None
    protocol_name: Annotated[str | None, "protocol name", surrogate("protocol")] = None
    protocol_version: Annotated[str | None, "protocol version", surrogate("version")] = None
    plate_type: Annotated[int | None, "wells of a plate, 96 or 384"] = None
    plate_count: Annotated[int, "plates in the batch"] = 1
    analysis_mode: Annotated[str | None, "analysis mode of the export, for example Off", surrogate("instrument")] = None
    min_events: Annotated[int | None, "beads requested per region"] = None
    samples_declared: Annotated[int | None, "samples that the header declares"] = None
    exported_at: Annotated[datetime | None, "when the export was written, instrument wall time"] = None
    started_at: Annotated[datetime | None, "start of the batch, instrument wall time"] = None
    stopped_at: Annotated[datetime | None, "end of the batch, instrument wall time"] = None
    date_order: Annotated[str | None, "mdy, dmy or ymd", WORD] = None
    date_evidence: Annotated[str | None, "why that order", SENTENCE] = None
    encoding: Annotated[str, "character encoding of the file", WORD] = "utf-8"
    delimiter: Annotated[str, "cell delimiter", WORD] = ","
    decimal_mark: Annotated[str, "decimal mark", WORD] = "."
    is_resaved: Annotated[bool, "a spreadsheet saved the file again"] = False
    crc_state: Annotated[str, "match, mismatch, absent, or not_judged where its arithmetic is not known", WORD] = (
        "absent"
    )
    crc_expected: Annotated[str | None, "checksum that the file states", HASH] = None
    crc_found: Annotated[str | None, "checksum of its bytes", HASH] = None
    decimal_evidence: Annotated[str | None, "why that decimal mark", SENTENCE] = None
    reporter_gain: Annotated[
        str | None, "gain of the reporter channel, as the export names it", surrogate("instrument")
    ] = None


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
    recovery_text: pa.Array | None = None  # % Recovery of the readings as written; not stored, the ladder's check asks
    lot_sheet_labels: frozenset[str] = frozenset()  # reagents that only the kit's lot sheet names, not the export

    def named(self, run_id: str) -> PlateRead:
        """The same under the name that its file has for ever, also where labels of it were blanked since."""
        if self.run.run_id == run_id:
            return self
        tables = {each.name: getattr(self, each.name) for each in fields(self)}
        renamed = {name: _renamed(table, run_id) for name, table in tables.items() if isinstance(table, pa.Table)}
        return replace(self, run=replace(self.run, run_id=run_id), **renamed)

    @property
    def plate(self) -> str:
        """Name of the plate: the batch, or the run's first twelve characters where the export names none."""
        return self.run.batch or self.run.run_id[:12]


def _renamed(table: pa.Table, run_id: str) -> pa.Table:
    at = table.schema.get_field_index("run_id")
    if at < 0:
        return table
    return table.set_column(at, table.schema.field(at), pa.array([run_id] * table.num_rows, pa.string()))
