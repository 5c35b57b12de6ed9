"""The text beside a refused file, taken apart for a page."""

from __future__ import annotations

from pbis.desk.why_shown import why_parts

TEXT = """cut.csv was refused by night 2026-11-29-1.

why: the export was cut off

  line      77
  where     Median/IL-12p70

What to do
  1. Copy or export it again.
  2. Drop it into the inbox again.

sha256: 839a
"""


def test_sentences_and_steps_are_no_preformatted_lines_and_cells_keep_their_columns() -> None:
    assert [(part.kind, part.lines) for part in why_parts(TEXT)] == [
        ("words", ("cut.csv was refused by night 2026-11-29-1.", "why: the export was cut off")),
        ("cells", ("  line      77", "  where     Median/IL-12p70")),
        ("words", ("What to do",)),
        ("steps", ("Copy or export it again.", "Drop it into the inbox again.")),
        ("words", ("sha256: 839a",)),
    ]
    assert why_parts("") == ()
