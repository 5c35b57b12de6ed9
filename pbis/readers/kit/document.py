"""A file as the readers see it: its bytes, and its text or its sheets. Decoded once, whoever claims it."""

from __future__ import annotations

from dataclasses import dataclass

from pbis.files.book import Book
from pbis.files.sheet import Text


@dataclass(frozen=True)
class Document:
    """Exactly one of text and book is present. date_order: mdy or dmy where the site has the last word on its dates."""

    name: str
    data: bytes
    text: Text | None = None
    book: Book | None = None
    date_order: str | None = None
