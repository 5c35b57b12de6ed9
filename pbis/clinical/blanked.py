"""A clinical file without the rows, lines, messages and resources of subjects who withdrew; all others stay where they were.

Whose a row is, is said by the columns that say whose it is, as the reader finds them: never by a number that happens to be the same.
What is blanked is left as empty lines, so that every other row keeps its line.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pbis.clinical.blanked_fhir import without_resources
from pbis.clinical.blanked_hl7 import Taken, without_patients
from pbis.clinical.extract import Extract, TableShape
from pbis.clinical.omop import OMOP_SHAPE
from pbis.clinical.recognise import FHIR, HL7, OMOP, OMOP_PARQUET, plain, recognise
from pbis.clinical.shapes import shape_of
from pbis.clinical.table import read_table
from pbis.clinical.table_rows import LINE_END, RawRows
from pbis.core.errors import InputRefused
from pbis.core.kept import NamedBytes
from pbis.core.withdrawn import is_telling, names_in
from pbis.files.renamed import decoded_whole
from pbis.files.workbook import is_workbook
from pbis.labs import LabsMap

# Kind -> columns that say whose a row is, and columns whose cells are names of the subject too.
_WHOSE = {
    "linkage": (("subject",), ("subject", "mrn")),
    "specimens": (("subject", "barcode"), ("subject", "barcode")),
    "treatments": (("mrn",), ("mrn",)),
    "outcomes": (("subject",), ("subject",)),
    "worklists": (("subject", "barcode"), ("subject", "barcode")),
    "labs": (("mrn",), ("mrn", "accession", "order_id")),
    "omop": (("person_id",), ("person_id",)),
}


@dataclass(frozen=True)
class Blanked:
    """What is left of a file. count: rows, messages or resources that were taken out; learnt: what else the subject is called in them;
    lines: of the file that were blanked, where it has lines; is_all: nobody else stands in it."""

    data: bytes
    count: int = 0
    learnt: frozenset[str] = frozenset()
    lines: frozenset[int] = frozenset()
    is_all: bool = False


def without_subjects(kind: str, data: bytes, name: str, names: Collection[str], labs_map: LabsMap) -> Blanked | None:
    """The file without what is of the subjects that `names` means; with a count of 0 where nothing of it is theirs. None for a file that
    cannot be written again in its form."""
    try:
        text = plain(data, name)
        form = recognise(text, name) if kind == "labs" else ""
        done = _of_form(kind, form, text, name, names, labs_map)
    except InputRefused:
        return _by_lines(data, names)
    if done is None or not done.count:
        return done if done is None else replace(done, data=data)
    if text is data:
        return done
    return replace(done, data=gzip.compress(done.data, mtime=0))


def _of_form(kind: str, form: str, data: bytes, name: str, names: Collection[str], labs_map: LabsMap) -> Blanked | None:
    if form == HL7:
        mark, text, codec = decoded_whole(data)
        return _taken(without_patients(text, names), mark, codec)
    if form == FHIR:
        mark, text, codec = decoded_whole(data)
        return _taken(without_resources(text, names), mark, codec)
    if form == OMOP_PARQUET:
        return _parquet(data, names)
    kind = "omop" if form == OMOP else kind
    return _table(kind, data, name, names, labs_map)


def _taken(taken: Taken, mark: bytes, codec: str) -> Blanked:
    data = mark + taken.text.encode(codec)
    return Blanked(data, taken.count, _long(taken.learnt), taken.lines, taken.count > 0 and not taken.left)


def _shape(kind: str, labs_map: LabsMap) -> TableShape:
    return OMOP_SHAPE if kind == "omop" else shape_of(kind, labs_map)


def _table(kind: str, data: bytes, name: str, names: Collection[str], labs_map: LabsMap) -> Blanked | None:
    extract = read_table(NamedBytes(name, data), _shape(kind, labs_map), labs_map.decimal_mark, by_row=True)
    theirs = _rows(extract, _WHOSE[kind][0], names)
    lines = {int(line) for line in extract.lines[theirs]}
    lines |= {unit.line for unit in (extract.aside.units if extract.aside else ()) if _holds(unit.data, names)}
    if not lines:
        return Blanked(data)
    learnt = _learnt(extract, kind, theirs)
    rows = extract.aside.unit_count if extract.aside else extract.row_count
    if is_workbook(data):
        left = _as_text(extract, lines)
    else:
        mark, text, codec = decoded_whole(data, labs_map.encoding)
        left = mark + without_rows(text, lines).encode(codec)
    return Blanked(left, len(lines), learnt, frozenset(lines), len(lines) == rows)


def _rows(extract: Extract, fields: Iterable[str], names: Collection[str]) -> np.ndarray:
    known = pa.array(sorted(names), pa.string())
    found = np.zeros(extract.row_count, np.bool_)
    for field in fields:
        found |= pc.is_in(extract.columns[field], known).to_numpy(zero_copy_only=False)
    return np.flatnonzero(found)


def _learnt(extract: Extract, kind: str, theirs: np.ndarray) -> frozenset[str]:
    """Cells of their rows that no other row of the file has; of laboratory results none that a value could be."""
    found: set[str] = set()
    for field in _WHOSE[kind][1]:
        column = extract.columns.get(field)
        if column is not None:
            cells = np.array(column.to_pylist(), object)
            found |= set(cells[theirs]) - set(np.delete(cells, theirs))
    return _long(found) if kind == "labs" else frozenset(found - {""})


def _long(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name for name in names if is_telling(name))


def _as_text(extract: Extract, lines: Collection[int]) -> bytes:
    """A workbook's table as CSV, each row on the line that it had: the other sheets, and what lies hidden, are let go."""
    assert extract.raw is not None
    out = [""] * int(max(extract.lines))
    out[0] = extract.head.rstrip("\n")
    for line in extract.lines.tolist():
        out[line - 1] = "" if line in lines else extract.raw(line).rstrip("\n")
    return ("\n".join(out) + "\n").encode()


