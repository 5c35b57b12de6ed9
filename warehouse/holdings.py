"""Which files a warehouse or a release rests on: what a night holds against the archive before it does anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pyarrow as pa

from pbis.core.frames import SCORE
from pbis.core.frames.model import FrameSpec
from warehouse.append import Connection
from warehouse.ddl import quoted
from warehouse.query import open_published

_LOADED = """
    select 'plates' as kind, run_id as file_id from store.run semi join store.assay_selection using (run_id)
    union select kind, file_id from store.clinical_file semi join store.import_selection using (file_id)
"""


@dataclass(frozen=True)
class Holdings:
    """loaded: (kind, file_id) of every file whose rows are here, superseded ones too; refused: hashes of files that were not
    accepted, whose archived copies stay; nights: the names of all that began."""

    loaded: frozenset[tuple[str, str]] = frozenset()
    refused: frozenset[str] = frozenset()
    nights: frozenset[str] = frozenset()

    @property
    def known(self) -> frozenset[str]:
        """Hashes of all files that were loaded or refused."""
        return self.refused | {file_id for _, file_id in self.loaded}


def holdings(con: Connection) -> Holdings:
    """What the working file rests on."""
    refused = con.execute("select distinct sha256 from store.refusal where sha256 is not null").fetchall()
    return Holdings(_loaded(con), frozenset(row[0] for row in refused), frozenset(night_ids(con)))


def released_files(database: Path) -> frozenset[tuple[str, str]]:
    """(kind, file_id) of the files that a release rests on."""
    con = open_published(database)
    try:
        return _loaded(con)
    finally:
        con.close()


def night_ids(con: Connection) -> list[str]:
    """Names of all nights, in the order in which they began."""
    return [row[0] for row in con.execute("select night_id from store.night order by sequence").fetchall()]


def ended_nights(con: Connection) -> list[str]:
    """Names of the nights that came to their own end, in the order in which they began."""
    rows = con.execute(
        "select night_id from store.night join store.night_end using (night_id) where state <> 'interrupted' order by sequence"
    ).fetchall()
    return [row[0] for row in rows]


def assay_night(con: Connection, assay_id: str) -> str:
    """The night that computed an assay."""
    row = con.execute("select night_id from store.assay where assay_id = $1", [assay_id]).fetchone()
    return str(row[0]) if row else ""


def import_night(con: Connection, import_id: str) -> str:
    """The night that derived an import."""
    row = con.execute("select night_id from store.clinical_import where import_id = $1", [import_id]).fetchone()
    return str(row[0]) if row else ""


def latest_scores(con: Connection, spec: FrameSpec = SCORE) -> tuple[str, pa.Table]:
    """The latest night that left scores, and frames.SCORE of it, or another frame of a night's scores where that is asked for."""
    columns = ", ".join(quoted(name) for name in spec.names)
    row = con.execute("select night_id from score_night").fetchone()
    night = str(row[0]) if row and row[0] else ""
    return night, con.execute(f"select {columns} from store.{spec.name} where night_id = $1", [night]).to_arrow_table()


def latest_start(con: Connection) -> tuple[str, datetime] | None:
    """The night that began at the latest time of the clock, and that time."""
    row = con.execute(
        "select night_id, started_at from store.night order by started_at desc, sequence desc limit 1"
    ).fetchone()
    return (row[0], row[1]) if row else None


def _loaded(con: Connection) -> frozenset[tuple[str, str]]:
    return frozenset((kind, file_id) for kind, file_id in con.execute(_LOADED).fetchall())
