"""How many of what: numbers and nouns in sentences for people."""

from __future__ import annotations


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 well`, `2 wells`; many: the plural where it is not `one` with an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"
