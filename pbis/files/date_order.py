"""Whether a file writes the day or the month first: decided once a file or a column from its evidence, never guessed.

A text that has one reading proves its order (pbis.files.moment.own_order). Two orders proven in one file are a contradiction and
are refused. Only where nothing is proven do weaker witnesses speak: what the site's map says, the Country Code of the instrument's
computer, dates of lots, and the sequence of events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pbis.core.errors import AmbiguousValue
from pbis.files.moment import is_numeric, is_open, own_order, parse, readings

# Country Code is the Windows locale id in hex, as every real file shows; unknown codes decide nothing.
_ORDER_BY_CODE = {
    "mdy": ("409", "7F", "3409", "540A"),
    "dmy": (
        *("809", "C09", "1809", "1409", "4009", "1C09", "4809", "407", "807", "C07", "1407", "1007"),
        *("40C", "80C", "100C", "140C", "410", "810", "40A", "C0A", "80A", "2C0A", "340A", "240A", "280A"),
        *("413", "813", "416", "816", "414", "814", "406", "40B", "415", "405", "41B", "418", "419", "408"),
        *("41F", "422", "424", "41A", "402", "425", "426", "40D", "401", "42A", "41E", "421", "439"),
    ),
    "ymd": ("411", "412", "804", "404", "C04", "1004", "41D", "427", "40E", "C0C", "436"),
}
_LONGEST_RUN = timedelta(days=3)  # a 384-well plate takes hours; a batch of several, a day or two


@dataclass(frozen=True)
class DateCell:
    """A cell that may hold a date, and the line it stands on."""

    line: int
    text: str


@dataclass(frozen=True)
class DateOrder:
    """mdy, dmy or ymd for dates written with numbers, and the sentence that says why.

    undecided: the cell that reads in two ways where nothing decides; dates like it are unknown then, never guessed.
    """

    order: str | None
    evidence: str
    undecided: DateCell | None = None


@dataclass(frozen=True)
class OrderWords:
    """What people say of the dates of a plate. told: of this very file, by a decision; site: where nothing in a file decides."""

    told: str | None = None
    site: str | None = None


NOTHING_SAID = OrderWords()


@dataclass(frozen=True)
class Evidence:
    """The cells that decide, of a plate: export is the Date line; calibrated, the times of calibration; other, lots and expiry.

    Of a table: column, the cells of the column that is read, and its name. declared: the order that the site's map says of a table,
    or a person told of a plate; declared_by: which of the two. last_word: the order that the site says for plates of which nothing
    in the file decides.
    """

    file: str
    country_code: str | None = None
    export: DateCell | None = None
    start: DateCell | None = None
    stop: DateCell | None = None
    calibrated: Sequence[DateCell] = ()
    other: Sequence[DateCell] = ()
    column: Sequence[DateCell] = ()
    column_name: str | None = None
    declared: str | None = None
    declared_by: str = "the site's labs map"
    last_word: str | None = None

    @property
    def run(self) -> tuple[DateCell, ...]:
        """The cells that are read by the order that is decided."""
        return (*(cell for cell in (self.export, self.start, self.stop) if cell is not None), *self.column)


def decide(evidence: Evidence) -> DateOrder:
    """The order of day and month. Where nothing in the file decides, a table is refused: its values are placed by their dates;
    a plate's readings do not depend on them, so the site has the last word, and without one its dates are unknown.

    Raises AmbiguousValue, with the line, for a table, and for a file that proves two orders.
    """
    for decider in (_from_run, _from_site, _from_country, _from_other, _from_sequence):
        found = decider(evidence)
        if found is not None:
            return found
    open_cells = [cell for cell in evidence.run if is_open(cell.text)]
    if not open_cells:
        return DateOrder(None, "no date depends on the order of day and month")
    if evidence.column_name is not None:
        raise _open(evidence, open_cells[0])
    if evidence.last_word and _is_plausible(evidence, evidence.last_word):
        return DateOrder(evidence.last_word, "date_order in [inbox] of site.toml, since nothing in the file decides")
    return DateOrder(None, "nothing in the file decides between day/month and month/day", open_cells[0])


def country_order(code: str | None) -> str | None:
    """The order of a known Windows locale id in hex, or None."""
    folded = (code or "").strip().upper().lstrip("0").removeprefix("X")
    return next((order for order, codes in _ORDER_BY_CODE.items() if folded in codes), None)


def _open(evidence: Evidence, cell: DateCell) -> AmbiguousValue:
    return AmbiguousValue(
        "the date may be day first or month first, and nothing in the column decides",
        file=evidence.file,
        line=cell.line,
        column=evidence.column_name,
        expected="dates like 2026-03-05",
        found=repr(cell.text[:20]),
        hint="set date_order in the site's labs map",
    )


def _from_run(evidence: Evidence) -> DateOrder | None:
    proofs = [(order, cell) for cell in evidence.run if (order := own_order(cell.text)) is not None]
    if evidence.declared:  # dots are read day first whatever a site declares of its other dates
        proofs = [(order, cell) for order, cell in proofs if "." not in cell.text[:6]]
    if not proofs:
        return None
    order, cell = next((p for p in proofs if p[0] != "ymd"), proofs[0])
    clash = next((other for found, other in proofs if found not in (order, "ymd")), None)
    if clash is not None:
        raise _clash(evidence, clash, f"{order} as on line {cell.line}")
    if order != "ymd" and evidence.declared not in (None, order):
        raise _clash(evidence, cell, f"{evidence.declared} as {evidence.declared_by} says")
    if order == "ymd" and any(is_open(c.text) for c in evidence.run):
        return None
    return DateOrder(order, f"line {cell.line}: {cell.text}")


def _clash(evidence: Evidence, cell: DateCell, expected: str) -> AmbiguousValue:
    return AmbiguousValue(
        "dates of one file are written in two orders",
        file=evidence.file,
        line=cell.line,
        column=evidence.column_name,
        expected=expected,
        found=cell.text[:20],
    )


def _from_site(evidence: Evidence) -> DateOrder | None:
    return DateOrder(evidence.declared, evidence.declared_by) if evidence.declared else None


def _from_country(evidence: Evidence) -> DateOrder | None:
    order = country_order(evidence.country_code)
    if order is None or order == "ymd":
        return None
    return DateOrder(order, f"Country Code {evidence.country_code}")


def _from_other(evidence: Evidence) -> DateOrder | None:
    orders = {own_order(cell.text): cell for cell in (*evidence.other, *evidence.calibrated)}
    proven = [order for order in ("dmy", "mdy") if order in orders]
    if len(proven) != 1:
        return None
    cell = orders[proven[0]]
    return DateOrder(proven[0], f"line {cell.line}: {cell.text}")


def _from_sequence(evidence: Evidence) -> DateOrder | None:
    """Stop comes after start, within days; calibration comes before start. The Date line proves nothing: real files break it."""
    if evidence.column_name is not None:  # rows of a table are no sequence of events
        return None
    standing = [order for order in ("dmy", "mdy", "ymd") if _is_plausible(evidence, order)]
    if len(standing) != 1 or not evidence.run:
        return None
    return DateOrder(standing[0], "the only order in which calibration, start and stop follow each other")


def _is_plausible(evidence: Evidence, order: str) -> bool:
    start, stop = (parse(cell.text, order) if cell else None for cell in (evidence.start, evidence.stop))
    if start and stop and not timedelta(0) <= stop - start <= _LONGEST_RUN:
        return False
    before = [parse(cell.text, order) for cell in evidence.calibrated]
    if start and any(moment > start + timedelta(days=1) for moment in before if moment):
        return False
    return not _invalid(evidence.run, order)


def _invalid(cells: Sequence[DateCell], order: str) -> bool:
    found = [readings(cell.text) for cell in cells if is_numeric(cell.text)]
    return any(not each or (len(set(each.values())) > 1 and order not in each) for each in found)
