"""The page of checks is what the suites say."""

from __future__ import annotations

from expectations.docs import PAGE, page
from expectations.entries import all_entries


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m expectations.docs"


def test_every_entry_is_on_the_page() -> None:
    text = page()
    assert [entry.id for entry in all_entries() if f"| `{entry.id}` |" not in text] == []
