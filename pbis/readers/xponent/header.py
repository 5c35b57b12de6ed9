"""The part of an xPONENT export before `Results`: run fields, calibration lines, calibrator and kit lots."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, lru_cache

from pbis.core.errors import MalformedFile
from pbis.files.date_order import DateCell, DateOrder, Evidence, OrderWords, decide
from pbis.files.moment import day, parse
from pbis.files.sheet import Sheet
from pbis.readers.kit.block import filled_rows, is_blank, rows_beginning

_STATES = (
    ("notverified", "failed"),
    ("notcalibrated", "failed"),
    ("fail", "failed"),
    ("expired", "expired"),
    ("overdue", "expired"),
    ("pass", "passed"),
    ("calibrated", "passed"),
    ("verified", "passed"),
)
_KINDS = (
    ("fluidic", "fluidics"),
    ("verification", "verification"),
    ("con", "verification"),
    ("calibration", "calibration"),
)
_DATE_AT_END = re.compile(r"(\d{1,4}[/.\-]\s?\d{1,2}[/.\-]\s?\d{1,4}\.?.*)$")
_TABLE_HEADS = ("lot", "kitname", "reagent")


@dataclass(frozen=True)
class HeaderLine:
    """A non-blank line before `Results`; `section` is '' for the run's own keys."""

    line: int
    cells: tuple[str, ...]
    section: str

    @property
    def key(self) -> str:
        return self.cells[0]

    @property
    def value(self) -> str | None:
        return " | ".join(self.cells[1:]) or None


@dataclass(frozen=True)
class LotLine:
    """A row of a lot table with its column names folded; `section` names the calibrator."""

    line: int
    kind: str
    section: str
    cells: dict[str, str]


@dataclass(frozen=True)
class CalibrationLine:
    """One `Last ... Calibration` line."""

    line: int
    name: str
    kind: str
    state: str
    value: str | None
    performed_at: datetime | None = None


@dataclass(frozen=True)
class Header:
    """Everything before `Results`; results_row is the index of the first row after it."""

    lines: tuple[HeaderLine, ...]
    lots: tuple[LotLine, ...]
    calibration: tuple[CalibrationLine, ...]
    order: DateOrder
    results_row: int

    def get(self, key: str) -> str | None:
        """First value of a key, None where it is absent or empty. Keys are compared with case and blanks folded."""
        line = self.line(key)
        return (line.cells[1] or None) if line and len(line.cells) > 1 else None

    def line(self, key: str) -> HeaderLine | None:
        return self._by_key.get(_fold(key))

    @cached_property
    def _by_key(self) -> dict[str, HeaderLine]:
        return {_fold(h.key): h for h in reversed(self.lines) if not h.section}

    def pair(self, key: str, name: str) -> str | None:
        """Value of a name in a `key,name,value,name,value` line."""
        line = self.line(key)
        cells = line.cells[1:] if line else ()
        at = next((i for i, cell in enumerate(cells) if _fold(cell) == _fold(name)), None)
        return (cells[at + 1] or None) if at is not None and at + 1 < len(cells) else None

    def moment(self, key: str) -> datetime | None:
        """The key's date, with its time where that stands in a cell of its own."""
        line = self.line(key)
        return parse(_date_text(line), self.order.order) if line else None

    def expiry(self, text: str | None) -> date | None:
        return day(text, self.order.order) if text else None


def read_header(sheet: Sheet, people: OrderWords) -> Header:
    """Parse rows up to `Results`. people: what they say of the dates. Raises MalformedFile where that line is missing,
    AmbiguousValue where the file proves two orders of day and month."""
    end = next((i for i in rows_beginning(sheet.rows, "r", 0) if _is_results(sheet.rows[i])), None)
    if end is None:
        list(_sections(sheet, len(sheet.rows)))  # a block without `Results` before it is the better reason
        raise MalformedFile(
            "the export ends before its results",
            file=sheet.name,
            line=max(sheet.line_count, 1),
            expected="a line `Results`",
            found="the end of the file",
            hint="the file was cut off; copy or export it again",
        )
    lines = tuple(_sections(sheet, end))
    lots = tuple(_lots(lines))
    calibration = tuple(_calibration(lines))
    header = Header(lines, lots, calibration, DateOrder(None, ""), end + 1)
    order = decide(_evidence(sheet.name, header, people))
    dated = tuple(replace(c, performed_at=_performed(c.value, order)) for c in calibration)
    return replace(header, order=order, calibration=dated)


