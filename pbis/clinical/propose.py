"""A column map for a file of results that nobody has mapped yet: known headers first, then what a column's cells say.

Identity is never guessed: a record number and an accession are taken by their header alone. What is proposed is for a person to
check; `Proposal.guessed` names the columns that only their cells speak for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from pbis.clinical.codings import Reader, read_codings, read_plain
from pbis.clinical.extract import Extract, TableShape, decode, fields_of, parse_extract
from pbis.clinical.fhir.labs import read_fhir
from pbis.clinical.hl7.labs import read_hl7
from pbis.clinical.omop import read_omop_csv, read_omop_parquet
from pbis.clinical.recognise import FHIR, HL7, OMOP, TABLE, WORKBOOK, plain, recognise
from pbis.clinical.shapes import shape_of
from pbis.clinical.survey import Survey, survey
from pbis.clinical.workbook import grid_of
from pbis.core.amount import Amount
from pbis.core.units import refused_kind, to_unit
from pbis.files.amounts import read_amount
from pbis.files.delimiter import TABLE_DELIMITERS, cells_of, sniff_delimiter
from pbis.files.limits import TABLE as TABLE_LIMITS
from pbis.files.moment import readings
from pbis.files.sheet import check_width
from pbis.labs import LabsMap
from pbis.labs.model import fold_header, fold_status, is_loinc

LOOKED_AT = 2_000  # rows whose cells are judged
LABS = "labs"
FORMS = {TABLE: "table", WORKBOOK: "workbook", HL7: "HL7 v2", FHIR: "FHIR"}


@dataclass(frozen=True)
class Proposal:
    """columns: field -> header as written. guessed: fields that cells, not headers, decided. missing: fields without a column.

    ignored: headers that no field means. survey: None while no column for tests or units is known.
    """

    form: str
    columns: Mapping[str, str]
    guessed: tuple[str, ...]
    missing: tuple[str, ...]
    ignored: tuple[str, ...]
    survey: Survey | None
    table: str = LABS


def propose(data: bytes, name: str, labs_map: LabsMap, table: str = LABS) -> Proposal:
    """Look at a file. table: which table of the map it is; for all but results headers alone decide. Raises InputRefused subclasses as reading it would, but for headers that are not known yet."""
    data = plain(data, name)
    form = recognise(data, name)
    if table != LABS and form != WORKBOOK:
        form = TABLE  # a table of patients is nothing else, whatever its cells look like
    if form in (TABLE, WORKBOOK):
        least = 4 if table == LABS else 2  # columns that a table of results has, and any other
        columns = every_column(data, name, form, labs_map.encoding, least=least)
        return _propose_table(columns, labs_map, FORMS[form], shape_of(table, labs_map))
    readers: dict[str, tuple[Callable[[bytes, str, LabsMap], Extract], Reader]] = {
        HL7: (read_hl7, read_codings),
        FHIR: (read_fhir, read_codings),
        OMOP: (read_omop_csv, read_codings),
    }
    read, read_code = readers.get(form, (read_omop_parquet, read_codings))
    extract = read(data, name, labs_map)
    found = survey(extract, labs_map, read_code)
    return Proposal(FORMS.get(form, "OMOP"), {}, (), (), extract.ignored, found)


def mapped(labs_map: LabsMap, columns: Mapping[str, str], table: str = LABS) -> LabsMap:
    """The map with the proposed headers beside those that it knows."""
    labs = {
        field: (fold_header(columns[field]), *headers) if field in columns else headers
        for field, headers in labs_map.columns[table].items()
    }
    taken = {fold_header(header): field for field, header in columns.items()}
    own = {field: tuple(h for h in headers if taken.get(h, field) == field) for field, headers in labs.items()}
    return replace(labs_map, columns={**labs_map.columns, table: own})


def every_column(data: bytes, name: str, form: str, encoding: str, *, least: int = 2) -> Extract:
    """Every column of a table under its own header; of a workbook's rows the first with at least so many texts."""
    if form == WORKBOOK:
        return grid_of(data, name, least=least)
    text, _ = decode(data, name, declared=encoding)
    line = next((each for each in text.splitlines() if each.strip() and not each.lower().startswith("sep=")), "")
    check_width(name, line, 1, TABLE_DELIMITERS, TABLE_LIMITS)
    names = cells_of(line, sniff_delimiter(line, TABLE_DELIMITERS, len))
    own = {header: (fold_header(header),) for header in dict.fromkeys(filter(None, names))}
    return parse_extract(data, name, TableShape("results", own, frozenset(own), encoding))


def _propose_table(table: Extract, labs_map: LabsMap, form: str, shape: TableShape) -> Proposal:
    headers = list(table.columns)
    columns = {field: headers[at[0]] for field, at in fields_of(headers, shape).items()}
    free = [header for header in headers if header not in columns.values()]
    cells = {header: _cells(table.columns[header]) for header in free}
    guessed = _guess(cells, shape, columns, labs_map) if shape.table == LABS else {}
    columns |= guessed
    missing = tuple(field for field in shape.headers if field not in columns and field not in shape.optional)
    ignored = tuple(header for header in headers if header not in columns.values())
    says_results = shape.table == LABS and {"test", "unit"} <= set(columns)
    found = survey(_under(table, columns, shape), labs_map, read_plain) if says_results else None
    return Proposal(form, columns, tuple(guessed), missing, ignored, found, shape.table)


def _under(table: Extract, columns: Mapping[str, str], shape: TableShape) -> Extract:
    absent = {field: pa.repeat("", table.row_count) for field in shape.headers}
    return replace(table, columns=absent | {field: table.columns[header] for field, header in columns.items()})


def _guess(
    cells: Mapping[str, Sequence[str]], shape: TableShape, known: Mapping[str, str], labs_map: LabsMap
) -> dict[str, str]:
    """Field -> the one free column whose cells look like it; none where two do."""
    found: dict[str, str] = {}
    for field, (looks, least) in _looks(labs_map).items():
        if field in known or field not in shape.headers:
            continue
        rivals = [header for header in cells if header not in found.values() and _share(cells[header], looks) >= least]
        rivals = (
            [header for header in rivals if _COLLECTED.search(header)] or rivals if field == "collected_at" else rivals
        )
        if len(rivals) == 1:
            found[field] = rivals[0]
    return found


def _looks(labs_map: LabsMap) -> dict[str, tuple[Callable[[str], bool], float]]:
    """Field -> how its cells look, and the share of cells that must; the most telling first."""
    return {
        "unit": (lambda cell: to_unit(cell) is not None or refused_kind(cell) is not None, 0.5),
        "status": (lambda cell: fold_status(cell) in labs_map.status_by_word, 0.6),
        "test": (lambda cell: is_loinc(cell) or labs_map.codes.meaning(cell).analyte is not None, 0.2),
        "collected_at": (lambda cell: bool(readings(cell)), 0.9),
        "value": (lambda cell: isinstance(read_amount(cell, labs_map.decimal_mark).amount, Amount), 0.7),
    }


def _share(cells: Sequence[str], looks: Callable[[str], bool]) -> float:
    return sum(map(looks, cells)) / len(cells) if cells else 0.0


def _cells(column: pa.Array) -> list[str]:
    return [cell for cell in column.slice(0, LOOKED_AT).to_pylist() if cell]


_COLLECTED = re.compile(r"coll|drawn|draw|sampl|entnahme|abnahme|prelev", re.IGNORECASE)
