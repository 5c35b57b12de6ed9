"""Status of a message: preliminary, final, corrected or withdrawn."""

from __future__ import annotations

from pbis.deliver.told import ToldScore

PRELIMINARY, FINAL, CORRECTED, WITHDRAWN = "preliminary", "final", "corrected", "withdrawn"

# Reasons that a person, a laboratory or a repeat can end; the others of the closed list are answers: nothing more comes of that draw.
MAY_STILL_COME = frozenset(
    {
        "not_received",
        "preliminary_only",
        "awaiting_decision",
        "failed_qc",
        "unit_unknown",
        "unit_ambiguous",
        "duplicate_conflict",
        "identity_conflict",
        "assay_mismatch",
        "unreadable",
        "number_ambiguous",
    }
)


def status_of(told: ToldScore, *, is_known: bool) -> str:
    """Status of a score that is told. is_known: the recipient was told another one of the subject before."""
    if is_known:
        return CORRECTED
    return FINAL if is_complete(told) else PRELIMINARY


def is_final_now(told: ToldScore, last: str) -> bool:
    """Whether a score of which a recipient was told the same, with status `last`, is final, which it was not then."""
    return last == PRELIMINARY and is_complete(told)


def is_complete(told: ToldScore) -> bool:
    """Whether the group is known, and neither a missing component nor another plate of the draw may still come."""
    waits = any(each.reason in MAY_STILL_COME for each in told.components)
    return told.group in ("high", "low") and not waits and not told.is_awaited
