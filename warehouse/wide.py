"""The wide view of a release: a row per specimen and plate, two columns an analyte, as many as its plates measure."""

from __future__ import annotations

import re
from collections.abc import Callable

import duckdb

from warehouse.ddl import literal, quoted
from warehouse.explain import QUERIES

WIDE = "result_wide"
KEYS = ("specimen_id", "plate", "plate_number", "run_id", "assay_id")
PATIENT = ("subject_id", "cohort", "study_day")
_SUFFIX = "_display"


def create_wide(con: duckdb.DuckDBPyConnection) -> bool:
    """Create views main.result_wide, of main.specimen_result, and v1.result_wide, as it was named before; whether they were there with
    these columns already. A table would be written anew each night, all of it.

    il_2 is the number, null where the specimen is not quantified; il_2_display is as people read it, `<3.2` included.
    """
    analytes = [name for (name,) in con.execute((QUERIES / "wide_analyte.sql").read_text("utf-8")).fetchall()]
    names = column_names(analytes)
    known = "select column_name from duckdb_columns() where schema_name = 'main' and table_name = 'result_wide' order by column_index"
    wanted = [*PATIENT, *KEYS, *(each for name in names.values() for each in (name, name + _SUFFIX))]
    if [name for (name,) in con.execute(known).fetchall()] == wanted:
        return True
    keys = ", ".join([*PATIENT, *KEYS])
    values = [column for analyte, name in names.items() for column in _columns(analyte, name)]
    chosen = ",\n    ".join([*PATIENT, *KEYS, *values])
    con.execute(
        f"create or replace view main.result_wide as\nselect\n    {chosen}\nfrom main.specimen_result\ngroup by {keys}\n"
        f"order by {', '.join(KEYS)}"
    )
    _comment(con, names)
    _create_former(con, analytes)
    return False


def column_names(analytes: list[str]) -> dict[str, str]:
    """Analyte -> column: its name in small letters, figures and _. Two that are one in this way, or a key's, get a number."""
    return _named(analytes, _snake, "{}_{}", _SUFFIX)


def _snake(analyte: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", analyte.casefold()).strip("_")
    return plain if plain and not plain[0].isdigit() else f"analyte_{plain}".strip("_")


def _named(analytes: list[str], spelled: Callable[[str], str], again: str, suffix: str) -> dict[str, str]:
    """Analyte -> a column that no other has, whatever the case, nor with the suffix. again: how a number is added to a name."""
    taken = {*KEYS, *PATIENT}
    names: dict[str, str] = {}
    for analyte in analytes:
        name, count = spelled(analyte), 1
        while {name.casefold(), f"{name}{suffix}".casefold()} & taken:
            count += 1
            name = again.format(spelled(analyte), count)
        names[analyte] = name
        taken |= {name.casefold(), f"{name}{suffix}".casefold()}
    return names


def _columns(analyte: str, name: str) -> tuple[str, str]:
    chosen = f"filter (analyte = {literal(analyte)}"
    number = f"max(value) {chosen} and value_op = '=') as {quoted(name)}"
    return number, f"max(value_display) {chosen}) as {quoted(name + _SUFFIX)}"


def _comment(con: duckdb.DuckDBPyConnection, names: dict[str, str]) -> None:
    statements = ["comment on view main.result_wide is 'one row per specimen x plate, two columns an analyte'"]
    words = dict(
        con.execute(
            "select column_name, comment from duckdb_columns() where schema_name = 'main' and table_name = 'specimen_result'"
        ).fetchall()
    )
    statements += [f"comment on column main.result_wide.{key} is {literal(words[key])}" for key in (*PATIENT, *KEYS)]
    for analyte, name in names.items():
        number = f"concentration of {analyte}, dilution applied; null where not quantified"
        statements.append(f"comment on column main.result_wide.{quoted(name)} is {literal(number)}")
        text = f"{analyte} as people read it: < or > before a bound, four significant digits"
        statements.append(f"comment on column main.result_wide.{quoted(name + _SUFFIX)} is {literal(text)}")
    con.execute(";\n".join(statements))


def _create_former(con: duckdb.DuckDBPyConnection, analytes: list[str]) -> None:
    """The view under the names of the version before, one column after the other."""
    keys = ", ".join(KEYS)
    values = []
    for analyte, name in _named(analytes, str, "{} ({})", " reported").items():
        chosen = f"filter (analyte = {literal(analyte)}"
        values.append(f"max(value) {chosen} and value_op = '=') as {quoted(name)}")
        values.append(f"max(ltrim(value_op, '=') || value::varchar) {chosen}) as {quoted(f'{name} reported')}")
    con.execute(
        f"create or replace view v1.result_wide as select {', '.join([keys, *values])} from internal.specimen_result"
        f" group by {keys} order by {keys}"
    )
