"""Findings and verdicts in the words of today's suite, beside those in which they were loaded first; nothing is written over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from pbis.core.errors import IntegrityError
from warehouse.append import Connection, append, append_row, next_sequence
from warehouse.connect import transaction
from warehouse.tables import SAID, TABLES


@dataclass(frozen=True)
class Spoken:
    """A current assay or import of laboratory results, and the wording that its findings are said in; None where it was not kept."""

    owner_id: str
    source_id: str  # run_id or file_id
    name: str
    suite_hash: str | None
    wording_hash: str | None


def spoken_plates(con: Connection) -> list[Spoken]:
    """The assays that stand, with the wording of their findings, in the order of their names."""
    query = """
        select assay.assay_id, assay.run_id, run.file_name, assay.suite_hash, assay.wording_hash
        from current_assay as assay join store.run as run using (run_id) order by assay.assay_id
    """
    return [Spoken(*row) for row in con.execute(query).fetchall()]


def spoken_labs(con: Connection) -> list[Spoken]:
    """The imports of laboratory results that stand, with the wording of their findings, in the order of their names."""
    query = """
        select import_id, file_id, name, null, wording_hash from current_import where kind = 'labs' order by import_id
    """
    return [Spoken(*row) for row in con.execute(query).fetchall()]


def wordings(con: Connection) -> Sequence[tuple[str, str]]:
    """Owner and wording of all that is said otherwise than it was loaded, sorted: releases and trends rest on it."""
    return con.execute("select owner_id, wording_hash from saying_current order by owner_id").fetchall()


def say(con: Connection, night_id: str, owner_id: str, wording_hash: str, rows: Mapping[str, pa.Table]) -> None:
    """Let findings and verdicts of an assay or an import be said in this wording. rows: table -> frame, in these words.

    Words that were said before (a suite that was put back) are said again without being stored twice.
    """
    if not set(rows) <= set(SAID):
        raise IntegrityError(f"no words are kept of {', '.join(sorted(set(rows) - set(SAID)))}")
    known = con.execute(
        "select count(*) from store.saying where owner_id = $1 and wording_hash = $2", [owner_id, wording_hash]
    ).fetchone()
    with transaction(con):
        for name, frame in rows.items() if known == (0,) else ():
            owner = {} if "assay_id" in TABLES[name].names else {"import_id": owner_id}
            append(con, f"{name}_said", frame, wording_hash=wording_hash, **owner)
        row = {"sequence": next_sequence(con, "saying"), "owner_id": owner_id, "wording_hash": wording_hash}
        append_row(con, "saying", {**row, "night_id": night_id})
