"""The words of a kit's lot sheet: which cell names a reagent, an analyte, a unit, a fact of the lot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pbis.core.errors import MalformedFile

ANALYTE_HEADS = ("analyte", "analytename", "analytes", "cytokine", "biomarker", "target")
LABEL_HEADS = ("label", "reagent", "reagentlabel", "level", "material")
UNIT_HEADS = ("unit", "units")
REGION_HEADS = ("beadregion", "region", "bead", "beadid")
VALUE_HEADS = {
    "expected": (
        "expected",
        "expectedconcentration",
        "concentration",
        "expectedvalue",
        "value",
        "nominal",
        "targetvalue",
    ),
    "low": ("low", "rangelow", "lower", "lowerlimit", "min", "controlrangelow"),
    "high": ("high", "rangehigh", "upper", "upperlimit", "max", "controlrangehigh"),
    "range": ("range", "controlrange", "expectedrange"),
}
FACTS = {
    "kit_name": ("kit", "kitname", "product", "panel"),
    "lot_number": ("lot", "lotnumber", "lotno", "kitlot", "kitlotnumber"),
    "expires_text": ("expiry", "expires", "expirydate", "expirationdate", "expiration", "exp"),
    "plates": ("plate", "plates", "plateid", "platename", "batch", "batches", "batchname", "batchid"),
    "unit": UNIT_HEADS,
}


@dataclass(frozen=True)
class Row:
    """A row of cells with blanks removed, and its line."""

    line: int
    cells: tuple[str, ...]

    def cell(self, at: int) -> str:
        return self.cells[at] if at < len(self.cells) else ""


@dataclass(frozen=True)
class LotEntry:
    """One number of the sheet. target: expected, low or high."""

    line: int
    label: str
    kind: str
    analyte: str
    target: str
    text: str


def entries(
    file: str, row: Row, label: str, kinds: Mapping[str, str], analyte: str, target: str, text: str
) -> list[LotEntry]:
    """The numbers of one cell: a range such as `35 - 145` holds two; an empty cell none. kinds: label -> standard or qc_control."""
    kind = kinds[label]
    if not text:
        return []
    if target != "range":
        return [LotEntry(row.line, label, kind, analyte, target, text)]
    parts = re.split(r"\s*(?:\u2013|\u2014|\bto\b|(?<=\d)\s*-)\s*", text)
    if len(parts) != 2:
        raise refuse(file, row.line, analyte, "a range such as 35 - 145", repr(text))
    return [
        LotEntry(row.line, label, kind, analyte, name, part) for name, part in zip(("low", "high"), parts, strict=True)
    ]


def refuse(file: str, line: int, column: str, expected: str, found: str) -> MalformedFile:
    return MalformedFile(
        "the lot sheet cannot be read", file=file, line=line, column=column or None, expected=expected, found=found
    )


def row_of(cells: Sequence[str], line: int) -> Row:
    return Row(line, tuple(cell.strip() for cell in cells))
