"""A note beside a plate on the chart of a control: an event of the decision log that changes no result."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from pbis.config import load_site
from pbis.core.decision import ANNOTATE, Decision
from pbis.core.errors import UsageError
from pbis.core.words import nearest
from pbis.pipeline.deciding import Request, as_seen, target_of
from pbis.pipeline.published import run_query
from pbis.pipeline.sealing import enter_decision

CAUSE = "verified"  # somebody has looked; what was seen is the reason
_SERIES = """
    select analyte, metric, lot from qc_history
    where run_id = '{}' and plate_number = {} and metric in ('qc1', 'qc2') order by all
"""


def annotate(
    root: Path, request: Request, clock: Callable[[], datetime], *, control: str, lot: str, is_dry_run: bool = False
) -> Decision:
    """Enter a note about the plate on the chart of a control (qc1, qc2). UsageError where the plate has no such point, with what it has.

    lot: of the chart, as the page calls it, or one lot number of it; it must be the plate's, so that no note lands on another chart.
    """
    run_id, target = target_of(root, request)
    series = [tuple(row.values()) for row in run_query(root, _SERIES.format(run_id, target.plate_number)).to_pylist()]
    analyte = request.analyte or ""
    found = next((own for name, metric, own in series if (name, metric) == (analyte, control)), None)
    if found is None:
        raise UsageError(_no_point(request.plate, analyte, control, series))
    if lot not in (found, *lot_numbers(found)):
        raise UsageError(
            f"{request.plate} was read with lot {found}, expected that or one of its numbers; found {lot!r}"
        )
    told = json.dumps({"control": control, "lot": found}, sort_keys=True, ensure_ascii=False)
    event = Decision(0, clock(), request.author, ANNOTATE, target, CAUSE, request.reason, told=told)
    return event if is_dry_run else enter_decision(load_site(root), event, as_seen(request, run_id, target))


def lot_numbers(lot: str) -> list[str]:
    """The single numbers of a lot as charts name it: of the kit, of the standards, of the controls."""
    parts = [part.removeprefix("standards ").removeprefix("controls ") for part in lot.split("; ")]
    return [number for part in parts for number in (part, *part.split(" + "))]


def _no_point(plate: str, analyte: str, control: str, series: Sequence[tuple[str, ...]]) -> str:
    analytes = sorted({name for name, *_ in series})
    if not analytes:
        return f"{plate} has no control that is followed; the page of control charts shows what is"
    if analyte not in analytes:
        return (
            f"{plate} has no control of {analyte!r}{nearest(analyte, analytes)}; it has those of {', '.join(analytes)}"
        )
    return f"{plate} has no {control} of {analyte}; a single control is qc1"
