"""Labels of reagents as people type them."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=4096)
def fold_label(label: str) -> str:
    """A label with blanks and case folded away: people overtype 'Standard 1' for 'Standard1'."""
    return "".join(label.split()).casefold()
