"""Other people's text."""

from __future__ import annotations

import pytest

from pbis.draw.words import visible


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("IL-12", "IL-12"),
        ("TNF-α é", "TNF-α é"),
        ("S\u202e1", "S<U+202E>1"),
        ("a\u200bb\x00", "a<U+200B>b<U+0000>"),
        ("half \ud800", "half <U+D800>"),
    ],
)
def test_signs_that_hide_or_reorder_text_are_written_out(value: str, shown: str) -> None:
    assert visible(value) == shown
