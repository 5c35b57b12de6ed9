"""Doubts planted into exports of one simulated plate in every dialect: one cell of one block changed, as laboratories do it."""

from __future__ import annotations

import csv
import io
import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pbis.simulate import EUROPEAN, MAGPIX, UNICODE, Dialect, example_plate, render_plate
from pbis.simulate.bioplex import bioplex_sheets
from pbis.simulate.instrument import derive
from pbis.simulate.intelliflex import render_flat
from pbis.simulate.render import export_rows
from pbis.simulate.resaved import render_is
from pbis.simulate.xlsx import workbook

PLATE = example_plate(11, samples=14, dilution=2.0)
DERIVED = derive(PLATE)
BLOCKS = ("Net MFI", "Count", "Result", "Range", "Comments", "Dilution Factor")
BROKEN = ("####", "#REF!", "n.d.", "lost", "1e999", "#DIV/0!")
NO_FACTOR = ("NaN", "", "0", "-2", "#REF!", "two", "N/A")
Rows = list[list[str]]


@dataclass(frozen=True)
class Form:
    """write: the export's rows -> its bytes; kinds: doubts that it can hold."""

    rows: Callable[[], Rows]
    write: Callable[[Rows], bytes]
    kinds: tuple[str, ...] = ("label", "dilution", "events", "cell")


def _delimited(data: bytes, delimiter: str, encoding: str) -> Form:
    def write(rows: Rows) -> bytes:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
        return out.getvalue().encode(encoding)

    text = data.decode(encoding)
    return Form(lambda: list(csv.reader(io.StringIO(text), delimiter=delimiter)), write)


def _in_dialect(dialect: Dialect) -> Form:
    return _delimited(render_plate(PLATE, dialect, DERIVED), dialect.delimiter, dialect.encoding)


def _flat() -> Form:
    form = _delimited(render_flat(PLATE, derived=DERIVED), ",", "utf-8-sig")
    return Form(form.rows, form.write, ("dilution", "cell"))


def _workbook() -> Form:
    rows = export_rows(PLATE, Dialect(), DERIVED)
    return Form(lambda: [list(row) for row in rows], lambda edited: workbook([("Export", edited)]))


def _bioplex() -> Form:
    """All sheets one below the other, each after a row with its name."""
    sheets = bioplex_sheets(PLATE, DERIVED)

    def rows() -> Rows:
        return [row for name, own in sheets for row in ([">", name], *map(list, own))]

    def write(edited: Rows) -> bytes:
        found: list[tuple[str, Rows]] = []
        for row in edited:
            if row[:1] == [">"]:
                found.append((row[1], []))
            else:
                found[-1][1].append(row)
        return workbook(found)

    return Form(rows, write, ("label", "dilution", "cell"))


FORMS = {
    "xponent": lambda: _in_dialect(Dialect()),
    "magpix, row-major": lambda: _in_dialect(Dialect(model=MAGPIX, numbering="row")),
    "european": lambda: _in_dialect(EUROPEAN),
    "unicode": lambda: _in_dialect(UNICODE),
    "luminex is": lambda: _delimited(render_is(PLATE, derived=DERIVED), ",", "ascii"),
    "intelliflex flat": _flat,
    "workbook": _workbook,
    "bioplex": _bioplex,
}


def planted(form: Form, kind: str, wells: Sequence[str], rng: random.Random) -> bytes:
    """The export with a doubt of the kind at each of the wells."""
    rows = form.rows()
    for well in wells:
        _PLANT[kind](rows, well, rng)
    return form.write(rows)


def _row(rows: Rows, block: str, well: str) -> tuple[list[str], list[str]]:
    """Header and row of a well in a block of an xPONENT export, in the table of a flat one, or on a sheet of Bio-Plex."""
    start = next((i for i, row in enumerate(rows) if row[:2] in (["DataType:", block], [">", block])), -1)
    head = next(row for row in rows[start + 1 :] if {"Location", "WELL LOCATION", "Well"} & set(map(str, row)))
    at = next(i for i, name in enumerate(head) if name in ("Location", "WELL LOCATION", "Well"))
    place = re.compile(rf"(.*[(,])?{well}\)?")
    return head, next(row for row in rows[start + 1 :] if len(row) > at and place.fullmatch(str(row[at])))


def _sheets(rows: Rows) -> list[str]:
    return [row[1] for row in rows if row[:1] == [">"]][1:]


def _label(rows: Rows, well: str, rng: random.Random) -> None:
    sheets = _sheets(rows)
    head, row = _row(rows, rng.choice(sheets[1:] or BLOCKS), well)
    at = head.index("Description" if sheets else "Sample")
    row[at] = rng.choice((f"{row[at]}-b", "DEP interference", "Unknown99", f"the {row[at]}"))


def _dilution(rows: Rows, well: str, rng: random.Random) -> None:
    sheets = _sheets(rows)
    head, row = _row(rows, sheets[-1] if sheets else "Dilution Factor", well)
    at = head.index(next(name for name in head if str(name).casefold() in ("dilution factor", "dilution")))
    row[at] = "3" if sheets else rng.choice(NO_FACTOR)


def _events(rows: Rows, well: str, rng: random.Random) -> None:
    head, row = _row(rows, rng.choice(("Median", "Net MFI", "Count", "Result")), well)
    row[head.index("Total Events")] = rng.choice(("123456", "7", "####"))


def _cell(rows: Rows, well: str, rng: random.Random) -> None:
    sheets = _sheets(rows)
    head, row = _row(rows, rng.choice(sheets or ("Median", "Count")), well)
    if sheets:
        row[head.index("FI")] = rng.choice(BROKEN)
        return
    names = {f"R{analyte.bead_region}: RP1 {what}" for analyte in PLATE.analytes for what in ("MEDIAN", "COUNT")}
    names |= {analyte.name for analyte in PLATE.analytes}
    row[rng.choice([i for i, name in enumerate(head) if name in names])] = rng.choice(BROKEN)


_PLANT = {"label": _label, "dilution": _dilution, "events": _events, "cell": _cell}
