"""How does a table fit the terminal at hand: columns aligned, the least useful left out and named, remarks below their row."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence

import click

_GAP, _INDENT = "  ", "    "
_COLOURS = {"fail": "red", "warn": "yellow"}


def fitted(
    rows: Sequence[Mapping[str, str]], width: int, *, remark: str, dispensable: Sequence[str]
) -> tuple[list[str], list[str]]:
    """(lines, names of the columns left out). Columns leave in the order of `dispensable` until a line fits the width.

    remark: the column that stands at the end of its row, or indented below it where some remark does not fit there.
    """
    names = [name for name in rows[0] if name != remark] if rows else []
    left_out: list[str] = []
    for name in dispensable:
        if _width(rows, names) <= width:
            break
        if name in names:
            names.remove(name)
            left_out.append(name)
    beside = _width(rows, [*names, remark]) <= width
    heads = [*names, remark] if beside else names
    lines = [click.style(_line({name: name for name in heads}, heads, rows), bold=True)]
    for row in rows:
        lines.append(_coloured(_line(row, heads, rows), row))
        if row[remark] and not beside:
            lines += textwrap.wrap(row[remark], max(width, 20), initial_indent=_INDENT, subsequent_indent=_INDENT)
    return lines, left_out


def _width(rows: Sequence[Mapping[str, str]], names: Sequence[str]) -> int:
    return sum(_column(rows, name) for name in names) + len(_GAP) * (len(names) - 1)


def _column(rows: Sequence[Mapping[str, str]], name: str) -> int:
    return max(len(name), *(len(row[name]) for row in rows)) if rows else len(name)


def _line(row: Mapping[str, str], names: Sequence[str], rows: Sequence[Mapping[str, str]]) -> str:
    return _GAP.join(row[name].ljust(_column(rows, name)) for name in names).rstrip()


def _coloured(line: str, row: Mapping[str, str]) -> str:
    colour = _COLOURS.get(row.get("status", ""))
    return click.style(line, fg=colour) if colour else line
