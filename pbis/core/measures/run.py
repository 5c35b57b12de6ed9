"""Measures of a run: state and age of its calibration, expiry of its lots, serial numbers, and its panel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.measures import group as by
from pbis.core.measures.qc import CheckFrames
from pbis.core.measures.spec import OF_PANEL
from pbis.core.plates.plate import Run

DAY_SECONDS = 86_400.0  # of a day of wall time
JUDGED_KINDS = ("calibration", "verification")
Rows = list[dict[str, Any]]


def by_run(table: pa.Table) -> dict[str, pa.Table]:
    """The rows of each run, in their order; one pass, however many runs there are."""
    groups = by.group_by(table, ("run_id",))
    order = np.argsort(groups.code, kind="stable")
    ordered, names = table.take(pa.array(order)), table.column("run_id").take(pa.array(groups.first)).to_pylist()
    ends = np.append(np.searchsorted(groups.code[order], np.arange(groups.count)), len(order)).tolist()
    return {name: ordered.slice(ends[i], ends[i + 1] - ends[i]) for i, name in enumerate(names)}


def calibration(run: Run, lines: pa.Table) -> dict[str, Any]:
    """States and ages of the calibration and verification lines of one run; ages are null without both times."""
    rows = [row for row in _of(run, lines) if row["kind"] in JUDGED_KINDS]
    bad = [row for row in rows if row["state"] in ("failed", "expired")]
    return {
        "calibration_lines": float(len(rows)),
        "calibration_failed": float(len(bad)),
        "calibration_text": "; ".join(f"{row['name']}: {row['value'] or row['state']}" for row in bad),
        "calibration_unknown": float(sum(row["state"] == "unknown" for row in rows)),
        "calibration_age_days": _oldest_days(run, rows, "calibration"),
        "verification_age_days": _oldest_days(run, rows, "verification"),
    }


def lots(run: Run, lines: pa.Table) -> dict[str, Any]:
    """Lots that had expired on the day of the run, and calibrator rows that name another machine."""
    rows, day = _of(run, lines), _started(run)
    expired = [row for row in rows if day and row["expires_on"] and row["expires_on"] < day.date()]
    serials = {row["machine_serial"] for row in rows if row["machine_serial"] and run.instrument_serial}
    foreign = sorted(serial for serial in serials if serial.strip() != run.instrument_serial)
    return {
        "lots_expired": float(len(expired)),
        "lots_text": ", ".join(sorted({_lot_text(row) for row in expired})),
        "serial_differs": float(len(foreign)),
        "serial_text": ", ".join(foreign),
    }


def panel(run: Run, frames: CheckFrames, analytes: set[str]) -> dict[str, Any]:
    """Analytes that the panel and the export do not share; null where the run has no panel."""
    wanted = frames.panels.get(run.run_id)
    if wanted is None:
        return dict.fromkeys(column.name for column in OF_PANEL)
    names = {analyte.name for analyte in wanted.analytes}
    protocol, gain = run.protocol_name, run.reporter_gain
    missing, extra = sorted(names - analytes), sorted(analytes - names)
    return {
        "panel_missing": float(len(missing)),
        "panel_missing_text": ", ".join(missing),
        "panel_extra": float(len(extra)),
        "panel_extra_text": ", ".join(extra),
        "panel_protocols": " or ".join(wanted.protocols),
        "panel_gain": wanted.reporter_gain,
        "protocol_name": protocol,
        "protocol_differs": float(protocol not in wanted.protocols) if protocol and wanted.protocols else None,
        "protocol_gain": gain,
        "protocol_gain_differs": float(gain != wanted.reporter_gain) if gain and wanted.reporter_gain else None,
    }


def _of(run: Run, table: pa.Table) -> Rows:
    rows: Rows = table.filter(pc.equal(table.column("run_id"), run.run_id)).to_pylist()
    return rows


def _started(run: Run) -> datetime | None:
    return run.started_at or run.stopped_at or run.exported_at


def _oldest_days(run: Run, rows: Rows, kind: str) -> float | None:
    """Age at the run of the oldest passed line of a kind; lines newer than the run say nothing about it."""
    start = _started(run)
    if start is None:
        return None
    passed = (row["performed_at"] for row in rows if row["kind"] == kind and row["state"] == "passed")
    ages = [(start - at).total_seconds() / DAY_SECONDS for at in passed if at is not None and at <= start]
    return max(ages, default=None)


def _lot_text(row: Mapping[str, Any]) -> str:
    name = row["label"] or row["lot_name"] or row["lot_kind"] or "lot"
    return f"{name} {row['lot_number'] or ''} ({row['expires_on']})".replace("  ", " ")
