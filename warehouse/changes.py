"""What a release changes against the one before it, each change with its cause: found when it is published, and kept for all releases.

Changes are found between the scores of the two nights that the releases show, causes among what came into the store since the night of the
release before (warehouse/queries/change_*.sql). One mechanism finds them: the view release_change, the page of changes beside a
release and `pbis release diff` tell the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.append import Connection, append, append_row, has, next_sequence
from warehouse.connect import transaction
from warehouse.explain import QUERIES
from warehouse.falls import changed_since
from warehouse.scoring import computed
from warehouse.tables import TABLES

_PLATES = pa.schema(
    {"run_id": pa.string(), "plate_number": pa.int64(), "state": pa.string(), "review_state": pa.string()}
)
_SINCE = "select coalesce(max(sequence), -1) from store.night where night_id = $1"
_SCORED = """
    select arg_max(night_id, sequence) from store.night
    semi join (select distinct night_id from store.score_input) as scored using (night_id) where sequence <= $1
"""
_PLATE_NOW = """
    select
        verdict.run_id, verdict.plate_number, case when held.run_id is null then verdict.state else 'held' end as state,
        coalesce(review.state, 'pending') as review_state
    from current_assay
    join plate_standing as verdict using (assay_id)
    left join held_plate as held on held.run_id = verdict.run_id and held.plate_number = verdict.plate_number
    left join (
        select run_id, plate_number, arg_max(state, sequence) as state from store.plate_review group by run_id, plate_number
    ) as review on review.run_id = verdict.run_id and review.plate_number = verdict.plate_number
"""
_REPLACED = """
    select distinct file_id || ':' || source_line as key, by_file_id || ':' || by_source_line as by_key
    from replaced_lab where file_id is not null
"""
_NOTHING_REPLACED = "select ''::varchar as key, ''::varchar as by_key where false"
_CONFIG = """
    select $config_hash::varchar as config_hash, $code_version::varchar as code_version, $is_another::boolean as is_another,
        $is_other_code::boolean as is_other_code
"""
_WITHDRAWN = """
    select sequence from store.decision as event
    semi join (select night_id from store.night where sequence > $1) as night using (night_id)
    where kind = 'withdraw'
"""


def record_changes(con: Connection, night_id: str, release: str, before: str | None, folder: Path | None) -> int:
    """Note that a release is made, and what it changes against the release `before`, whose folder shows the verdicts of its plates; the
    number of rows. Nothing where the release is noted already. A release of a night that the store does not know is none."""
    if has(con, "release_made", "release", release):
        return 0
    known = before if before is not None and has(con, "night", "night_id", before) else None
    scored = _one(con, _SCORED, [_one(con, _SINCE, [night_id])])
    if known is not None:
        found = _stored(_changes(con, known, night_id, scored, _plates_of(folder)), night_id, release, known)
    made = {"release": release, "release_before": known, "sequence": next_sequence(con, "release_made")}
    with transaction(con):
        append_row(con, "release_made", made | {"night_id": night_id, "score_night_id": scored})
        return 0 if known is None else append(con, "release_change_found", found)


def _changes(con: Connection, before: str, night_id: str, scored: str | None, plate_was: pa.Table) -> pa.Table:
    """Rows of queries/change_4_cause.sql."""
    since = _one(con, _SINCE, [before])
    nights = {"was": _one(con, _SCORED, [since]), "now": scored}
    with computed(con, "current_assay", "plate_standing", "held_plate", "lab_part") as session:
        session.register("plate_was", plate_was)
        _table(session, "plate_now", _PLATE_NOW)
        _table(session, "withdrawn", _WITHDRAWN, [since])
        _table(session, "changed", _text("change_1_changed"), nights)
        _table(session, "touched", _text("change_2_touched"), nights)
        _table(session, "cut", _text("change_2_cut"), nights)
        _table(session, "flipped", _text("change_2_flipped"), nights)
        _table(session, "config", _CONFIG, _config(con, before, night_id))
        session.register("replaced", _replaced(con, session))
        _table(session, "event", _text("change_3_event"), {"since": since})
        return session.execute(_text("change_4_cause")).to_arrow_table()


def _config(con: Connection, before: str, night_id: str) -> dict[str, Any]:
    """What the night computes with, and whether the release's night did so too."""
    (config_hash, code_version) = con.execute(
        "select config_hash, code_version from store.night where night_id = $1", [night_id]
    ).fetchone() or (None, None)
    changed = changed_since(con, before, night_id)
    told = {"is_another": changed.configuration, "is_other_code": changed.code}
    return {"config_hash": config_hash or "not known", "code_version": code_version or "not known", **told}


def _replaced(con: Connection, session: Connection) -> pa.Table:
    """Laboratory rows that others took back or replaced; asked only where a laboratory value is another, since it follows every row."""
    if not _one(session, "select count(*) from touched where source_kind = 'lab' and len(was_keys) > 0", []):
        return session.execute(_NOTHING_REPLACED).to_arrow_table()
    with computed(con, "replaced_lab") as own:
        return own.execute(_REPLACED).to_arrow_table()


def _plates_of(folder: Path | None) -> pa.Table:
    """Verdicts and reviews of the plates that a release shows; none where its folder is gone. A release of before reviews has them pending."""
    path = None if folder is None else folder / "parquet" / "plate.parquet"
    if path is None or not path.is_file():
        return _PLATES.empty_table()
    known = set(pq.read_schema(path).names)
    found = pq.read_table(path, columns=[name for name in _PLATES.names if name in known])
    if "review_state" not in known:
        found = found.append_column("review_state", pa.repeat(pa.scalar("pending"), found.num_rows))
    return found.cast(_PLATES)


def _stored(rows: pa.Table, night_id: str, release: str, before: str) -> pa.Table:
    spec, count = TABLES["release_change_found"], rows.num_rows
    said = {"night_id": [night_id] * count, "position": list(range(1, count + 1))}
    names = {"release_before": [before] * count, "release_after": [release] * count}
    return spec.table(said | names | {name: rows.column(name) for name in rows.column_names})


def _table(session: Connection, name: str, query: str, values: Mapping[str, Any] | list[Any] | None = None) -> None:
    body = "\n".join(line for line in query.splitlines() if not line.startswith("--"))
    session.execute(f"create temp table {name} as {body}", values)


def _text(name: str) -> str:
    return (QUERIES / f"{name}.sql").read_text("utf-8")


def _one(con: Connection, query: str, values: list[Any]) -> Any:
    row = con.execute(query, values).fetchone()
    return row[0] if row else None
