"""OMOP CDM 5 MEASUREMENT rows, as CSV or Parquet, as laboratory rows.

What the source said stands first: value_source_value and unit_source_value over value_as_number and unit_concept_id, which are
derived from them. person_id is looked up in the linkage table like any record number. The table has no result status: what it
holds is taken as final, and a note says so.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pbis.clinical.codings import UNIT
from pbis.clinical.extract import Extract, TableShape, parse_extract
from pbis.clinical.omop_agreement import doubts
from pbis.clinical.table_rows import csv_line, without_empty_rows
from pbis.core.errors import MalformedFile, UnrecognisedFormat
from pbis.files.clock import read_clock
from pbis.files.limits import TABLE, Limits
from pbis.files.moment import is_open, read
from pbis.labs import LabsMap, load_concepts
from pbis.labs.model import fold_header

NOTE = "MEASUREMENT has no result status: all rows are taken as final"
REQUIRED = ("person_id", "measurement_concept_id", "measurement_date", "value_as_number")
OPTIONAL = (
    "measurement_datetime", "measurement_time", "operator_concept_id", "unit_concept_id", "range_low", "range_high",
    "measurement_source_value", "unit_source_value", "value_source_value",
)  # fmt: skip
_MIDNIGHT = re.compile(r"[ T]0?0:00(?!:?[0-9]*[1-9])")
OMOP_SHAPE = TableShape(
    "OMOP MEASUREMENT", {name: (fold_header(name),) for name in (*REQUIRED, *OPTIONAL)}, frozenset(OPTIONAL)
)


def read_omop_csv(data: bytes, name: str, labs_map: LabsMap) -> Extract:
    """Raises MalformedFile with the line, as any delimited text."""
    shape = replace(OMOP_SHAPE, encoding=labs_map.encoding)
    return _rows(parse_extract(data, name, shape, by_row=True).with_ids("person_id"), labs_map)


def read_omop_parquet(data: bytes, name: str, labs_map: LabsMap, limits: Limits = TABLE) -> Extract:
    """The same from Parquet; lines are row numbers, the first row is 1."""
    try:
        file = pq.ParquetFile(io.BytesIO(data), thrift_container_size_limit=limits.parquet_items)
        if file.metadata.num_rows > limits.parquet_rows or file.metadata.num_columns > limits.text_columns:
            expected = f"at most {limits.parquet_rows} rows of {limits.text_columns} columns"
            found = f"{file.metadata.num_rows} rows of {file.metadata.num_columns}"
            raise UnrecognisedFormat("the table is too large", file=name, expected=expected, found=found)
        present = {column.lower(): column for column in file.schema_arrow.names}
        wanted = [present[column] for column in (*REQUIRED, *OPTIONAL) if column in present]
        table = file.read(columns=wanted)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        found = str(error).splitlines()[0][:80]
        raise MalformedFile("the file cannot be read", file=name, expected="a Parquet table", found=found) from None
    missing = [column for column in REQUIRED if column not in present]
    if missing:
        raise MalformedFile(f"no column for {', '.join(missing)}", file=name, line=1, expected=", ".join(REQUIRED))
    ignored = tuple(column for column in file.schema_arrow.names if column not in wanted)
    columns = {column: _texts(table.column(present[column])) for column in (*REQUIRED, *OPTIONAL) if column in present}
    absent = {column: pa.repeat("", table.num_rows) for column in OPTIONAL if column not in present}
    lines = np.arange(1, table.num_rows + 1, dtype=np.int64)
    extract = Extract(
        name, hashlib.sha256(data).hexdigest(), columns | absent, lines, ignored, head=csv_line(list(columns)),
        raw=lambda line: csv_line([column[line - 1].as_py() for column in columns.values()]),
    )  # fmt: skip
    return _rows(_without_blank_rows(extract).with_ids("person_id"), labs_map)


def _without_blank_rows(extract: Extract) -> Extract:
    """A row that holds nothing in any column is none: it was blanked. The others keep their numbers."""
    kept = without_empty_rows(list(extract.columns.values()), extract.lines)
    if kept.count == extract.row_count:
        return extract
    return replace(extract, columns=dict(zip(extract.columns, kept.columns, strict=True)), lines=kept.lines)


def _rows(sent: Extract, labs_map: LabsMap) -> Extract:
    columns = sent.columns
    concepts = load_concepts()
    low, high = columns["range_low"], columns["range_high"]
    has_range = pc.and_(pc.not_equal(low, ""), pc.not_equal(high, ""))
    count = sent.row_count
    signs = _mapped(columns["operator_concept_id"], concepts.operator)
    units = _mapped(columns["unit_concept_id"], concepts.unit)
    rows = {
        "mrn": columns["person_id"],
        "site": pa.repeat("", count),
        "accession": pa.repeat("", count),
        "test": _codes(columns, concepts.loinc),
        "value": _values(columns, concepts.operator),
        "unit": _or(columns["unit_source_value"], _mapped(columns["unit_concept_id"], concepts.unit, "concept {}")),
        "status": pa.repeat("final", count),
        "collected_at": _times(columns),
        "resulted_at": pa.repeat("", count),
        "reference_range": pc.if_else(has_range, pc.binary_join_element_wise(low, high, "-"), ""),
        **doubts(columns, signs, units, labs_map),
    }
    return Extract(
        sent.file_name, sent.file_id, rows, sent.lines, sent.ignored, sent.encoding, notes=(NOTE,), aside=sent.aside
    )


def _codes(columns: Mapping[str, pa.Array], loinc: Mapping[str, str]) -> pa.Array:
    """The standard concept as LOINC where the reviewed table has it, and the source's own code beside it."""
    standard = _mapped(columns["measurement_concept_id"], loinc)
    source = columns["measurement_source_value"]
    first = pc.binary_join_element_wise("http://loinc.org", standard, "", UNIT)
    second = pc.binary_join_element_wise("", source, "", UNIT)
    both = pc.binary_join_element_wise(first, second, "\x1e")
    is_same = pc.or_(pc.equal(standard, ""), pc.equal(standard, source))
    return pc.if_else(is_same, second, pc.if_else(pc.equal(source, ""), first, both))


