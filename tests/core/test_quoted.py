"""Pieces that a message quotes of a file are found, and told by their length."""

from __future__ import annotations

import pytest

from pbis.core.quoted import called_group, how_long, is_same_group, without_cells


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("a.csv, line 2: found 'Meier'", "a.csv, line 2: found (5 characters: letters)"),
        ("found 'x y'; expected a number", "found (3 characters: text); expected a number"),
        ("""found "it's" and 'b'""", "found (4 characters: text) and (1 character: letters)"),
        ("the kit's range, the plates' names", "the kit's range, the plates' names"),
        ("['a1', '77']", "[(2 characters: letters and figures), (2 characters: figures)]"),
        ("found ''", "found ''"),
        (r"found 'a\'b'", "found (4 characters: text)"),
        ("nothing quoted", "nothing quoted"),
    ],
)
def test_a_quoted_piece_is_told_by_its_length(message: str, told: str) -> None:
    assert without_cells(message) == told


def test_every_text_that_python_quotes_is_found() -> None:
    for cell in ("O'Neil", 'say "x"', "both ' and \"", "back\\slash", "tab\tnew\nline", "é", " lead", "a' b"):
        assert without_cells(f"found {cell!r} there") == f"found {how_long(repr(cell)[1:-1])} there"


def test_a_group_may_be_named_as_the_page_or_as_a_release_does() -> None:
    called = called_group("A. Meier x2")
    assert called.startswith("specimen-")
    assert called.endswith(" x2")
    assert is_same_group("A. Meier x2", called)
    assert is_same_group(called, "A. Meier x2")
    assert is_same_group(None, None)
    assert not is_same_group("A. Meier x1", called)
    assert not is_same_group(None, called)
    assert not is_same_group("A. Meier x2", None)
