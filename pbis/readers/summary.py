"""What a file is, in one screen: the dictionary behind `pbis read FILE --json`."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from datetime import datetime
from importlib.abc import MetaPathFinder

import pyarrow as pa

from pbis.core.plates.bare import WITHOUT_STANDARDS, without_standards
from pbis.core.plates.doubtful import stands
from pbis.core.plates.plate import PlateRead
from pbis.core.plates.same_warnings import Warned, together
from pbis.core.plates.well import WellAssignment, assign_roles
from pbis.panels import load_aliases

Summary = dict[str, object]


def detach_pandas() -> None:
    """Keep pyarrow from importing pandas (a fifth of a second) for the life of a process that never makes a data frame.

    pyarrow looks for pandas once, when it builds its first array, and remembers the answer; only one-shot commands call this.
    """
    if "pandas" in sys.modules:
        return
    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([0])
    finally:
        sys.meta_path.remove(finder)


class _NoPandas(MetaPathFinder):
    """Says for a moment that pandas is not installed."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError(fullname)


def summarise(read: PlateRead) -> Summary:
    """JSON-able account of a read: what it is, what was consumed, what was ignored, what to be careful about."""
    run = read.run
    assigned = assign_roles(read, None)
    roles = Counter(assigned.table.column("well_role").to_pylist())
    blocks = read.block.select(["name", "first_line", "row_count", "column_count", "is_consumed", "note"]).to_pylist()
    return {
        "file": run.file_name,
        "run_id": run.run_id,
        "format": run.format,
        "instrument": {"type": run.instrument_type, "serial": run.instrument_serial},
        "software_version": run.software_version,
        "batch": run.batch,
        "plate_type": run.plate_type,
        "plates": run.plate_count,
        "exported_at": _iso(run.exported_at),
        "started_at": _iso(run.started_at),
        "stopped_at": _iso(run.stopped_at),
        "date_order": {"order": run.date_order, "evidence": run.date_evidence},
        "protocol": {"name": run.protocol_name, "version": run.protocol_version, "analysis": run.analysis_mode},
        "text": {
            "encoding": run.encoding,
            "delimiter": run.delimiter,
            "decimal_mark": run.decimal_mark,
            "decimal_evidence": run.decimal_evidence,
        },
        "is_resaved": run.is_resaved,
        "analytes": _analytes(read),
        "wells": sum(roles.values()),
        "wells_by_role": dict(sorted(roles.items())),
        "blocks_consumed": [_block(b) for b in blocks if b["is_consumed"]],
        "blocks_ignored": [_block(b) for b in blocks if not b["is_consumed"]],
        "calibration": _calibration(read),
        "crc": {"state": run.crc_state, "expected": run.crc_expected, "found": run.crc_found},
        "doubts": _doubts(read, assigned.table),
        "warnings": _all_warnings(read, assigned),
    }


def _all_warnings(read: PlateRead, assigned: WellAssignment) -> list[Summary]:
    """Equal ones are one, with their count and every place."""
    said = [Warned(w["code"], w["message"], w["source_line"]) for w in read.warning.to_pylist()]
    said += [Warned(code, message) for code, message in assigned.warnings]
    said += [Warned(WITHOUT_STANDARDS, message) for _, message in without_standards(assigned.table)]
    return [
        {
            "code": same.first.code,
            "message": same.first.message,
            "line": same.first.line,
            "count": same.count,
            "places": [asdict(place) for place in same.places],
            "sentence": same.located,
        }
        for same in together(said, read.analyte.column("analyte_reported").to_pylist())
    ]


def _doubts(read: PlateRead, well: pa.Table) -> list[Summary]:
    """Those that matter for what the wells hold (a standard needs no dilution), and of wells that stand under another as its replicates."""
    held = {(row["plate_number"], row["well"]): row["doubt"] or "" for row in well.to_pylist()}
    return [
        {
            "well": row["well"],
            "plate_number": row["plate_number"],
            "kind": row["kind"],
            "line": row["source_line"],
            "block": row["block"],
            "expected": row["expected"],
            "found": row["found"],
        }
        for row in read.doubt.to_pylist()
        if (row["plate_number"], row["well"]) not in held or stands(row, held)
    ]


def _analytes(read: PlateRead) -> list[Summary]:
    aliases = load_aliases()
    names = ("analyte_reported", "bead_region", "unit_reported")
    rows = zip(*(read.analyte.column(name).to_pylist() for name in names), strict=True)
    return [
        {"name": name, "canonical": aliases.resolve(name), "bead_region": region, "unit": unit}
        for name, region, unit in rows
    ]


def _block(block: Summary) -> Summary:
    return {
        "name": block["name"],
        "line": block["first_line"],
        "rows": block["row_count"],
        "columns": block["column_count"],
        "note": block["note"],
    }


def _calibration(read: PlateRead) -> Summary:
    """The worst state of the lines, and the lines."""
    lines = [
        {"name": c["name"], "kind": c["kind"], "state": c["state"], "performed_at": _iso(c["performed_at"])}
        for c in read.calibration.to_pylist()
    ]
    states = {str(line["state"]) for line in lines}
    worst = next((state for state in ("failed", "expired", "unknown", "passed") if state in states), "unknown")
    return {"state": worst, "lines": lines}


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(sep=" ") if moment else None
