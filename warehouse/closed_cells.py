"""What of a cell that a file filled stands in a release: itself where it is closed for its kind, else kind and hash.

Closed is a number, a unit of the table, a word of reviewed data (pbis/labs/closed_words.toml) or of site.toml, and a name that the store
itself knows: a barcode of the specimen table, an analyte, a plate. Order numbers, ids and accession numbers never are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import duckdb

from pbis.config import ReleaseSection
from pbis.core.kit_unit import kit_unit
from pbis.core.quoted import HASH_DIGITS, SPECIMEN, called, called_group, parts_of_group
from pbis.core.units import to_unit
from pbis.labs.closed_words import is_of_words, load_closed_words
from pbis.labs.outcome_words import fold_word, load_outcome_words
from pbis.panels import load_aliases, load_panel, panel_names

SURROGATE = re.compile(rf"[a-z_]+-[0-9a-f]{{{HASH_DIGITS}}}")
_BARCODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:#-]{0,39}")
_NAMED = re.compile(r"[A-Za-z0-9 ._/:#()-]{1,40}")
_LEADING_NUMBER = re.compile(r"[\s<>=~\u2264\u2265]*[-+]?[\d.,]+(?:[eE][-+]?\d+)?\s*")
_PLACE = re.compile(r"\d*\(?\d*,?[A-Pa-p]\d{1,2}\)?")
_HEXADECIMAL = re.compile(r"[0-9A-Fa-f]{1,4}")
# Most cells of these kinds are plain numbers, of which there are as many as readings.
_MOSTLY_NUMBERS = frozenset({"value", "date", "location"})
_PLAIN = "[-+<>=~0-9., ]*"
_RATIOS = ("1", "N/L")  # as what a ratio of two counts is compared
_PLATES = " | "
_SPECIMENS = ("label", "specimen", "accession")


@dataclass(frozen=True)
class KnownNames:
    """What the store itself names."""

    specimens: frozenset[str] = frozenset()
    analytes: frozenset[str] = frozenset()
    plates: frozenset[str] = frozenset()


def worth_a_look(kind: str, cell: str) -> str:
    """SQL: whether a cell of the kind has to be looked at, which a plain number has not. Whether DuckDB can read it as a number is asked before the
    expression, which costs three times as much."""
    if kind not in _MOSTLY_NUMBERS:
        return "true"
    is_number = f"isfinite(try_cast({cell} as double)) and not contains(lower({cell}), 'e')"
    return f"case when {is_number} then false else not regexp_full_match({cell}, '{_PLAIN}') end"


def known_names(con: duckdb.DuckDBPyConnection) -> KnownNames:
    """The names of a working file or of a release."""

    def found(query: str) -> frozenset[str]:
        return frozenset(name for (name,) in con.execute(query).fetchall() if name)

    barcodes = found("select distinct specimen_id from store.specimen")
    return KnownNames(
        specimens=frozenset(each for each in barcodes if _BARCODE.fullmatch(each) and any(map(str.isdigit, each))),
        analytes=found(
            "select distinct analyte_reported from store.analyte_run union select distinct analyte from store.curve"
        ),
        plates=found("select distinct batch from store.run"),
    )


@dataclass(frozen=True)
class ClosedCells:
    """The rules of one site: what its store names, and what its site.toml declares."""

    known: KnownNames
    declared: ReleaseSection

    def shown(self, kind: str, text: str) -> str:
        """The cell as a release has it. ValueError where nothing says what is closed for the kind."""
        if kind == "plates":
            return _PLATES.join(self.shown("plate", each) for each in text.split(_PLATES))
        if kind == "group":
            return self._group(text)
        return text if self.is_closed(kind, text) else called(SPECIMEN if kind in _SPECIMENS else kind, text)

    def is_closed(self, kind: str, text: str) -> bool:
        """Whether the cell may be shown as it is."""
        rule = _RULES.get(kind)
        if rule is None:
            raise ValueError(f"no rule says what is closed for a cell of kind {kind!r}")
        return not text.strip() or fold_word(text) in self._declared or rule(self, text)

    def is_closed_somewhere(self, text: str) -> bool:
        """Whether a piece that a sentence quotes is closed for a kind of cell whose words are few and the program's own."""
        return any(_RULES[kind](self, text) for kind in ("unit", "reagent", "analyte", "plate", "block", "date"))

    def _group(self, text: str) -> str:
        """`SR123 x2`: a specimen or a label, and its factor; a group without a factor is one of them alone."""
        base, _ = parts_of_group(text)
        return text if self.is_closed("label", base) or self.is_closed("specimen", base) else called_group(text)

    @cached_property
    def _declared(self) -> frozenset[str]:
        return frozenset(map(fold_word, self.declared.words))


