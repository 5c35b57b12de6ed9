"""What the two pages are made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pyarrow as pa

from pbis.core import frames
from pbis.core.cutoffs import CutoffSet
from pbis.core.measures.spec import TREND
from pbis.core.model import FrameSpec
from pbis.core.plate import Run

PLATE_TABLES = {
    "well": frames.WELL,
    "result": frames.RESULT,
    "curve": frames.CURVE,
    "level": frames.LEVEL,
    "finding": frames.FINDING,
    "analyte_verdict": frames.ANALYTE_VERDICT,
    "plate_verdict": frames.PLATE_VERDICT,
    "reading_state": frames.READING_STATE,
    "reagent": frames.REAGENT,
    "lot": frames.LOT,
    "calibration": frames.CALIBRATION,
    "warning": frames.WARNING,
}


@dataclass(frozen=True)
class Hold:
    """Why a plate waits for a person: the sentence; what to type if it is right, and if it is wrong; mark: a hash of both, by
    which a page that says something else is known."""

    sentence: str
    commands: tuple[str, str]
    mark: str


@dataclass(frozen=True)
class PlateReport:
    """One plate of one assay. Each table follows the spec of the same name in pbis.core.frames, rows of this plate only.

    provenance: what made the page, name -> value in words or hashes, shown in the order given: method, configuration,
    suite, code version, layout file. No times of day, no host names: the page must not change when nothing did.
    hold: why the plate waits for a person; its verdict then has the state held.
    trend: the series that the plate belongs to, up to itself (core.measures.spec.TREND, oldest first); trend_finding: those
    on this plate.
    """

    run: Run
    plate: str
    well: pa.Table
    result: pa.Table
    curve: pa.Table
    level: pa.Table
    finding: pa.Table
    analyte_verdict: pa.Table
    plate_verdict: pa.Table
    reading_state: pa.Table
    reagent: pa.Table
    lot: pa.Table
    calibration: pa.Table
    warning: pa.Table
    provenance: Mapping[str, str] = field(default_factory=dict)
    trend: pa.Table = field(default_factory=TREND.empty)
    trend_finding: pa.Table = field(default_factory=frames.TREND_FINDING.empty)
    hold: Hold | None = None


def in_order(data: PlateReport) -> PlateReport:
    """The same plate with every table sorted by its key: what order the rows came in must not change a byte."""
    return replace(data, **{name: _sorted(getattr(data, name), spec) for name, spec in PLATE_TABLES.items()})


def _sorted(table: pa.Table, spec: FrameSpec) -> pa.Table:
    return table.sort_by([(column, "ascending") for column in spec.key]) if table.num_rows else table


@dataclass(frozen=True)
class PlateRow:
    """A plate in the night's list. report_path is relative to the index; note says what else a person should know."""

    plate: str
    file_name: str
    started: str
    state: str  # pass, warn, fail or held
    sentence: str
    analytes_passed: int
    analytes_warned: int
    analytes_failed: int
    low_bead_wells: int
    reportable_pct: float | None
    report_path: str
    note: str = ""


@dataclass(frozen=True)
class RefusedRow:
    """A file that was not accepted: its name, why in one line, and what the lab can do."""

    file_name: str
    reason: str
    action: str


@dataclass(frozen=True)
class NightReport:
    """One night. score and component follow frames.SCORE and COMPONENT and hold every set of cutoff_sets.

    site_set: name of the set that the site reports. why_the_set_matters: a sentence or two; empty for the set's own note.
    paths: what -> where, as text. started and finished come from the caller's clock, in words.
    """

    night_id: str
    started: str
    finished: str
    plates: tuple[PlateRow, ...]
    refused: tuple[RefusedRow, ...]
    score: pa.Table
    component: pa.Table
    site_set: str
    cutoff_sets: tuple[CutoffSet, ...]
    why_the_set_matters: str = ""
    paths: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
