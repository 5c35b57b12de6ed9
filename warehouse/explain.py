"""Why is this score so? One subject, walked back along the keys: score, components, inputs, wells, curves, findings, labs."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from pbis.core.errors import UsageError
from pbis.core.words import nearest
from warehouse.lake_reader import ReleaseInLake, while_there
from warehouse.query import open_published, own_questions

QUERIES = Path(__file__).parent / "queries"


def explain(con: duckdb.DuckDBPyConnection, subject_id: str) -> dict[str, pa.Table]:
    """Name of the step -> its rows, in the order of the walk: subject, score, component, input, reading, curve, finding,
    lab, taken_back, visit, version. UsageError where no treated subject has that id."""
    if not con.execute("select 1 from subject_start where subject_id = $1", [subject_id]).fetchone():
        known = [name for (name,) in con.execute("select subject_id from subject_start order by all").fetchall()]
        raise UsageError(
            f"no treated subject {subject_id!r} is known{nearest(subject_id, known)}; "
            "`select distinct subject_id from score` lists them"
        )
    return {name: con.execute(text, {"subject": subject_id}).to_arrow_table() for name, text in steps().items()}


def explain_published(path: Path | ReleaseInLake, subject_id: str) -> dict[str, pa.Table]:
    """The same from a release."""
    con = open_published(path)
    try:
        with own_questions(con), while_there(path):
            return explain(con, subject_id)
    finally:
        con.close()


def steps() -> dict[str, str]:
    """Name -> SQL of queries/explain_<n>_<name>.sql, in order."""
    return {path.stem.split("_", 2)[2]: path.read_text("utf-8") for path in sorted(QUERIES.glob("explain_*.sql"))}
