"""The class of every column that people can ask for: of a stored one its frame says it, of a view the table that it hands on, or this page.

A column without a class fails the tests, and a release with one is not published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import duckdb

from pbis.core.frames.model import HASH, KEY, NUMBER, PRIVATE, SENTENCE, STUDY_DAY, TIME, WORD, surrogate
from warehouse.tables import TABLES
from warehouse.wide import KEYS, PATIENT

# Texts that a view makes, and those whose name stands in several tables with another class: by name, or by view and name.
OF_VIEWS: Mapping[str, str] = {
    **dict.fromkeys(("by_file_id", "earlier_run_id", "earlier_content", "twin_run_id", "likelier_run_id"), HASH),
    **dict.fromkeys(
        ("analyte_reported", "bead_regions", "by_file_name", "earlier_file_name", "il12_analyte", "il2_analyte"), KEY
    ),
    **dict.fromkeys(
        ("lymphocytes_key", "neutrophils_key", "name", "panels", "plate", "spellings", "wells", "was_night_id"), KEY
    ),
    **dict.fromkeys(
        ("by_status", "by_value_op", "claimed_by", "code", "dimension", "effect_1", "every_set", "excluded_because"),
        WORD,
    ),
    **dict.fromkeys(
        (
            "how",
            "lot_source",
            "part",
            "reason",
            "review_state",
            "regimens",
            "rules",
            "status",
            "was_group",
            "was_value_op",
            "window_state",
        ),
        WORD,
    ),
    **dict.fromkeys(("by_value_text", "was_value_text", "value_display"), NUMBER),
    **dict.fromkeys(("pbis_group", "was_pbis_group"), WORD),
    **dict.fromkeys(
        (
            "difference",
            "first_changed",
            "held_plates",
            "waiting_plates",
            "contradictory_plates",
            "message",
            "note",
            "source",
            "twins",
        ),
        SENTENCE,
    ),
    **dict.fromkeys(("specimen_id", "specimen_ids"), surrogate("specimen")),
    **dict.fromkeys(("control_lots", "kit_lots", "standard_lots"), surrogate("lot")),
    **dict.fromkeys(("unmapped_codes", "unmapped_statuses", "unmapped_units", "words"), surrogate("code")),
    **dict.fromkeys(("unit", "units"), surrogate("unit")),
    "kit": surrogate("protocol"),
    **dict.fromkeys(("materials", "left_out_materials"), surrogate("material")),
    "other_lines": surrogate("regimen"),
    "result_key": surrogate("order"),
    "sent_as": surrogate("unit"),
    "version": surrogate("version"),
    "decision.author": PRIVATE,
    "decision.reason": PRIVATE,
    "release.release": KEY,
    **dict.fromkeys(("dictionary.name", "dictionary.column_name"), KEY),
    **dict.fromkeys(("dictionary.class", "dictionary.meaning", "dictionary.type", "dictionary.unit"), WORD),
    "trend_baseline.version": HASH,
    "followed_plate.control_lot": SENTENCE,
    "lab_file.kind": WORD,
    "open_item.what": SENTENCE,
    "release_change.what": WORD,
}
_OF_TYPES = {
    "DOUBLE": NUMBER,
    "BIGINT": NUMBER,
    "INTEGER": NUMBER,
    "HUGEINT": NUMBER,
    "UBIGINT": NUMBER,
    "DECIMAL": NUMBER,
    "BOOLEAN": WORD,
    "TIMESTAMP": TIME,
    "DATE": TIME,
}
_WIDE = "result_wide"


def class_of(schema: str, name: str, column: str, data_type: str) -> str:
    """The class of a column of a table or view, of a surrogate with its kind; empty where nothing says it."""
    if schema == "store":
        found = next((c for c in TABLES[name].columns if c.name == column), None) if name in TABLES else None
        return "" if found is None else found.holds or found.declared_class
    if name == _WIDE and column not in (*KEYS, *PATIENT):
        return NUMBER  # an analyte's, or the same with < or > before it
    own = OF_VIEWS.get(f"{name}.{column}") or OF_VIEWS.get(column)
    inherited = _BY_NAME.get(column, frozenset())
    if own is None and len(inherited) == 1:
        (own,) = inherited
    of_type = _OF_TYPES.get(data_type.removesuffix("[]").partition("(")[0])
    if of_type:
        return STUDY_DAY if STUDY_DAY in inherited else of_type
    return own or ""


def unclassed(con: duckdb.DuckDBPyConnection) -> list[str]:
    """Columns of tables and views that nothing gives a class, by full name."""
    rows = con.execute(
        "select schema_name, table_name, column_name, data_type from duckdb_columns() where schema_name in ('main', 'internal', 'store')"
        " and not internal and database_name = current_database() order by all"
    ).fetchall()
    return [
        f"{schema}.{name}.{column}" for schema, name, column, kind in rows if not class_of(schema, name, column, kind)
    ]


def _by_name() -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for spec in TABLES.values():
        for column in spec.columns:
            found[column.name].add(column.holds or column.declared_class)
    return {name: frozenset(classes) for name, classes in found.items()}


_BY_NAME = _by_name()
