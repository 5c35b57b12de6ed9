"""What a FHIR file is to the files before, beside and after it, as its rows carry it to whoever stores them."""

from __future__ import annotations

import msgspec


class FhirFile(msgspec.Struct, frozen=True):
    """What a file is to others. references: patients and specimens that it holds; outside: references of its results to what it does not
    hold, unresolved: those of them that nobody holds; known: lines that stood already; meanings: sha256 over what the outside
    references mean, '' without any; lines: hashes of its new lines, LINE_HASH_BYTES each."""

    references: int = 0
    outside: int = 0
    unresolved: int = 0
    known: int = 0
    meanings: str = ""
    lines: bytes = b""
