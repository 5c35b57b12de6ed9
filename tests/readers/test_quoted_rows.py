"""Text that is cut by its quotes gives the cells that the csv module gives, or is left to it."""

from __future__ import annotations

import csv
import random

import pytest

from pbis.files.quoted_rows import quoted_rows

LINES = ('"a","b","c"', '"1(1,A1)","x",""', "", '""', "-- CRC --", "plain,cells", '"only"', '" ","\u2003"')
ODD = (
    '"',
    '","',
    '"a',
    'a"',
    '"a""b"',
    '"a","',
    '","a"',
    '"a,"b"',
    'a","b',
    '"a" ',
    ' "a"',
    '"a",b',
    '"a";"b"',
    '"\n"',
)


@pytest.mark.parametrize("line", LINES)
def test_cells_are_those_of_the_csv_module(line: str) -> None:
    rows = quoted_rows(line, ",")
    assert rows is not None
    assert list(rows) == list(csv.reader([line]))
    assert (rows.filled(0, 1) == [0]) == any(cell.strip() for row in rows for cell in row)


def test_whatever_lines_come_together() -> None:
    """One odd line makes the text odd, or changes no cell: lines that make up for each other's quotes are never accepted."""
    rng = random.Random(1)
    accepted = 0
    for _ in range(4000):
        text = "\n".join(rng.choice(LINES + ODD if rng.random() < 0.3 else LINES) for _ in range(rng.randrange(1, 7)))
        rows = quoted_rows(text, ",")
        if rows is not None:
            accepted += 1
            assert list(rows) == list(csv.reader(text.removesuffix("\n").split("\n"), strict=False)), text
    assert accepted > 1000


def test_a_cut_is_the_rows_cells() -> None:
    lines = ['"1(1,A1)","S1","1","2.5","","30"', '"2(1,B1)","","3","NaN","< 4","31"']
    rows = quoted_rows("\n".join(lines), ",")
    assert rows is not None
    assert rows.are_quoted(6)
    assert not rows.are_quoted(5)
    assert rows.cut(2, 5).to_pylist() == ["1", "2.5", "", "3", "NaN", "< 4"]
    assert [rows.column(at) for at in (0, 1, 5)] == [("1(1,A1)", "2(1,B1)"), ("S1", ""), ("30", "31")]
    assert rows.pick([1]).cut(0, 6).to_pylist() == rows[1]
    assert rows.pick([]).cut(2, 5).to_pylist() == []


def test_a_cell_beyond_the_limit_of_the_csv_module_is_left_to_it() -> None:
    line = f'"{"9" * 200_000}"'
    assert quoted_rows(line, ",") is None


@pytest.mark.parametrize("word", ["x", "a,b", "\u00b5g", "\u4e0a\u6d77, 2"])
def test_a_text_of_many_pieces_is_cut_as_one(word: str) -> None:
    """Lines, cells and first bytes count on from piece to piece; delimiters within cells, bare lines and wide signs move none."""
    lines = [f'"{n}(1,A1)","{word}","{n}","{word} {n}"' if n % 9 else f"bare {word}" * (n % 2) for n in range(6000)]
    text = "\n".join(lines)
    rows = quoted_rows(text, ",")
    assert rows is not None
    assert list(rows) == list(csv.reader(lines))
    assert [rows.page.line(at) for at in (0, 1, 3001, 5999)] == [lines[at] for at in (0, 1, 3001, 5999)]
    quoted = [n for n in range(6000) if n % 9]
    assert rows.pick(quoted).column(3) == tuple(f"{word} {n}" for n in quoted)
    assert rows.filled(0, 6000) == [n for n in range(6000) if lines[n]]
    assert set(rows.may_begin_with("B", 10)) >= {n for n in range(10, 6000) if lines[n].startswith("b")}
