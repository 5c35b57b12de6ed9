"""An assay validation from the plates of a site's newest release."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import expectations
import warehouse
from pbis.core.errors import UsageError
from pbis.pipeline.published import published, run_query
from pbis.validation.data import Assigned, read_assigned, validation_of
from pbis.validation.limits import ValidationLimits
from pbis.validation.report import write_validation
from pbis.validation.run import ValidationReport, run_validation


def validate_site(root: Path, panel: str, assigned: Path | None, release: str, out: Path) -> ValidationReport:
    """Compute and write. UsageError where nothing is published or no plate is of the panel, TableRefused where FILE is no table of
    assigned values."""
    told = read_assigned(assigned) if assigned else ()
    with published(root, release) as path:
        table = warehouse.validation_readings(path, panel)
    if not table.num_rows:
        known = run_query(root, "select distinct panel from plate where panel is not null order by 1", release)
        names = ", ".join(known.column("panel").to_pylist()) or "none"
        raise UsageError(f"--panel {panel}: no plate of the release is of it; its panels: {names}")
    limits = expectations.validation_limits()
    made = validation_of(panel, table.to_pandas(), limits, told)
    report = run_validation(made, _inputs(table.to_pylist(), told, limits))
    (name,) = run_query(root, "select release from release", release).column("release").to_pylist()
    write_validation(report, out, str(name))
    return report


def _inputs(rows: list[dict[str, object]], told: tuple[Assigned, ...], limits: ValidationLimits) -> str:
    parts = [rows, [asdict(each) for each in told], asdict(limits)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()
