"""The cells and sentences of a store that a release shows otherwise, as a table beside it: kind, word, what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from pbis.config import ReleaseSection
from pbis.core.frames.model import SENTENCE, Column
from warehouse.closed_cells import ClosedCells, known_names
from warehouse.closed_sentences import ClosedSentences
from warehouse.known_words import Place, keep_words, known_until, words_of
from warehouse.released import Replaced, released_columns
from warehouse.tables import TABLES

# A column with a text for each reading -> the table from which it was copied under the same name: its words are words of that one, which has fewer rows.
COPIED = {("result", "result_reported_text"): "reading"}


@dataclass(frozen=True)
class ClosedWords:
    """cells: the rules; sentences: what of a sentence stands; found: table and column of cells -> word -> what is shown of it."""

    cells: ClosedCells
    sentences: ClosedSentences
    found: Mapping[tuple[str, str], Mapping[str, str]]

    def cell(self, kind: str, text: str) -> str:
        """A cell of that kind as a release has it."""
        return self.cells.shown(kind, text)

    def sentence(self, text: str) -> str:
        """A sentence of the program as a release has it."""
        return self.sentences.shown(text)


def closed_words_of(con: duckdb.DuckDBPyConnection, declared: ReleaseSection) -> ClosedWords:
    """What a release of the store that is open here would show otherwise. declared: by site.toml, of words that name nobody."""
    cells = ClosedCells(known_names(con), declared)
    found, until = {}, known_until(con)
    for table, column in _columns_of(surrogates=True):
        words = words_of(con, _asked(table, column), until)
        changed = {word: cells.shown(column.kind, word) for word in words}
        found[table, column.name] = {word: shown for word, shown in changed.items() if word != shown}
    return ClosedWords(cells, ClosedSentences(_called(found), cells.is_closed_somewhere), found)


def keep_words_of(con: duckdb.DuckDBPyConnection) -> None:
    """Keep what columns of surrogates of large tables hold, so that closed_words_of asks what came since. The store has to be open for writing."""
    keep_words(con, [_asked(table, column) for table, column in _columns_of(surrogates=True)])


def close_cells(con: duckdb.DuckDBPyConnection, closing: ClosedWords) -> Replaced:
    """Temporary table closed_cell of this connection, and which columns it stands for; a column that needs nothing is not among them.
    closing: what closed_words_of says of this store as it is now."""
    found = dict(closing.found)
    for table, column in _columns_of(surrogates=False):
        changed = {text: closing.sentence(text) for text in words_of(con, (table, column), {})}
        found[table, column.name] = {text: shown for text, shown in changed.items() if text != shown}
    return _store(con, {place: words for place, words in found.items() if words})


def _columns_of(*, surrogates: bool) -> Iterator[tuple[str, Column]]:
    """Columns of surrogates, or of sentences, that a release holds."""
    for table, spec in TABLES.items():
        released = set(released_columns(table))
        for column in spec.columns:
            if column.name in released and (column.kind if surrogates else column.declared_class == SENTENCE):
                yield table, column


def _asked(table: str, column: Column) -> Place:
    """The table whose words these are."""
    return COPIED.get((table, column.name), table), column


def _called(found: Mapping[tuple[str, str], Mapping[str, str]]) -> dict[str, str]:
    """Word -> what it is called in a sentence; of two kinds the first of the tables."""
    called: dict[str, str] = {}
    for words in found.values():
        for word, shown in words.items():
            called.setdefault(word, shown)
    return called


def _store(con: duckdb.DuckDBPyConnection, found: Mapping[tuple[str, str], Mapping[str, str]]) -> Replaced:
    kinds = {place: ".".join(place) for place in found}
    rows = [(kinds[place], word, shown) for place, words in found.items() for word, shown in words.items()]
    columns = [[row[n] for row in rows] for n in range(3)]
    closed_cell = pa.table([pa.array(values, pa.string()) for values in columns], names=["kind", "word", "shown"])
    con.register("closed_rows", closed_cell)
    con.execute("create or replace temporary table closed_cell as from closed_rows")
    con.unregister("closed_rows")
    return kinds