def _is_results(row: Sequence[str]) -> bool:
    return bool(row) and row[0].strip().casefold() == "results" and is_blank(row[1:])


def _sections(sheet: Sheet, end: int) -> Iterator[HeaderLine]:
    section = ""
    for i in filled_rows(sheet.rows, 0, end):
        cells, line = _strip(sheet.rows[i]), sheet.lines[i]
        folded = _fold(cells[0])
        if folded in ("datatype", "location"):
            raise MalformedFile(
                "a block stands before the line `Results`",
                file=sheet.name,
                line=line,
                expected="`Results` first",
                found=cells[0],
            )
        if folded.startswith("mostrecentcalibration"):
            section = "calibration"
        elif folded in ("calinfo", "assaylotinfo"):
            section = folded
        elif folded == "samples":
            section = ""
        yield HeaderLine(line, cells, section)


def _strip(row: Sequence[str]) -> tuple[str, ...]:
    cells = [" ".join(cell.split()) for cell in row]
    while len(cells) > 1 and not cells[-1]:
        cells.pop()
    return tuple(cells)


@lru_cache(maxsize=4096)
def _fold(key: str) -> str:
    return re.sub(r"[\s:_]+", "", key).casefold()


def _calibration(lines: Sequence[HeaderLine]) -> Iterator[CalibrationLine]:
    for line in lines:
        if line.section != "calibration" or _fold(line.key).startswith("mostrecentcalibration"):
            continue
        name, value = _fold(line.key), line.value
        kind = next((kind for word, kind in _KINDS if word in name.removeprefix("last")), "other")
        folded = _fold(value or "")
        state = next((state for word, state in _STATES if word in folded), "unknown")
        yield CalibrationLine(line.line, line.key, kind, state, value)


def _lots(lines: Sequence[HeaderLine]) -> Iterator[LotLine]:
    head: tuple[str, ...] = ()
    title = ""
    for line in lines:
        folded = _fold(line.key)
        if line.section not in ("calinfo", "assaylotinfo") or folded == line.section:
            head, title = (), ""
        elif folded in _TABLE_HEADS and len(line.cells) > 1:
            head = tuple(_fold(cell) for cell in line.cells)
        elif line.section == "calinfo" and len(line.cells) == 1:
            title = line.key
        elif head:
            cells = dict(zip(head, line.cells, strict=False))
            yield LotLine(line.line, _lot_kind(head[0], line.key), title or line.key, cells)


def _lot_kind(head: str, label: str) -> str:
    if head == "lot":
        return "calibrator"
    if head == "kitname":
        return "kit"
    return "qc_control" if _fold(label).startswith("control") else "standard"


def _date_text(line: HeaderLine) -> str:
    return " ".join(line.cells[1:3])


def _performed(value: str | None, order: DateOrder) -> datetime | None:
    match = _DATE_AT_END.search(value or "")
    return parse(match.group(1), order.order) if match else None


def _evidence(name: str, header: Header, people: OrderWords) -> Evidence:
    calibrated = [(c.line, c.value) for c in header.calibration]
    calibrated += [(lot.line, lot.cells.get("calibrationtime")) for lot in header.lots]
    other = [(lot.line, lot.cells.get("expirationdate")) for lot in header.lots]
    return Evidence(
        file=name,
        country_code=header.get("Country Code"),
        export=_run_cell(header, "Date"),
        start=_run_cell(header, "BatchStartTime"),
        stop=_run_cell(header, "BatchStopTime"),
        calibrated=_date_cells(calibrated),
        other=_date_cells(other),
        declared=people.told,
        declared_by="a decision",
        last_word=people.site,
    )


def _run_cell(header: Header, key: str) -> DateCell | None:
    line = header.line(key)
    return DateCell(line.line, _date_text(line)) if line and len(line.cells) > 1 else None


def _date_cells(pairs: Sequence[tuple[int, str | None]]) -> tuple[DateCell, ...]:
    found = [(line, _DATE_AT_END.search(text or "")) for line, text in pairs]
    return tuple(DateCell(line, match.group(1)) for line, match in found if match)
