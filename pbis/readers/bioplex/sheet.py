"""Bio-Plex Manager workbooks: the tables on their sheets -> rows, header and footer lines, standard curves.

A sheet an analyte (`Analyte, Type, Well, ..., FI, ...`), replicate means and single wells in one or two tables; or one sheet
with an analyte a column, the bead count beside the median in its cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pbis.files.book import Book, BookSheet
from pbis.readers.bioplex.row import BioplexRow, Curve, Fact, Place, region_of, wells_of
from pbis.readers.kit.spelling import fold

_TARGETS = {
    "fi": "mfi",
    "fibkgd": "net_mfi_reported",
    "obsconc": "result_reported",
    "expconc": "expected",
    "(obs/exp)*100": "recovery_reported_pct",
    "concinrange": "range_text",
    "dilution": "dilution",
    "beadcount": "bead_count",
    "samplingerrors": "errors",
    "outlier": "comment",
    "total": "total_events",
}
_KEYS = {"analyte": "analyte", "type": "code", "well": "well", "description": "description", "sample": "description"}
_NO_DATA = frozenset({"---", "***", "NaN", "N/A"})
_MFI_COUNT = re.compile(r"(.*?)\s*\((\d+)\)", re.ASCII)
_NUMBER = r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?)"
_CURVE = re.compile(
    rf"FI = {_NUMBER} \+ \({_NUMBER} ([+-]) {_NUMBER}\) / \(+1 \+ \(Conc / {_NUMBER}\)\^{_NUMBER}\)+(?:\^{_NUMBER})?(?![\w.^)])"
)


@dataclass(frozen=True)
class SheetTable:
    """A header row of a sheet and its rows of wells; columns: target or key -> column; analytes: column -> name."""

    sheet: BookSheet
    header: int
    rows: tuple[int, ...]
    columns: Mapping[str, int]
    analytes: Mapping[int, str]
    ignored: tuple[str, ...]


@dataclass
class Content:
    """Everything that a workbook holds, sheet by sheet."""

    rows: list[BioplexRow] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    curves: dict[str, Curve] = field(default_factory=dict)
    tables: list[SheetTable] = field(default_factory=list)
    ignored: list[BookSheet] = field(default_factory=list)

    @property
    def named(self) -> dict[str, Fact]:
        """The first fact of every key, case and blanks folded away."""
        return {fold(fact.key): fact for fact in reversed(self.facts)}


def is_header(cells: Sequence[str]) -> bool:
    """True for a row that begins a table of wells."""
    if all(fold(cell) != "well" for cell in cells if "w" in cell or "W" in cell):  # so are most rows: told cheaply
        return False
    folded = {fold(cell) for cell in cells if cell}
    return {"well", "type"} <= folded and ("fi" in folded or any(region_of(cell) for cell in cells))


def content(book: Book) -> Content:
    """Read every sheet. Raises MalformedFile with sheet, row, expected and found."""
    found = Content()
    wells: dict[str, tuple[str, ...]] = {}
    for sheet in book.sheets:
        tables = list(_tables(sheet))
        if not tables:
            found.ignored.append(sheet)
            continue
        found.tables += tables
        rows = [row for table in tables for row in _rows(book.name, table, wells)]
        found.rows += rows
        facts = list(_facts(book, sheet, tables))
        known = {(fact.key, fact.value) for fact in found.facts}
        found.facts += [fact for fact in facts if (fact.key, fact.value) not in known]
        found.curves |= dict.fromkeys((row.analyte for row in rows), _curve(facts))
    return found


def _tables(sheet: BookSheet) -> Iterator[SheetTable]:
    heads = [i for i in range(len(sheet.rows)) if is_header(sheet.row_text(i))]
    for n, head in enumerate(heads):
        stop = heads[n + 1] if n + 1 < len(heads) else len(sheet.rows)
        header = sheet.row_text(head)
        columns, analytes, ignored = _columns(header)
        rows = []
        for i in range(head + 1, stop):
            cells = sheet.row_text(i)
            if not any(cells[1:]):  # a blank row or a line of the footer
                break
            rows.append(i)
        texts = [sheet.row_text(i) for i in rows] if analytes else []
        words = [at for at in analytes if _is_comment(texts, at)]
        left = {at: name for at, name in analytes.items() if at not in words}
        yield SheetTable(sheet, head, tuple(rows), columns, left, (*ignored, *(analytes[at] for at in words)))


def _is_comment(rows: Sequence[Sequence[str]], at: int) -> bool:
    """A column with words and without a number in any row, though its name looks like an analyte's."""
    cells = [row[at] for row in rows if at < len(row) and row[at]]
    return bool(cells) and not any(re.match(r"[-+]?[.,]?\d", cell) or cell in _NO_DATA for cell in cells)


