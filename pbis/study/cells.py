"""What the cells of a study's table say: events, responses, numbers. What cannot be read is refused with row and value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from pbis.clinical.fitness import child_pugh_of, ecog_of
from pbis.core.errors import TableRefused
from pbis.files.cell_number import read_number
from pbis.labs.outcome_words import OutcomeWords, load_outcome_words

ROW = "_row"  # which row of the table a patient stands in, counted below the header; not part of the data
_MOST_SHOWN = 6  # different values, and rows, that an error lists


def numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the number of each row: by its index where that is one of rows, so that a choice of rows keeps them."""
    is_of_rows = pd.api.types.is_integer_dtype(frame.index) and frame.index.is_unique
    return frame.assign(**{ROW: (frame.index if is_of_rows else np.arange(len(frame))) + 1})


def place(frame: pd.DataFrame, position: int) -> str:
    """`row 14 (S0013)`."""
    return f"row {frame[ROW].iloc[position]} ({frame['subject_id'].iloc[position]})"


def read_events(frame: pd.DataFrame, name: str) -> pd.Series:
    """1, 0 or nan of a yes/no column. A column with any other value is refused whole: who has the event would be a guess."""
    words = load_outcome_words()
    return _read(frame, name, words, lambda text: words.event(text), f"{words.event_words}", "float64")


def read_responses(frame: pd.DataFrame, name: str) -> pd.Series:
    """CR, PR, SD, PD, NE or null."""
    words = load_outcome_words()
    return _read(frame, name, words, lambda text: words.response(text), words.response_words, "object")


def read_numbers(frame: pd.DataFrame, name: str) -> pd.Series:
    """Floats; empty and missing words are nan."""
    if pd.api.types.is_numeric_dtype(frame[name]):
        return frame[name].astype(float)
    words = load_outcome_words()
    return _read(frame, name, words, _number, "a number", "float64")


def read_child_pugh(frame: pd.DataFrame, name: str) -> pd.Series:
    """Points where everybody who is recorded has them, else A5 to C15 or the class alone, as text."""
    if pd.api.types.is_numeric_dtype(frame[name]):
        return frame[name].astype(float)
    expected = "a class A to C, points 5 to 15, or both as in B7"
    said = _read(frame, name, load_outcome_words(), child_pugh_of, expected, "object")
    points = child_pugh_points(said)
    return points if points.notna().equals(said.notna()) else said


def child_pugh_points(said: pd.Series) -> pd.Series:
    """The points of A5 to C15; nan of a class alone."""
    return pd.to_numeric(said.astype("object").map(lambda text: text[1:] if isinstance(text, str) else None))


def read_ecog(frame: pd.DataFrame, name: str) -> pd.Series:
    """0 to 5, or nan."""
    if pd.api.types.is_numeric_dtype(frame[name]):
        return frame[name].astype(float)
    return _read(frame, name, load_outcome_words(), ecog_of, "0 to 5", "float64")


def _number(text: str) -> float | None:
    said = read_number(text)
    return float(said.text) if said.kind == "number" and not said.unit else None


def _read(
    frame: pd.DataFrame, name: str, words: OutcomeWords, read: Callable[[str], Any], expected: str, dtype: str
) -> pd.Series:
    texts = [None if cell is None or cell is pd.NA or cell != cell else _text(cell) for cell in frame[name].tolist()]
    known = [None if text is None or words.is_missing(text) else text for text in texts]
    values = [None if text is None else read(text) for text in known]
    read_as = enumerate(zip(known, values, strict=True))
    strange = {k: text for k, (text, value) in read_as if text is not None and value is None}
    if strange:
        raise TableRefused(_refusal(frame, name, known, strange, expected))
    return pd.Series(values, index=frame.index, dtype=dtype)


def _text(cell: object) -> str:
    """1.0 and 1 are one value: a column with an empty cell has become one of decimals."""
    return f"{cell:g}" if isinstance(cell, float) and cell.is_integer() else str(cell)


def _refusal(frame: pd.DataFrame, name: str, known: list[str | None], strange: dict[int, str], expected: str) -> str:
    counts = Counter(text for text in known if text is not None)
    most = counts.most_common(_MOST_SHOWN)
    shown = ", ".join(f"{text[:20]!r} in {n} row{'s' * (n != 1)}" for text, n in sorted(most))
    rest = f" and {len(counts) - len(most)} other values" if len(counts) > len(most) else ""
    rows = ", ".join(f"{place(frame, k)} {text[:20]!r}" for k, text in islice(strange.items(), _MOST_SHOWN))
    more = f" and {len(strange) - _MOST_SHOWN} more rows" if len(strange) > _MOST_SHOWN else ""
    return (
        f"{source_of(frame)}: column {name}: expected {expected}; found {rows}{more}. "
        f"The column holds {shown}{rest}; write it in these words and run again"
    )


def source_of(frame: pd.DataFrame) -> str:
    """The file that the table was read from, as the user knows it."""
    return str(frame.attrs.get("source", "study table"))
