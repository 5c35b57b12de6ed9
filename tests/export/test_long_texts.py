"""Texts in as many columns as they need: what is put together again is the text, and no part is longer than a form holds."""

from __future__ import annotations

import random

import pytest
from exported_rows import rows_of

from pbis.export.columns import COLUMNS
from pbis.export.long_texts import LONGEST, fitted
from pbis.export.model import ExportTable

LETTERS = "ab µ≥漢😀 "  # one to four bytes of UTF-8, and blanks


@pytest.mark.parametrize("form", ["xpt", "dta"])
def test_parts_are_the_text_and_none_is_too_long(form: str) -> None:
    drawn = random.Random(1)
    longest = LONGEST[form]
    texts = [
        "".join(drawn.choices(LETTERS, k=drawn.choice((0, 1, longest - 1, longest, longest + 1, 3 * longest))))
        for _ in range(60)
    ]
    texts = [text.rstrip(" ") for text in texts]
    table = ExportTable("labs", "", COLUMNS["labs"], rows_of("labs", tuple({"detail": text} for text in texts)))
    made = fitted(table, form)
    parts = [made.rows.column(c.name).to_pylist() for c in made.columns if c.name.startswith("detail")]
    assert len(parts) > 2
    for text, *found in zip(texts, *parts, strict=True):
        kept = [part for part in found if part is not None]
        assert "".join(kept) == text
        assert all(len(part.encode()) <= longest for part in kept)
        assert all(part == part.rstrip(" ") or not part.strip() for part in kept), "blanks at an end are lost"


def test_parts_have_names_and_labels_of_their_own() -> None:
    text = "x" * 2_500
    table = ExportTable("labs", "", COLUMNS["labs"], rows_of("labs", ({"detail": text, "reference_text": text},)))
    made = [
        (c.name, c.short, c.label) for c in fitted(table, "xpt").columns if c.name.startswith(("detail", "reference"))
    ]
    assert made[0] == ("detail", "DETAIL", "The same in a sentence")
    assert made[1] == ("detail_2", "DETAIL2", "The same in a sentence (2)")
    assert made[11] == ("detail_12", "DETAIL12", "The same in a sentence (12)")
    assert made[-1] == ("reference_text_13", "REFRAN13", "Reference range as sent (13)")


def test_a_form_without_a_limit_keeps_its_columns() -> None:
    table = ExportTable("labs", "", COLUMNS["labs"], rows_of("labs", ({"detail": "x" * 70_000},)))
    assert fitted(table, "csv") is table
