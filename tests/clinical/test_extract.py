"""Delimited extracts: encodings, delimiters, lines, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from pbis.clinical.extract import TableShape, parse_extract, read_extract
from pbis.core.errors import MalformedFile

SHAPE = TableShape("things", {"who": ("who", "subjectid"), "what": ("what",), "more": ("more",)}, frozenset({"more"}))


def read(content: str | bytes) -> tuple[list[tuple[int, str, str]], tuple[str, ...]]:
    data = content if isinstance(content, bytes) else content.encode()
    extract = parse_extract(data, "things.csv", SHAPE)
    rows = zip(extract.lines.tolist(), *(extract.columns[name].to_pylist() for name in ("who", "what")), strict=True)
    return list(rows), extract.ignored


@pytest.mark.parametrize(
    "content",
    [
        "who,what\na,1\nb,2\n",
        "who,what\r\na,1\r\nb,2",
        "who;what\na;1\nb;2\n",
        "who\twhat\na\t1\nb\t2\n",
        "who|what\na|1\nb|2\n",
        " Who , WHAT \n a , 1 \n b , 2 \n",
        '"who","what"\n"a","1"\n"b","2"\n',
        "what,Subject ID\n1,a\n2,b\n",
        "who,what\ra,1\rb,2\r",
        "\ufeffwho,what\na,1\nb,2\n",
        "who,what\na,1\nb,2\n,\n,\n",
        "\ufeffwho,what\na,1\nb,2\n".encode("utf-16-le"),
    ],
)
def test_one_table_in_many_spellings(content: str | bytes) -> None:
    assert read(content)[0] == [(2, "a", "1"), (3, "b", "2")]


def test_lines_are_those_of_the_file() -> None:
    assert read('sep=,\n\nwho,what\na,"1\n1"\n\nb,2\n')[0] == [(4, "a", "1\n1"), (7, "b", "2")]


def test_unknown_columns_are_named_and_optional_ones_are_empty() -> None:
    extract = parse_extract(b"who,ward,what\na,7,1\n", "things.csv", SHAPE)
    assert extract.ignored == ("ward",)
    assert extract.columns["more"].to_pylist() == [""]


def test_windows_text_is_read_and_said() -> None:
    extract = parse_extract("who,what\na,µg/mL\n".encode("cp1252"), "things.csv", SHAPE)
    assert (extract.columns["what"].to_pylist(), extract.encoding) == (["µg/mL"], "cp1252")


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        ("", 1, "empty"),
        ("\n\n", 3, "empty"),
        ("who\na\n", 1, "no column for what"),
        ("who,who,what\n1,2,3\n", 1, "two columns mean who"),
        ("who,subject id,what\n1,2,3\n", 1, "two columns mean who"),
        ("who,what\na,1\nb\n", 3, "another width"),
        ("who,what\na,1\n\nb,2,3\n", 4, "another width"),
        ('who,what\na,1\nb,"2\nc,3\n', 3, "quoted cell"),
        ('who,what\na,"1,"2\nb,2\n', 2, "quoted cell"),
        ('who,what\na,1\n"b"x"",2\n', 3, "quoted cell"),
        (b"who,what\na,1\nb,\x00\n", 3, "NUL"),
        (b"who,what\na,1\nb,\x81\n", 3, "cp1252"),
    ],
)
def test_what_is_no_table_is_refused_with_its_line(content: str | bytes, line: int, words: str) -> None:
    with pytest.raises(MalformedFile, match=words) as caught:
        read(content)
    assert (caught.value.line, caught.value.file) == (line, "things.csv")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(MalformedFile, match="cannot be read"):
        read_extract(tmp_path / "none.csv", SHAPE)


def test_a_header_alone_is_an_empty_table() -> None:
    assert read("who,what\n") == ([], ())


CUT = 'who,what\na,"1"\nb,"2,2"\n'


@pytest.mark.parametrize("end", range(len(CUT)))
def test_cutting_the_file_anywhere_gives_whole_rows_or_a_line(end: int) -> None:
    whole = {(2, "a", "1"), (3, "b", "2,2"), (2, "a", ""), (3, "b", "")}
    lines: list[int | None] = [1]
    try:
        assert set(read(CUT[:end])[0]) <= whole
    except MalformedFile as error:
        lines = [error.line]
    assert lines[0] in (1, 2, 3)