def without_rows(text: str, lines: Collection[int]) -> str:
    """The text with the rows that begin on these lines (1-based) blank; a quoted cell may go on over several."""
    raw = RawRows(text)
    blank = {line + more for line in lines for more in range(raw(line).count("\n"))}
    return without_lines(text, blank)


def without_lines(text: str, lines: Collection[int]) -> str:
    """The text with these lines empty; their ends stay, so that every other line keeps its number."""
    out, at = [], 0
    for number, end in enumerate([*LINE_END.finditer(text), None], 1):
        stop = len(text) if end is None else end.start()
        out.append("" if number in lines else text[at:stop])
        out.append("" if end is None else end[0])
        at = len(text) if end is None else end.end()
    return "".join(out)


def _parquet(data: bytes, names: Collection[str]) -> Blanked:
    """Their rows hold nothing any more, in no column; the others keep their numbers."""
    table = pq.read_table(io.BytesIO(data))
    column = next(each for each in table.column_names if each.lower() == "person_id")
    who = table.column(column).combine_chunks().cast(pa.string()).to_pylist()
    theirs = np.array([each is not None and each.strip() in names for each in who], np.bool_)
    if not theirs.any():
        return Blanked(data)
    kept = pa.array(~theirs)
    columns = [pc.if_else(kept, each.combine_chunks(), None) for each in table.columns]
    out = io.BytesIO()
    pq.write_table(pa.table(dict(zip(table.column_names, columns, strict=True))), out)
    lines = frozenset((np.flatnonzero(theirs) + 1).tolist())
    return Blanked(out.getvalue(), len(lines), frozenset(), lines, bool(theirs.all()))


def _by_lines(data: bytes, names: Collection[str]) -> Blanked | None:
    """Of a file that no reader takes: text loses every line with one of the names; None for what is no text."""
    mark, text, codec = decoded_whole(data)
    if "\x00" in text or is_workbook(data):
        return None
    lines = {number for number, line in enumerate(LINE_END.split(text), 1) if set(names_in(line)) & set(names)}
    return Blanked(mark + without_lines(text, lines).encode(codec), len(lines), frozenset(), frozenset(lines))


def _holds(data: bytes, names: Collection[str]) -> bool:
    return bool(set(names_in(decoded_whole(data)[1])) & set(names))
