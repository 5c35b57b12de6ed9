"""What of a file of results is understood under a labs map, and what is not: codes, units and status words with their counts.

Nothing of a patient is in it: no record number, no value.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pbis.clinical.codings import Reader
from pbis.clinical.extract import Extract
from pbis.clinical.lab_values import convert
from pbis.labs import LabsMap
from pbis.labs.model import fold_status

SHOWN = 60  # characters of a name


@dataclass(frozen=True)
class Left:
    """Something that a map does not understand: kind (code, unit, status), as sent, rows, and why it matters."""

    kind: str
    sent: str
    rows: int
    why: str


@dataclass(frozen=True)
class Survey:
    """rows of the file; rows by analyte of those whose code is known; what is left, the most frequent first."""

    rows: int
    analytes: dict[str, int]
    left: tuple[Left, ...]


def survey(extract: Extract, labs_map: LabsMap, read_code: Reader) -> Survey:
    """Look at every distinct code, unit and status of an extract."""
    names = ("test", "unit", "status")
    counts = Counter(zip(*(extract.columns[name].to_pylist() for name in names), strict=True))
    analytes: Counter[str] = Counter()
    left: Counter[tuple[str, str, str]] = Counter()
    codes = {test: read_code(test, labs_map) for test, _, _ in counts}
    for (test, unit, status), rows in counts.items():
        code = codes[test]
        if code.analyte is None:
            left["code", code.code, code.detail or ""] += rows
        else:
            analytes[code.analyte] += rows
            conversion = convert(code.analyte, unit, labs_map, is_local=code.is_local)
            if conversion.by is None:
                left["unit", unit, f"{code.analyte}: {conversion.detail}"] += rows
        if status and fold_status(status) not in labs_map.status_by_word:
            left["status", status, "read as preliminary, which never scores"] += rows
    found = [Left(kind, sent[:SHOWN], rows, why) for (kind, sent, why), rows in left.items()]
    ordered = sorted(found, key=lambda each: (each.kind, -each.rows, each.sent, each.why))
    return Survey(extract.row_count, dict(sorted(analytes.items())), tuple(ordered))
