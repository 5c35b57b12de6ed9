"""Where a workbook holds error values (#DIV/0!, #N/A, ...): calamine gives '' for them, as for empty cells; runs in the child.

The words are read from the sheets' own XML, cached results of formulas included, and for XLS from its records. A sheet without
any costs one search of its bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from xml.parsers import expat

from pbis.files.biff import NAMELESS, biff_errors
from pbis.files.book import ERROR_WORDS
from pbis.files.container import OLE, part_name, without_nuls
from pbis.files.limits import Refused

Errors = dict[tuple[int, int], str]  # (row, column) from 0 -> the error's word
_MAY_HOLD = re.compile(rb"""\st\s*=\s*["'](?:e["']|&)""")
_REFERENCE = re.compile(r"([A-Za-z]{1,4})([0-9]{1,8})")


def error_cells(data: bytes, names: Sequence[str]) -> list[Errors]:
    """The error cells of each of the workbook's sheets. Raises Refused where they cannot be told."""
    if not data.startswith(OLE):
        found = _of_parts(data)
        return [found.get(name, {}) for name in names]
    of_sheets = biff_errors(data)
    if any(of_sheets) and len(of_sheets) != len(names):
        raise Refused("the workbook is broken", f"{len(names)} sheets", f"{len(of_sheets)}")
    return of_sheets if any(of_sheets) else [{} for _ in names]


def _of_parts(data: bytes) -> Mapping[str, Errors]:
    """Sheet name -> its error cells, of an XLSX; sheets without any are left out."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    held = {part_name(name): name for name in archive.namelist()}
    found = {part: errors for part, name in held.items() if (errors := _sheet_errors(part, archive, name))}
    names = {part: name for name, part in _parts_of_sheets(archive, held).items()} if found else {}
    stray = next((part for part in found if part not in names), None)
    if stray is not None:
        raise Refused("a sheet of the workbook is not in its list of sheets", "every sheet listed", stray)
    of_sheets = {names[part]: errors for part, errors in found.items()}
    _check_words(of_sheets)
    return of_sheets


def _check_words(of_sheets: Mapping[str, Errors]) -> None:
    """calamine gives up at any other word without a place."""
    for name, errors in of_sheets.items():
        strange = next((place for place in sorted(errors) if errors[place] not in (*ERROR_WORDS, NAMELESS)), None)
        if strange is not None:
            found = f"{errors[strange][:20]} in row {strange[0] + 1}, column {strange[1] + 1} of sheet {name!r}"
            raise Refused("a cell holds an error value that is not known", ", ".join(ERROR_WORDS), found)


def _parts_of_sheets(archive: zipfile.ZipFile, held: Mapping[str, str]) -> dict[str, str]:
    """Sheet name -> its part."""
    targets: dict[str, str] = {}
    sheets: dict[str, str] = {}

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship" and "Id" in attributes:
            targets[attributes["Id"]] = attributes.get("Target", "")

    def sheet(tag: str, attributes: dict[str, str]) -> None:
        own = next((value for key, value in attributes.items() if key.endswith(" id")), None)
        if tag == "sheet" and own is not None:
            sheets[attributes.get("name", "")] = own

    for part, visit in (("xl/_rels/workbook.xml.rels", relation), ("xl/workbook.xml", sheet)):
        if part in held:
            _walk(archive.read(held[part]), visit)
    return {name: _absolute(targets.get(own, "")) for name, own in sheets.items()}


def _absolute(target: str) -> str:
    return part_name(target[1:] if target.startswith("/") else f"xl/{target}")


def _walk(text: bytes, visit: Any) -> None:
    """Call visit(tag without namespace, attributes; those with a namespace as `uri name`) for every element."""
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = lambda tag, attributes: visit(tag.rpartition(" ")[2], attributes)
    _parse(parser, text)


def _parse(parser: Any, text: bytes) -> None:
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise Refused("the workbook is broken", "an XLSX file", str(error)[:200]) from None


def _sheet_errors(part: str, archive: zipfile.ZipFile, name: str) -> Errors:
    """The cells of type e; a cell without a reference stands after the one before it."""
    text = archive.read(name) if "worksheets/" in part else b""
    if not _MAY_HOLD.search(without_nuls(text)):
        return {}
    reader = _SheetReader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.say
    _parse(parser, text)
    return reader.errors


class _SheetReader:
    """Follows rows and cells through a sheet's XML."""

    def __init__(self) -> None:
        self.errors: Errors = {}
        self._row = self._column = -1
        self._is_error = False
        self._word: list[str] | None = None  # of the value that is being read

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if name == "row":
            written = attributes.get("r", "")
            self._row = int(written) - 1 if written.isascii() and written.isdecimal() else self._row + 1
            self._column = -1
        elif name == "c":
            self._place(attributes.get("r", ""))
            self._is_error = attributes.get("t") == "e"
            if self._is_error:
                self.errors[self._row, self._column] = NAMELESS
        elif name == "v" and self._is_error:
            self._word = []

    def end(self, tag: str) -> None:
        if self._word is not None and tag.rpartition(" ")[2] == "v":
            self.errors[self._row, self._column] = "".join(self._word).strip() or NAMELESS
            self._word = None

    def say(self, text: str) -> None:
        if self._word is not None:
            self._word.append(text)

    def _place(self, reference: str) -> None:
        match = _REFERENCE.fullmatch(reference)
        if match is None:
            self._column += 1
            return
        self._column = -1
        for letter in match.group(1).upper():
            self._column = (self._column + 1) * 26 + ord(letter) - ord("A")
        self._row = int(match.group(2)) - 1
