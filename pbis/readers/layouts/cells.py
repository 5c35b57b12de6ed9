"""What the cells of a layout say: wells, roles, labels, dilutions; exact words only, every other is refused."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import AmbiguousValue, MalformedFile
from pbis.core.plates.dilution import LARGEST_FACTOR
from pbis.files.book import ERROR_WORDS
from pbis.files.decimal_mark import decide_marks
from pbis.files.number import Cells, parse

ROLES = {
    "standard": "standard",
    "std": "standard",
    "calibrator": "standard",
    "qccontrol": "qc_control",
    "control": "qc_control",
    "qc": "qc_control",
    "background": "background",
    "blank": "background",
    "unknown": "unknown",
    "sample": "unknown",
    "specimen": "unknown",
}
UNDILUTED_WORDS = ("neat", "undiluted")
_ONE_TO = re.compile(r"^\s*1\s*:")
COLUMNS = {
    "plate": ("plate", "plateid", "platename", "platebarcode", "batch", "batchname", "batchid"),
    "plate_number": ("platenumber", "plateno"),
    "well": ("well", "wellid", "wellposition", "welllocation", "position", "location"),
    "role": ("role", "wellrole", "type", "welltype", "sampletype"),
    "specimen": ("specimen", "specimenid", "specimenbarcode", "barcode", "sample", "sampleid", "samplebarcode"),
    "label": ("label", "reagent", "reagentlabel", "name"),
    "dilution": ("dilution", "dilutionfactor"),
}
_WELL = re.compile(r"^([A-Pa-p])\s*0*([1-9]|1\d|2[0-4])$", re.ASCII)
_ROUNDED = re.compile(r"^\d([.,]\d+)?E\+\d+$", re.ASCII | re.IGNORECASE)
_REAGENT = re.compile(r"(standard|calibrator|control|qc_?control|background|blank)\s*\d+", re.ASCII)


@dataclass(frozen=True)
class LayoutSheet:
    """Rows of text cells with their line (row) numbers; title is the workbook sheet's name, '' for text."""

    file: str
    title: str
    rows: Sequence[Sequence[str]]
    lines: Sequence[int]
    delimiter: str = ","

    def cell(self, row: int, column: int) -> str:
        """The cell with blanks at its ends removed, '' beyond the row's end."""
        cells = self.rows[row]
        return cells[column].strip() if 0 <= column < len(cells) else ""

    def refuse(self, line: int, column: str, expected: str, found: str) -> MalformedFile:
        where = f"{self.title}/{column}" if self.title and column else column
        return MalformedFile(
            "the layout cannot be read", file=self.file, line=line, column=where or None, expected=expected, found=found
        )


@dataclass(frozen=True)
class LayoutRow:
    """One well of a layout, under the names of the frame layout_well; its dilution as written."""

    source_line: int
    plate: str
    plate_number: int
    well: str
    well_role: str
    specimen_id: str | None
    reagent_label: str | None
    dilution_text: str


def fold(word: str) -> str:
    """Case, blanks, underscores, hyphens and full stops folded away."""
    return re.sub(r"[\s_.\-]+", "", word.casefold())


def column_of(header: str) -> str | None:
    """The layout column that a header cell names, None where it names none."""
    folded = fold(header)
    return next((column for column, spellings in COLUMNS.items() if folded in spellings), None)


def well_name(sheet: LayoutSheet, line: int, text: str) -> str:
    """'b02' -> 'B2'. Raises MalformedFile."""
    match = _WELL.match(text)
    if match is None:
        raise sheet.refuse(line, "well", "a well name such as A1 or H12", repr(text))
    return f"{match.group(1).upper()}{int(match.group(2))}"


def role_and_label(text: str) -> tuple[str | None, str | None]:
    """'standard' -> (standard, None); 'Standard 1' -> (standard, 'Standard 1'); (None, None) where the words say no role."""
    role = ROLES.get(fold(text))
    if role is not None:
        return role, None
    if _REAGENT.fullmatch(text.casefold()):
        role = ROLES[re.sub(r"[\d_\s]+", "", text.casefold())]
        return role, None if role == "background" else text
    return None, None


def name(sheet: LayoutSheet, line: int, column: str, text: str) -> str:
    """A plate's, specimen's or reagent's name. The word of a failed formula names nothing: two tubes would look the same."""
    if text.upper() in ERROR_WORDS:
        raise sheet.refuse(line, column, "a name", f"{text}, the result of a formula that failed")
    return text


def barcode(sheet: LayoutSheet, line: int, text: str) -> str | None:
    """A specimen's barcode as text, None for nothing. Refused where a spreadsheet has cut its digits: other tubes look the same."""
    if _ROUNDED.match(text):
        raise AmbiguousValue(
            "a barcode was turned into a rounded number",
            file=sheet.file,
            line=line,
            column="specimen",
            expected="the barcode's own digits: format the column as text before typing",
            found=text,
        )
    return name(sheet, line, "specimen", text) or None


def dilutions(file: str, rows: Sequence[LayoutRow], delimiter: str) -> pa.Array:
    """The factors of the rows, null where none is given. A cell says 2, or 1:2 which means the same here, or neat; what the file's decimal
    mark is, its own cells prove. Raises AmbiguousValue where they leave it open, MalformedFile for what is no factor."""
    texts = pa.array([_factor_text(row.dilution_text) for row in rows], pa.string())
    cells = Cells(file, "layout", texts, [row.source_line for row in rows], ("dilution",))
    factors = parse(cells, decide_marks([cells], delimiter))[0].value
    bad = pc.index(pc.invert(pc.fill_null(_is_factor(factors), True)), True).as_py()
    if bad >= 0:
        raise MalformedFile(
            "the layout cannot be read",
            file=file,
            line=cells.line(bad),
            column="dilution",
            expected="a factor above 0",
            found=repr(rows[bad].dilution_text),
        )
    return factors


def _factor_text(text: str) -> str:
    return "1" if text.strip().casefold() in UNDILUTED_WORDS else _ONE_TO.sub("", text).strip()


def _is_factor(values: pa.Array) -> pa.Array:
    return pc.and_(pc.greater(values, 0), pc.less_equal(values, LARGEST_FACTOR))
