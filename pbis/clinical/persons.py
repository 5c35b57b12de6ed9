"""Whose row it is where a message names a patient by several numbers: each is looked up, and they must agree.

A person is one text: candidates joined by RECORD, each `site UNIT number`. It stays inside this package.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pbis.clinical.linkage import TWO_SUBJECTS, Linkage, Resolutions

RECORD, UNIT = "\x1e", "\x1f"
NOBODY = "the sender names no patient"
DISAGREE = "the patient's numbers belong to two subjects"


def person(candidates: Sequence[tuple[str, str]]) -> str:
    """One text for (site, number) pairs; empty numbers and repetitions are left out."""
    clean = ((_clean(site), _clean(number)) for site, number in candidates)
    return RECORD.join(dict.fromkeys(f"{site}{UNIT}{number}" for site, number in clean if number))


def _clean(text: str) -> str:
    return text.replace(RECORD, "").replace(UNIT, "").strip()


def resolve_persons(linkage: Linkage, persons: pa.Array, day: np.ndarray) -> Resolutions:
    """The subject of each row. Numbers that the linkage table does not know decide nothing; two subjects are a conflict.

    day: days since 1970-01-01, linkage.NO_DAY where unknown.
    """
    coded = persons.dictionary_encode()
    known = [_known(text, linkage) for text in coded.dictionary.to_pylist()]
    answers = [_answer(linkage, known, place, coded.indices, day) for place in range(max(map(len, known), default=0))]
    if not answers:
        return _nobody(len(persons))
    who = _agree(answers)
    is_nobody = pc.equal(persons, "")
    return Resolutions(
        who.subject_id,
        pc.if_else(is_nobody, "identity_conflict", who.reason),
        pc.if_else(is_nobody, NOBODY, who.detail),
        who.candidates,
        who.site,
    )


def _known(text: str, linkage: Linkage) -> list[tuple[str, str]]:
    """(site, number) pairs that the table knows, else the first of all; a site that it does not name is left open."""
    pairs = [pair.partition(UNIT)[::2] for pair in text.split(RECORD)] if text else [("", "")]
    found = [pair for pair in pairs if linkage.knows(pair[1])] or pairs[:1]
    return [(site if site in linkage.sites else "", number) for site, number in found]


def _answer(
    linkage: Linkage, known: Sequence[list[tuple[str, str]]], place: int, rows: pa.Array, day: np.ndarray
) -> Resolutions:
    """What the number at `place` says; a person with fewer numbers repeats the last, which changes nothing."""
    chosen = [pairs[min(place, len(pairs) - 1)] for pairs in known]
    numbers = pa.array([number for _, number in chosen], pa.string()).take(rows)
    sites = pa.array([site for site, _ in chosen], pa.string()).take(rows)
    return linkage.resolve_column(numbers, day, sites)


def _agree(answers: Sequence[Resolutions]) -> Resolutions:
    subject, reason, detail = answers[0].subject_id, answers[0].reason, answers[0].detail
    for other in answers[1:]:
        differs = pc.fill_null(pc.not_equal(subject, other.subject_id), False)
        differs = pc.or_(differs, pc.fill_null(pc.equal(other.detail, TWO_SUBJECTS), False))
        differs = pc.or_(differs, pc.fill_null(pc.is_in(detail, pa.array([TWO_SUBJECTS, DISAGREE])), False))
        subject = pc.if_else(differs, None, pc.coalesce(subject, other.subject_id))
        reason = pc.if_else(differs, "identity_conflict", pc.if_else(pc.is_valid(subject), None, reason))
        detail = pc.if_else(differs, DISAGREE, pc.if_else(pc.is_valid(subject), None, detail))
    return Resolutions(subject, reason, detail, _candidates(answers, subject), _one_site(answers, subject))


def _candidates(answers: Sequence[Resolutions], subject: pa.Array) -> pa.Array:
    """Every study id that a number of an unresolved patient may mean, joined by ; (one may stand there twice)."""
    named = [pc.fill_null(pc.coalesce(each.candidates, each.subject_id), "") for each in answers]
    joined = pc.utf8_trim(pc.replace_substring_regex(pc.binary_join_element_wise(*named, ";"), ";+", ";"), ";")
    return pc.if_else(pc.or_(pc.is_valid(subject), pc.equal(joined, "")), None, joined)


def _one_site(answers: Sequence[Resolutions], subject: pa.Array) -> pa.Array:
    """The site of the patient's numbers; null where they are of several."""
    site, differs = answers[0].site, pc.is_null(subject)
    for other in answers[1:]:
        differs = pc.or_(differs, pc.fill_null(pc.not_equal(site, other.site), False))
        site = pc.coalesce(site, other.site)
    return pc.if_else(differs, None, site)


def _nobody(count: int) -> Resolutions:
    none = pa.nulls(count, pa.string())
    return Resolutions(none, pa.repeat("identity_conflict", count), pa.repeat(NOBODY, count), none, none)
