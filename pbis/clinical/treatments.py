"""Treatment starts: who, in which cohort, on which regimen, since when; and, where it is there, age, Child-Pugh and ECOG.

A regimen stays as it is written; a word that says that it is not known (pbis/labs/outcomes.toml) is null and named.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.extract import Extract
from pbis.clinical.fitness import read_age, read_child_pugh, read_ecog
from pbis.clinical.linkage import Linkage
from pbis.clinical.moments import days_of, read_moments
from pbis.clinical.notes import with_notes
from pbis.clinical.shapes import shape_of
from pbis.clinical.table import read_table
from pbis.core.frames import TREATMENT
from pbis.core.kept import Readable
from pbis.core.words import plural
from pbis.labs import LabsMap
from pbis.labs.outcome_words import load_outcome_words

_MOST_SHOWN = 10  # lines that a note names


def read_treatments(file: Readable, linkage: Linkage, labs_map: LabsMap, time_zone: ZoneInfo) -> pa.Table:
    """Read treatment starts into frames.TREATMENT. Raises MalformedFile where a row has no record number, or an
    age, Child-Pugh or ECOG that is none."""
    extract = read_table(file, shape_of("treatments", labs_map))
    extract.require("mrn")
    started = read_moments(extract, "started_at", time_zone, labs_map.date_order)
    who = linkage.resolve_column(extract.columns["mrn"], days_of(started.at), extract.columns["site"])
    words, written = load_outcome_words(), pc.unique(extract.columns["regimen"]).to_pylist()
    unknown = frozenset(filter(words.is_missing, written))
    name_of = {each: None if each in unknown else words.regimen(each) for each in written}
    columns = {
        "file_id": pa.repeat(extract.file_id, extract.row_count),
        "source_line": extract.lines,
        "subject_id": who.subject_id,
        "cohort": pc.if_else(pc.equal(extract.columns["cohort"], ""), None, extract.columns["cohort"]),
        "regimen": [None if each in unknown else each for each in extract.columns["regimen"].to_pylist()],
        "started_at": started.at,
        "has_time": started.has_time,
        "regimen_name": [name_of[each] for each in extract.columns["regimen"].to_pylist()],
        "age": read_age(extract),
        "child_pugh": read_child_pugh(extract),
        "ecog": read_ecog(extract),
        "candidates": who.candidates,
        "reason": pc.coalesce(who.reason, _no_start(extract.columns["started_at"], started.at)),
    }
    table = TREATMENT.table(columns)
    said = (*extract.notes, *_not_known(extract, unknown), *_two_cohorts(table))
    return with_notes(table, replace(extract, notes=said))


def _no_start(sent: pa.Array, at: pa.Array) -> pa.Array:
    """Why a row has no start: none was sent, or what was is no date. It is no draw, and lies in or outside of no window."""
    return pc.if_else(pc.is_valid(at), None, pc.if_else(pc.equal(sent, ""), "not_received", "unreadable"))


def _not_known(extract: Extract, unknown: frozenset[str]) -> list[str]:
    """One sentence with the lines whose regimen is not known; an extract without the column has none to name."""
    texts = extract.columns["regimen"].to_pylist()
    rows = [row for row, text in enumerate(texts) if text in unknown]
    if not rows or len(rows) == len(texts):
        return []
    shown = ", ".join(f"{extract.lines[row]} {texts[row]!r}" for row in rows[:_MOST_SHOWN])
    more = f" and {len(rows) - _MOST_SHOWN} more" if len(rows) > _MOST_SHOWN else ""
    return [f"regimen not known in {plural(len(rows), 'row')}: line {shown}{more}"]


def _two_cohorts(table: pa.Table) -> list[str]:
    """One sentence with the lines that put one start of a patient into two cohorts: none of them is taken (view subject_start)."""
    lines: dict[tuple[str, datetime], dict[str, int]] = {}
    for row in table.select(["subject_id", "started_at", "cohort", "source_line"]).to_pylist():
        if row["subject_id"] and row["started_at"] and row["cohort"]:
            lines.setdefault((row["subject_id"], row["started_at"]), {}).setdefault(row["cohort"], row["source_line"])
    found = [" and ".join(map(str, each.values())) for each in lines.values() if len(each) > 1]
    if not found:
        return []
    more = f"; and {len(found) - _MOST_SHOWN} more" if len(found) > _MOST_SHOWN else ""
    return [f"one start in two cohorts, of which none is taken: lines {'; '.join(found[:_MOST_SHOWN])}{more}"]
