"""Texts that only stand beside a value: none of them may name a person, whatever a broken line put there.

A line that lost its end runs into the next one, and what stood there as a patient's number or name stands in a field of a result then.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa

from pbis.clinical.linkage import Linkage

_BETWEEN = re.compile(r"[\s^~&|,;]+")
_COMPOSITE = re.compile(r"\^(?![0-9+-])|(?<![0-9])\^")  # parts of an identifier or a name; 10^9 is a number


def unnamed(texts: pa.Array, linkage: Linkage) -> pa.Array:
    """The texts, null where one holds a record number that the linkage table knows."""
    return _where(texts, lambda text: any(map(linkage.knows, _BETWEEN.split(text))))


def range_alone(texts: pa.Array, linkage: Linkage) -> pa.Array:
    """Reference ranges as `unnamed`, null too where one has parts as identifiers and names have: a range has none."""
    return _where(texts, lambda text: bool(_COMPOSITE.search(text)) or any(map(linkage.knows, _BETWEEN.split(text))))


def _where(texts: pa.Array, names_someone: Callable[[str], bool]) -> pa.Array:
    """Each distinct text is looked at once."""
    coded = texts.dictionary_encode()
    kept = [None if text is None or names_someone(text) else text for text in coded.dictionary.to_pylist()]
    return pa.array(kept, pa.string()).take(coded.indices)
