"""A file as the readers see it: its bytes, and its text or its sheets. Decoded once, whoever claims it."""

from __future__ import annotations

from dataclasses import dataclass

from pbis.files.book import Book
from pbis.files.sheet import Text


@dataclass(frozen=True)
class Document:
    """Exactly one of text and book is present. date_order: what a person told of the file's dates, where it leaves them open."""

    name: str
    data: bytes
    text: Text | None = None
    book: Book | None = None
    date_order: str | None = None
