"""What the two pages are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pyarrow as pa

from pbis.core import frames
from pbis.core.frames.model import FrameSpec
from pbis.core.measures.qc import TrendSettings
from pbis.core.measures.spec import TREND
from pbis.core.plates.plate import Run
from pbis.core.scoring.cutoffs import CutoffSet
from pbis.core.tolerances import Tolerances
from pbis.report.morning import Morning
from pbis.report.pages.todo import NoteRow, TodoRow

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

# Of the frames with a row a well and analyte, the columns that a page shows or is sorted by; of the others it may have all.
READING_COLUMNS = {
    "result": (
        "plate_number", "well", "analyte", "analyte_reported", "well_role", "standard_level", "replicate_group", "mfi", "bead_count",
        "replicate_cv_pct", "expected_concentration", "unit", "concentration", "concentration_op", "concentration_bound",
    ),
    "reading_state": ("plate_number", "well", "analyte", "qc_state", "reportable", "reasons"),
}  # fmt: skip


@dataclass(frozen=True)
class Hold:
    """Why a plate waits for a person: the sentence; what to type if it is right, and if it is wrong."""

    sentence: str
    commands: tuple[str, str]


@dataclass(frozen=True)
class PlateDecision:
    """An exclusion or a keeping as the decision log has it. about: what of the plate, in words; reversal: by which decision, whose,
    when and why, empty where it stands; decided_at: in words, in the site's zone; is_applied: something of what the page shows is as it is because of it."""

    sequence: int
    decided_at: str
    author: str
    kind: str
    about: str
    rule: str | None
    cause: str
    reason: str
    reversal: str
    is_applied: bool


@dataclass(frozen=True)
class SignatureLine:
    """A signature that stands, as it is printed. signed_at: in words, in the site's zone; code: version of the program that the plate was
    computed with then; is_current: the plate's results, and the decision about it, are still those."""

    signature_id: str
    name: str
    account: str
    role: str
    meaning: str
    signed_at: str
    code: str
    results: str
    page: str
    is_current: bool


@dataclass(frozen=True)
class PlateReview:
    """State of a plate's review (pbis.core.review.STATES), the sentence that says whose, when, why and under which version, and signatures.
    signed: no, partly (a second person is missing) or yes."""

    state: str
    sentence: str
    signed: str = "no"
    signatures: Sequence[SignatureLine] = ()


@dataclass(frozen=True)
class PlateReport:
    """One plate of one assay. Each table follows the spec of the same name in pbis.core.frames, rows of this plate only; result and
    reading_state need no more than READING_COLUMNS.

    provenance: what made the page, name -> value in words or hashes, shown in the order given: method, configuration,
    suite, code version, layout file. No times of day, no host names: the page must not change when nothing did.
    hold: why the plate waits for a person; its verdict then has the state held. tolerances: those of the assay, None where it
    kept none.
    charts: the page of control charts, relative to this one, empty where there is none.
    trend: the series that the plate belongs to, up to itself (core.measures.spec.TREND, oldest first); trend_finding: those
    on this plate; trend_settings: how far is far in it, None where it is not drawn. The verdicts are those that stand, with what trends find. decisions: all about the plate, in their order;
    review: None while nobody has decided about it as a whole.
    basis: sha256 of what the page is made from, to be found in it.
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
    trend_settings: TrendSettings | None = None
    trend_finding: pa.Table = field(default_factory=frames.TREND_FINDING.empty)
    hold: Hold | None = None
    tolerances: Tolerances | None = None
    decisions: Sequence[PlateDecision] = ()
    review: PlateReview | None = None
    charts: str = ""
    basis: str = ""


def in_order(data: PlateReport) -> PlateReport:
    """The same plate with every table sorted by its key: what order the rows came in must not change a byte."""
    return replace(data, **{name: _sorted(getattr(data, name), spec) for name, spec in PLATE_TABLES.items()})


def _sorted(table: pa.Table, spec: FrameSpec) -> pa.Table:
    """What readings lack of their key is the same in all rows of a plate."""
    key = [(column, "ascending") for column in spec.key if column in table.column_names]
    return table.sort_by(key) if table.num_rows else table


@dataclass(frozen=True)
class PlateRow:
    """A plate in the night's list. report_path is relative to the index; note says what else a person should know; review: its state."""

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
    review: str = "pending"


@dataclass(frozen=True)
class RefusedRow:
    """A file that was not accepted: its name, why in one line, and what the lab can do. is_part: the rest of it is used."""

    file_name: str
    reason: str
    action: str
    is_part: bool = False


@dataclass(frozen=True)
class AlarmRow:
    """A failing finding of a trend that nobody has decided about. report_path: of the plate's page, relative to the index; is_new:
    not there when the last finished night ended; takes: the analyte's results of the plate are kept back because of it."""

    plate: str
    analyte: str
    lot: str
    rule: str
    message: str
    action: str
    takes: bool
    is_new: bool
    report_path: str = ""


@dataclass(frozen=True)
class ScoreChange:
    """A score that differs from an earlier night's because a laboratory result was taken back or replaced, in words. by: the row that
    did it; is_new: the night before had the old one."""

    subject_id: str
    measure: str
    was: str
    now: str
    by: str
    was_group: str
    group: str
    is_new: bool


@dataclass(frozen=True)
class UnmappedWord:
    """A code, unit or status word (kind) that the labs map does not know, as sent, as a release calls it, and how to map it."""

    kind: str
    sent: str
    called: str
    row_count: int
    why: str
    how: str


@dataclass(frozen=True)
class LabFileRow:
    """What became of the rows of a laboratory file: row_count = used + unused + refused. reasons: of the unused, with counts.

    more: unmapped words beside those that are shown.
    """

    file_name: str
    row_count: int
    used_count: int
    unused_count: int
    refused_count: int
    reasons: str
    unmapped: tuple[UnmappedWord, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class NightReport:
    """One night. score and component follow frames.SCORE and COMPONENT and hold every set of cutoff_sets.

    site_set: name of the set that the site reports. why_the_set_matters: a sentence or two; empty for the set's own note.
    paths: what -> where, as text. started and finished come from the caller's clock, in words, and are
    times of `zone`. read_count: plates that the night
    itself worked on; where there are none, `plates` are all that stand. alarms: those of trends that stand. basis: sha256 of what
    the page shows, to be found in it. todo: what waits for a person, in its order. charts: the page of control charts, relative to the
    index. notes: what else the night said. morning: what is said
    beside tonight.
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
    read_count: int = 0
    todo: tuple[TodoRow, ...] = ()
    notes: tuple[NoteRow, ...] = ()
    alarms: tuple[AlarmRow, ...] = ()
    changes: tuple[ScoreChange, ...] = ()
    lab_files: tuple[LabFileRow, ...] = ()
    zone: str = ""
    basis: str = ""
    charts: str = ""
    why_the_set_matters: str = ""
    paths: Mapping[str, str] = field(default_factory=dict)
    provenance: Mapping[str, str] = field(default_factory=dict)
    morning: Morning | None = None
