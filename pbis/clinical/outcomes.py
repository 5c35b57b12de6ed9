"""Outcome tables: survival and response by study id. A row with what is no number of months, or no response, is set aside.

What is left must not mislead, so two things refuse the file: a number that cannot be what its column holds (a code 2, months beyond
anyone's follow-up), since the column then means something else; and a word for an event that is not in the table, since patients
who are alive may be the ones who would be missing.

The words are those of pbis/labs/outcomes.toml. A row whose two endpoints cannot both be so is named here and held back by the
view `outcome`; it is stored as it was sent.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pyarrow as pa

from pbis.clinical.aside import USUAL, Allowed, require_most
from pbis.clinical.extract import Extract
from pbis.clinical.notes import with_notes
from pbis.clinical.shapes import shape_of
from pbis.clinical.table import read_table
from pbis.core.amount import Amount
from pbis.core.errors import MalformedFile
from pbis.core.frames import OUTCOME
from pbis.core.kept import Readable
from pbis.core.outcome import contradiction, contradiction_words
from pbis.core.words import plural
from pbis.files.amounts import read_amount
from pbis.labs import LabsMap
from pbis.labs.outcome_words import load_outcome_words

_SHORT = 5  # characters of a code; a name or a number of a patient is longer
_MOST_SHOWN = 6
EVENTS = ("dead", "progressed")


def read_outcomes(file: Readable, labs_map: LabsMap, allowed: Allowed = USUAL) -> pa.Table:
    """Read outcomes into frames.OUTCOME; empty cells are null. A row that cannot be read is set aside (`pbis.clinical.aside_of`).

    allowed: how much of a file may be. Raises MalformedFile with line, column, expected and found.
    """
    extract = read_table(file, shape_of("outcomes", labs_map), labs_map.decimal_mark, by_row=True).with_ids("subject")
    refused: dict[int, MalformedFile] = {}
    _columns(extract, labs_map.decimal_mark, refused)
    extract = extract.without(refused)
    require_most(extract.aside, extract.file_name, allowed)
    columns = _columns(extract, labs_map.decimal_mark, {})
    table = OUTCOME.table(columns)
    said = (*_contradictions(table), *_odd_middle(columns))
    return with_notes(table, replace(extract, notes=(*extract.notes, *said)))


def _columns(extract: Extract, mark: str, refused: dict[int, MalformedFile]) -> dict[str, Any]:
    """The columns of frames.OUTCOME; `refused` takes the first refusal of each row."""
    words = load_outcome_words()
    months = f"months, zero to {words.longest_months:g}"
    return {
        "file_id": pa.repeat(extract.file_id, extract.row_count),
        "source_line": extract.lines,
        "subject_id": extract.columns["subject"],
        "os_months": _cells(extract, "os_months", lambda text: _months(text, mark), months, refused, mark),
        "is_dead": _cells(extract, "dead", words.event, words.event_words, refused, mark),
        "pfs_months": _cells(extract, "pfs_months", lambda text: _months(text, mark), months, refused, mark),
        "is_progressed": _cells(extract, "progressed", words.event, words.event_words, refused, mark),
        "best_response": _cells(extract, "best_response", words.response, words.response_words, refused, mark),
    }


def _cells(
    extract: Extract,
    field: str,
    read: Callable[[str], Any],
    expected: str,
    refused: dict[int, MalformedFile],
    mark: str,
) -> list[Any]:
    """Each cell read; `read` gives None for what it does not understand, and `refused` says of its row why."""
    words, values = load_outcome_words(), []
    texts = extract.columns[field].to_pylist()
    for row, text in enumerate(texts):
        is_missing = words.is_missing(text)
        value = None if is_missing else read(text)
        if value is None and not is_missing:
            found = f"{text[:20]!r}; the column holds {_counts(texts)}"
            hint = "write it as expected, or ask the project for a word that is in common use"
            error = extract.malformed(row, f"{field} cannot be read", expected=expected, found=found, hint=hint)
            if field in EVENTS or _is_number(text, mark):
                raise error
            refused.setdefault(row, error)
        values.append(value)
    return values


def _is_number(text: str, mark: str) -> bool:
    amount = read_amount(text, mark).amount
    return isinstance(amount, Amount) and amount.op == "="


def _counts(texts: list[str]) -> str:
    """How often each short value occurs; longer ones may be about a person and are only counted."""
    short = Counter(text for text in texts if 0 < len(text) <= _SHORT)
    shown = [f"{text!r} {'once' if n == 1 else f'{n} times'}" for text, n in sorted(short.most_common(_MOST_SHOWN))]
    rest = sum(1 for text in texts if text) - sum(n for _, n in short.most_common(_MOST_SHOWN))
    return ", ".join([*shown, *([f"{plural(rest, 'cell')} of other values"] if rest else [])])


def _contradictions(table: pa.Table) -> list[str]:
    """A sentence for every row whose endpoints cannot both be so, with its line, its subject and the values."""
    said = []
    for r in table.to_pylist():
        four = (r["os_months"], r["is_dead"], r["pfs_months"], r["is_progressed"])
        rule = contradiction(*four)
        if rule is not None:
            said.append(f"line {r['source_line']}, {r['subject_id']}: {contradiction_words(rule, *four)}")
    return said


def _odd_middle(columns: dict[str, Any]) -> list[str]:
    """A question for every column of times whose middle no cohort has."""
    middle, said = load_outcome_words().middle_months, []
    for name in ("os_months", "pfs_months"):
        known = [value for value in columns[name] if value is not None]
        if known and statistics.median(known) > middle:
            said.append(f"{name}: half of the rows are over {middle:g} months: are these days or weeks? Send months")
    return said


def _months(text: str, decimal_mark: str) -> float | None:
    """None for what is no number of months, or more of them than anyone is followed: then these are days."""
    said = read_amount(text, decimal_mark)
    if not isinstance(said.amount, Amount) or said.amount.op != "=" or said.unit or said.flag:
        return None
    months = float(said.amount.text)
    return months if months <= load_outcome_words().longest_months else None
