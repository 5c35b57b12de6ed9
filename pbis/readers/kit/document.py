"""A file as the readers see it: its bytes, and its text or its sheets. Decoded once, whoever claims it."""

from __future__ import annotations

from dataclasses import dataclass

from pbis.files.book import Book
from pbis.files.date_order import NOTHING_SAID, OrderWords
from pbis.files.sheet import Text


@dataclass(frozen=True)
class Document:
    """Exactly one of text and book is present. order: what people say of the file's dates."""

    name: str
    data: bytes
    text: Text | None = None
    book: Book | None = None
    order: OrderWords = NOTHING_SAID
