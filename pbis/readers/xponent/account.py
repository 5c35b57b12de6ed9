"""The account of an export: every header section, block and footer with its size, consumed or ignored, and why."""

from __future__ import annotations

import pyarrow as pa

from pbis.core.frames import BLOCK
from pbis.core.words import plural
from pbis.readers.kit.block import Block, Body
from pbis.readers.kit.notes import Notes
from pbis.readers.xponent.header import Header
from pbis.readers.xponent.parsed import Parsed


def block_frame(run_id: str, header: Header, body: Body, parsed: Parsed, notes: Notes) -> pa.Table:
    """Header sections, blocks and footer in file order; blocks of no known kind are listed as ignored, and said."""
    rows = _header_rows(header)
    named = parsed.comments.union(parsed.median.analytes)
    for block in body.blocks:
        note = None if block.kind else "no reader knows a block of this name"
        if block.kind and not block.rows:
            note = "empty"
        extra = _extra_analytes(block, named)
        if extra:
            note = f"columns without readings: {', '.join(extra)}"
            notes.add("column_ignored", f"block {block.name}: {note}", block.header_line)
        if block.kind is None:
            notes.add(
                "block_ignored",
                f"block {block.name} is of no known kind: {plural(len(block.rows), 'row')} ignored",
                block.first_line,
            )
        rows.append(
            (
                block.name,
                block.first_line,
                block.last_line,
                len(block.rows),
                len(block.header),
                block.kind is not None,
                note,
            )
        )
    if body.footer_line is not None:
        rows.append(("CRC", body.footer_line, body.footer_line + 1, 1, 1, True, None))
    names = ("name", "first_line", "last_line", "row_count", "column_count", "is_consumed", "note")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    return BLOCK.table({"run_id": [run_id] * len(rows), **columns})


def _header_rows(header: Header) -> list[tuple[str, int, int, int, int, bool, str | None]]:
    titles = {"": "Header", "calibration": "Calibration", "calinfo": "CALInfo", "assaylotinfo": "AssayLotInfo"}
    rows: list[tuple[str, int, int, int, int, bool, str | None]] = []
    for section, title in titles.items():
        lines = [h for h in header.lines if h.section == section]
        if lines:
            width = max(len(h.cells) for h in lines)
            rows.append((title, lines[0].line, lines[-1].line, len(lines), width, True, None))
    return rows


def _extra_analytes(block: Block, named: frozenset[str]) -> list[str]:
    """Header cells of an analyte block or a per-well block that name no analyte of the Median block."""
    if block.kind is None or block.kind.shape not in ("well", "sample", "reagent", "analyte"):
        return []
    known = {"location", "sample", "total events", "reagent", "analyte:", "analyte", "plate"}
    return [cell for cell in block.header if cell and cell not in named and cell.casefold() not in known]
