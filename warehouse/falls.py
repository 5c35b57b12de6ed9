"""What a release shows that a night might lose: its plates, subjects and scores; and what the store says of why one was lost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.append import Connection
from warehouse.explain import QUERIES
from warehouse.scoring import computed

_VIEWS = ("current_assay", "current_import", "held_plate", "replaced_lab", "trend_judgement")
_PLATES = """
    select distinct current_assay.run_id, well.plate_number
    from current_assay
    join store.well as well using (assay_id)
"""
_SINCE = "select coalesce(max(sequence), -1) from store.night where night_id = $1"
# What decides about plates and about files of each kind, and was not there up to the night of the release.
_SETTINGS = """
    with
    known as (select night_id from store.night where sequence <= $1),
    used as (
        select night_id, 'plates' as kind, suite_hash as settings from store.assay
        union all
        select imported.night_id, file.kind, imported.settings_hash
        from store.clinical_import as imported
        join store.clinical_file as file using (file_id)
        union all
        select night_id, 'sets', set_hash from store.cutoff_set
    ),
    before as (select distinct kind, settings from used semi join known using (night_id))
    select count(*) from used semi join before using (kind) anti join before using (kind, settings)
"""


@dataclass(frozen=True)
class Shown:
    """A release's plates as (run_id, plate_number), and frames.SCORE as far as it shows it."""

    plates: frozenset[tuple[str, int]]
    score: pa.Table


@dataclass(frozen=True)
class Changed:
    """Whether configuration and program are others than those of a release's night."""

    configuration: bool
    code: bool


def shown_by(release: Path) -> Shown:
    """What a release's folder shows."""
    plates = pq.read_table(release / "parquet" / "plate.parquet", columns=["run_id", "plate_number"]).to_pylist()
    keys = frozenset((str(row["run_id"]), int(row["plate_number"])) for row in plates)
    return Shown(keys, pq.read_table(release / "parquet" / "score.parquet"))


def standing_plates(con: Connection) -> frozenset[tuple[str, int]]:
    """(run_id, plate_number) of every plate that a release made now would show."""
    return frozenset((run_id, number) for run_id, number in con.execute(_PLATES).fetchall())


def superseded_plates(con: Connection, release: str) -> frozenset[str]:
    """run_id of each run that another export has replaced since the release."""
    query = "select run_id from store.supersession join store.night using (night_id) where sequence > $1"
    return frozenset(run_id for (run_id,) in con.execute(query, [_since(con, release)]).fetchall())


def fall_causes(con: Connection, release: str) -> dict[str, frozenset[str]]:
    """Subject -> what has happened since the release that may have taken its score (warehouse/queries/fall_cause.sql)."""
    found: dict[str, set[str]] = {}
    since = _since(con, release)
    with computed(con, *_VIEWS) as session:
        text = (QUERIES / "fall_cause.sql").read_text("utf-8")
        for subject_id, cause in session.execute(text, {"since": since}).fetchall():
            found.setdefault(subject_id, set()).add(cause)
    return {subject_id: frozenset(causes) for subject_id, causes in found.items()}


def changed_since(con: Connection, release: str, night_id: str) -> Changed:
    """Configuration and code of a night against those of the release's; a release of no known night differs in neither."""
    query = "select config_hash, code_version from store.night where night_id = $1"
    then, now = (con.execute(query, [name]).fetchone() for name in (release, night_id))
    if then is None or now is None:
        return Changed(False, False)
    (others,) = con.execute(_SETTINGS, [_since(con, release)]).fetchone() or (0,)
    return Changed(then[0] != now[0] or bool(others), then[1] != now[1])


def _since(con: Connection, release: str) -> int:
    row = con.execute(_SINCE, [release]).fetchone()
    return int(row[0]) if row else -1
