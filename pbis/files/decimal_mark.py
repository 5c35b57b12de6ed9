"""Which decimal mark a file writes: decided once from what its cells prove, refused where they leave it open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import AmbiguousValue
from pbis.files.marks import Marks
from pbis.files.number import Cells


@dataclass(frozen=True)
class _Dress:
    """What may stand before and behind the number of a cell, as Arrow's expressions."""

    before: str
    behind: str


_BLANK = r"\s\x{00a0}\x{202f}\x{2009}\x{2007}"
_PLAIN = _Dress(r"^[<>*↓↑≤≥\s+-]*", r"[\s↓↑*]*$")
# All that the grammar reads (pbis.files.cell_number); looked for only where no cell in plain dress proves anything, since it takes
# its time, and since a cell that contradicts the file is ambiguous to the grammar anyway.
_ANY = _Dress(
    r"^(?:[<>=*!↓↑≤≥−" + _BLANK + r"+-]|(?i:[a-z]{2,8}[" + _BLANK + r"])|(?:H|L)\s)*",
    r"[" + _BLANK + r"]*(?:[^\s\d.,][^\s.,]*\s?/\s?[^\s.,]+|%)?"
    r"(?:[" + _BLANK + r"]*[(\[]?(?:[↓↑*!]|HH|LL|AA|H|L|N|A|(?i:high|low))[)\]]?)*[" + _BLANK + r"]*$",
)
_EXPONENT = r"(?:[eE][+-]?\d+)"


# What a cell proves about the decimal mark; {d} is the mark in question, {o} the other one.
_PROOFS = (
    r"\d{1,3}([{o}]\d{3})+[{d}]\d*{e}?",  # 4,121.04: both marks, this one last
    r"\d{1,3}(['’\x{00a0}\x{202f}\x{2009}\x{2007}]\d{3})+[{d}]\d*{e}?",  # 4'121.04: thousands by a third mark
    r"\d*[{d}](\d{0,2}|\d{4,}){e}?",  # 20.5: not three digits after it
    r"(0\d*|\d{4,})?[{d}]\d{3}{e}?",  # 0.125, 1234.567: no group starts so
    r"\d+[{d}]\d{3}{e}",  # 1.234E5: a group takes no exponent
)


_EITHER = _ANY.before + r"[1-9]\d{0,2}[.,]\d{3}" + _ANY.behind


def decide_marks(tables: Sequence[Cells], delimiter: str) -> Marks:
    """The file's decimal mark. Raises AmbiguousValue with a line where cells contradict each other or nothing decides."""
    odd = [table for table in tables if table.quick is None]  # the others hold neither commas nor two points in a cell
    proofs = _proofs(tables, odd, _PLAIN)
    if not any(proofs.values()) and odd:
        proofs = _proofs(tables, odd, _ANY)
    if proofs["."] and proofs[","]:
        table, index = max(proofs["."], proofs[","], key=lambda proof: proof[0].line(proof[1]))
        raise _ambiguous(table, index, "one decimal mark throughout the file", "is written with the other decimal mark")
    for mark, proof in proofs.items():
        if proof:
            table, index = proof
            return Marks(mark, f"line {table.line(index)}: {table.text[index].as_py().strip()}")
    either = _first(tables, _EITHER)
    if either is None:
        return Marks("," if delimiter == ";" else ".", "no cell holds a decimal mark")
    table, index = either
    if delimiter == "," and "," not in table.text[index].as_py() and not _first(tables, _EITHER.replace("[.,]", ",")):
        return Marks(".", "cells are separated by commas and no number holds one")
    raise _ambiguous(table, index, "a number that shows which mark is the decimal one", "may be thousands or decimals")


def _other(mark: str) -> str:
    return "," if mark == "." else "."


def _proofs(tables: Sequence[Cells], odd: Sequence[Cells], dress: _Dress) -> dict[str, tuple[Cells, int] | None]:
    return {
        ".": _first(tables, _any_of(".", dress), ".") or _first(odd, _repeated(".", dress), ","),
        ",": _first(odd, _any_of(",", dress), ",") or _first(odd, _repeated(",", dress), "."),
    }


def _any_of(mark: str, dress: _Dress) -> str:
    marks = {"{d}": mark, "{o}": _other(mark), "{e}": _EXPONENT}
    proofs = list(_PROOFS)
    for name, sign in marks.items():
        proofs = [proof.replace(name, sign) for proof in proofs]
    return dress.before + "(?:" + "|".join(proofs) + ")" + dress.behind


def _repeated(mark: str, dress: _Dress) -> str:
    """The other mark twice in one number groups thousands, so this one is decimal: 1,234,567."""
    return dress.before + rf"\d{{1,3}}([{_other(mark)}]\d{{3}}){{2,}}" + dress.behind


def _first(tables: Sequence[Cells], pattern: str, mark: str = "") -> tuple[Cells, int] | None:
    """The first cell of the file that matches; tables without the mark are passed over, which is most of them."""
    for table in tables:
        if mark and not pc.any(pc.match_substring(table.text, mark), min_count=0).as_py():
            continue
        index = _first_match(table.text, pattern)
        if index >= 0:
            return table, index
    return None


def _first_match(text: pa.Array, pattern: str) -> int:
    """Index of the first cell that matches, -1 where none does; the head of a table mostly decides."""
    start, size = 0, 64
    while start < len(text):
        index: int = pc.index(pc.match_substring_regex(text.slice(start, size), pattern), True).as_py()
        if index >= 0:
            return start + index
        start, size = start + size, size * 8
    return -1


def _ambiguous(table: Cells, index: int, expected: str, what: str) -> AmbiguousValue:
    return AmbiguousValue(
        f"a number {what}",
        file=table.file,
        line=table.line(index),
        column=table.column(index),
        expected=expected,
        found=table.text[index].as_py().strip(),
        hint="export the file again with the decimal point",
    )
