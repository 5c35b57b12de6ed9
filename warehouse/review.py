"""Review of plates in the store: what their results are called by, which state they are in, and the signatures that a release shows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from warehouse.among import is_among, rows_of
from warehouse.append import Connection, append, append_rows, next_sequence
from warehouse.connect import transaction
from warehouse.explain import QUERIES
from warehouse.tables import TABLES

Row = dict[str, Any]
_UNNAMED = """
    select distinct assay_id from current_assay
    semi join store.plate_verdict as plate using (assay_id)
    anti join store.plate_hash as known using (assay_id)
    order by assay_id
"""
_UNJUDGED = """
    select distinct judgement_id from trend_judgement
    anti join store.trend_hash as known using (judgement_id)
    order by judgement_id
"""
_STATES = """
    select review.*, basis.plate_content, coalesce(earlier.names, []) as earlier
    from plate_review as review
    join plate_basis as basis using (run_id, plate_number)
    left join (
        select run_id, list(distinct name order by name) as names
        from (select run_id, unnest([earlier_content, earlier_run_id]) as name from earlier_export where has_other_readings)
        group by run_id
    ) as earlier using (run_id)
    order by review.run_id, review.plate_number
"""


def hash_plates(con: Connection, night_id: str, at_once: int) -> int:
    """Keep what the results, verdicts and limits of every plate are called by that counts today and has no such name yet, by its own rules and with
    what trends find; how many names. at_once: assays that are looked at together."""
    count = 0
    # in this order: with what trends find a plate is called by its own name
    for table, asked, names_of in (("plate_hash", _UNNAMED, hashes_of), ("trend_hash", _UNJUDGED, trend_hashes_of)):
        keys = [key for (key,) in con.execute(asked).fetchall()]
        for first in range(0, len(keys), at_once):
            count += _keep(con, table, night_id, names_of(con, keys[first : first + at_once]))
    return count


def _keep(con: Connection, table: str, night_id: str, found: pa.Table) -> int:
    rows = {name: found.column(name) for name in found.column_names} | {"night_id": [night_id] * found.num_rows}
    with transaction(con):
        return append(con, table, TABLES[table].table(rows))


def hashes_of(con: Connection, assays: Sequence[str]) -> pa.Table:
    """What the results, verdicts and limits of the plates of these assays are called by, computed of what is stored."""
    body = (QUERIES / "plate_hash.sql").read_text("utf-8").replace("assay_id in $assays", is_among("assay_id", assays))
    for table in ("result", "reading_state"):  # by far the largest
        body = body.replace(f"$rows_of_{table}", rows_of(con, table, "assay_id", assays))
    return con.execute(body, [list(assays)]).to_arrow_table()


def trend_hashes_of(con: Connection, judgements: Sequence[str]) -> pa.Table:
    """The same of the plates that are judged with what trends find, computed of their stored names and verdicts: judgement_id, assay_id, plate_number,
    result_hash, held_hash."""
    asked = is_among("judgement_id", judgements)
    body = (QUERIES / "trend_hash.sql").read_text("utf-8").replace("judgement_id in $judgements", asked)
    readings = rows_of(con, "trend_reading_state", "judgement_id", judgements)
    return con.execute(body.replace("$rows_of_readings", readings), [list(judgements)]).to_arrow_table()


def of_a_held(result_hash: str) -> str:
    """What a plate that is held is called by, where trends find nothing on it: as the view plate_basis says it."""
    return hashlib.sha256(f"{result_hash}\nheld".encode()).hexdigest()


def judgements_of(con: Connection, assays: Sequence[str]) -> list[str]:
    """Every judgement by trends of these assays, also one that no longer stands."""
    asked = (
        f"select distinct judgement_id from store.trend_plate_verdict where {is_among('assay_id', assays)} order by all"
    )
    return [name for (name,) in con.execute(asked, [list(assays)]).fetchall()]


def plate_reviews(con: Connection) -> list[Row]:
    """Rows of the view plate_review, each with what decisions call the plate, and called exports with other readings that it replaced (`earlier`)."""
    return list(con.execute(_STATES).to_arrow_table().to_pylist())


def has_reviews(con: Connection) -> bool:
    """Whether anybody has decided about a plate as a whole, or an earlier night kept a state."""
    query = "select exists (from store.decision where kind in ('accept', 'reject', 'repeat', 'sign')) or exists (from store.plate_review)"
    row = con.execute(query).fetchone()
    return bool(row and row[0])


def load_reviews(con: Connection, night_id: str, states: Sequence[Row], signatures: Sequence[Row]) -> None:
    """Append states of plates that are others than the stored ones, and signatures that are not stored yet; one that is told of several
    plates, which is so of twins, is stored with the first."""
    known = {sequence for (sequence,) in con.execute("select sequence from store.plate_signature").fetchall()}
    first = next_sequence(con, "plate_review")
    with transaction(con):
        told = [row | {"sequence": first + place, "night_id": night_id} for place, row in enumerate(states)]
        append_rows(con, "plate_review", told)
        new = {
            row["sequence"]: row | {"night_id": night_id}
            for row in reversed(signatures)
            if row["sequence"] not in known
        }
        append_rows(con, "plate_signature", [new[sequence] for sequence in sorted(new)])


def known_results(con: Connection) -> list[Row]:
    """What the results of each plate were ever called by: run_id, plate_content, plate_number, plate, result_hash."""
    query = (
        "select assay.run_id, coalesce(run.content_hash, run.run_id) as plate_content, known.plate_number,"
        " coalesce(nullif(run.batch, ''), left(run.run_id, 12)) as plate, known.result_hash from store.plate_hash as known"
        " join store.assay as assay using (assay_id) join store.run as run on run.run_id = assay.run_id order by all"
    )
    return list(con.execute(query).to_arrow_table().to_pylist())


def stored_signatures(con: Connection) -> dict[int, Row]:
    """Rows of store.plate_signature by the number of the decision."""
    return {row["sequence"]: row for row in con.execute("from store.plate_signature").to_arrow_table().to_pylist()}


def stale_signatures(con: Connection) -> list[Row]:
    """Signatures that stand and are not for what their plate's results, and the decision about it, are now."""
    query = "select sequence, plate from signature where is_standing and not is_current order by sequence"
    return list(con.execute(query).to_arrow_table().to_pylist())
