"""What a release shows of each stored column: as it is, not at all, in other words, or moved in time.

Releases carry study ids, study days instead of dates, no free text, and no names of people or of their files. The class of a column stands
in its frame (pbis/core/frames); what of a cell is closed, and stays, in warehouse/closed_cells.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import duckdb

from pbis.core.frames.model import PRIVATE, STUDY_DAY
from warehouse.ddl import SQL_TYPE, literal, quoted
from warehouse.explain import QUERIES
from warehouse.tables import SAID, TABLES

Replaced = Mapping[tuple[str, str], str]  # table and column -> its kind in closed_cell

# A table may hold the export's own words whole, operator included; columns name people and machines; audit lines are signed;
# what a person wrote about a decision is free text, of which the cause, from a closed list, is published.
WITHHELD_TABLES = frozenset({"run_header"})
# Private columns that a view hands on: they stand in a release, empty. What an audit line says stays in the working file, its time does not.
SHOWN_WHERE: Mapping[str, Mapping[str, str]] = {
    "run_event": {"status": "stored.kind = 'warning'", "message": "stored.kind = 'warning'"},
    "decision": {"author": "false", "reason": "false", "told": "false"},
    "lab_unmapped": {"why": "false"},
    "open_item_found": {"command": "false"},
}
WITHHELD_COLUMNS: Mapping[str, frozenset[str]] = {
    table: frozenset(
        c.name for c in spec.columns if c.declared_class == PRIVATE and c.name not in SHOWN_WHERE.get(table, ())
    )
    for table, spec in TABLES.items()
    if table not in WITHHELD_TABLES
}
# Files of the laboratory are published by their names, by which it knows its plates. Those about patients are named by people who
# have a patient in mind, so a release calls them by kind and hash, which is what their archived copy is called.
OF_THE_LABORATORY = ("plates", "layouts", "lot_sheets")
_WHO_AND_WHY = r"(excluded|kept) by .* on \d{4}-\d\d-\d\d \d\d:\d\d(?:[+-]\d\d:\d\d)? \(([a-z_]+): .*\)$"
_KEY = "regexp_replace(stored.object_key, '^[a-z_]+/', '')"
_IS_CLOSED_KEY = "stored.object_kind not in ('file', 'specimen', 'layout') or regexp_matches(stored.object_key, '^(plates|layouts|lot_sheets)/')"
_CALLED_KEY = f"(stored.object_kind || '-' || left(sha256({_KEY}), 12))"
_CODE = "'code-' || left(sha256(left(stored.code, 60)), 12)"
SHOWN_AS: dict[str, Mapping[str, str]] = {
    "treatment": {
        "age": "case when stored.age > 89 then 90 else stored.age end"
    },  # rule 8 of the joins: more than 89 is 90
    "clinical_file": {
        "name": "case when {ours} then stored.name else stored.kind || '-' || left(stored.file_id, 12) end"
    },
    "refusal": {
        "name": "case when {ours} then stored.name else {called} end",
        "message": "case when {ours} then stored.message else replace(stored.message, stored.name, {called}) end",
    },
    # A note about a file of patients may name another such file beside it.
    "night_note": {
        "name": "case when {ours} then stored.name else {called} end",
        "message": "case when {ours} then stored.message end",
    },
    # Keys are names of plates, subjects and sets; files about patients, and tubes that the specimen table may not know, are called by hash.
    "open_item_found": {
        "object_key": f"case when {_IS_CLOSED_KEY} then stored.object_key else {_CALLED_KEY} end",
        "what": f"case when {_IS_CLOSED_KEY} then stored.what else replace(replace(stored.what, '''' || {_KEY} || '''', {_CALLED_KEY}), {_KEY}, {_CALLED_KEY}) end",
    },
    # A code that nobody mapped may hold anything, also a name: it is called by kind and hash, and the sentence quotes none.
    "lab_unmapped": {
        "sent": "case when stored.sent = '' then stored.sent else stored.kind || '-' || left(sha256(stored.sent), 12) end"
    },
    "clinical_lab": {
        "code": f"case when stored.analyte is null and stored.code is not null then {_CODE} else stored.code end",
        "detail": "case when stored.analyte is null and stored.reason = 'assay_mismatch' then"
        f" regexp_replace(regexp_replace(stored.detail, '^(the codes contradict each other):.*$', '\\1'),"
        f" '^(''.*''|\".*\") is ', {_CODE} || ' is ') else stored.detail end",
    },
    "finding": {
        "message": "case when stored.decision_id is null then stored.message else regexp_replace(stored.message, {who}, '\\1 (\\2)') end",
        "source": "case when stored.rule = 'decision' then regexp_replace(stored.source, ' of .*$', '') else stored.source end",
    },
    "trend_finding": {
        "message": "case when stored.decision_id is null then stored.message else regexp_replace(stored.message, {who}, '\\1 (\\2)') end",
    },
}
# A sentence goes on after the words of a person, whose end nothing marks; all of it after the cause stays in the laboratory.
_IN_A_SENTENCE = r"(excluded|kept) by .*? on \d{4}-\d\d-\d\d \d\d:\d\d(?:[+-]\d\d:\d\d)? \(([a-z_]+): .*$"
_SENTENCE = {"sentence": "regexp_replace(stored.sentence, {inside}, '\\1 (\\2).')"}
SHOWN_AS |= dict.fromkeys(
    ("analyte_verdict", "plate_verdict", "trend_analyte_verdict", "trend_plate_verdict"), _SENTENCE
)
SHOWN_AS |= {f"{name}_said": SHOWN_AS[name] for name in SAID if name in SHOWN_AS}
DAY_ZERO = date(1900, 1, 1)
# Dates of patients. Whole days are added, so that every rule about days and hours gives what it gave.
MOVED: Mapping[str, frozenset[str]] = {
    table: days
    for table, spec in TABLES.items()
    if (days := frozenset(column.name for column in spec.columns if column.declared_class == STUDY_DAY))
}
# A deletion names no patient; its times move with those of the result that it names, since they say which came first.
OWNER: Mapping[str, str] = {
    "clinical_lab": "(select fhir_id, min(subject_id) as subject_id from store.clinical_lab"
    " where fhir_id is not null and subject_id is not null group by fhir_id)",
}
_MOVED_WORDS = f"; dates are study days here: the first dose is on {DAY_ZERO}"


def released_columns(table: str) -> list[str]:
    """Columns of a stored table that may be published, in their order; none of a withheld table."""
    if table in WITHHELD_TABLES:
        return []
    return [c.name for c in TABLES[table].columns if c.name not in WITHHELD_COLUMNS.get(table, frozenset())]


def create_day_shift(con: duckdb.DuckDBPyConnection) -> None:
    """Temporary table day_shift (subject_id, days) of this connection."""
    text = (QUERIES / "day_shift.sql").read_text("utf-8").replace("$day_zero", f"date '{DAY_ZERO}'")
    con.execute(f"create or replace temporary table day_shift as {text}")


def released_rows(table: str, replaced: Replaced, wanted: str = "") -> str:
    """SELECT of a stored table as a release holds it, rows in the order in which they were stored; needs day_shift and closed_cell.
    wanted: a condition on the rows of `stored`; all of them without one."""
    names = released_columns(table)
    closed = [name for name in names if (table, name) in replaced]
    columns = ", ".join(_shown(table, name, is_closed=name in closed) for name in names)
    joined = "".join(_closing(table, name, replaced) for name in closed) + (_shift(table) if table in MOVED else "")
    where = f" where {wanted}" if wanted else ""
    return f"select {columns} from store.{table} as stored{joined}{where}" + (
        " order by stored.rowid" if joined else ""
    )


def _shift(table: str) -> str:
    subject, owner = "stored.subject_id", ""
    if table in OWNER:
        owner = f" left join {OWNER[table]} as owner on stored.subject_id is null and owner.fhir_id = stored.fhir_id"
        subject = "coalesce(stored.subject_id, owner.subject_id)"
    return f"{owner} left join day_shift on day_shift.subject_id = {subject}"


def _closing(table: str, column: str, replaced: Replaced) -> str:
    alias = quoted(f"closed {column}")
    kind = literal(replaced[table, column])
    return f" left join closed_cell as {alias} on {alias}.kind = {kind} and {alias}.word = {expression(table, column)}"


def say_moved(con: duckdb.DuckDBPyConnection) -> None:
    """Add to the comment of every column that carries a moved date what its dates mean, where it does not say so already."""
    names = sorted(frozenset().union(*MOVED.values()) - {"started_at"})
    found = con.execute(
        "select schema_name, table_name, column_name, coalesce(comment, '') from duckdb_columns()"
        " where schema_name in ('internal', 'v1', 'store') and not internal"
        " and (list_contains($1, column_name) or column_name in ('anchor_at', 'by_collected_at')"
        " or (table_name in ('treatment', 'subject_start') and column_name in ('started_at', 'started_on')))"
        " order by all",
        [names],
    ).fetchall()
    for schema, table, column, comment in found:
        if comment.endswith(_MOVED_WORDS):
            continue
        words = literal(comment + _MOVED_WORDS)
        con.execute(f"comment on column {quoted(schema)}.{quoted(table)}.{quoted(column)} is {words}")


def _shown(table: str, column: str, *, is_closed: bool) -> str:
    """The column as it is published."""
    shown = expression(table, column)
    if is_closed:
        shown = f"coalesce({quoted(f'closed {column}')}.shown, {shown})"
    return f"{shown} as {quoted(column)}"


def expression(table: str, column: str) -> str:
    """What is published of a column of `stored`, before what is not closed in it is replaced; of a moved date with day_shift."""
    own = f"stored.{quoted(column)}"
    if column in MOVED.get(table, frozenset()):
        kind = next(SQL_TYPE[c.type] for c in TABLES[table].columns if c.name == column)
        return f"({own} + to_days(day_shift.days))::{kind}"
    rule, form = (rules.get(table, {}).get(column) for rules in (SHOWN_WHERE, SHOWN_AS))
    shown = own if rule is None else f"case when {rule} then {own} end"
    if form is None:
        return shown
    kinds = ", ".join(literal(kind) for kind in OF_THE_LABORATORY)
    called = "stored.kind || '-' || coalesce(left(stored.sha256, 12), 'unread')"
    return form.format(
        ours=f"stored.kind in ({kinds})", called=called, who=literal(_WHO_AND_WHY), inside=literal(_IN_A_SENTENCE)
    )
