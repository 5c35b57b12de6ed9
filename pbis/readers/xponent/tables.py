"""The header's small tables and the event blocks, as the frames run_header, lot, calibration and run_event."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from pbis.core.frames import CALIBRATION, EVENT, HEADER, LOT
from pbis.readers.kit.block import Block
from pbis.readers.kit.well import parse_well
from pbis.readers.xponent.header import Header


def event_frame(run_id: str, audit: Block | None, warnings: Block | None) -> pa.Table:
    """run_event: the audit log and the instrument's warnings, a row a line."""
    rows: list[tuple[object, ...]] = [
        (run_id, line, "audit", None, _cell(row, 0), _cell(row, 1), " | ".join(c for c in row[2:] if c) or None)
        for row, line in _block_rows(audit)
    ]
    rows += [
        (
            run_id,
            line,
            "warning",
            _event_well(_cell(row, 0)),
            _cell(row, 1),
            None,
            " | ".join(c for c in row[2:] if c) or None,
        )
        for row, line in _block_rows(warnings)
    ]
    names = ("run_id", "source_line", "kind", "well", "status", "at_text", "message")
    if not rows:
        return EVENT.empty()
    return EVENT.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def header_frame(run_id: str, header: Header) -> pa.Table:
    """run_header: every non-blank line before `Results`, as written."""
    return HEADER.table(
        {
            "run_id": [run_id] * len(header.lines),
            "source_line": [h.line for h in header.lines],
            "key": [h.key for h in header.lines],
            "value": [h.value for h in header.lines],
        }
    )


def lot_frame(run_id: str, header: Header) -> pa.Table:
    """lot: calibrator, kit, standard and control lots; rows without any lot, expiry or maker are left out."""
    known = [lot for lot in header.lots if any(value for value in list(lot.cells.values())[1:])]
    return LOT.table(
        {
            "run_id": [run_id] * len(known),
            "source_line": [lot.line for lot in known],
            "lot_kind": [lot.kind for lot in known],
            "label": [lot.section for lot in known],
            "lot_name": [lot.cells.get("lotname") or None for lot in known],
            "lot_number": [lot.cells.get("lotnumber") or lot.cells.get("lot") or None for lot in known],
            "expires_on": [header.expiry(lot.cells.get("expirationdate")) for lot in known],
            "expires_text": [lot.cells.get("expirationdate") or None for lot in known],
            "manufacturer": [lot.cells.get("manufacturer") or None for lot in known],
            "machine_serial": [lot.cells.get("machineserialno") or None for lot in known],
            "result": [lot.cells.get("result") or None for lot in known],
        }
    )


def calibration_frame(run_id: str, header: Header) -> pa.Table:
    """calibration: the `Last ...` lines of the header."""
    found = header.calibration
    return CALIBRATION.table(
        {
            "run_id": [run_id] * len(found),
            "source_line": [c.line for c in found],
            "name": [c.name for c in found],
            "kind": [c.kind for c in found],
            "state": [c.state for c in found],
            "performed_at": [c.performed_at for c in found],
            "value": [c.value for c in found],
        }
    )


def _block_rows(block: Block | None) -> list[tuple[list[str], int]]:
    return [] if block is None else list(zip(block.rows, block.lines, strict=True))


def _cell(row: Sequence[str], at: int) -> str | None:
    return (row[at].strip() or None) if at < len(row) else None


def _event_well(location: str | None) -> str | None:
    well = parse_well(f"({location})") if location else None
    return well.name if well else None
