"""The dictionary of a release for people who have no database at hand: one page without anything fetched, and one table."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import Any

import duckdb

from pbis.files.table_out import csv_lines
from warehouse.start_here import RELATIONS, START, drawing

COLUMNS = ("name", "column_name", "type", "class", "unit", "meaning")
_ROWS = 'select name, column_name, "type", "class", unit, meaning from main.dictionary'
_GRAINS = """
    select case schema_name when 'main' then '' else schema_name || '.' end || name, comment from (
        select schema_name, table_name as name, comment from duckdb_tables() where not internal and database_name = current_database()
        union all
        select schema_name, view_name, comment from duckdb_views() where not internal and database_name = current_database()
    )
"""
_STYLE = (
    "body{font-family:sans-serif;max-width:64em;margin:2em auto;padding:0 1em}"
    "td,th{text-align:left;vertical-align:top;padding:.1em .8em .1em 0}"
)


def grains(con: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    """Table or view, with its schema where that is not main, to what a row of it is."""
    return dict(con.execute(_GRAINS).fetchall())


def dictionary_csv(con: duckdb.DuckDBPyConnection) -> str:
    """The table dictionary of a release, as it stands, with a head."""
    rows = con.execute(_ROWS).fetchall()
    return csv_lines([COLUMNS]) + csv_lines([[cell or "" for cell in row] for row in rows])


def dictionary_html(con: duckdb.DuckDBPyConnection) -> str:
    """A page: the six views to begin with, the picture of the relations, and every view and table with grain, columns and units. It names no
    release, since those with the same columns share it."""
    title = "Dictionary of a release"
    grain_of = grains(con)
    found = [(name, list(rows)) for name, rows in groupby(con.execute(_ROWS).fetchall(), lambda row: row[0])]
    first = sorted(found, key=lambda each: list(START).index(each[0]) if each[0] in START else len(START))
    sections = "".join(_section(name, grain_of.get(name) or "", rows) for name, rows in first)
    begin = _table(
        ("view", "question"), [(f"<a href='#{view}'>{view}</a>", escape(words)) for view, words in START.items()]
    )
    joins = _table(
        ("one row of", "has rows of", "where these are equal"),
        [(each.one, each.many, escape(each.said)) for each in RELATIONS],
    )
    return (
        f"<!doctype html>\n<html lang='en'><head><meta charset='utf-8'><title>{title}</title>\n<style>{_STYLE}</style></head>\n"
        f"<body><h1>{title}</h1>\n<h2>Start with these six</h2>\n{begin}<h2>How they hang together</h2>\n{drawing()}\n{joins}"
        "<p>Schema v1 has every view as it was in the version before; it goes with the next version.</p>\n"
        f"{sections}</body></html>\n"
    )


def _section(name: str, grain: str, rows: list[tuple[Any, ...]]) -> str:
    cells = [tuple(escape(cell or "") for cell in row[1:]) for row in rows]
    return f"<h2 id='{escape(name)}'>{escape(name)}</h2>\n<p>{escape(grain)}</p>\n" + _table(
        ("column", "type", "class", "unit", "meaning"), cells
    )


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """Cells are HTML already."""
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return "<table><tr>" + "".join(f"<th>{each}</th>" for each in head) + f"</tr>\n{lines}</table>\n"
