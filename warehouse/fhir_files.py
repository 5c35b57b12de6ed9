"""What the standing imports of FHIR files say of each other's contents: by it a night knows what of a file is new, and which files to read anew."""

from __future__ import annotations

from dataclasses import dataclass

from pbis.core.frames import LINE_HASH_BYTES
from warehouse.append import Connection

_STANDING = """
with first_import as (select file_id, min(sequence) as sequence from store.clinical_import group by file_id)
select
    file_id, night.sequence, reference_count, outside_count, unresolved_count, references_hash
from store.fhir_file
join current_import using (import_id, file_id)
join first_import using (file_id)
join store.clinical_import as first on first.sequence = first_import.sequence
join store.night on night.night_id = first.night_id
order by first_import.sequence
"""


@dataclass(frozen=True)
class FhirStanding:
    """A FHIR file as its standing import read it. came: order of the night that brought it; references_hash: of what its references to
    other files meant, null without any."""

    file_id: str
    came: int
    reference_count: int
    outside_count: int
    unresolved_count: int
    references_hash: str | None


def standing_fhir(con: Connection) -> list[FhirStanding]:
    """All of them, in the order in which they came."""
    return [FhirStanding(*row) for row in con.execute(_STANDING).fetchall()]


def known_lines(con: Connection) -> dict[bytes, str]:
    """Hash of a line -> the file that brought it first and whose rows it is among."""
    rows = con.execute(
        "select file_id, line_hashes from store.fhir_file semi join current_import using (import_id)"
    ).fetchall()
    return {each: file_id for file_id, text in rows for each in _hashes(bytes.fromhex(text))}


def order_of_night(con: Connection, night_id: str) -> int:
    """The night's place among all."""
    row = con.execute("select sequence from store.night where night_id = $1", [night_id]).fetchone()
    return int(row[0]) if row else 0


def _hashes(data: bytes) -> list[bytes]:
    return [data[at : at + LINE_HASH_BYTES] for at in range(0, len(data), LINE_HASH_BYTES)]
