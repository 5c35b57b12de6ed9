"""A moment that stands in two columns, the day in one and the time of day in the other, as many laboratory systems export it.

Which is which the cells say, not the headers. Two columns that are no such pair, as a day and the same day with its time, stay two columns
that mean one field, which refuses the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from pbis.core.errors import MalformedFile
from pbis.files.clock import read_clock
from pbis.files.moment import readings

MOMENTS = "_at"  # how the fields end that are a day and a time
_MIDNIGHT = r"[ T]00:00(:00(\.0+)?)?$"  # what a database writes behind a day that has no time
_FOUR = re.compile(r"(?:[01][0-9]|2[0-3])[0-5][0-9]")  # 0830


def columns_of(
    fields: Mapping[str, Sequence[int]], texts: Sequence[pa.Array], names: Sequence[str], name: str, line: int
) -> dict[str, pa.Array]:
    """Field -> its texts; of a moment in two columns day and time together. names: the headers, of that line. MalformedFile where two columns
    of one field are no day and its time."""
    found: dict[str, pa.Array] = {}
    for field, positions in fields.items():
        own = _filled([texts[position] for position in positions])
        column = own[0] if len(own) == 1 else one_moment(*own)
        if column is None:
            raise twice(field, [names[position] for position in positions], name, line)
        found[field] = column
    return found


def _filled(columns: Sequence[pa.Array]) -> Sequence[pa.Array]:
    """Those that say anything in some row, the first where none does: a system writes a column of times that it never fills."""
    if len(columns) == 1:
        return columns
    return [each for each in columns if any(word.strip() for word in _words(each))] or columns[:1]


def twice(field: str, names: Sequence[str], name: str, line: int) -> MalformedFile:
    """The refusal of a header in which several columns mean one field."""
    return MalformedFile(
        f"{'two' if len(names) == 2 else len(names)} columns mean {field}",
        file=name,
        line=line,
        expected="one, or a day in one and its time in another" if field.endswith(MOMENTS) else "one",
        found=" and ".join(map(repr, names)),
    )


def one_moment(first: pa.Array, second: pa.Array) -> pa.Array | None:
    """Texts of day and time from two columns of texts of one length, in either order; None where they are no such pair. A row without a time
    is its day; one whose time cannot be read says no moment, as it does in one column."""
    if _is_days(first) and _is_times(second):
        return _joined(first, second)
    if _is_days(second) and _is_times(first):
        return _joined(second, first)
    return None


def _is_days(column: pa.Array) -> bool:
    """Whether a cell holds a day, and none a time."""
    words = _words(_without_midnight(column))
    return any(map(readings, words)) and not any(":" in word or re.fullmatch("[0-9]{12,14}", word) for word in words)


def _is_times(column: pa.Array) -> bool:
    """Whether a cell holds a time of day, and none a day."""
    words = _words(column)
    return any(map(_clock, words)) and not any(map(readings, words))


def _joined(days: pa.Array, times: pa.Array) -> pa.Array:
    coded = times.dictionary_encode()
    written = pa.array([_clock(word) or word for word in coded.dictionary.to_pylist()], pa.string()).take(coded.indices)
    return pc.utf8_trim_whitespace(pc.binary_join_element_wise(_without_midnight(days), written, " "))


def _clock(word: str) -> str | None:
    """A time of day as `readings` takes it behind a day."""
    if _FOUR.fullmatch(word):
        return f"{word[:2]}:{word[2:]}"
    return word if read_clock(word) else None


def _without_midnight(column: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(column, _MIDNIGHT, "")


def _words(column: pa.Array) -> Sequence[str]:
    return [word for word in pc.unique(column).to_pylist() if word]
