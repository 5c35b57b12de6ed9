"""What a site's map says in words of its own: spellings of units, and codes; each is checked when the map is read.

A spelling may say how a unit is written here, and never how large it is: that is the table's, or a kit's own factor.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, NoReturn

from pbis.core.errors import ConfigError
from pbis.core.units import is_same_unit, refused_kind, spellings, to_unit
from pbis.core.words import nearest
from pbis.labs.model import declared_key


class MapText(NamedTuple):
    """A map's file and its text, for messages that name the line."""

    path: Path
    text: str

    def refuse(self, table: str, key: str, words: str) -> NoReturn:
        """Raise ConfigError at the line on which the table names the key."""
        line = _line_of(self.text, table, key)
        where = str(self.path) if line is None else f"{self.path}, line {line}"
        raise ConfigError(f"{where}: {table or key}: {words}")


def unit_spellings(declared: Mapping[str, str], text: MapText) -> dict[str, str]:
    """Spelling without blanks -> unit of the table, or one that only a kit converts, as the site writes it.

    Raises ConfigError with the line: an unknown unit, a spelling that the table knows with another size, one of two meanings.
    """
    found: dict[str, str] = {}
    for written, meant in declared.items():
        key = "".join(written.split())
        _check_spelling(written, meant, text)
        if not is_same_unit(found.setdefault(key, meant), meant):
            text.refuse("unit_spelling", written, f"{written!r} has two meanings: {found[key]!r} and {meant!r}")
    return found


def _check_spelling(written: str, meant: str, text: MapText) -> None:
    if not written.strip():
        text.refuse("unit_spelling", written, "a blank unit is said under [unit_where_blank], for each test")
    if to_unit(meant) is None and refused_kind(meant) is None:
        known = f"expected a unit of the table{nearest(meant, spellings())}"
        text.refuse("unit_spelling", written, f"{meant!r} is no known unit; {known}")
    if refused_kind(written) is not None and not is_same_unit(written, meant):
        kit = f"{written!r} ({refused_kind(written)}) has a size only by a kit's factor; expected a [[kit_factor]]"
        text.refuse("unit_spelling", written, kit)
    own = to_unit(written)
    if own is not None and not is_same_unit(written, meant):
        text.refuse("unit_spelling", written, f"{written!r} means {own.name} already; found {meant!r}, another size")


def own_codes(
    by_test: Mapping[str, Iterable[str]], by_code: Mapping[str, str], tests: Iterable[str], text: MapText
) -> dict[str, str]:
    """The site's codes and names, folded -> our name of the test.

    by_test: [local_codes], our name -> codes; by_code: [code], code -> our name. Raises ConfigError with the line: a name that is
    none of ours, a code of two meanings.
    """
    known = tuple(tests)
    found: dict[str, str] = {}
    pairs = [("local_codes", test, code, test) for test, codes in by_test.items() for code in codes]
    pairs += [("local_codes", test, "", test) for test in by_test]
    for table, key, code, test in (*pairs, *(("code", code, code, test) for code, test in by_code.items())):
        if test not in known:
            names = nearest(test, known) or f": {', '.join(known)}"
            text.refuse(table, key, f"there is no test called {test!r}; expected one of ours{names}")
        if table == "code" and not code.strip():
            text.refuse(table, key, "a code is empty")
        if code and found.setdefault(declared_key(code), test) != test:
            text.refuse(table, key, f"{code!r} has two meanings: {found[declared_key(code)]} and {test}")
    return found


def _line_of(text: str, table: str, key: str) -> int | None:
    """1-based line below the table's head on which the key stands, bare or quoted; else the head's own."""
    head: int | None = None
    is_inside = not table  # before the first table stand the words of the map as a whole
    name = re.compile(rf"\s*(?:{re.escape(key)}|\"{re.escape(key)}\"|'{re.escape(key)}')\s*=")
    for number, line in enumerate(text.splitlines(), 1):
        if re.match(r"\s*\[", line):
            is_inside = re.match(rf"\s*\[{{1,2}}\s*{re.escape(table)}\s*\]", line) is not None
            head = number if is_inside else head
        elif is_inside and name.match(line):
            return number
    return head
