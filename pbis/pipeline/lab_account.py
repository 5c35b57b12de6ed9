"""What became of the laboratory's files, as rows of the night's page, with how to map the words that nobody mapped.

The page in the quarantine folder says the words as they came; the index of everybody and a release call them by kind and hash
(open_pages), which stands beside them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import warehouse
from pbis.report import LabFileRow, UnmappedWord

MOST_SHOWN = 40  # words of a file on the page; a whole hospital's catalogue is for SQL


def lab_account(session: warehouse.Connection, night_id: str) -> tuple[LabFileRow, ...]:
    """This night's files, and earlier ones that still hold words which the map does not know. session: of `warehouse.of_the_laboratory`."""
    return tuple(_row(row) for row in warehouse.lab_files(session, night_id))


def _row(row: Mapping[str, Any]) -> LabFileRow:
    counts = {name: row[name] for name in ("row_count", "used_count", "unused_count", "refused_count")}
    words = tuple(_word(each) for each in row["unmapped"][:MOST_SHOWN])
    more = max(0, len(row["unmapped"]) - MOST_SHOWN)
    return LabFileRow(file_name=row["file_name"], reasons=row["reasons"] or "", unmapped=words, more=more, **counts)


def _word(row: Mapping[str, Any]) -> UnmappedWord:
    sent = row["sent"]
    called = f"{row['kind']}-{hashlib.sha256(sent.encode()).hexdigest()[:12]}" if sent else ""
    return UnmappedWord(row["kind"], sent, called, row["row_count"], row["why"] or "", how_to_map(row))


def how_to_map(row: Mapping[str, Any]) -> str:
    """The line of the site's labs map that would teach it the word; row: of store.lab_unmapped."""
    sent, analytes = json.dumps(row["sent"], ensure_ascii=False), row["analytes"] or "crp"
    first = analytes.split(", ")[0]
    if row["kind"] == "code":
        if not row["sent"]:
            return "ask the sender for a code"
        return f'if it is a test of the score, say so under [code], for example {sent} = "crp"; else nothing'
    if row["kind"] == "status":
        return f"add it under [status], for example final = [..., {sent}]"
    if not row["sent"]:
        return f'if the laboratory says what a blank unit means: under [unit_where_blank], {first} = "UNIT"'
    return (
        f'if it is another spelling of a known unit: under [unit_spelling], {sent} = "UNIT"; a kit\'s own unit: '
        f'[[kit_factor]] with analyte = "{first}", unit = {sent}, its factor, to and source'
    )
