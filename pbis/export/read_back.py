"""A statistical file is read before it is handed over: its writer may say nothing where the disk is full, and leave a file that ends early."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pbis.core.errors import IntegrityError

_END_OF_DTA = b"</stata_dta>"
_ROOM = 1 << 20  # bytes asked for beyond what was written, to learn whether the disk has room; own choice


@contextmanager
def told_where_full(path: Path, form: str) -> Iterator[None]:
    """Around the writing of a file and its reading: the OSError of the disk where it is full, IntegrityError where it is not and the
    writer or the reader fails nevertheless."""
    import pyreadstat

    try:
        yield
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, _ReadsOtherwise) as error:
        path.write_bytes(bytes(path.stat().st_size + _ROOM))
        raise IntegrityError(f"{path}: the {form} file is not what was given: {error}; nothing was kept") from None


def require_read_back(
    path: Path, form: str, given: pd.DataFrame, words: Mapping[str, Mapping[int | float, str]]
) -> None:
    """Within told_where_full: the file has the rows, columns and labels of words that were given, and its end. Blanks at the end of a
    text are filling in these forms."""
    import pyreadstat

    readers: dict[str, Any] = {"sav": pyreadstat.read_sav, "dta": pyreadstat.read_dta, "xpt": pyreadstat.read_xport}
    found, about = readers[form](path)
    if found.shape != given.shape:
        raise _ReadsOtherwise(
            f"{found.shape[0]} rows of {found.shape[1]} columns, not {given.shape[0]} of {given.shape[1]}"
        )
    for name in given.columns:
        if not _is_same(given[name], found[name]):
            raise _ReadsOtherwise(f"column {name} differs")
        if form != "xpt" and about.variable_value_labels.get(name, {}) != words.get(name, {}):
            raise _ReadsOtherwise(f"labels of {name} differ")
    if form == "dta" and not path.read_bytes().endswith(_END_OF_DTA):  # the reader does not look for it
        raise _ReadsOtherwise("its end is missing")


class _ReadsOtherwise(Exception):
    """What was read is not what was given."""


def _is_same(given: Any, found: Any) -> bool:
    if given.dtype == object:
        return [text.rstrip(" ") for text in given] == [str(text).rstrip(" ") for text in found]
    return np.array_equal(
        given.to_numpy("float64", na_value=np.nan), found.to_numpy("float64", na_value=np.nan), equal_nan=True
    )
