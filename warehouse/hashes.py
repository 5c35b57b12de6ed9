"""Hashes of what the warehouse holds: two engines, or a night run again, are equal where these are."""

from __future__ import annotations

import duckdb

from warehouse.ddl import literal, quoted
from warehouse.tables import SAID, TABLES

# When and in which order rows came, and where bytes lie, is no result; which wording a suite had is told by the sentences themselves.
INCIDENTAL = frozenset(
    {"night_id", "sequence", "loaded_at", "assayed_at", "imported_at", "refused_at", "archived_path", "wording_hash"}
)
# Open items hang on what was refused and on the day, notes on what was there already, changes between releases on what came in which
# night: none is a result.
BOOKKEEPING = frozenset(
    {"saying", "night", "night_end", "refusal", "warehouse_migration", "setting", "trend_check"}
    | {"night_note", "open_check", "open_item_found", "release_made", "release_change_found", "plate_review"}
)
OF_THE_LATEST_NIGHT = frozenset(
    {
        "score",
        "score_component",
        "score_input",
        "trend_finding",
        "trend_baseline",
        "trend_judged",
        "trend_judgement",
        "trend_hash",
        "trend_analyte_verdict",
        "trend_plate_verdict",
        "trend_reading_state",
        "visit_input",
        "visit_score",
    }
)


# Tables of which no column tells of a clock, of an order or of a night: their parts are the same, byte for byte, whenever they are made.
TABLES_OF_RESULTS = frozenset(
    name for name, spec in TABLES.items() if not INCIDENTAL & set(spec.names) and name not in BOOKKEEPING
)


def result_hashes(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Table -> sha256 over its rows in an order of their own; scores and trends of the latest night, sentences in the words that
    are said today, everything else as stored.

    assay_selection, import_selection and plate_review count as what stands, not as how often it was chosen.
    """
    tables = [name for name in TABLES if name not in BOOKKEEPING and not name.endswith(("_selection", "_said"))]
    hashes = {name: _hash(con, _source(name), _columns(name)) for name in tables}
    reviewed = [
        "run_id",
        "plate_number",
        "review_state",
        "exclusion_count",
        "signed",
        "accepted_hash",
        "accepted_version",
    ]
    hashes["plate_review"] = _hash(con, "plate_review", reviewed)
    hashes["current_assay"] = _hash(con, "current_assay", ["run_id", "assay_id"])
    hashes["current_import"] = _hash(con, "current_import", ["file_id", "import_id"])
    return hashes


def changes_hashes(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """Release -> sha256 over what it changed and why; empty for a database of an earlier build, which kept none."""
    known = con.execute("select 1 from duckdb_views() where view_name = 'release_change'").fetchone()
    if known is None:
        return {}
    names = ["subject_id", "run_id", "plate_number", "what", "before", "after", "cause_kind", "cause_key"]
    releases = con.execute("select distinct release_after from release_change order by 1").fetchall()
    return {
        name: _hash(con, f"(from release_change where release_after = {literal(name)})", names) for (name,) in releases
    }


def _source(name: str) -> str:
    return name if name in OF_THE_LATEST_NIGHT else f"{name}_standing" if name in SAID else f"store.{name}"


def _columns(name: str) -> list[str]:
    return [c.name for c in TABLES[name].columns if c.name not in INCIDENTAL]


def _hash(con: duckdb.DuckDBPyConnection, source: str, columns: list[str]) -> str:
    """Each row becomes the sha256 of its values as text, a null told from any text; the sorted hashes are hashed."""
    values = ", ".join(f"coalesce({quoted(name)}::varchar, chr(30))" for name in columns)
    row = con.execute(
        f"with hashed as (select sha256(concat_ws(chr(31), {values})) as h from {source}) "
        "select sha256(coalesce(string_agg(h, '' order by h), '')) from hashed"
    ).fetchone()
    return str(row[0]) if row else ""
