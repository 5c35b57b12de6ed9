"""The summary of an export in words, for `pbis read`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pbis.core.words import plural

Summary = Mapping[str, Any]


def as_lines(summary: Summary) -> list[str]:
    """What the file is, most important first: identity, analytes, wells, state of the instrument, blocks, warnings."""
    return [
        *_identity(summary),
        "",
        *_analytes(summary["analytes"]),
        "",
        *_wells(summary),
        *_state(summary),
        "",
        *_blocks("blocks consumed", summary["blocks_consumed"]),
        *_blocks("blocks ignored", summary["blocks_ignored"]),
        "",
        *_doubts(summary["doubts"]),
        *_warnings(summary["warnings"]),
    ]


def _doubts(doubts: Iterable[Summary]) -> list[str]:
    return [
        _line(
            "doubt", f"well {d['well']}, {d['kind']}: expected {d['expected']}, found {d['found']} (line {d['line']})"
        )
        for d in doubts
    ]


def _identity(summary: Summary) -> list[str]:
    instrument, protocol, text = summary["instrument"], summary["protocol"], summary["text"]
    order = summary["date_order"]
    said_of_mark = f" ({text['decimal_evidence']})" if text.get("decimal_evidence") else ""
    said = f" (dates are {order['order']}: {order['evidence']})" if order and order.get("order") else ""
    return [
        _line("file", summary["file"]),
        _line("run", summary["run_id"]),
        _line(
            "format",
            f"{summary['format']}, {text['encoding']}, delimiter {text['delimiter']!r}, decimal mark {text['decimal_mark']!r}"
            f"{said_of_mark}",
        ),
        _line("instrument", f"{instrument['type'] or 'not named'}, serial {instrument['serial'] or 'not named'}"),
        _line("software", summary["software_version"] or "not named"),
        _line("batch", summary["batch"] or "not named"),
        _line("read", f"{summary['started_at'] or '?'} to {summary['stopped_at'] or '?'}{said}"),
        _line("protocol", ", ".join(str(value) for value in protocol.values() if value) or "not named"),
    ]


def _analytes(analytes: Iterable[Summary]) -> list[str]:
    rows = [("analyte", "canonical", "region", "unit")]
    rows += [
        (a["name"], a["canonical"] or "no alias known", a["bead_region"] or "-", a["unit"] or "not stated")
        for a in analytes
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]


def _wells(summary: Summary) -> list[str]:
    roles = ", ".join(f"{count} {role}" for role, count in summary["wells_by_role"].items())
    return [
        _line(
            "wells",
            f"{summary['wells']} of {summary['plate_type'] or '?'} on {plural(summary['plates'], 'plate')}: {roles}",
        )
    ]


def _state(summary: Summary) -> list[str]:
    crc, calibration = summary["crc"], summary["calibration"]
    saved = "; saved again by a spreadsheet" if summary["is_resaved"] else ""
    return [_line("calibration", calibration["state"]), _line("checksum", f"{crc['state'].replace('_', ' ')}{saved}")]


def _blocks(title: str, blocks: list[Summary]) -> list[str]:
    if not blocks:
        return [_line(title, "none")]
    names = [
        f"{b['name']} ({b['rows']} x {b['columns']}, line {b['line']})" + (f": {b['note']}" if b["note"] else "")
        for b in blocks
    ]
    return [_line(title, f"{len(blocks)}")] + [f"    {name}" for name in names]


def _warnings(warnings: Iterable[Summary]) -> list[str]:
    return [_line("warning", each["sentence"]) for each in warnings] or [_line("warnings", "none")]


def _line(name: str, value: object) -> str:
    return f"{name:<16}{value}"
