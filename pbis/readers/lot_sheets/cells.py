"""The words of a kit's lot sheet: which cell names a reagent, an analyte, a unit, a fact of the lot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pbis.core.errors import MalformedFile
from pbis.readers.layouts.cells import fold

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
_KINDS = {"s": "standard", "std": "standard", "standard": "standard", "calibrator": "standard"} | {
    "c": "qc_control", "qc": "qc_control", "control": "qc_control", "qccontrol": "qc_control"
}  # fmt: skip
_REAGENT = re.compile(r"(s|std|standard|calibrator|c|qc|control|qc[ _]?control)\s*(\d+)", re.IGNORECASE | re.ASCII)


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


def kind_of_reagent(label: str) -> str | None:
    """'Standard 1' -> standard, 'Control2' -> qc_control, anything else None."""
    match = _REAGENT.fullmatch(label.strip())
    return _KINDS[fold(match.group(1))] if match else None


def reagent_and_target(words: str) -> tuple[str, str] | None:
    """'Control 1 Range - Low' -> ('Control 1', 'low'); 'Standard3' -> ('Standard3', 'expected'); None for other words."""
    match = _REAGENT.match(words.strip())
    if match is None:
        return None
    rest = fold(words.strip()[match.end() :].strip(" -:()"))
    target = next((name for name, spellings in VALUE_HEADS.items() if rest in spellings), "" if rest else "expected")
    return (match.group(0), target) if target else None


def entries(file: str, row: Row, label: str, analyte: str, target: str, text: str) -> list[LotEntry]:
    """The numbers of one cell: a range such as `35 - 145` holds two; an empty cell none."""
    kind = kind_of_reagent(label)
    if kind is None:
        raise refuse(file, row.line, "", "Standard1, Control1, ...", repr(label))
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
