"""What a study's table says that cannot be so or is not known, row by row: what is held, what is read as what, and why.

A finding names row and values. What it is about is left out where it could mislead (both values of a contradicted PFS) and
kept where it could not (the patient's overall survival).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pbis.core.outcome import contradiction, contradiction_words
from pbis.labs.outcome_words import load_outcome_words
from pbis.study.cells import ROW

UNKNOWN = "unknown"
HELD = "outcome_finding"  # what the release says of an outcome that it holds back
MARKS = "mark_reasons"  # what a release says beside a score, as `mark: why` joined by '; '
MARKED = {
    "outside_population": "marked outside the population of the score: kept where the rules of eligibility let it in",
    "implausible": "marked implausible: kept as it was sent",
}
_KINDS = {
    "pfs_longer_than_os": "PFS longer than OS: PFS left out",
    "dead_but_not_progressed": "dead at the time of PFS but not progressed: PFS left out",
    "held_in_release": "outcome held in the release: PFS left out",
    "regimen_unknown": "regimen not known: in no comparison of regimens",
    "regimen_spelling": "regimen in another spelling: read as one regimen",
    **MARKED,
}


@dataclass(frozen=True)
class Finding:
    """kind: of _KINDS; row: of the table, below its header; words: the values, and what became of them."""

    kind: str
    row: int
    subject_id: str
    words: str


@dataclass(frozen=True)
class Examined:
    """The table as it may be analysed, and what was found, by kind and row."""

    frame: pd.DataFrame
    findings: tuple[Finding, ...]


def examine(frame: pd.DataFrame) -> Examined:
    """Hold what contradicts itself, name what is not known; `frame` as check_table gives it."""
    held, of_outcomes = _hold_outcomes(frame)
    told, of_marks = _tell_marks(held)
    made, of_regimens = _name_regimens(told)
    found = [*of_outcomes, *of_regimens, *of_marks]
    return Examined(made, tuple(sorted(found, key=lambda f: (list(_KINDS).index(f.kind), f.row))))


def summary(findings: tuple[Finding, ...]) -> tuple[str, ...]:
    """A sentence a kind, with the number of rows."""
    counts = Counter(f.kind for f in findings)
    return tuple(f"{words} in {n} row{'s' * (n != 1)}" for kind, words in _KINDS.items() if (n := counts[kind]))


def _finding(frame: pd.DataFrame, position: int, kind: str, words: str) -> Finding:
    row = frame.iloc[position]
    return Finding(kind, int(row[ROW]), str(row["subject_id"]), words)


def _hold_outcomes(given: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    frame, found = given.copy(), []
    if HELD in frame:
        told = [(k, words) for k, words in enumerate(frame[HELD].tolist()) if isinstance(words, str)]
        found += [_finding(frame, k, "held_in_release", words) for k, words in told]
        frame = frame.drop(columns=HELD)
    if "pfs_months" not in frame:
        return frame, found
    names = ("os_months", "os_event", "pfs_months", "pfs_event")
    columns = [frame[n].tolist() if n in frame else [np.nan] * len(frame) for n in names]
    for position, (os, dead, pfs, progressed) in enumerate(zip(*columns, strict=True)):
        four = (_known(os), _flag(dead), _known(pfs), _flag(progressed))
        rule = contradiction(*four)
        if rule is not None:
            found.append(_finding(frame, position, rule, contradiction_words(rule, os, four[1], pfs, four[3])))
    held = frame[ROW].isin([f.row for f in found])
    frame.loc[held, [n for n in ("pfs_months", "pfs_event") if n in frame]] = np.nan
    return frame, found


def _known(value: float) -> float | None:
    return None if np.isnan(value) else value


def _flag(value: float) -> bool | None:
    return None if np.isnan(value) else bool(value)


def _tell_marks(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """Marks of the scores that are about the patient or a doubted value; nearness to a cut is a question of its own chapter."""
    if MARKS not in frame:
        return frame, []
    found = []
    for position, text in enumerate(frame[MARKS].tolist()):
        parts = text.split("; ") if isinstance(text, str) else []
        named = (part.split(": ", 1) for part in parts)
        found += [_finding(frame, position, part[0], part[1]) for part in named if part[0] in MARKED]
    return frame.drop(columns=MARKS), found


def _name_regimens(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Finding]]:
    """One spelling a regimen, the most frequent; a regimen that nobody has recorded is UNKNOWN, which is no regimen."""
    if "regimen" not in frame:
        return frame, []
    words, written = load_outcome_words(), frame["regimen"].tolist()
    is_known = [isinstance(w, str) and not words.is_missing(w) for w in written]
    spelled = _spellings([w for w, known in zip(written, is_known, strict=True) if known])
    found, names = [], []
    for position, (word, known) in enumerate(zip(written, is_known, strict=True)):
        names.append(spelled[words.regimen(word)] if known else UNKNOWN)
        if not known:
            found.append(
                _finding(
                    frame,
                    position,
                    "regimen_unknown",
                    f"regimen {word!r}" if isinstance(word, str) else "regimen empty",
                )
            )
        elif names[-1] != word:
            found.append(_finding(frame, position, "regimen_spelling", f"regimen {word!r} read as {names[-1]!r}"))
    return frame.assign(regimen=names), found


def _spellings(written: list[str]) -> dict[str, str]:
    """Regimen -> its most frequent spelling here; of equals, the first of the alphabet."""
    words, counts = load_outcome_words(), Counter(written)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    return {words.regimen(word): word for word in reversed(ranked)}
