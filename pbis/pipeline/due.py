"""Which messages are due: what the newest release says of each subject, held against what a recipient was told last."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from itertools import groupby
from pathlib import Path

import warehouse
from pbis.config import Site
from pbis.core.withdrawn import Renamer, Withdrawn
from pbis.deliver import (
    FINAL,
    WITHDRAWN,
    ToldComponent,
    ToldScore,
    ToldSource,
    basis_of,
    changes,
    is_final_now,
    status_of,
)
from pbis.pipeline.delivery_record import CONSENT, GONE, Delivered, DeliveryRecord, read_kept
from pbis.pipeline.published import published_file

_WHY_GONE = "the release has no score of the subject any more; what was told before does not hold"
_WHY_FINAL = "the score is the same, and nothing that may change it waits any more"
_WHY_CONSENT = "the subject withdrew consent; destroy what was told before"


@dataclass(frozen=True)
class Tellable:
    """What can be told now. scores: by study id, without subjects who withdrew; surrogates are made of hashes with `withdrawn`."""

    source: ToldSource
    scores: dict[str, ToldScore]
    withdrawn: Withdrawn


@dataclass(frozen=True)
class DueMessage:
    """A message to be sent. key: keyed hash of the study id; name: study id or surrogate; earlier: what the recipient was told last."""

    key: str
    name: str
    is_named: bool
    status: str
    basis: str
    told: ToldScore | None
    earlier: Delivered | None
    why: tuple[str, ...]


def tellable(site: Site, withdrawn: Withdrawn) -> Tellable:
    """Scores of the newest release. UsageError where nothing is published."""
    found = warehouse.deliverable(published_file(site.root))
    said = found.source
    head = "none" if not said["decision_sequence"] else f"{said['decision_sequence']} {said['decision_id']}"
    issued = said["issued"].replace(tzinfo=UTC)
    source = ToldSource(site.file.site.name, said["release"], issued, said["code_version"], head)
    parts = {
        subject: tuple(ToldComponent(**{n: v for n, v in row.items() if n != "subject_id"}) for row in rows)
        for subject, rows in groupby(found.components, lambda row: str(row["subject_id"]))
    }
    scores = {
        str(row["subject_id"]): ToldScore(**row, components=parts.get(row["subject_id"], ()))
        for row in found.scores
        if withdrawn.who(row["subject_id"]) is None
    }
    return Tellable(source, scores, withdrawn)


def due(state: Path, record: DeliveryRecord, now: Tellable, recipient: str) -> Iterator[DueMessage]:
    """Messages that the recipient has not got, by study id, then what is taken back. Nothing of a subject about whom nothing that counts is
    another than was told, but for one whose preliminary score is final now."""
    last = record.last(recipient)
    seen = set()
    for name, told in now.scores.items():
        key = record.hashed(name)
        seen.add(key)
        basis, earlier = basis_hash(record, told), last.get(key)
        if earlier is None or earlier.basis != basis:
            status = status_of(told, is_known=earlier is not None)
            yield DueMessage(key, name, True, status, basis, told, earlier, _why(state, earlier, told))
        elif is_final_now(told, earlier.status):
            yield DueMessage(key, name, True, FINAL, basis, told, earlier, (_WHY_FINAL,))
    for key, earlier in last.items():
        basis = CONSENT if key in now.withdrawn.subjects else GONE
        if key not in seen and earlier.basis not in (basis, CONSENT):
            yield _taken_back(state, key, basis, earlier)


def basis_hash(record: DeliveryRecord, told: ToldScore) -> str:
    """Keyed hash of what counts of a score."""
    return record.hashed(json.dumps(basis_of(told), sort_keys=True, ensure_ascii=True))


def _why(state: Path, earlier: Delivered | None, told: ToldScore) -> tuple[str, ...]:
    if earlier is None:
        return ()
    kept = read_kept(state, earlier.message)
    if kept is None or kept.told is None:
        return (f"there is a score again; the message before, {earlier.message_id}, took it back",)
    return changes(kept.told, told)


def _taken_back(state: Path, key: str, basis: str, earlier: Delivered) -> DueMessage:
    """Of who withdrew consent nothing is said that names the subject: the report is known by its own name."""
    kept = None if basis == CONSENT else read_kept(state, earlier.message)
    name = kept.subject_id if kept else None
    why = _WHY_CONSENT if basis == CONSENT else _WHY_GONE
    return DueMessage(key, name or _surrogate(key), name is not None, WITHDRAWN, basis, None, earlier, (why,))


def _surrogate(key: str) -> str:
    return Renamer(b"", frozenset()).surrogate(key)
