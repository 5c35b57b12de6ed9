"""SDTM's domain LB from findings of a release: one record a test of a draw, or why there is none, in study days and without dates.

Day 0 is no day there: the day of the first dose is 1, the day before it -1. The score is a derived finding of LB (LBDRVFL), since its
parts are laboratory results. A record of which nothing was reported is NOT DONE with the service's own reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from pbis.core.words import plural
from pbis.export.model import KINDS, ExportAbout, ExportColumn, ExportTable
from pbis.labs.sdtm_tests import sdtm_tests

Row = dict[str, Any]
LABEL = "Laboratory Test Results"
_DAYS = "study days of SDTM: 1 is the day of the first dose, -1 the day before; a release has no dates"
LB = tuple(
    ExportColumn(name, name, kind, label)
    for name, kind, label in (
        ("STUDYID", "text", "Study Identifier"),
        ("DOMAIN", "text", "Domain Abbreviation"),
        ("USUBJID", "text", "Unique Subject Identifier"),
        ("LBSEQ", "whole", "Sequence Number"),
        ("LBREFID", "text", "Specimen ID"),
        ("LBSPID", "text", "Sponsor-Defined Identifier"),
        ("LBTESTCD", "text", "Lab Test or Examination Short Name"),
        ("LBTEST", "text", "Lab Test or Examination Name"),
        ("LBCAT", "text", "Category for Lab Test"),
        ("LBORRES", "text", "Result or Finding in Original Units"),
        ("LBORRESU", "text", "Original Units"),
        ("LBSTRESC", "text", "Character Result/Finding in Std Format"),
        ("LBSTRESN", "number", "Numeric Result/Finding in Standard Units"),
        ("LBSTRESU", "text", "Standard Units"),
        ("LBSTAT", "text", "Completion Status"),
        ("LBREASND", "text", "Reason Test Not Done"),
        ("LBLOINC", "text", "LOINC Code"),
        ("LBMETHOD", "text", "Method of Test or Examination"),
        ("LBBLFL", "text", "Baseline Flag"),
        ("LBDRVFL", "text", "Derived Flag"),
        ("LBDY", "whole", "Study Day of Specimen Collection"),
    )
)


def lb_of(findings: pa.Table, about: ExportAbout) -> tuple[ExportTable, list[tuple[str, ...]], list[str]]:
    """The domain, its tests for the codebook (rows of codebook.HEADER), and what is to be said of what does not stand in it.

    findings: rows of warehouse/export/finding_*.sql.
    """
    rows = [row for row in findings.to_pylist() if row["subject_id"] is not None]
    records = [record for row in rows for record in _records(row)]
    flagged = Counter(_test_of(row) for row in records if _is_flagged(row))
    names = sdtm_tests(row["test"] for row in records)
    seen: Counter[str] = Counter()
    made = []
    for row in sorted(records, key=lambda row: str(row["subject_id"])):
        seen[row["subject_id"]] += 1
        is_baseline = _is_flagged(row) and flagged[_test_of(row)] == 1
        made.append(_record(row, seen[row["subject_id"]], names[row["test"]], about.study, is_baseline))
    data = {c.name: pa.array([row[c.name] for row in made], KINDS[c.kind]) for c in LB}
    notes = list(_notes(findings.num_rows - len(rows), flagged))
    return ExportTable("LB", LABEL, LB, pa.table(data), _DAYS), [_named(*each) for each in names.items()], notes


def _named(test: str, name: tuple[str, str]) -> tuple[str, ...]:
    return "word", "LBTESTCD", "LBTESTCD", "text", "", name[0], f"{name[1]}: {test}"


def _notes(without_subject: int, flagged: Counter[tuple[str, ...]]) -> Iterator[str]:
    if without_subject:
        yield f"{plural(without_subject, 'finding is', 'findings are')} not in it: nobody knows whose {'it is' if without_subject == 1 else 'they are'}"
    several = sum(1 for count in flagged.values() if count > 1)
    if several:
        yield f"{plural(several, 'test of a subject has', 'tests of a subject have')} no baseline flag: more than one result of the draw could carry it"


def _records(row: Row) -> Sequence[Row]:
    """A finding, and of a score its group too."""
    if not row["is_derived"]:
        return (row,)
    group = row | {"test": f"{row['test']} group", "value": None, "value_op": "=", "value_text": row["value_reported"]}
    return row, group | {"reason": None}


def _is_flagged(row: Row) -> bool:
    return bool(row["is_baseline"] and row["value_text"] is not None)


def _test_of(row: Row) -> tuple[str, ...]:
    return row["subject_id"], row["test"]


def _record(row: Row, sequence: int, name: tuple[str, str], study: str, is_baseline: bool) -> Row:
    standard = _text(row)
    original, unit = _original(row, standard)
    is_exact = row["value_op"] == "=" and row["value_text"] is not None
    return {
        "STUDYID": study,
        "DOMAIN": "LB",
        "USUBJID": f"{study}-{row['subject_id']}",
        "LBSEQ": sequence,
        "LBREFID": row["specimen_id"],
        "LBSPID": None if row["is_derived"] else row["source"],
        "LBTESTCD": name[0],
        "LBTEST": name[1],
        "LBCAT": row["category"],
        "LBORRES": original,
        "LBORRESU": unit,
        "LBSTRESC": standard,
        "LBSTRESN": row["value"] if is_exact else None,
        "LBSTRESU": None if standard is None else row["unit"],
        "LBSTAT": "NOT DONE" if standard is None else None,
        "LBREASND": row["reason"] if standard is None else None,
        "LBLOINC": row["loinc"],
        "LBMETHOD": row["source"] if row["is_derived"] else None,
        "LBBLFL": "Y" if is_baseline else None,
        "LBDRVFL": "Y" if row["is_derived"] else None,
        "LBDY": sdtm_day(row["study_day"]),
    }


def _text(row: Row) -> str | None:
    """The value as exact text with its operator."""
    if row["value_text"] is None:
        return None
    return str(row["value_text"]) if row["value_op"] == "=" else f"{row['value_op']}{row['value_text']}"


def _original(row: Row, standard: str | None) -> tuple[str | None, str | None]:
    """As it was sent; of what the service itself measured the same as in standard form; of what is derived nothing, as SDTM wants it."""
    if row["is_derived"] or standard is None:
        return None, None
    return (row["value_reported"], row["unit_reported"]) if row["value_reported"] else (standard, row["unit"])


def sdtm_day(study_day: int | None) -> int | None:
    """Study day of SDTM, which knows no day 0, from one in which day 0 is that of the first dose."""
    return None if study_day is None else study_day + (study_day >= 0)
