"""Columns of words among the medians: what a user noted or ticked at export is no analyte, whatever it is called.

A column without a number in any row is a comment, unless the export says elsewhere that a bead region of this name was measured: it
counts its beads, or knows its region, unit or expected concentrations. Such an analyte was read in vain, and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from pbis.files.number import Cells
from pbis.readers.kit.keyed import KeyedBlock
from pbis.readers.kit.notes import Notes
from pbis.readers.xponent.parsed import Parsed

_NUMBER = re.compile(r"[\s<>*+-]*[\d.,]*\d[\d.,]*([eE][+-]?\d+)?[\s*]*", re.ASCII)


def without_comments(parsed: Parsed, notes: Notes) -> Parsed:
    """The blocks without columns of comments, each of which is said once."""
    found = without_number(parsed.median.cells)
    found = found - _measured(parsed) if found else found
    if not found or len(found) == len(parsed.median.analytes):
        return parsed
    line = parsed.median.block.header_line
    for name in sorted(found):
        words = f"column {name!r} holds no number in any row: it is a comment and no analyte"
        notes.add("comment_column", words, line)
    return replace(
        parsed,
        median=parsed.median.without(found),
        wells={target: block.without(found) for target, block in parsed.wells.items()},
        samples=_left(parsed.samples, found),
        reagents=_left(parsed.reagents, found),
        analytes=_left(parsed.analytes, found),
        comments=found,
    )


def without_number(cells: Cells) -> frozenset[str]:
    """Columns in which no row holds a number."""
    width = len(cells.columns)
    if cells.quick is not None:
        valid = cells.quick.value.is_valid().to_numpy(zero_copy_only=False).reshape(-1, width).any(axis=0)
        return frozenset(name for name, has_number in zip(cells.columns, valid, strict=True) if not has_number)
    texts = cells.text.to_pylist()
    return frozenset(name for at, name in enumerate(cells.columns) if not any(map(_is_number, texts[at::width])))


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None


def _measured(parsed: Parsed) -> frozenset[str]:
    """Analytes of which the export says more than their name."""
    count = parsed.wells.get("bead_count")
    counted = frozenset(count.analytes) - without_number(count.cells) if count else frozenset()
    return counted.union(*map(_told, (*parsed.reagents.values(), *parsed.analytes.values())))


def _told(block: KeyedBlock) -> Iterator[str]:
    texts, width = block.cells.text.to_pylist(), len(block.analytes)
    return (name for at, name in enumerate(block.analytes) if any(text.strip() for text in texts[at::width]))


def _left(blocks: Mapping[str, KeyedBlock], names: frozenset[str]) -> dict[str, KeyedBlock]:
    return {target: block.without(names) for target, block in blocks.items()}
