"""The wide view of a release: a row per specimen and plate, two columns an analyte, as many as its plates measure."""

from __future__ import annotations

import duckdb

from warehouse.ddl import literal, quoted

KEYS = ("specimen_id", "plate", "plate_number", "run_id", "assay_id")


def create_wide(con: duckdb.DuckDBPyConnection) -> bool:
    """Create view result_wide of specimen_result; whether there was one with these columns already. A table would be written anew each night,
    all of it.

    `IL-2` is the number, null where the specimen is not quantified; `IL-2 reported` is the text, `<3.2` included.
    """
    analytes = con.execute("select distinct analyte from specimen_result order by analyte").fetchall()
    names = column_names([name for (name,) in analytes])
    known = con.execute(
        "select column_name from duckdb_columns() where table_name = 'result_wide' order by column_index"
    ).fetchall()
    if [name for (name,) in known] == [
        *KEYS,
        *(each for name in names.values() for each in (name, f"{name} reported")),
    ]:
        return True
    values = [column for analyte, name in names.items() for column in _columns(analyte, name)]
    chosen = ",\n    ".join([*KEYS, *values])
    keys = ", ".join(KEYS)
    con.execute(
        f"create or replace view result_wide as\nselect\n    {chosen}\nfrom specimen_result\ngroup by {keys}\norder by {keys}"
    )
    _comment(con, names)
    return False


def column_names(analytes: list[str]) -> dict[str, str]:
    """Analyte -> column. SQL does not tell names apart by case, and a kit may: the later one gets a number."""
    taken = {key.casefold() for key in KEYS}
    names: dict[str, str] = {}
    for analyte in analytes:
        name, count = analyte, 1
        while {name.casefold(), f"{name} reported".casefold()} & taken:
            count += 1
            name = f"{analyte} ({count})"
        names[analyte] = name
        taken |= {name.casefold(), f"{name} reported".casefold()}
    return names


def _columns(analyte: str, name: str) -> tuple[str, str]:
    chosen = f"filter (analyte = {literal(analyte)}"
    number = f"max(value) {chosen} and value_op = '=') as {quoted(name)}"
    text = f"max(ltrim(value_op, '=') || value::varchar) {chosen}) as {quoted(f'{name} reported')}"
    return number, text


def _comment(con: duckdb.DuckDBPyConnection, names: dict[str, str]) -> None:
    statements = ["comment on view result_wide is 'one row per specimen x plate, two columns an analyte'"]
    words = dict(
        con.execute("select column_name, comment from duckdb_columns() where table_name = 'specimen_result'").fetchall()
    )
    statements += [f"comment on column result_wide.{key} is {literal(words[key])}" for key in KEYS]
    for analyte, name in names.items():
        number = f"concentration of {analyte}, dilution applied; null where not quantified"
        statements.append(f"comment on column result_wide.{quoted(name)} is {literal(number)}")
        text = f"{analyte} as number, or as < or > with its bound"
        statements.append(f"comment on column result_wide.{quoted(f'{name} reported')} is {literal(text)}")
    con.execute(";\n".join(statements))
