"""What each night of a site was given: its files in their order, and how far it saw the decision log; from which it can be run again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from pbis.core.site_time import in_order
from warehouse.append import Connection
from warehouse.moments import has_utc

_NIGHTS = """
    select night_id, started_at, coalesce(state, 'interrupted') <> 'interrupted'
    from store.night left join store.night_end using (night_id) order by sequence
"""
_LOADED = """
    with
    first as (select file_id, arg_min(night_id, sequence) as night_id from store.clinical_import group by file_id)
    select night_id, 'plates' as kind, run_id as file_id, file_name as name from store.run
    union all
    select night_id, kind, file_id, name from store.clinical_file join first using (file_id)
    order by all
"""
# A file of which only rows were refused was loaded, and one that was told about was loaded later.
_REFUSED = """
    select night_id, kind, sha256, name from store.refusal
    where reason <> 'UnstableFile'
    and night_id not in (select night_id from store.night_end where state = 'interrupted')  -- the next night refused it again
    and coalesce(sha256, '') not in (select run_id from store.run union all select file_id from store.clinical_file)
    order by all
"""
_SEEN = "select night_id, max(sequence) from store.decision group by night_id"


@dataclass(frozen=True)
class PastFile:
    """A file as a night found it. file_id: sha256 of its bytes; None where they were not read; is_refused: it was not accepted."""

    kind: str
    file_id: str | None
    name: str
    is_refused: bool


@dataclass(frozen=True)
class PastNight:
    """A night that began. started_at: UTC; is_whole: it came to its end; files: what it loaded or refused first; decisions: number of the latest event
    that it saw, 0 where it saw no new one."""

    night_id: str
    started_at: datetime
    is_whole: bool
    files: tuple[PastFile, ...]
    decisions: int


def past_nights(con: Connection, zone: tzinfo) -> list[PastNight]:
    """All nights in the order in which they began, of a working file or of a release. zone: the site's, of one that an earlier build
    left."""
    files: dict[str, list[PastFile]] = {}
    for is_refused, query in ((False, _LOADED), (True, _REFUSED)):
        for night_id, kind, file_id, name in con.execute(query).fetchall():
            files.setdefault(night_id, []).append(PastFile(kind, file_id, name, is_refused))
    seen = dict(con.execute(_SEEN).fetchall())
    nights = con.execute(_NIGHTS).fetchall()
    moments = in_order((at for _, at, _ in nights), UTC if has_utc(con) else zone)
    return [
        PastNight(night_id, started_at, is_whole, tuple(files.get(night_id, ())), seen.get(night_id, 0))
        for (night_id, _, is_whole), started_at in zip(nights, moments, strict=True)
    ]


def ways_of_past(con: Connection) -> tuple[int, int]:
    """How many configurations and how many versions of the program the nights ran under."""
    query = "select count(distinct config_hash), count(distinct code_version) from store.night"
    row = con.execute(query).fetchone() or (0, 0)
    return int(row[0]), int(row[1])