def _of_words(kind: str, *, has_figures: bool = False) -> Callable[[ClosedCells, str], bool]:
    return lambda cells, text: is_of_words(text, load_closed_words()[kind], has_figures=has_figures)


def _regimen(cells: ClosedCells, text: str) -> bool:
    words = load_outcome_words()
    named = {*words.regimen_by_word.values(), *words.drug_by_word.values(), *words.drug_by_word, *words.regimen_by_word}
    parts = {part for each in named for part in re.findall(r"[^\W\d_]+", fold_word(each))}
    return is_of_words(text, load_closed_words()["regimen"] | parts)


def _cohort(cells: ClosedCells, text: str) -> bool:
    return _regimen(cells, text) or is_of_words(text, load_closed_words()["cohort"])


def _value(cells: ClosedCells, text: str) -> bool:
    """A number, what stands in place of one, or a number with its unit."""
    number = _LEADING_NUMBER.match(text)
    unit = text[number.end() :] if number else ""
    return is_of_words(text, load_closed_words()["value"], has_figures=True) or (bool(unit) and _unit(cells, unit))


def _unit(cells: ClosedCells, text: str) -> bool:
    return text in _RATIOS or to_unit(text) is not None or kit_unit("".join(text.split())) is not None


def _serial(cells: ClosedCells, text: str) -> bool:
    """The name of a machine or a lot holds figures; a name of a person does not."""
    return _NAMED.fullmatch(text) is not None and sum(map(str.isdigit, text)) >= 3


def _protocol(cells: ClosedCells, text: str) -> bool:
    kits = {name for panel in map(load_panel, panel_names()) for name in (panel.name, panel.title, *panel.protocols)}
    return text in kits or is_of_words(text, load_closed_words()["protocol"])


def _block(cells: ClosedCells, text: str) -> bool:
    head = re.sub(r" \(\d+\)$", "", text)
    return is_of_words(text, load_closed_words()["block"]) or head in cells.known.analytes


def _label(cells: ClosedCells, text: str) -> bool:
    if cells.declared.labels_name_nobody or text in cells.known.specimens:
        return True
    return is_of_words(text, load_closed_words()["reagent"])


def _never(cells: ClosedCells, text: str) -> bool:
    return False


_RULES: Mapping[str, Callable[[ClosedCells, str], bool]] = {
    "label": _label,
    "specimen": lambda cells, text: cells.declared.labels_name_nobody or text in cells.known.specimens,
    "accession": lambda cells, text: text in cells.known.specimens,
    "analyte": lambda cells, text: text in cells.known.analytes or load_aliases().resolve(text) is not None,
    "plate": lambda cells, text: text in cells.known.plates,
    "reagent": _of_words("reagent"),
    "value": _value,
    "unit": _unit,
    "date": _of_words("date", has_figures=True),
    "location": lambda cells, text: _PLACE.fullmatch(text) is not None,
    "instrument": _of_words("instrument"),
    "version": lambda cells, text: (
        bool(_HEXADECIMAL.fullmatch(text)) or is_of_words(text, load_closed_words()["version"], has_figures=True)
    ),
    "serial": lambda cells, text: _serial(cells, text) or is_of_words(text, load_closed_words()["instrument"]),
    "lot": lambda cells, text: (
        _serial(cells, text) or is_of_words(text, load_closed_words()["lot"] | load_closed_words()["reagent"])
    ),
    "protocol": _protocol,
    "maker": _of_words("maker"),
    "line": _of_words("line"),
    "state": _of_words("state"),
    "block": _block,
    "cohort": _cohort,
    "regimen": _regimen,
    "material": _of_words("material"),
    "code": lambda cells, text: True,  # one that nobody mapped is called by its hash before (released.SHOWN_AS)
    "site": _of_words("site"),
    "order": _never,
    "fhir": _never,
    "event": _of_words("event"),
}
