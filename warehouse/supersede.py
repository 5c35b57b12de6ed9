"""Which of several exports of one plate counts: the one exported last; of equal times the untouched file; then the later load.

Only exports that agree about what lies in the plate's wells replace each other; the others wait for a person (warehouse.twins).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pbis.core.plates.plate import Run
from warehouse.append import Connection, append_row
from warehouse.explain import QUERIES

_LATER = "the same plate was loaded again later"


@dataclass(frozen=True)
class Export:
    """What decides between two exports of one plate. is_untouched: its checksum matches; sequence: order of loading."""

    run_id: str
    exported_at: datetime | None
    is_untouched: bool
    sequence: int


@dataclass(frozen=True)
class Superseded:
    """older: runs that the new one replaces; by: the stored run that replaces the new one, if any does."""

    older: tuple[str, ...] = ()
    by: str | None = None


def standing_exports(con: Connection, run_id: str, last: int) -> list[Export]:
    """Other exports of a stored run's plate that nothing supersedes yet and that it may replace, in the order of loading, up to the
    one with the sequence `last`."""
    rows = con.execute(
        """
        select other.run_id, other.exported_at, other.crc_state = 'match', other.sequence
        from store.run as own
        join store.run as other on other.plate_key = own.plate_key and other.run_id <> own.run_id
            and coalesce(other.batch, '') = coalesce(own.batch, '')
            and coalesce(other.instrument_serial, '') = coalesce(own.instrument_serial, '')
        where own.run_id = $1 and other.sequence <= $2
            and other.run_id not in (select run_id from store.supersession)
            and own.run_id not in (select run_id from store.supersession)
        order by other.sequence
        """,
        [run_id, last],
    ).fetchall()
    return [Export(*row) for row in rows if _agree(con, run_id, row[0])]


def has_rivals(con: Connection, run_ids: Sequence[str]) -> bool:
    """Whether any of these stored runs shares its plate with another run."""
    query = """
        select count(*)
        from store.run as own
        join store.run as other on other.plate_key = own.plate_key and other.run_id <> own.run_id
        where own.run_id in (select unnest($1::varchar[]))
    """
    row = con.execute(query, [list(run_ids)]).fetchone()
    return row is not None and row[0] > 0


def _agree(con: Connection, one: str, other: str) -> bool:
    """Whether no sample of one export lies beside another one's readings, or in another one's well, in the other."""
    text = (QUERIES / "named_otherwise.sql").read_text("utf-8")
    row = con.execute(text, {"one": one, "other": other}).fetchone()
    return row is not None and row[0] == 0


def supersede(con: Connection, run: Run, night_id: str, last: int) -> Superseded:
    """Append a row for each export up to `last` that the comparison retires: those that the stored run replaces, or the run itself."""
    rivals = standing_exports(con, run.run_id, last)
    if not rivals:
        return Superseded()
    (sequence,) = con.execute("select sequence from store.run where run_id = $1", [run.run_id]).fetchone() or (0,)
    new = Export(run.run_id, run.exported_at, run.crc_state == "match", sequence)
    better = next((rival for rival in rivals if _is_better(rival, new)), None)
    if better is not None:
        _append(con, new, better, _reason(better, new) or _LATER, night_id)
        return Superseded(by=better.run_id)
    for rival in rivals:
        _append(con, rival, new, _reason(new, rival) or _LATER, night_id)
    return Superseded(older=tuple(rival.run_id for rival in rivals))


def _is_better(one: Export, other: Export) -> bool:
    """Where neither time nor checksum says so the later load counts, in whichever order they are asked."""
    if _reason(one, other) is None and _reason(other, one) is None:
        return one.sequence > other.sequence
    return _reason(one, other) is not None


def _reason(one: Export, other: Export) -> str | None:
    """Why `one` counts rather than `other`; None where neither time nor checksum says so."""
    if one.exported_at and other.exported_at and _minute(one.exported_at) != _minute(other.exported_at):
        if one.exported_at < other.exported_at:
            return None
        return f"the same plate was exported again at {one.exported_at.isoformat(' ')}, after {other.exported_at.isoformat(' ')}"
    if one.is_untouched and not other.is_untouched:
        return "the same export, saved again by another program; the untouched file counts"
    return None


def _minute(at: datetime) -> datetime:
    """Spreadsheets drop the seconds."""
    return at.replace(second=0, microsecond=0)


def _append(con: Connection, old: Export, new: Export, reason: str | None, night_id: str) -> None:
    row = {"run_id": old.run_id, "superseded_by": new.run_id, "reason": reason, "night_id": night_id}
    append_row(con, "supersession", row)
