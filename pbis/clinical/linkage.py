"""Who a medical record number is: the linkage table, the only place that holds the numbers beside the study ids.

A number never leaves this package: it is in no frame, message or representation.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.extract import Extract
from pbis.clinical.moments import days_of, read_moments
from pbis.clinical.shapes import shape_of
from pbis.clinical.table import read_table
from pbis.core.kept import Readable
from pbis.labs import LabsMap, load_map

NO_DAY = int(np.iinfo(np.int64).min)
BEGINNING, FOR_EVER = NO_DAY + 1, int(np.iinfo(np.int64).max)
TWO_SUBJECTS = "the linkage table gives this record number two subjects"
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, repr=False)
class _Entry:
    """A record number is this subject from day to day (days since 1970, both inclusive), at one site."""

    site: str
    subject_id: str
    first_day: int
    last_day: int

    def holds(self, site: str, day: int) -> bool:
        return self.is_of(site) and (day == NO_DAY or self.first_day <= day <= self.last_day)

    def is_of(self, site: str) -> bool:
        return site in ("", self.site)


@dataclass(frozen=True)
class Resolution:
    """A study id with the site whose record number it is (None where the table names none or several), or the reason and the
    sentence why there is none; then `candidates`, the study ids that it could be, joined by ; where the table knows any."""

    subject_id: str | None = None
    reason: str | None = None
    detail: str | None = None
    candidates: str | None = None
    site: str | None = None


@dataclass(frozen=True)
class Resolutions:
    """The same as columns."""

    subject_id: pa.Array
    reason: pa.Array
    detail: pa.Array
    candidates: pa.Array | None = None
    site: pa.Array | None = None


class Linkage:
    """Record number -> study id, with sites and validity. Its representation shows counts only."""

    def __init__(self, entries: Mapping[str, tuple[_Entry, ...]], file_ids: Sequence[str] = ()) -> None:
        self._entries = entries
        self.file_ids = tuple(sorted(file_ids))

    def __repr__(self) -> str:
        return f"Linkage({len(self._entries)} record numbers from {len(self.file_ids)} files)"

    def named(self, file_id: str) -> Linkage:
        """The same under the name that its file has for ever, also where lines of it were blanked since."""
        return Linkage(self._entries, (file_id,))

    def numbers_of(self, subject_ids: Collection[str]) -> frozenset[str]:
        """Record numbers that mean one of these subjects on any day; for the erasure of a subject alone."""
        return frozenset(
            number
            for number, entries in self._entries.items()
            if any(entry.subject_id in subject_ids for entry in entries)
        )

    @property
    def digest(self) -> str:
        """sha256 over the files that it was read from: changes whenever a resolution could."""
        return hashlib.sha256("\n".join(self.file_ids).encode()).hexdigest()

    @property
    def subject_ids(self) -> frozenset[str]:
        """Every study id that the table knows."""
        return frozenset(entry.subject_id for entries in self._entries.values() for entry in entries)

    @cached_property
    def sites(self) -> frozenset[str]:
        """Every site that the table names."""
        return frozenset(entry.site for entries in self._entries.values() for entry in entries)

    def knows(self, mrn: str) -> bool:
        return mrn in self._entries

    def resolve(self, mrn: str, on: date | None = None, site: str = "") -> Resolution:
        """The subject of a record number on a day. Two subjects valid at once are an identity_conflict, never a choice."""
        return self._resolve(mrn, NO_DAY if on is None else on.toordinal() - EPOCH, site)

    def resolve_column(self, mrn: pa.Array, day: np.ndarray, site: pa.Array) -> Resolutions:
        """`resolve` for rows; day: days since 1970-01-01, NO_DAY where unknown. Each distinct question is answered once."""
        who, where = mrn.dictionary_encode(), site.dictionary_encode()
        numbers, sites = who.dictionary.to_pylist(), where.dictionary.to_pylist()
        edges = self._edges(numbers)
        whos = who.indices.to_numpy()
        spans = (edges[whos] <= day[:, None]).sum(axis=1) + (day != NO_DAY)
        shape = (max(1, len(numbers)), max(1, len(sites)), edges.shape[1] + 2)
        distinct, answer_of = np.unique(
            np.ravel_multi_index((whos, where.indices.to_numpy(), spans), shape), return_inverse=True
        )
        answers = [
            self._resolve(numbers[who], _day_of_span(edges[who], span), sites[where])
            for who, where, span in zip(*(part.tolist() for part in np.unravel_index(distinct, shape)), strict=True)
        ]
        return _take(answers, answer_of)

    def _edges(self, numbers: Sequence[str]) -> np.ndarray:
        """Per record number the sorted days on which an entry begins or has ended; between two, all days are answered alike."""
        days = [
            sorted({e for each in self._entries.get(n, ()) for e in (each.first_day, each.last_day + 1)})
            for n in numbers
        ]
        edges = np.full((len(numbers), max((len(each) for each in days), default=0)), FOR_EVER, dtype=np.int64)
        for row, each in enumerate(days):
            edges[row, : len(each)] = each
        return edges

    def _resolve(self, mrn: str, day: int, site: str) -> Resolution:
        entries = self._entries.get(mrn, ())
        valid = [entry for entry in entries if entry.holds(site, day)]
        subjects, sites = {entry.subject_id for entry in valid}, {entry.site for entry in valid} - {""}
        if len(subjects) == 1:
            return Resolution(subject_id=next(iter(subjects)), site=next(iter(sites)) if len(sites) == 1 else None)
        if len(subjects) > 1:
            return Resolution(None, "identity_conflict", TWO_SUBJECTS, ";".join(sorted(subjects)))
        others = {entry.subject_id for entry in entries if entry.is_of(site)}
        if others:
            detail = "no entry of the linkage table is valid on the day of the row"
            return Resolution(None, "identity_conflict", detail, ";".join(sorted(others)))
        return Resolution(None, "identity_conflict", "the linkage table does not know this record number")


def read_linkage(file: Readable, labs_map: LabsMap | None = None) -> Linkage:
    """Read a linkage table: site, mrn, subject, valid_from, valid_to (both inclusive; empty: open).

    Raises MalformedFile with the line where a number or subject is empty, or a date is none or ends before it begins.
    """
    chosen = labs_map or load_map()
    extract = read_table(file, shape_of("linkage", chosen))
    for name in ("mrn", "subject"):
        row = extract.first(pc.equal(extract.columns[name], ""))
        if row is not None:
            raise extract.malformed(row, f"the row has no {name}", expected="an id on every row")
    first, last = (_days(extract, name, chosen) for name in ("valid_from", "valid_to"))
    return Linkage(_entries(extract, first, last), (extract.file_id,))


def merge_linkages(linkages: Sequence[Linkage]) -> Linkage:
    """One table of several files; what two files say differently becomes a conflict, not a choice."""
    merged: dict[str, tuple[_Entry, ...]] = {}
    for linkage in linkages:
        for mrn, entries in linkage._entries.items():
            merged[mrn] = merged.get(mrn, ()) + entries
    return Linkage(merged, [file_id for linkage in linkages for file_id in linkage.file_ids])


def _entries(extract: Extract, first: np.ndarray, last: np.ndarray) -> dict[str, tuple[_Entry, ...]]:
    found: dict[str, tuple[_Entry, ...]] = {}
    columns = (extract.columns[name].to_pylist() for name in ("mrn", "site", "subject"))
    for row, (mrn, site, subject) in enumerate(zip(*columns, strict=True)):
        begins = BEGINNING if first[row] == NO_DAY else int(first[row])
        ends = FOR_EVER - 1 if last[row] == NO_DAY else int(last[row])
        if ends < begins:
            raise extract.malformed(row, "valid_to lies before valid_from")
        found[mrn] = (*found.get(mrn, ()), _Entry(site, subject, begins, ends))
    return found


def _days(extract: Extract, name: str, labs_map: LabsMap) -> np.ndarray:
    at = read_moments(extract, name, ZoneInfo("UTC"), labs_map.date_order).at
    row = extract.first(pc.and_(pc.is_null(at), pc.not_equal(extract.columns[name], "")))
    if row is not None:
        raise extract.malformed(
            row, "no date", expected="a date like 2026-03-05", found=repr(extract.columns[name][row].as_py()[:20])
        )
    return days_of(at)


def _day_of_span(edges: np.ndarray, span: int) -> int:
    """A day that stands for a span: 0 no day known, 1 before the first edge, n the day of edge n - 1."""
    return NO_DAY if span == 0 else BEGINNING if span == 1 else int(edges[span - 2])


def _take(answers: Sequence[Resolution], answer_of: np.ndarray) -> Resolutions:
    def column(values: list[str | None]) -> pa.Array:
        return pa.array(values, pa.string()).take(pa.array(answer_of.reshape(-1)))

    return Resolutions(
        column([each.subject_id for each in answers]),
        column([each.reason for each in answers]),
        column([each.detail for each in answers]),
        column([each.candidates for each in answers]),
        column([each.site for each in answers]),
    )