def _columns(header: Sequence[str]) -> tuple[dict[str, int], dict[int, str], tuple[str, ...]]:
    columns: dict[str, int] = {}
    analytes: dict[int, str] = {}
    ignored = []
    for at, cell in enumerate(header):
        target = _KEYS.get(fold(cell)) or _TARGETS.get(fold(cell))
        if target and target not in columns:
            columns[target] = at
        elif region_of(cell):
            analytes[at] = cell
        elif cell:
            ignored.append(cell)
    return columns, {} if "mfi" in columns else analytes, tuple(ignored)


def _rows(file: str, table: SheetTable, wells: dict[str, tuple[str, ...]]) -> Iterator[BioplexRow]:
    """wells: what a cell of the column Well names, kept from sheet to sheet."""
    header, own = table.sheet.row_text(table.header), _sheet_analyte(table)
    kept = [target for target in table.columns if target not in _KEYS.values()]
    columns = [table.columns[target] for target in kept]
    for i in table.rows:
        place = Place(file, table.sheet.name, i + 1)
        cells = table.sheet.row_text(i)
        if len(cells) > len(header):
            raise place.refuse(
                "a row is longer than its header", expected=f"{len(header)} cells", found=f"{cells[-1]!r} beyond them"
            )
        cells += ("",) * (len(header) - len(cells))
        shared = dict(zip(kept, [cells[n] for n in columns], strict=True))
        if shared.get("errors") == "0":
            shared["errors"] = ""
        key = {target: cells[table.columns[target]] for target in _KEYS.values() if target in table.columns}
        if key["well"] not in wells:
            wells[key["well"]] = wells_of(place, key["well"])
        for analyte, values in _readings(place, table, key.get("analyte") or own, own, cells):
            yield BioplexRow(
                place,
                analyte,
                key["code"],
                key.get("description", ""),
                wells[key["well"]],
                key["well"],
                shared | values if values else shared,
            )


def _readings(
    place: Place, table: SheetTable, named: str | None, own: str | None, cells: Sequence[str]
) -> Iterator[tuple[str, dict[str, str]]]:
    """The row's analyte, or every analyte of the columns with median and count taken apart; own: the analyte of the sheet."""
    if not table.analytes:
        if not named or own not in (None, named):
            raise place.refuse(
                "a row is of another analyte than its sheet", column="Analyte", expected=repr(own), found=repr(named)
            )
        yield named, {}
    for at, analyte in table.analytes.items():
        match = _MFI_COUNT.fullmatch(cells[at])
        yield analyte, {"mfi": match.group(1) if match else cells[at], "bead_count": match.group(2) if match else ""}


def _sheet_analyte(table: SheetTable) -> str | None:
    for i in range(table.header - 1, -1, -1):
        key, mark, rest = (table.sheet.row_text(i) or ("",))[0].partition(":")
        if mark and fold(key) == "analyte":
            return rest.strip() or None
    return None


def _facts(book: Book, sheet: BookSheet, tables: Sequence[SheetTable]) -> Iterator[Fact]:
    """The lines outside the tables, split at the first colon; lines are counted through the workbook."""
    inside = {i for table in tables for i in (table.header, *table.rows)}
    offset = book.offset(sheet)
    for i in range(len(sheet.rows)):
        words = "" if i in inside else " ".join(cell for cell in sheet.row_text(i) if cell)
        if words:
            key, mark, value = words.partition(":")
            yield Fact(offset + i + 1, key.strip() if mark else words, value.strip() or None if mark else None)


def _curve(facts: Sequence[Fact]) -> Curve:
    values = {fold(fact.key): fact.value for fact in facts}
    regression = values.get("regressiontype")
    unit = next((fact.value for fact in facts if fold(fact.key).endswith("units") and fact.value), None)
    return Curve(regression, coefficients(values.get("stdcurve") or ""), unit)


def coefficients(equation: str) -> dict[str, float]:
    """A, B, C, D, F of `FI = A + (B - A) / ((1 + (Conc / C)^D))^F`; F is left out of a four-parameter curve; else empty."""
    match = _CURVE.search(equation)
    if match is None:
        return {}
    low, high, sign, again, middle, slope, power = match.groups()
    if abs(float(again) * (-1 if sign == "+" else 1) - float(low)) > 1e-6 * max(abs(float(low)), 1e-30):
        return {}
    known = {"a": low, "b": high, "c": middle, "d": slope, "f": power}
    return {f"coef_{letter}": float(text) for letter, text in known.items() if text is not None}
