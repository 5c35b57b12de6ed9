"""Spans of time in an answer as text: no workbook, no Parquet file and no JSON has a type for them, and Arrow turns none into words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa


def spans_as_text(reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """The same rows; a column of spans is text, as DuckDB writes it (`1 month 3 days 04:05:06.5`). What stands in a list stays."""
    places = [at for at, field in enumerate(reader.schema) if pa.types.is_interval(field.type)]
    if not places:
        return reader
    schema = reader.schema
    for at in places:
        schema = schema.set(at, pa.field(schema.field(at).name, pa.string()))
    return pa.RecordBatchReader.from_batches(schema, _told(reader, schema, frozenset(places)))


def _told(reader: pa.RecordBatchReader, schema: pa.Schema, places: frozenset[int]) -> Iterator[pa.RecordBatch]:
    for batch in reader:
        columns = [
            pa.array(map(_span, column.to_pylist()), pa.string()) if at in places else column
            for at, column in enumerate(batch.columns)
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _span(span: Any) -> str | None:
    """Months, days and a time of day, of which what is 0 is left out."""
    if span is None:
        return None
    years, months = _split(span.months, 12)
    units = ((years, "year"), (months, "month"), (span.days, "day"))
    told = [f"{count} {one}{'' if abs(count) == 1 else 's'}" for count, one in units if count]
    return " ".join([*told, _clock(span.nanoseconds)] if span.nanoseconds or not told else told)


def _split(count: int, by: int) -> tuple[int, int]:
    sign = -1 if count < 0 else 1
    return sign * (abs(count) // by), sign * (abs(count) % by)


def _clock(nanoseconds: int) -> str:
    seconds, micro = divmod(abs(nanoseconds) // 1000, 1_000_000)
    part = f".{micro:06d}".rstrip("0") if micro else ""
    return f"{'-' if nanoseconds < 0 else ''}{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{part}"