def _values(columns: Mapping[str, pa.Array], operator: Mapping[str, str]) -> pa.Array:
    """The value as the source wrote it; its operator where it wrote a bare number."""
    text = _or(columns["value_source_value"], columns["value_as_number"])
    signs = _mapped(columns["operator_concept_id"], operator, "operator {} ")
    is_bare = pc.match_substring_regex(text, r"^\+?[0-9.,]")  # `5 mg/L` under an operator of < is a bound, too
    return pc.if_else(is_bare, pc.binary_join_element_wise(signs, text, ""), text)


def _times(columns: Mapping[str, pa.Array]) -> pa.Array:
    """measurement_datetime, else measurement_date with the time of day that stands alone (in either of CDM 5's columns for it)."""
    moment, day = columns["measurement_datetime"], _each(columns["measurement_date"], _day_alone, pa.string())
    stands = _each(moment, _stands, pa.bool_())
    clock = _each(_or(moment, columns["measurement_time"]), _clock_alone, pa.string())
    is_dated = _each(day, _is_day, pa.bool_())
    timed = pc.if_else(pc.and_(is_dated, pc.not_equal(clock, "")), pc.binary_join_element_wise(day, clock, " "), day)
    return pc.if_else(pc.or_(stands, pc.equal(day, "")), moment, timed)


def _stands(moment: str) -> bool:
    """Whether it says a time of a day; midnight exactly is what a converter writes for a date without one."""
    return not _MIDNIGHT.search(moment) and (read(moment) is not None or is_open(moment))


def _day_alone(text: str) -> str:
    """The text without a midnight behind its day."""
    found = _MIDNIGHT.search(text)
    return text[: found.start()] if found else text


def _is_day(text: str) -> bool:
    found = read(text)
    return found is not None and not found.has_time


def _clock_alone(text: str) -> str:
    return "" if read_clock(text) is None or _MIDNIGHT.search(f" {text}") else text


def _each(texts: pa.Array, say: Callable[[str], bool | str], kind: pa.DataType) -> pa.Array:
    """What is said of every text, asked once for each distinct one."""
    coded = texts.dictionary_encode()
    return pa.array([say(each) for each in coded.dictionary.to_pylist()], kind).take(coded.indices)


def _mapped(ids: pa.Array, meaning: Mapping[str, str], unknown: str = "") -> pa.Array:
    """The meaning of each id; `unknown` with the id where the table has none, so that it is quoted and not overlooked."""
    coded = ids.dictionary_encode()
    words = [
        "" if each in ("", "0") else meaning.get(each, unknown.format(each)) for each in coded.dictionary.to_pylist()
    ]
    return pa.array(words, pa.string()).take(coded.indices)


def _or(first: pa.Array, second: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(first, ""), second, first)


def _texts(column: pa.ChunkedArray) -> pa.Array:
    """Any column as text; a whole number that Parquet holds as a real stays whole."""
    values = column.combine_chunks()
    is_moment = pa.types.is_timestamp(values.type)
    text = pc.strftime(values, "%Y-%m-%d %H:%M:%S") if is_moment else values.cast(pa.string())
    return pc.utf8_trim_whitespace(pc.fill_null(text, ""))
