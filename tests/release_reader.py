"""A reader of releases, as an investigator's script is one: opens what `releases/current` leads to, asks, closes, and begins again.

    python release_reader.py RELEASES STOP duckdb|pbis

Prints a line a reading: release, rows, hash of them, asked one after the other on one connection; or the error. Ends when STOP is there.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb

import warehouse

ASKED = (
    "select release from release",
    "select count(*) from store.night_note",
    "select coalesce(bit_xor(hash(n)), 0) from store.night_note as n",
    "select count(*) from score",
)


def reading(database: Path) -> list[str]:
    """Answers on one connection: each of the same release, however many are published meanwhile."""
    with closing(duckdb.connect(str(database), read_only=True)) as con:
        return [str((con.execute(query).fetchone() or ("nothing",))[0]) for query in ASKED]


def answers(database: Path) -> list[str]:
    """The same through the door of `pbis sql`, in one question."""
    query = f"select {', '.join(f'({each})::varchar as a{n}' for n, each in enumerate(ASKED))}"
    (row,) = warehouse.query_published(database, query).to_pylist()
    return [str(value) for value in row.values()]


def readings(releases: Path, stop: Path, way: str) -> Iterator[str]:
    ask = answers if way == "pbis" else reading
    while not stop.exists():
        try:
            yield " ".join(ask(warehouse.published_database(releases)))
        except Exception as error:  # whatever it is, the test is to show it
            yield f"error {type(error).__name__}: {str(error).splitlines()[0]}"


if __name__ == "__main__":
    for line in readings(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]):
        print(line, flush=True)
